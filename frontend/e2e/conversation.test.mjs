// Two people talk: at once, in order, with all that can be done to a message.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { INES, JONAS, MARA, Stage } from "./support/stage.mjs";
import { becomes, gone, seen, until } from "./support/wait.mjs";

let stage;
before(async () => (stage = await Stage.set()));
afterEach(() => stage.sweep());
after(() => stage?.strike());

describe("a conversation", () => {
  it("goes both ways, live, in the same order on both screens and on the server", async () => {
    const room = await stage.room("Launch day");
    const [ines, mara] = await stage.pair(room);
    const said = [];
    for (let turn = 1; turn <= 3; turn += 1) {
      for (const [one, other] of [[ines, mara], [mara, ines]]) {
        const words = `turn ${turn} of ${one === ines ? "Inés" : "Mara"}`;
        await one.say(words);
        await other.reads(words);
        said.push(words);
      }
    }
    await ines.showsExactly(said);
    await mara.showsExactly(said);
    assert.deepEqual(await stage.ines.texts(room), said);
  });

  it("shows one's own message in the frame of the key press, before the server has heard of it", async () => {
    const room = await stage.room("Slip");
    const ines = await stage.enter(INES, { room });
    await seen(ines.page.getByText("This is Slip"));
    stage.network.stall();
    await ines.write("All eight bolts are tight");
    await ines.page.evaluate(() => {
      const look = (event) => {
        if (event.key !== "Enter") return;
        const before = document.querySelectorAll(".message__text").length;
        requestAnimationFrame(() => {
          const rows = [...document.querySelectorAll(".message__text")].slice(before);
          window.__echo = rows.map((it) => it.innerText);
        });
      };
      document.addEventListener("keydown", look, { capture: true, once: true });
    });
    await ines.press("Enter");
    await becomes("the frame had the message", () => ines.page.evaluate("window.__echo"), ["All eight bolts are tight"]);
    assert.equal(await ines.composer.inputValue(), "");
    // The row that is confirmed is the row of the echo: it is not drawn again.
    await ines.rows.last().evaluate((it) => (it.__echo = true));
    await seen(ines.page.getByText("Sending…"));
    stage.network.restore();
    await gone(ines.page.getByText("Sending…"));
    await becomes("the server has it", () => stage.ines.texts(room), ["All eight bolts are tight"]);
    assert.equal(await ines.rows.last().evaluate((it) => it.__echo), true);
  });

  it("says who is typing, and stops saying so", async () => {
    const room = await stage.room("Workshop floor");
    const [ines, mara] = await stage.pair(room);
    await ines.composer.pressSequentially("The port-side one");
    await seen(mara.page.getByText("Inés Calderón is typing…"));
    await ines.press("Enter");
    await mara.reads("The port-side one");
    await gone(mara.page.getByText(/is typing…/));
  });

  it("marks what is new with a dot and a line, and reading it clears it on the other device, too", async () => {
    const room = await stage.room("Timber & orders");
    const [laptop, phone] = await Promise.all([
      stage.enter(MARA, { room: stage.general }),
      stage.enter(MARA, { room: stage.general, wired: true }),
    ]);
    await stage.ines.say(room, "Larch arrives Thursday");
    await stage.ines.say(room, "Someone has to sign for it");
    await seen(laptop.link("Timber & orders", "2 new"), phone.link("Timber & orders", "2 new"));
    await laptop.open("Timber & orders");
    await seen(laptop.timeline.getByRole("separator", { name: "New" }));
    await laptop.reads("Larch arrives Thursday");
    await seen(phone.quietLink("Timber & orders"), laptop.quietLink("Timber & orders"));
    // The line does not move while one reads; it goes when one comes back.
    await seen(laptop.timeline.getByRole("separator", { name: "New" }));
    await laptop.open("General");
    await laptop.open("Timber & orders");
    await laptop.reads("Someone has to sign for it");
    await gone(laptop.timeline.getByRole("separator", { name: "New" }));
  });

  it("lets one edit a message where it stands, and shows everyone the new words", async () => {
    const room = await stage.room("Website");
    const [ines, mara] = await stage.pair(room);
    await ines.say("High water is at 10:24");
    await mara.reads("High water is at 10:24");
    await ines.choose("High water is at 10:24", "Edit");
    const field = ines.field("Edit your message");
    await ines.focused(field);
    await field.fill("High water is at 10:42");
    await field.press("Enter");
    await mara.reads(/High water is at 10:42\. .*Edited/);
    await mara.showsExactly(["High water is at 10:42 (edited)"]);
    await ines.showsExactly(["High water is at 10:42 (edited)"]);
  });

  it("takes a deletion back with Undo, and otherwise deletes for everyone", async () => {
    const room = await stage.room("Off the clock");
    const [ines, mara] = await stage.pair(room);
    await ines.say("Kettle's on");
    await ines.say("Come in from the rain");
    await mara.reads("Come in from the rain");

    await ines.choose("Kettle's on", "Delete");
    await ines.showsExactly(["Come in from the rain"]);
    await seen(ines.toast.getByText("Message deleted"));
    await ines.toast.getByRole("button", { name: "Undo" }).click();
    await ines.showsExactly(["Kettle's on", "Come in from the rain"]);

    await ines.choose("Kettle's on", "Delete");
    await ines.showsExactly(["Come in from the rain"]);
    // Mara loses it when the offer has gone by, not before.
    await mara.showsExactly(["Come in from the rain"]);
    await gone(ines.toast);
    assert.deepEqual(await stage.ines.texts(room), ["Come in from the rain"]);
  });

  it("quotes what is replied to, and leads from the reply to the original and back", async () => {
    const room = await stage.room("Harbour office");
    const [ines, mara] = await stage.pair(room);
    await mara.say("Could someone check the cradle bolts?");
    for (let at = 1; at <= 40; at += 1) await stage.mara.say(room, `Line ${at}\n\nand its second paragraph`);
    await ines.reads("Line 40");
    await ines.page.getByRole("list", { name: /^Messages in/ }).press("Home");
    await until("the original is on the screen", async () => {
      await ines.rows.first().press("Home");
      return ines.row("cradle bolts").isVisible();
    });
    await ines.choose("cradle bolts", "Reply");
    await seen(ines.page.getByText("Reply to Mara Okafor:"));
    await ines.focused(ines.composer);
    await ines.composer.fill("All eight are tight");
    await ines.composer.press("Enter");
    await mara.reads(/All eight are tight.*Reply to Mara Okafor/);
    const quote = mara.page.getByRole("button", { name: /^Reply to Mara Okafor ?: ?Could someone check/ });
    await quote.click();
    await until("the original is in sight", () => inSight(mara, "Could someone check the cradle bolts?"));
    await mara.button("Back to the reply").click();
    await until("the reply is in sight", () => inSight(mara, "All eight are tight"));
  });

  it("shows Markdown as elements, and nothing that anyone writes runs", async () => {
    const room = await stage.room("Charts");
    const bodies = [
      "**bold** *slanted* ~~struck~~ `a == b`",
      "```rust\nlet tide = 4.6;\n```",
      "> a quote",
      "- one\n- two",
      "[the tables](https://tides.example/saltmarsh) and https://plain.example/x",
      "||hidden||",
      "<script>window.__ran = 1</script><img src=x onerror=\"window.__ran = 1\">",
      "[press](javascript:window.__ran=1) [data](data:text/html,<script>window.__ran=1</script>)",
      "<a href=\"javascript:window.__ran=1\">raw</a> javascript:window.__ran=1",
    ];
    for (const body of bodies) await stage.mara.say(room, body);
    const ines = await stage.enter(INES, { room });
    const said = ines.timeline.locator(".message__text");
    await becomes("all are there", () => said.count(), bodies.length);
    for (const [at, selector, text] of [
      [0, "strong", "bold"],
      [0, "em", "slanted"],
      [0, "s", "struck"],
      [0, "code", "a == b"],
      [1, "pre", "let tide = 4.6;"],
      [2, "blockquote", "a quote"],
      [3, "li >> nth=1", "two"],
    ]) {
      assert.equal((await said.nth(at).locator(selector).innerText()).trim(), text);
    }
    const link = ines.page.getByRole("link", { name: "the tables" });
    assert.equal(await link.getAttribute("href"), "https://tides.example/saltmarsh");
    assert.match(await link.getAttribute("rel"), /noopener/);
    await seen(ines.page.getByRole("link", { name: "https://plain.example/x" }));

    assert.equal(await said.locator("script, img, iframe").count(), 0);
    const schemes = await said.locator("a").evaluateAll((all) => all.map((it) => it.protocol));
    assert.deepEqual([...new Set(schemes)], ["https:"]);
    const spoiler = ines.button("Hidden words. Press to show");
    await spoiler.click();
    await seen(said.nth(5).getByText("hidden"));
    assert.equal(await ines.page.evaluate("window.__ran"), undefined);
  });

  it("begins a conversation between two from the New message dialog, and counts what is for one in a pill", async () => {
    const jonas = await stage.account(JONAS);
    const [ines, jonasAt] = await Promise.all([
      stage.enter(INES, { room: stage.general }),
      stage.enter(JONAS, { room: stage.general }),
    ]);
    await ines.button("New message").first().click();
    const dialog = ines.dialog("New message");
    const to = dialog.getByRole("combobox", { name: "To" });
    await ines.focused(to);
    await to.pressSequentially("jonas");
    await seen(dialog.getByRole("option", { name: /Jonas Lindqvist/ }));
    await to.press("Enter");
    await seen(dialog.getByRole("button", { name: "Remove Jonas Lindqvist" }));
    await dialog.getByRole("button", { name: "Go to conversation" }).click();
    await becomes("the conversation is open", () => ines.title.innerText(), "Jonas Lindqvist");
    await seen(ines.page.getByText("This is the start of you and Jonas Lindqvist."));
    await ines.focused(ines.composer);
    await ines.say("See you on the slip");
    await ines.say("Bring the long ladder");

    const row = jonasAt.link("Inés Calderón", "Online, 2 for you");
    await seen(row);
    await becomes("the tab counts it", () => jonasAt.page.title(), "(2) General · Tidewater");
    await row.click();
    await jonasAt.reads("See you on the slip", "Bring the long ladder");
    await becomes("nothing is left to read", () => jonasAt.page.title(), "Inés Calderón · Tidewater");
    // The same two always get the same room.
    const again = await jonas.direct(stage.ines);
    assert.deepEqual(await jonas.texts(again), ["See you on the slip", "Bring the long ladder"]);
  });
});

async function inSight(person, words) {
  const row = person.row(words).last();
  return (await row.count()) > 0 && row.evaluate((it) => {
    const view = it.closest(".timeline__scroll").getBoundingClientRect();
    const { top, bottom } = it.getBoundingClientRect();
    return top >= view.top && bottom <= view.bottom;
  });
}
