// A whole visit without a mouse: sign in, read, reply, edit, switch rooms, settings.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { PASSWORD } from "./support/api.mjs";
import { INES, Stage } from "./support/stage.mjs";
import { becomes, gone, seen, until } from "./support/wait.mjs";

let stage;
before(async () => (stage = await Stage.set()));
afterEach(() => stage.sweep());
after(() => stage?.strike());

const focusOn = (person) =>
  person.page.evaluate(() => {
    const it = document.activeElement;
    return it?.getAttribute("aria-label") ?? it?.innerText ?? it?.id ?? "";
  });

/** Presses a key until the focus is where it should be. */
async function reach(person, key, locator, most = 25) {
  for (let press = 0; press < most; press += 1) {
    if (await locator.evaluate((it) => it === document.activeElement)) return;
    await person.press(key);
  }
  assert.fail(`${key} does not reach ${locator}; it is at ${await focusOn(person)}`);
}

describe("the keyboard", () => {
  it("does for a whole visit", async () => {
    const launch = await stage.room("Launch day");
    const slip = await stage.room("Slip");
    await stage.mara.say(launch, "Could someone check the cradle bolts?");
    await stage.mara.say(launch, "Before the crane comes");
    await stage.mara.say(slip, "Mind the wet planks");
    const ines = await stage.visitor();
    const { page } = ines;
    await page.addInitScript(() => {
      window.__pressed = 0;
      addEventListener("pointerdown", () => (window.__pressed += 1), true);
    });

    // Sign in: the first field has the focus.
    await ines.goto("/");
    await ines.focused(ines.field("Username or email"));
    await page.keyboard.type(INES.username);
    await ines.press("Tab");
    await ines.focused(ines.field("Password"));
    await page.keyboard.type(PASSWORD);
    await ines.press("Enter");
    await seen(ines.roomList);

    // To a room by its name.
    await ines.press("Control+k");
    const switcher = page.getByRole("combobox");
    await ines.focused(switcher);
    await page.keyboard.type("launc");
    await seen(page.getByRole("option", { selected: true }).filter({ hasText: "Launch day" }));
    await ines.press("Enter");
    await becomes("the room is open", () => ines.title.innerText(), "Launch day");
    await ines.focused(ines.composer);
    await ines.isAt(`/r/${launch.id}`);

    // Read with the arrows: from the composer to the latest message, and up.
    await ines.press("Shift+Tab");
    await ines.focused(ines.row("Before the crane comes"), "the latest message has the focus");
    await ines.press("ArrowUp");
    await ines.focused(ines.row("Could someone check"), "the one before has the focus");

    // Reply.
    await ines.press("r");
    await ines.focused(ines.composer);
    await seen(page.getByText("Reply to Mara Okafor:"));
    await page.keyboard.type("All eight are tihgt");
    await ines.press("Enter");
    await ines.reads(/All eight are tihgt.*Reply to Mara Okafor/);

    // Edit the last message from the empty field.
    const field = ines.field("Edit your message");
    await until("it is sent, and can be edited", async () => {
      await ines.press("ArrowUp");
      return field.isVisible();
    });
    await ines.focused(field);
    await ines.press("Control+a");
    await page.keyboard.type("All eight are tight");
    await ines.press("Enter");
    await gone(field);
    await ines.reads(/All eight are tight.*Edited/);
    await ines.focused(ines.composer);

    // Edit from the row, and think better of it.
    await ines.press("Shift+Tab");
    await ines.focused(ines.row("All eight are tight"));
    await ines.press("e");
    await ines.focused(field);
    await ines.press("Escape");
    await gone(field);

    // Any other letter goes to the composer.
    await ines.press("Shift+Tab");
    await ines.focused(ines.row("All eight are tight"));
    await page.keyboard.type("x");
    await ines.focused(ines.composer);
    await becomes("the letter is there", () => ines.composer.inputValue(), "x");
    await ines.press("Backspace");

    // All actions of a row by Shift F10; Esc gives the focus back.
    await ines.press("Shift+Tab");
    await ines.press("Shift+F10");
    const menu = page.getByRole("menu", { name: "Message actions" });
    await seen(menu);
    await ines.focused(menu.getByRole("menuitem").first());
    await ines.press("Escape");
    await gone(menu);
    await ines.focused(ines.row("All eight are tight"));

    // Into the row and out again.
    await ines.press("Enter");
    await until("something in the row has the focus", () =>
      ines.row("All eight are tight").evaluate((it) => it !== document.activeElement && it.contains(document.activeElement)),
    );
    await ines.press("Escape");
    await ines.focused(ines.row("All eight are tight"));

    // Delete and take it back: the toast is in reach.
    await ines.press("Delete");
    const undo = ines.toast.getByRole("button", { name: "Undo" });
    await seen(undo);
    await reach(ines, "Tab", undo);
    await ines.press("Enter");
    await ines.reads("All eight are tight");

    // Rooms by Alt and arrows, regions by F6.
    await ines.press("Alt+ArrowDown");
    await becomes("the next room is open", () => ines.title.innerText(), "Slip");
    await ines.press("Alt+ArrowUp");
    await becomes("the room before is open", () => ines.title.innerText(), "Launch day");
    await ines.focused(ines.composer);
    await ines.press("Shift+F6");
    await until("the timeline has the focus", () =>
      ines.timeline.evaluate((it) => it.contains(document.activeElement)),
    );
    await ines.press("Shift+F6");
    await until("the room list has the focus", () =>
      ines.roomList.evaluate((it) => it.contains(document.activeElement)),
    );
    await ines.press("F6");
    await ines.press("F6");
    await ines.focused(ines.composer);

    // Settings and back.
    await ines.press("Control+,");
    const settings = ines.dialog("Settings");
    await seen(settings);
    await until("the focus is inside", () => settings.evaluate((it) => it.contains(document.activeElement)));
    await ines.press("Escape");
    await gone(settings);
    await ines.isAt(`/r/${launch.id}`);
    await ines.press("Control+/");
    await seen(settings.getByText("Search the keys").or(settings.getByLabel("Search the keys")));
    await page.keyboard.type("bold");
    await seen(settings.getByText("Bold"));
    await ines.press("Escape");
    await gone(settings);
    assert.equal(await page.evaluate("window.__pressed"), 0, "no pointer was used");
  });

  it("goes past the room list with the skip links", async () => {
    const room = await stage.room("Website");
    await stage.mara.say(room, "The old page is gone");
    const ines = await stage.enter(INES, { room });
    await ines.reads("The old page is gone");
    // As on a fresh page: Tab begins at its start.
    await ines.page.evaluate(() => {
      const start = document.createElement("button");
      document.body.prepend(start);
      start.focus();
      start.remove();
    });
    await ines.press("Tab");
    const toMessages = ines.page.getByRole("link", { name: "Skip to messages" });
    await ines.focused(toMessages);
    await ines.press("Enter");
    await until("the timeline has the focus", () => ines.timeline.evaluate((it) => it.contains(document.activeElement)));
    const toComposer = ines.page.getByRole("link", { name: "Skip to composer" });
    await toComposer.focus();
    await ines.press("Enter");
    await ines.focused(ines.composer);
  });

  it("marks everything as read with Shift Esc, and takes it back", async () => {
    const room = await stage.room("Timber & orders");
    const ines = await stage.enter(INES, { room: stage.general });
    await stage.mara.say(room, "Larch arrives Thursday");
    const unread = ines.link("Timber & orders", "1 new");
    await seen(unread);
    await ines.focused(ines.composer);
    await ines.press("Shift+Escape");
    await gone(unread);
    await seen(ines.toast.getByText("Everything is marked as read"));
  });
});
