// What happens costs what changed: counted in changes of the page, not in time, so that it holds on any machine. The time it
// takes is measured by `cargo xtask bench-client`.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { mutations, watchMutations } from "./support/mutations.mjs";
import { INES, Stage } from "./support/stage.mjs";
import { becomes, seen } from "./support/wait.mjs";

let stage;
let long;
let other;
before(async () => {
  stage = await Stage.set({ limits: "off" });
  long = await stage.room("Long");
  other = await stage.room("Other");
  for (let at = 0; at < 30; at += 1) await stage.room(`Room ${at}`);
  let last;
  for (let at = 0; at < 220; at += 1) last = await stage.mara.say(long, `Message ${at}`);
  // Entered at the end, not where what is new begins.
  await stage.ines.read(long, last.seq);
  await stage.mara.say(other, "One of a few");
});
afterEach(() => stage.sweep());
after(() => stage?.strike());

/** Until the timeline mounts no more rows by itself. */
async function settled(person) {
  const rows = () => person.page.locator(".timeline__rows > .timeline__row").count();
  let last = -1;
  await becomes(
    "no more rows are mounted",
    async () => {
      const before = last;
      last = await rows();
      await person.page.waitForTimeout(150);
      return before === last && (await rows()) === last;
    },
    true,
  );
}

describe("the page", () => {
  it("gets one row for a message in a long room, and little else is touched", async () => {
    const ines = await stage.enter(INES, { room: long });
    await ines.reads("Message 219");
    await settled(ines);
    await stage.mara.say(long, "Before it is watched");
    await ines.reads("Before it is watched");
    await watchMutations(ines);
    for (const words of ["The first of two", "The second of two"]) {
      await stage.mara.say(long, words);
      await ines.reads(words);
      await becomes("it is counted", async () => (await mutations(ines)).added.row, 1);
      const { added, removed, touched, rows } = await mutations(ines, { begin: true });
      assert.equal(added.row, 1, "rows of messages that came");
      assert.equal(removed.row ?? 0, 0, "rows of messages that went");
      assert.ok(rows <= 2, `${rows} rows that were there are touched`);
      assert.ok(touched <= 24, `${touched} elements are touched`);
      assert.equal(added.room ?? 0, 0, "rows of the room list");
    }
  });

  it("keeps the room list as it is when one goes to another room and back", async () => {
    const ines = await stage.enter(INES, { room: long });
    await ines.open("Other");
    await ines.open("Long");
    await watchMutations(ines);
    await ines.open("Other");
    await ines.open("Long");
    await ines.reads("The second of two");
    const { added, removed, links } = await mutations(ines);
    assert.equal(added.room ?? 0, 0, "rows of rooms that came");
    assert.equal(removed.room ?? 0, 0, "rows of rooms that went");
    assert.deepEqual(links, ["Long", "Other"], "the rows of the list that are touched");
  });

  it("hears of a message in another room in that room's row alone", async () => {
    const ines = await stage.enter(INES, { room: long });
    await ines.reads("The second of two");
    await settled(ines);
    await seen(ines.quietLink("Other").or(ines.link("Other")));
    await watchMutations(ines);
    await stage.mara.say(other, "Something else");
    await seen(ines.link("Other", "1 new").or(ines.link("Other", "2 new")));
    const { added, touched, links } = await mutations(ines);
    assert.deepEqual(links, ["Other"]);
    assert.equal(added.row ?? 0, 0, "messages that came");
    assert.ok(touched <= 10, `${touched} elements are touched`);
  });
});
