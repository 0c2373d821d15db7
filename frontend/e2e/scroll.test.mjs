// The scroll contract: what one reads never moves.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import {
  frames,
  fromEnd,
  fromTop,
  mounted,
  rowAtTop,
  scrollBy,
  scrollTo,
  shifts,
  sight,
  watchMounted,
  watchSight,
  wordsAtTop,
} from "./support/scroll.mjs";
import { INES, MARA, Stage } from "./support/stage.mjs";
import { becomes, seen, until } from "./support/wait.mjs";

/** Half a device pixel: what rounding may do. */
const STILL_PX = 0.5;
/** The browser scrolls by whole pixels: rows may stand half of one off before rows above them change, and after it. */
const MADE_GOOD_PX = 1;

let stage;
before(async () => (stage = await Stage.set({ limits: "off" })));
afterEach(() => stage.sweep());
after(() => stage?.strike());

/** A room with so many messages of different heights, all read. */
async function log(name, messages) {
  const room = await stage.room(name);
  let last;
  for (let at = 1; at <= messages; at += 1) {
    const who = at % 7 < 4 ? stage.ines : stage.mara;
    const lines = Array.from({ length: 1 + (at % 4) }, (_, line) => `Entry ${at}, line ${line + 1}`);
    last = await who.say(room, at % 11 ? lines.join("\n") : `\`\`\`\n${lines.join("\n")}\n\`\`\``);
  }
  for (const who of [stage.ines, stage.mara]) await who.read(room, last.seq);
  return room;
}

/** Waits until no history is on its way. */
const still = (person) =>
  becomes("nothing is under way", () => person.page.locator(".timeline").getAttribute("aria-busy"), "false");

/** Whether the messages that were in sight stayed, and where they were. */
function nothingMoved({ rows, lost, drift, moved }, most) {
  assert.ok(rows > 1, `${rows} rows were in sight`);
  assert.equal(lost, "", "a row in sight stays");
  assert.ok(drift <= most, `a row in sight moved by ${drift} px: ${moved}`);
}

describe("the timeline", () => {
  it("loads history above what one reads without moving it, and never mounts more than 160 rows", async () => {
    const mara = await stage.enter(MARA, { room: await log("Harbour log", 320) });
    await mara.reads("Entry 320, line 1");
    await watchMounted(mara);
    await shifts(mara);
    let pages = 0;
    mara.page.on("response", (response) => (pages += response.url().includes("/messages?before=") ? 1 : 0));
    const beginning = mara.page.getByText("This is where Harbour log begins.");
    let jumps = 0;
    do {
      assert.ok((jumps += 1) < 100, "the room's beginning is reached");
      await watchSight(mara, -1500);
      await until("some frames have passed", async () => (await frames(mara)) > 4);
      await still(mara);
      nothingMoved(await sight(mara), MADE_GOOD_PX);
    } while (!(await beginning.isVisible()));
    assert.ok(pages >= 4, `history came page by page, not in ${pages}`);
    assert.ok((await mounted(mara)) <= 160, `${await mounted(mara)} rows were mounted`);
    assert.deepEqual(await shifts(mara), [], "nothing shifted");

    await mara.button("Jump to latest").click();
    await seen(mara.row("Entry 320, line 1"));
    await until("it is at the end", async () => (await fromEnd(mara)) < 2);
  });

  it("stays where one reads when messages arrive below, and counts them on the way down", async () => {
    const room = await log("Slip log", 90);
    const mara = await stage.enter(MARA, { room });
    await mara.reads("Entry 90, line 1");
    await scrollBy(mara, -2500);
    await seen(mara.button("Jump to latest"));
    await still(mara);
    await watchSight(mara);
    await stage.ines.say(room, "A word from below");
    await stage.ines.say(room, "And another");
    await seen(mara.button("Jump to latest").locator("[data-count='2']"));
    nothingMoved(await sight(mara), STILL_PX);
    await mara.button("Jump to latest").click();
    await seen(mara.row("And another"));
    await until("it is at the end", async () => (await fromEnd(mara)) < 2);
  });

  it("sticks to the end while one is there, also when the composer grows", async () => {
    const room = await log("Tide log", 40);
    const mara = await stage.enter(MARA, { room });
    await mara.reads("Entry 40, line 1");
    await stage.ines.say(room, "Follow me");
    await mara.reads("Follow me");
    await until("it is at the end", async () => (await fromEnd(mara)) < 2);
    await mara.write("one\ntwo\nthree\nfour\nfive\nsix");
    await until("it is still at the end", async () => (await fromEnd(mara)) < 2);
    await seen(mara.row("Follow me"));
    await mara.composer.press("Enter");
    await mara.reads("Mara Okafor. one");
    await until("one's own message is at the end", async () => (await fromEnd(mara)) < 2);
  });

  it("is entered at its end without anything moving after the first paint", async () => {
    const quiet = await log("Quiet", 30);
    await log("Loud", 60);
    const mara = await stage.enter(MARA, { room: quiet });
    await mara.reads("Entry 30, line 1");
    await mara.page.reload();
    await mara.reads("Entry 30, line 1");
    await becomes("it is there", () => mara.page.title(), "Quiet · Tidewater");
    assert.deepEqual(await shifts(mara), [], "nothing shifted on a fresh page");
    await mara.open("Loud");
    await mara.reads("Entry 60, line 1");
    await mara.open("Quiet");
    await mara.reads("Entry 30, line 1");
    assert.deepEqual(await shifts(mara), [], "nothing shifted from room to room");
  });

  it("is entered at the New line when much is new, and shows the way to it", async () => {
    const busy = await stage.room("Busy");
    const known = await stage.ines.say(busy, "What she knows");
    await stage.mara.read(busy, known.seq);
    for (let at = 1; at <= 60; at += 1) await stage.ines.say(busy, `News ${at}\nwith a second line`);
    const mara = await stage.enter(MARA, { room: stage.general });
    await mara.open("Busy");
    await seen(mara.timeline.getByRole("separator", { name: "New" }));
    await seen(mara.row("What she knows"), mara.row(/News 1 with/));
    await scrollTo(mara, "end");
    const pill = mara.page.getByRole("button", { name: /^\d+ new since / });
    await seen(pill);
    await pill.click();
    await until("the line is in sight", () =>
      mara.timeline.getByRole("separator", { name: "New" }).evaluate((it) => {
        const { top, bottom } = it.getBoundingClientRect();
        const view = it.closest(".timeline__scroll").getBoundingClientRect();
        return top >= view.top && bottom <= view.bottom;
      }),
    );
  });

  it("comes back to where one was when one comes back to a room", async () => {
    const ines = await stage.enter(INES, { room: await log("Sail log", 120) });
    await ines.reads("Entry 120, line 1");
    // To the beginning of what is loaded: when the page before it is here, nothing changes any more.
    await scrollBy(ines, -3000);
    await until("history is above", async () => (await fromTop(ines)) > 0);
    await still(ines);
    await until("the rows one looks at now are mounted", () => rowAtTop(ines));
    const words = await wordsAtTop(ines);
    await ines.open("General");
    await ines.open("Sail log");
    await becomes("the same row is on top", () => wordsAtTop(ines), words);
  });
});
