// A page at another time than the machine's: its clock, and the times in what the server tells it. For pictures that look
// the same whenever they are taken. Knows what times look like on the wire, and nothing else of it.

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** A world in which it is `now`; `place` moves a message to a moment of its own, `rule` takes a page there. */
export function anotherTime(now) {
  const ahead = now.getTime() - Date.now();
  const placed = new Map();

  const moved = (value, key, owner) => {
    if (typeof value === "string" && TIME.test(value)) {
      const own = key === "created_at" && owner.room_id && placed.get(owner.id);
      return (own || new Date(Date.parse(value) + ahead)).toISOString();
    }
    if (Array.isArray(value)) return value.map((it) => moved(it));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, moved(it, key, value)]));
    }
    return value;
  };
  const text = (body) => {
    try {
      return JSON.stringify(moved(JSON.parse(body)));
    } catch {
      return body;
    }
  };

  return {
    place(message, moment) {
      placed.set(message.id, moment);
    },

    async rule(page) {
      await page.addInitScript((ahead) => {
        const Real = Date;
        window.Date = class extends Real {
          constructor(...parts) {
            if (parts.length) super(...parts);
            else super(Real.now() + ahead);
          }
          static now() {
            return Real.now() + ahead;
          }
        };
      }, ahead);
      await page.route("**/api/v1/**", async (route) => {
        const answer = await route.fetch().catch(() => null);
        if (!answer) return route.abort();
        await route.fulfill({ response: answer, body: text(await answer.text()) });
      });
      await page.routeWebSocket(/\/ws\?/, (socket) => {
        const server = socket.connectToServer();
        server.onMessage((message) => socket.send(text(message)));
      });
    },
  };
}
