// The accessibility audit: no violation on any screen, in either theme.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { Audit } from "./support/audit.mjs";
import { INES, JONAS, MARA, Stage } from "./support/stage.mjs";
import { becomes, gone, seen } from "./support/wait.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

let stage;
let room;
before(async () => {
  stage = await Stage.set();
  const jonas = await stage.account(JONAS);
  room = await stage.room("⛵ Launch day", { topic: "Wren goes in on Saturday, high water 10:42" });
  await jonas.join(room);
  const first = await jonas.say(room, "Second coat of **varnish** is dry. She looked *rather* good on the slip this morning.");
  await stage.mara.say(room, "Tide tables: https://tides.example/saltmarsh and a ||surprise||");
  await stage.mara.say(room, "```rust\nlet tide = 4.6;\n```\n> a quote\n\n- one\n- two\n\n`inline`");
  await stage.ines.say(room, "Already in the van.", first.id);
  const edited = await stage.ines.say(room, "Who has the spare key?");
  await stage.ines.edit(edited, "Who has the spare key for the gate?");
  const answered = await stage.mara.say(room, "To be deleted");
  await stage.ines.say(room, "An answer to what is gone", answered.id);
  await stage.mara.call("DELETE", `/messages/${answered.id}`);
  await stage.mara.direct(stage.ines).then((direct) => stage.mara.say(direct, "Bring the good speaker if you can"));
  await stage.ines.room("Office keys", { kind: "private" });
  await stage.mara.say(stage.general, "Kettle's on");
});
afterEach(() => stage.sweep());
after(() => stage?.strike());

const themes = ["light", "dark"];

