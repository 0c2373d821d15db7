// What is written is never lost and never sent twice: through a cut wire, a lost answer, a closed tab and a server that is
// killed. Each time both screens and the server end with the same messages in the same order.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { INES, Stage } from "./support/stage.mjs";
import { becomes, gone, seen, shown, until } from "./support/wait.mjs";

/** Between two tries to connect lie up to 30 seconds. */
const UNTIL_CONNECTED_MS = 60_000;

let stage;
before(async () => (stage = await Stage.set()));
afterEach(() => stage.sweep());
after(() => stage?.strike());

const waiting = (person) => person.timeline.getByText("Waiting", { exact: true });

describe("the network", () => {
  it("is cut: three messages wait in order, and are sent once when it is back", async () => {
    const room = await stage.room("Launch day");
    const [ines, mara] = await stage.pair(room);
    await ines.say("Second coat of varnish is dry");
    await mara.reads("Second coat of varnish is dry");

    stage.network.cut();
    const written = ["All eight bolts are tight", "The port-side one needed half a turn", "Photo to follow"];
    for (const words of written) await ines.say(words);
    await seen(ines.banner.getByText(/Reconnecting…|You're offline\./));
    await seen(ines.banner.getByText("Keep writing, we'll send everything when you're back."));
    await becomes("all three wait", () => shown(waiting(ines)), 3);
    await seen(ines.page.getByText("3 waiting to send"));
    await mara.say("Could someone check the cradle bolts?");

    stage.network.restore();
    await ines.reconnect();
    await gone(waiting(ines));
    const all = ["Second coat of varnish is dry", "Could someone check the cradle bolts?", ...written];
    await mara.showsExactly(all);
    await ines.showsExactly(all);
    assert.deepEqual(await stage.ines.texts(room), all);
    await gone(ines.banner);
  });

  it("is cut, and the page reloaded: what waited is sent once it can be, without anybody asking", async () => {
    const room = await stage.room("Workshop floor");
    const [ines, mara] = await stage.pair(room);
    stage.network.cut();
    await ines.say("Larch arrives Thursday");
    await ines.say("Someone has to sign for it");
    await ines.write("A draft of a third");
    await becomes("both wait", () => shown(waiting(ines)), 2);
    await assert.rejects(ines.page.reload(), /ERR_/);

    stage.network.restore();
    // The browser's own page about the failure may still be on its way.
    await until("the page opens", () => ines.goto(`/r/${room.id}`).then(() => true));
    await ines.showsExactly(["Larch arrives Thursday", "Someone has to sign for it"]);
    await mara.showsExactly(["Larch arrives Thursday", "Someone has to sign for it"]);
    assert.deepEqual(await stage.ines.texts(room), ["Larch arrives Thursday", "Someone has to sign for it"]);
    await becomes("the draft is there", () => ines.composer.inputValue(), "A draft of a third");
  });

  it("loses the server's answers: the messages are there once all the same", async () => {
    const room = await stage.room("Timber & orders");
    const [ines, mara] = await stage.pair(room);
    await ines.say("One");
    await mara.reads("One");
    stage.network.deafen();
    await ines.say("Two");
    await ines.say("Three");
    // The server has the second; the browser cannot know, and keeps the third until it does.
    await becomes("the server has two", () => stage.ines.texts(room), ["One", "Two"]);
    stage.network.cut();
    stage.network.restore();
    await seen(ines.row("Three"));
    await until("nothing waits any more", async () => (await shown(waiting(ines))) === 0, UNTIL_CONNECTED_MS);
    await ines.say("Four");
    const all = ["One", "Two", "Three", "Four"];
    await becomes("Mara sees each once", () => mara.texts(), all, UNTIL_CONNECTED_MS);
    await ines.showsExactly(all);
    assert.deepEqual(await stage.ines.texts(room), all);
  });

  it("is gone for a while: what others wrote meanwhile, changed and deleted is there afterwards", async () => {
    const room = await stage.room("Website");
    const kept = await stage.mara.say(room, "Tide tables, draft");
    const lost = await stage.mara.say(room, "Not this");
    const ines = await stage.enter(INES, { room });
    await ines.showsExactly(["Tide tables, draft", "Not this"]);
    stage.network.cut();
    await seen(ines.banner);
    await stage.mara.edit(kept, "Tide tables");
    await stage.mara.call("DELETE", `/messages/${lost.id}`);
    for (let at = 1; at <= 30; at += 1) await stage.mara.say(room, `Meanwhile ${at}`);
    stage.network.restore();
    await until("the last is there", () => ines.row("Meanwhile 30").isVisible(), UNTIL_CONNECTED_MS);
    const all = await ines.texts();
    assert.deepEqual(all.slice(-30), Array.from({ length: 30 }, (_, at) => `Meanwhile ${at + 1}`));
    await until("the beginning is there", async () => {
      await ines.timeline.getByRole("article").first().press("Home");
      return ines.row(/Tide tables\. .*Edited/).isVisible();
    });
    assert.equal(await ines.row("Not this").count(), 0);
  });

  it("kill -9: the server dies while both write and comes back; nothing is lost, nothing doubled", async () => {
    const room = await stage.room("Slip");
    const [ines, mara] = await stage.pair(room);
    const written = { ines: [], mara: [] };
    const write = async (person, name, from, to) => {
      for (let at = from; at <= to; at += 1) {
        const words = `${name} ${at}`;
        written[name].push(words);
        await person.say(words);
      }
    };
    await Promise.all([write(ines, "ines", 1, 6), write(mara, "mara", 1, 6)]);
    const during = Promise.all([write(ines, "ines", 7, 14), write(mara, "mara", 7, 14)]);
    await stage.crash();
    await during;
    await Promise.all([seen(ines.banner), seen(mara.banner)]);
    await Promise.all([write(ines, "ines", 15, 18), write(mara, "mara", 15, 18)]);
    await stage.server.run();

    for (const person of [ines, mara]) {
      await until("nothing waits any more", async () => (await shown(waiting(person))) === 0, UNTIL_CONNECTED_MS);
    }
    await becomes("all have arrived", async () => (await stage.ines.texts(room)).length, 36, UNTIL_CONNECTED_MS);
    const kept = await stage.ines.texts(room);
    assert.deepEqual(kept.filter((it) => it.startsWith("ines")), written.ines, "Inés's messages, once each, in order");
    assert.deepEqual(kept.filter((it) => it.startsWith("mara")), written.mara, "Mara's messages, once each, in order");
    // What lies further up than the window reaches is not mounted.
    const latest = (texts) => texts.slice(-20);
    await becomes("Inés sees what is kept", async () => latest(await ines.texts()), latest(kept), UNTIL_CONNECTED_MS);
    await becomes("Mara sees what is kept", async () => latest(await mara.texts()), latest(kept), UNTIL_CONNECTED_MS);
    await Promise.all([gone(ines.banner), gone(mara.banner)]);
  });
});
