// The pictures of the README: a day at Tidewater, at a time of its own. They are taken when CONFAB_SCREENSHOTS=1 asks for
// them, into docs/images.

import assert from "node:assert/strict";
import { mkdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { anotherTime } from "./support/another-time.mjs";
import { INES, JONAS, MARA, PRIYA, Stage } from "./support/stage.mjs";
import { becomes, seen } from "./support/wait.mjs";

const IMAGES = resolve(import.meta.dirname, "../../docs/images");
const MOST_BYTES = 300_000;
const NOW = new Date("2025-06-12T09:26:00+01:00");
const skip = process.env.CONFAB_SCREENSHOTS === "1" ? false : "CONFAB_SCREENSHOTS=1 takes them";

const OTHERS = {
  elise: { username: "elise", name: "Élise Marchand" },
  yusuf: { username: "yusuf", name: "Yusuf Demir" },
  nour: { username: "nour", name: "نور حدّاد" },
  ben: { username: "ben", name: "Ben Whitlock" },
  tom: { username: "tom", name: "Tom Ashworth" },
};

let stage;
let clock;
const cast = {};
const rooms = {};

/** What was said where, by whom and when. */
const SAID = [
  ["general", "ben", "09:02", "Kettle's on. Come in from the rain."],
  ["workshop", "yusuf", "08:31", "The bandsaw is free until eleven."],
  ["timber", "priya", "08:40", "Larch arrives Thursday. Inés, could you sign for it?"],
  ["website", "elise", "08:20", "The new tide page is up. Tell me what's missing."],
  ["clock", "yusuf", "08:10", "Backgammon at lunch?"],
  ["launch", "jonas", "08:51", "Second coat of varnish is dry. She looked rather good on the slip this morning."],
  ["launch", "jonas", "08:52", "Left to do:\n- cradle bolts\n- the nameplate\n- **bunting**"],
  ["launch", "priya", "08:58", "Tide tables for Saturday: https://saltmarsh-harbour.example/tides\nThere's a good window either side of 10:42."],
  ["launch", "priya", "08:58", "I've asked the harbour office to keep the east pontoon clear from 9."],
  ["launch", "mara", "09:14", "Inés, could you bring the bunting and the good speaker? Then we're set.", 0],
  ["launch", "elise", "09:16", "I'll do coffee and the big thermos. Anyone vegan?"],
  ["launch", "jonas", "09:21", "Me, and Tom. Oat milk would be a kindness. ☕"],
  ["launch", "tom", "09:24", "I can take the van at seven, there's room for three and the long ladder."],
];
const DIRECT = [
  ["jonas", "ines", "08:12", "See you on the slip"],
  ["mara", "mara", "09:20", "Is the van booked for Saturday?"],
  ["mara", "mara", "09:24", "Bring the good speaker if you can, the old one crackles."],
];

const at = (time) => new Date(`2025-06-12T${time}:00+01:00`);

async function furnish() {
  const { ines, mara } = stage;
  Object.assign(cast, { ines, mara, jonas: await stage.account(JONAS), priya: await stage.account(PRIYA) });
  for (const [key, who] of Object.entries(OTHERS)) cast[key] = await stage.account(who);
  await ines.call("PATCH", `/rooms/${stage.general.id}`, { name: "☀️ General" });
  rooms.general = stage.general;
  const members = Object.values(cast).filter((it) => it !== ines);
  const make = async (key, name, options = {}) => (rooms[key] = await ines.room(name, { members, ...options }));
  await make("launch", "⛵ Launch day", { topic: "Wren goes in on Saturday, high water 10:42" });
  await make("workshop", "🪚 Workshop floor");
  await make("timber", "🌲 Timber & orders");
  await make("website", "🧭 Website");
  await make("clock", "🎲 Off the clock");
  await make("keys", "🔑 Office keys", { kind: "private", members: [mara] });

  clock = anotherTime(NOW);
  const said = [];
  for (const [room, who, time, body, reply] of SAID) {
    const message = await cast[who].say(rooms[room], body, reply === undefined ? undefined : said[reply]?.id);
    if (room === "launch") said.push(message);
    clock.place(message, at(time));
  }
  await cast.elise.edit(said[5], "I'll do coffee and the big thermos. Anyone vegan or gluten-free?");
  for (const room of Object.values(rooms)) {
    for (const message of await ines.messages(room)) if (message.kind === "system") clock.place(message, at("08:00"));
  }
  for (const [who, author, time, body] of DIRECT) {
    const direct = await ines.direct(cast[who]);
    clock.place(await cast[author].say(direct, body), at(time));
  }
  for (const who of ["priya", "yusuf", "nour", "ben"]) await ines.direct(cast[who]);
  for (const key of ["workshop", "website", "clock"]) await ines.read(rooms[key], 10_000).catch(() => {});
  for (const key of ["workshop", "website", "clock", "keys"]) {
    const all = await ines.messages(rooms[key]);
    await ines.read(rooms[key], all.at(-1).seq);
  }
  await ines.read(rooms.launch, said[3].seq);
  await ines.call("PATCH", `/rooms/${rooms.clock.id}/settings`, { muted: true });
  const profile = (who, change) => cast[who].call("PATCH", "/me", change);
  await profile("ines", {
    status: { emoji: "🪵", text: "Sanding the tiller" },
    bio: "Sails and rigging. Tuesdays and Saturdays, usually with a flask.",
    time_zone: "Europe/Lisbon",
  });
  await profile("jonas", { status: { emoji: "", text: "On the slip until noon" } });
  await profile("yusuf", { status: { emoji: "", text: "Back at 11" }, presence_setting: "away" });
  await profile("priya", { status: { emoji: "", text: "Writing the safety plan" }, presence_setting: "dnd" });
}

/** Connects people who are only to be seen as being here; what it gives lets them type. */
async function connect(...who) {
  const { page } = await stage.visitor({ wired: true });
  await page.goto("/sign-in");
  for (const key of who) {
    const { token } = await cast[key].call("POST", "/auth/socket-token");
    await page.evaluate(
      ([key, token]) =>
        new Promise((resolve, reject) => {
          const socket = new WebSocket(`ws://${location.host}/ws?token=${token}`);
          (window.__sockets ??= {})[key] = socket;
          socket.onmessage = ({ data }) => {
            const { type } = JSON.parse(data);
            if (type === "hello") resolve();
            if (type === "ping") socket.send('{"type":"pong"}');
          };
          socket.onerror = reject;
        }),
      [key, token],
    );
  }
  return (key, room) =>
    page.evaluate(
      ([key, room]) => {
        window.__sockets[key].send(JSON.stringify({ type: "focus", room_id: room }));
        window.__sockets[key].send(JSON.stringify({ type: "typing", room_id: room }));
      },
      [key, room.id],
    );
}

async function inesAt(path, options) {
  const ines = await stage.visitor(options);
  await clock.rule(ines.page);
  await ines.signIn(INES, path);
  await ines.page.evaluate(() => document.fonts.ready);
  return ines;
}

async function picture(name, page) {
  await mkdir(IMAGES, { recursive: true });
  const path = join(IMAGES, `${name}.png`);
  await page.screenshot({ path, animations: "disabled", caret: "hide" });
  const { size } = await stat(path);
  assert.ok(size < MOST_BYTES, `${name}.png has ${size} bytes`);
}

before(async () => {
  if (skip) return;
  stage = await Stage.set({ limits: "off" });
  await furnish();
});
afterEach(() => stage?.sweep());
after(() => stage?.strike());

describe("the pictures", { skip }, () => {
  for (const colorScheme of ["light", "dark"]) {
    it(`chat-${colorScheme}`, async () => {
      const type = await connect("mara", "jonas", "elise", "priya", "yusuf");
      const launch = rooms.launch;
      await stage.ines.call("PATCH", "/me", { presence_setting: "auto" });
      const ines = await inesAt("/", { colorScheme });
      await ines.open("Launch day");
      await ines.reads("the long ladder");
      await ines.page.getByRole("button", { name: /^People, / }).click();
      await seen(ines.page.getByText("Here now · 4"), ines.page.getByText("Away · 1"));
      await type("jonas", launch);
      await seen(ines.page.getByText(/is typing…/));
      await ines.page.mouse.move(700, 20);
      await picture(`chat-${colorScheme}`, ines.page);
    });
  }

  it("sign-in", async () => {
    const ines = await stage.visitor();
    await ines.goto("/sign-in");
    await ines.field("Username or email").fill("ines");
    await ines.field("Password").fill("slack water");
    await ines.page.evaluate(() => document.fonts.ready);
    await picture("sign-in", ines.page);
  });

  it("settings", async () => {
    await connect("mara", "jonas", "elise");
    const ines = await inesAt("/");
    await ines.open("Launch day");
    await ines.button("Settings").click();
    await ines.field("Status").fill("Sanding the tiller until noon");
    await ines.field("Display name").focus();
    await seen(ines.page.getByText("Unsaved changes"));
    await picture("settings", ines.page);
  });

  it("phone", async () => {
    await connect("mara", "jonas", "elise", "yusuf");
    const ines = await inesAt("/", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
    await seen(ines.link("Launch day"));
    const list = await ines.page.screenshot({ animations: "disabled" });
    await ines.link("Launch day").tap();
    await ines.reads("the long ladder");
    const chat = await ines.page.screenshot({ animations: "disabled", caret: "hide" });
    const { page } = await stage.visitor({ viewport: { width: 940, height: 940 } });
    const screens = [list, chat].map((bytes) => `<img src="data:image/png;base64,${bytes.toString("base64")}">`);
    await page.setContent(
      `<style>
        body { margin: 0; height: 100vh; display: flex; gap: 48px; align-items: center; justify-content: center; background: #e9e4db }
        img { width: 390px; border-radius: 36px; outline: 10px solid #1d1a17 }
      </style>${screens.join("")}`,
    );
    await page.locator("img").last().evaluate((it) => it.decode());
    await picture("phone", page);
  });

  it("offline", async () => {
    await connect("mara", "jonas", "elise");
    const ines = await inesAt("/");
    await ines.open("Launch day");
    await ines.reads("the long ladder");
    stage.network.cut();
    await ines.say("All eight bolts are tight. Photo to follow.");
    await ines.say("The port-side one needed half a turn.");
    await seen(ines.banner.getByText("You're offline."), ines.page.getByText("2 waiting to send"));
    await becomes("both wait", () => ines.timeline.getByText("Waiting", { exact: true }).count(), 2);
    await ines.write("I'll bring the torque wrench just in case");
    await picture("offline", ines.page);
  });
});
