// How much work the client has with what happens in front of it, while it holds much: 500 rooms in the list, a room of 10,000
// messages that it has loaded by real requests, a processor slowed to a quarter. Run by `cargo xtask bench-client`.
//
// Work is what the trace of the page's main thread says: the sum of its tasks from the one in which the thing arrives (the
// socket's frame, the press of the mouse) to the one that hands the frame of the screen with its result to the compositor.
// Waiting for the next frame is no task and does not count. Mutations are those of a MutationObserver on the whole document.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { launch, profile } from "./support/browser.mjs";
import { Api } from "./support/api.mjs";
import { Person } from "./support/person.mjs";
import { Server } from "./support/server.mjs";
import { INES, MARA } from "./support/stage.mjs";
import { becomes, until } from "./support/wait.mjs";

const ROOMS = Number(process.env.CONFAB_BENCH_ROOMS ?? 500);
const MESSAGES = Number(process.env.CONFAB_BENCH_MESSAGES ?? 10_000);
const ROUNDS = Number(process.env.CONFAB_BENCH_ROUNDS ?? 30);
/** With a folder here, the traces are kept in it, for the browser's own tools. */
const TRACES = process.env.CONFAB_BENCH_TRACES;
const SLOWDOWN = 4;
const AT_ONCE = 32;

