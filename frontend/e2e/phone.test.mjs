// On a phone: one pane at a time, nothing wider than the screen, nothing that needs a hover.

import { after, afterEach, before, describe, it } from "node:test";
import { INES, MARA, Stage } from "./support/stage.mjs";
import { becomes, gone, seen } from "./support/wait.mjs";

const PHONES = [
  { width: 360, height: 740 },
  { width: 390, height: 844 },
];

let stage;
before(async () => (stage = await Stage.set()));
afterEach(() => stage.sweep());
after(() => stage?.strike());

const LONG = `A long one: ${"x".repeat(200)} https://tides.example/${"a-very-long-path/".repeat(12)}`;
const WIDE = `\`\`\`\n${"let tide = high_water(saltmarsh_point, saturday); ".repeat(6)}\n\`\`\``;

describe("a phone", () => {
  for (const viewport of PHONES) {
    const handheld = { viewport, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

    it(`of ${viewport.width} px leads from the list to a room and back`, async () => {
      const room = await stage.room(`Launch day at ${viewport.width}`, { topic: "Wren goes in on Saturday, high water 10:42" });
      await stage.mara.say(room, LONG);
      await stage.mara.say(room, WIDE);
      const ines = await stage.visitor(handheld);
      await ines.goto("/");
      await seen(ines.button("Sign in"));
      await ines.fitsAcross("sign in");
      await ines.page.getByRole("link", { name: "Create your account" }).tap();
      await seen(ines.button("Join Tidewater"));
      await ines.fitsAcross("register");
      await ines.signIn(INES);
      await ines.fitsAcross("the list");
      await gone(ines.composer);

      await ines.link(room.name).tap();
      await becomes("the room is open", () => ines.title.innerText(), room.name);
      await seen(ines.composer);
      await ines.fitsAcross("the room");
      await gone(ines.roomList);
      await ines.composer.tap();
      await ines.composer.fill("From the slip");
      await ines.button("Send").tap();
      await ines.reads("From the slip");

      await ines.button("Back").tap();
      await seen(ines.roomList);
      await gone(ines.composer);
      await ines.isAt("/");

      // The same with the system's own Back.
      await ines.link(room.name).tap();
      await seen(ines.composer);
      await ines.page.goBack();
      await seen(ines.roomList);

      for (const tab of ["profile", "account", "devices", "appearance", "keyboard", "about"]) {
        await ines.goto(`/settings/${tab}`);
        await seen(ines.dialog("Settings"));
        await ines.fitsAcross(`settings, ${tab}`);
      }
    });
  }

  it("opens what can be done with a message by a long press", async () => {
    const room = await stage.room("Slip");
    await stage.ines.say(room, "Mind the wet planks.\nThe tide was over them.\nAll the way up.\nTo the rail.");
    const mara = await stage.enter(MARA, { room, viewport: PHONES[1], hasTouch: true, isMobile: true });
    const { x, y, height } = await mara.row("Mind the wet planks").locator(".message__text").boundingBox();
    const finger = await mara.page.context().newCDPSession(mara.page);
    const at = [{ x: x + 20, y: y + height - 8 }];
    await finger.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: at });
    const menu = mara.page.getByRole("menu", { name: "Message actions" });
    await seen(menu);
    await finger.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await seen(menu);
    await menu.getByRole("menuitem", { name: "Reply" }).tap();
    await seen(mara.page.getByText("Reply to Inés Calderón:"));
    await mara.fitsAcross("replying");
  });
});