describe("the audit finds nothing", () => {
  for (const colorScheme of themes) {
    it(`in the ${colorScheme} theme, coming in`, async () => {
      const visitor = await stage.visitor({ colorScheme });
      visitor.watch.allow(/status of 401/);
      const { page } = visitor;
      const audit = new Audit(page);
      await visitor.goto("/");
      await seen(visitor.button("Sign in"));
      await audit.of("sign in");
      await visitor.field("Username or email").fill("nobody");
      await visitor.field("Password").fill("not this one");
      await visitor.button("Sign in").click();
      await seen(page.getByRole("alert").filter({ hasText: "don't match" }));
      await audit.of("sign in, refused");
      await visitor.goto("/register");
      await seen(visitor.button("Join Tidewater"));
      await visitor.field("Password").fill("short");
      await audit.of("register");
      audit.end();
    });

    it(`in the ${colorScheme} theme, in a room and what opens from it`, async () => {
      const ines = await stage.enter(INES, { room, colorScheme });
      ines.watch.allow(/status of 404/);
      const { page } = ines;
      const audit = new Audit(page);
      await ines.reads("An answer to what is gone");
      await audit.of("a room");

      await ines.row("Second coat").hover();
      await seen(ines.row("Second coat").getByRole("button", { name: "More" }));
      await audit.of("a row's actions");
      const menu = await ines.menuOf("spare key");
      await seen(menu.getByRole("menuitem", { name: "Edit" }));
      await audit.of("a row's menu");
      await menu.getByRole("menuitem", { name: "Edit" }).click();
      await seen(ines.field("Edit your message"));
      await audit.of("editing");
      await ines.press("Escape");
      await ines.choose("Second coat", "Reply");
      await seen(page.getByText("Reply to Jonas Lindqvist:"));
      await ines.button("Formatting").click();
      await audit.of("replying, with the formatting bar");
      await ines.button("Cancel reply").click();

      await page.getByRole("button", { name: /^People, / }).click();
      await seen(page.getByRole("complementary", { name: "People" }));
      await audit.of("the people panel");
      await page.getByRole("complementary", { name: "People" }).getByRole("button", { name: /Mara Okafor/ }).click();
      await seen(ines.dialog("Profile of Mara Okafor").getByRole("button", { name: "Message" }));
      await audit.of("a profile card");
      await ines.press("Escape");
      await gone(ines.dialog("Profile of Mara Okafor"));

      await ines.button("Room details").click();
      await seen(ines.dialog("Room details").getByRole("button", { name: "Archive room" }));
      await audit.of("room details");
      await ines.press("Escape");
      await gone(ines.dialog("Room details"));

      await ines.press("Control+k");
      await seen(page.getByRole("option").first());
      await audit.of("the switcher");
      await page.getByRole("combobox").fill("zzz");
      await seen(page.getByText("Nothing called “zzz”."));
      await audit.of("the switcher, nothing found");
      await ines.press("Escape");

      await ines.button("Add a room").first().click();
      await seen(page.getByRole("menuitem", { name: "Browse rooms" }));
      await audit.of("the menu that adds");
      await page.getByRole("menuitem", { name: "Browse rooms" }).click();
      await seen(ines.dialog("Browse rooms").getByText("General"));
      await audit.of("the directory");
      await ines.press("Escape");
      await ines.button("Add a room").first().click();
      await page.getByRole("menuitem", { name: "New room" }).click();
      await seen(ines.dialog("New room").getByRole("button", { name: "Make room" }));
      await audit.of("a new room");
      await ines.press("Escape");
      await ines.button("New message").first().click();
      await seen(ines.dialog("New message").getByRole("option").first());
      await audit.of("a new message");
      await ines.press("Escape");
      await gone(ines.dialog("New message"));

      await ines.link("General").click({ button: "right" });
      await seen(page.getByRole("menuitem", { name: "Mark as read" }));
      await audit.of("a room's menu");
      await ines.press("Escape");
      await ines.goto("/r/999999");
      await seen(page.getByText("That room isn't here, or you can't see it."));
      await audit.of("no such room");
      await ines.goto("/nowhere/at/all");
      await seen(page.getByText("There is nothing at this address."));
      await audit.of("nothing at this address");
      await ines.goto("/");
      await seen(ines.roomList);
      await audit.of("home");
      audit.end();
    });

    it(`in the ${colorScheme} theme, in the settings`, async () => {
      const mara = await stage.enter(MARA, { room: stage.general, colorScheme });
      const audit = new Audit(mara.page);
      for (const tab of ["profile", "account", "devices", "appearance", "keyboard", "about"]) {
        await mara.goto(`/settings/${tab}`);
        await seen(mara.dialog("Settings").getByRole("button", { name: "Close" }).last());
        if (tab === "devices") await seen(mara.page.getByText("This device"));
        await audit.of(`settings, ${tab}`);
      }
      audit.end();
    });

    it(`in the ${colorScheme} theme, offline and signed out by the server`, async () => {
      const mara = await stage.enter(MARA, { room, colorScheme });
      const audit = new Audit(mara.page);
      mara.watch.allow(/status of 401/);
      await mara.reads("An answer to what is gone");
      stage.network.cut();
      await mara.say("This one waits");
      await seen(mara.banner.getByText("You're offline."), mara.timeline.getByText("Waiting"));
      await audit.of("offline");
      stage.network.restore();
      await mara.reconnect();
      const { sessions } = await stage.mara.call("GET", "/auth/sessions");
      for (const { id, current } of sessions) if (!current) await stage.mara.call("DELETE", `/auth/sessions/${id}`);
      await seen(mara.dialog("Your session ended."));
      await audit.of("the session ended");
      audit.end();
    });

    it(`in the ${colorScheme} theme, on a phone`, async () => {
      const ines = await stage.enter(INES, { ...PHONE, colorScheme });
      const { page } = ines;
      const audit = new Audit(page);
      await seen(ines.link("Launch day"));
      await audit.of("the list on a phone");
      await page.getByRole("group", { name: "Main" }).getByRole("button", { name: "People" }).tap();
      await seen(page.getByRole("link", { name: /Mara Okafor/ }));
      await audit.of("people on a phone");
      await ines.goto(`/r/${room.id}`);
      await ines.reads("An answer to what is gone");
      await audit.of("a room on a phone");
      await ines.goto("/settings");
      await seen(ines.dialog("Settings"));
      await audit.of("settings on a phone");
      audit.end();
    });
  }

  it("on a fresh server, step by step", async () => {
    for (const colorScheme of themes) {
      const fresh = await Stage.set({ fresh: true });
      try {
        const ines = await fresh.visitor({ colorScheme });
        const audit = new Audit(ines.page);
        await ines.goto("/");
        await seen(ines.button("Continue"));
        await audit.of("first run, account");
        await ines.field("Your name").fill(INES.name);
        await ines.field("Username").fill(INES.username);
        await ines.field("Password").fill("slack water at nine");
        await ines.button("Continue").click();
        await seen(ines.page.getByRole("heading", { name: "Name your place." }));
        await audit.of("first run, name");
        await ines.field("Name").fill("Tidewater");
        await ines.button("Continue").click();
        await seen(ines.page.getByRole("heading", { name: "Bring people in." }));
        await audit.of("first run, address");
        await ines.button("Skip for now").click();
        await becomes("General is open", () => ines.title.innerText(), "General");
        await audit.of("an empty room");
        audit.end();
        await fresh.sweep();
      } finally {
        await fresh.strike();
      }
    }
  });

  it("and themes are what the system asks for, or what was chosen", async () => {
    const ines = await stage.enter(INES, { room, colorScheme: "light" });
    const ground = () => ines.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await ines.page.emulateMedia({ colorScheme: "dark" });
    const dark = await ground();
    assert.notEqual(light, dark);
    await ines.goto("/settings/appearance");
    await ines.page.getByRole("radio", { name: "Light" }).check({ force: true });
    await becomes("it is light", ground, light);
    await ines.page.reload();
    await becomes("it stays light", ground, light);
  });
});