const LONG = "Aa the long room";
const SHORT = "Ab the short room";
const OTHER = "Ac another room";

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Does something for each, several at a time. */
async function each(items, work) {
  const rest = [...items];
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const WORDS = "slack water at nine the tide turns bunting goes up along the quay and somebody brings the good speaker".split(" ");

function sentence(number) {
  const words = Array.from({ length: 3 + ((number * 7) % 23) }, (_, at) => WORDS[(number * 5 + at * 3) % WORDS.length]);
  if (number % 11 === 0) words.push("**mind the step**");
  if (number % 17 === 0) words.push("https://example.org/tides");
  return `${number}: ${words.join(" ")}`;
}

async function furnish(server) {
  const ines = await new Api(server).register(INES);
  await ines.name("Tidewater");
  const mara = await new Api(server).register(MARA);
  const members = [mara];
  const [long, short, other] = await Promise.all([LONG, SHORT, OTHER].map((name) => ines.room(name, { members })));
  const people = Array.from({ length: 30 }, (_, at) => at);
  // One by one: the server takes no crowd at its door.
  for (const at of people) await ines.direct(await new Api(server).register({ username: `person${at}`, name: `Person ${at}` }));
  const rest = ROOMS - 4 - people.length;
  await each(Array.from({ length: rest }, (_, at) => at), async (at) => {
    const room = await ines.room(`Room ${String(at).padStart(3, "0")} of many`, { members });
    if (at % 4 === 0) await mara.say(room, sentence(at));
  });
  await each(Array.from({ length: MESSAGES }, (_, at) => at), (at) => (at % 9 < 2 ? ines : mara).say(long, sentence(at)));
  await each(Array.from({ length: 40 }, (_, at) => at), (at) => mara.say(short, sentence(at)));
  await ines.read((await ines.rooms()).find((it) => it.id === long.id), 2 ** 40).catch(() => {});
  return { ines, mara, long, short, other };
}

/** Scrolls up until the room is loaded to its beginning, or the client lets go of its end. */
async function loadAll(person) {
  const loaded = await person.page.evaluate(async () => {
    const view = document.querySelector(".timeline__scroll");
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const end = performance.now() + 240_000;
    while (!document.querySelector(".timeline__start") && performance.now() < end) {
      view.scrollTo(0, 0);
      await frame();
    }
    return Boolean(document.querySelector(".timeline__start"));
  });
  if (!loaded) throw new Error("the room was never loaded to its beginning");
  await person.button("Jump to latest").click();
  await until("at the end", () =>
    person.page.evaluate(() => {
      const view = document.querySelector(".timeline__scroll");
      return view.scrollHeight - view.scrollTop - view.clientHeight < 2;
    }),
  );
}

/** What the browser itself takes: a page with nothing but twenty lines, to which a line is added that has come into sight. */
async function bare(context) {
  const page = await context.newPage();
  const line = (number) => `<li>${sentence(number)}</li>`;
  const lines = Array.from({ length: 20 }, (_, number) => line(number)).join("");
  await page.setContent(
    `<main class="timeline__scroll" style="block-size: 400px; overflow: auto"><ol class="timeline__rows">${lines}</ol></main>`,
  );
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
  return page;
}

const addLine = (text) =>
  setTimeout(() => {
    const row = document.createElement("li");
    row.textContent = text;
    const rows = document.querySelector(".timeline__rows");
    rows.append(row);
    rows.parentElement.scrollTo(0, 2 ** 24);
  }, 20);

/** In the page: marks when what is waited for is there, and counts mutations. */
function prepare() {
  window.__wanted = () => false;
  window.__mutations = { records: 0, nodes: 0 };
  new MutationObserver((records) => {
    window.__mutations.records += records.length;
    for (const record of records) window.__mutations.nodes += record.addedNodes.length + record.removedNodes.length;
    if (window.__wanted()) {
      window.__wanted = () => false;
      performance.mark("there");
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
}

const wantRow = (text) => {
  window.__wanted = () => document.querySelector(".timeline__rows")?.lastElementChild?.textContent.includes(text);
};
const wantLink = (name) => {
  const link = [...document.querySelectorAll(".room-list__row")].find((it) => it.textContent.includes(name));
  const before = link.ariaLabel;
  window.__wanted = () => link.ariaLabel !== before;
};
const wantRoom = (name) => {
  window.__wanted = () =>
    document.querySelector("#room-title")?.textContent.includes(name) && document.querySelector(".timeline__rows .message");
};

async function mutations(page) {
  return page.evaluate(() => {
    const seen = window.__mutations;
    window.__mutations = { records: 0, nodes: 0 };
    return seen;
  });
}

/** One kind of thing, many times: `arrange` before each, `act` brings it about. */
async function measure(name, { browser, page, begins, arrange, act, settle = 350 }) {
  const counts = [];
  await browser.startTracing(page, {
    categories: ["devtools.timeline", "disabled-by-default-devtools.timeline", "blink.user_timing"],
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    await arrange?.(round);
    await later(settle);
    await mutations(page);
    await page.evaluate(() => performance.mark("ready"));
    await act(round);
    await page.waitForFunction(() => performance.getEntriesByName("there").length > 0, null, { polling: 100 });
    await later(settle);
    await page.evaluate(() => performance.clearMarks());
    counts.push(await mutations(page));
  }
  const trace = String(await browser.stopTracing());
  if (TRACES) await writeFile(join(TRACES, `${name.replaceAll(" ", "-")}.json`), trace);
  return { ...work(JSON.parse(trace).traceEvents, begins), counts };
}

/** The busy time of the main thread in each round, by parts. */
function work(events, begins) {
  const marks = events.filter((it) => it.cat.includes("blink.user_timing"));
  const there = marks.filter((it) => it.name === "there");
  const ready = marks.filter((it) => it.name === "ready");
  if (there.length !== ROUNDS) throw new Error(`${there.length} of ${ROUNDS} arrived`);
  const { pid, tid } = there[0];
  const all = events.filter((it) => it.pid === pid && it.tid === tid).sort((a, b) => a.ts - b.ts);
  const own = all.filter((it) => it.ph === "X");
  const outer = own.filter((it) => it.name === "RunTask");
  const holds = (task, ts) => task.ts <= ts && ts < task.ts + task.dur;
  const rounds = there.map((mark) => {
    const from = ready.filter((it) => it.ts < mark.ts).at(-1).ts;
    const first = all.find((it) => it.ts > from && it.ts <= mark.ts && begins(it));
    const commit = own.find((it) => it.name === "Commit" && it.ts > mark.ts);
    const begin = outer.find((it) => holds(it, first.ts));
    const end = outer.find((it) => holds(it, commit.ts));
    const counted = outer.filter((it) => it.ts >= begin.ts && it.ts <= end.ts);
    // The thread's own time, which other programs on the machine do not lengthen.
    const sum = (list) => list.reduce((all, it) => all + (it.tdur ?? it.dur), 0) / 1000;
    const within = (name) => sum(own.filter((it) => it.name === name && it.ts >= begin.ts && it.ts <= end.ts + end.dur));
    const until = end.ts + end.dur + 300_000;
    return {
      busy: sum(counted),
      script: within("FunctionCall") + within("RunMicrotasks"),
      style: within("UpdateLayoutTree"),
      layout: within("Layout"),
      paint: within("PrePaint") + within("Paint") + within("Layerize") + within("Commit"),
      after: sum(outer.filter((it) => it.ts > end.ts && it.ts < until)),
    };
  });
  return Object.fromEntries(Object.keys(rounds[0]).map((name) => [name, rounds.map((it) => it[name])]));
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const p90 = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length * 0.9)];

const socketFrame = (it) => it.name === "WebSocketReceive";
const timer = (it) => it.name === "TimerFire";
const press = (it) => it.name === "EventDispatch" && it.args.data?.type === "click";

async function bench() {
  const server = await Server.start({ limits: "off" });
  const browser = await launch();
  try {
    const began = Date.now();
    const { mara, long, other } = await furnish(server);
    console.log(`${ROOMS} rooms and ${MESSAGES} messages made in ${Math.round((Date.now() - began) / 1000)} s`);
    const { context, watch } = await profile(browser, { origin: server.url, troubled: false });
    await context.addInitScript(prepare);
    const person = new Person(await context.newPage(), watch);
    const { page } = person;
    await person.signIn(INES, `/r/${long.id}`);
    await loadAll(person);
    console.log(`loaded to the beginning after ${Math.round((Date.now() - began) / 1000)} s`);
    await person.open(SHORT);
    await person.open(LONG);
    const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
    const session = await context.newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
    await later(1500);

    let number = MESSAGES;
    const say = async (room) => mara.say(room, sentence((number += 1)));
    const rows = {};
    const only = process.env.CONFAB_BENCH_ONLY;
    const row = async (name, what) => {
      if (!only || name.includes(only)) rows[name] = await measure(name, what);
    };
    await row("a message in the open room", {
      browser,
      page,
      begins: socketFrame,
      arrange: () => page.evaluate(wantRow, `${number + 1}: `),
      act: () => say(long),
    });
    await row("a message in another room", {
      browser,
      page,
      begins: socketFrame,
      arrange: () => page.evaluate(wantLink, OTHER),
      act: () => say(other),
    });
    const into = (name, from) => ({
      browser,
      page,
      begins: press,
      arrange: async () => {
        await person.open(from);
        await later(900);
        await page.evaluate(wantRoom, name);
        await person.link(name).hover();
      },
      act: async () => {
        await page.mouse.down();
        await page.mouse.up();
      },
    });
    await row("a switch to the long room", into(LONG, SHORT));
    await row("a switch to a short room", into(SHORT, LONG));
    const empty = await bare(context);
    await row("a line in a page of twenty", {
      browser,
      page: empty,
      begins: timer,
      arrange: () => empty.evaluate(wantRow, `${number + 1}: `),
      act: () => empty.evaluate(addLine, sentence((number += 1))),
    });

    console.log(`\n${nodes} elements on the page; ${SLOWDOWN}x slowdown; medians of ${ROUNDS}, ms of the main thread\n`);
    const head = ["", "work", "p90", "script", "style", "layout", "paint", "after", "mutations", "nodes"];
    console.log(`| ${head.join(" | ")} |\n| --- ${"| ---: ".repeat(head.length - 1)}|`);
    for (const [name, it] of Object.entries(rows)) {
      const ms = (list) => median(list).toFixed(1);
      const count = (what) => median(it.counts.map((one) => one[what]));
      console.log(
        `| ${[name, ms(it.busy), p90(it.busy).toFixed(1), ms(it.script), ms(it.style), ms(it.layout), ms(it.paint), ms(it.after), count("records"), count("nodes")].join(" | ")} |`,
      );
    }
  } finally {
    await browser.close();
    await server.stop();
  }
}

await bench();
