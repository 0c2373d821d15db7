// Being signed in: kept over a reload, shared by tabs, ended everywhere at once, and never readable by a script.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { PASSWORD } from "./support/api.mjs";
import { INES, MARA, Stage } from "./support/stage.mjs";
import { becomes, gone, seen, shown, until } from "./support/wait.mjs";

const JWT = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;

let stage;
before(async () => (stage = await Stage.set()));
afterEach(() => stage.sweep());
after(() => stage?.strike());

const storage = (person) => person.page.evaluate(() => Object.entries({ ...localStorage, ...sessionStorage }));

describe("a session", () => {
  it("outlives a reload, and leaves no token where a script or the history could find it (S-TOK-5)", async () => {
    const room = await stage.room("Launch day");
    const ines = await stage.visitor();
    const handshakes = [];
    ines.page.on("websocket", (socket) => handshakes.push(new URL(socket.url()).searchParams.get("token")));
    await ines.signIn(INES, `/r/${room.id}`);
    await ines.say("Before");
    await ines.page.reload();
    await ines.reads("Before");
    await ines.isAt(`/r/${room.id}`);
    await ines.say("After");
    await becomes("both arrived", () => stage.ines.texts(room), ["Before", "After"]);

    assert.doesNotMatch(JSON.stringify(await storage(ines)), JWT);
    assert.equal(await ines.page.evaluate(() => document.cookie), "");
    assert.doesNotMatch(ines.page.url(), JWT);
    const cookies = await ines.page.context().cookies(`${stage.network.origin}/api/v1/auth`);
    const refresh = cookies.find((it) => it.name === "confab_refresh");
    assert.ok(refresh.httpOnly && refresh.sameSite === "Strict" && refresh.path === "/api/v1/auth");
    // Each handshake has a token of its own, for this one time.
    assert.ok(handshakes.length >= 2);
    assert.equal(new Set(handshakes).size, handshakes.length);
    const life = handshakes.map((token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url")));
    assert.ok(life.every(({ iat, exp, aud }) => exp - iat <= 30 && aud.includes("confab:socket")));
  });

  it("is shared by two tabs, which both stay live", async () => {
    const room = await stage.room("Workshop floor");
    const one = await stage.enter(INES, { room });
    const devices = async () => (await stage.ines.call("GET", "/auth/sessions")).sessions.length;
    const before = await devices();
    const two = await stage.tab(one, `/r/${room.id}`);
    await seen(two.composer);
    await one.say("From one tab");
    await two.reads("From one tab");
    await two.say("From the other");
    await one.reads("From the other");
    await one.showsExactly(["From one tab", "From the other"]);
    await two.showsExactly(["From one tab", "From the other"]);
    assert.equal(await devices(), before);
  });

  it("ends in both tabs when one signs out, and takes what was kept here with it (S-SES-8)", async () => {
    const room = await stage.room("Office keys", { kind: "private" });
    const one = await stage.enter(MARA, { room });
    await one.say("The spare key is under the third plank");
    await becomes("it arrived", () => stage.mara.texts(room), ["The spare key is under the third plank"]);
    const two = await stage.tab(one, `/r/${room.id}`);
    await two.reads("third plank");

    await one.button("Settings").click();
    await one.dialog("Settings").getByRole("button", { name: "Sign out" }).click();
    await one.isAt("/sign-in");
    await two.isAt("/sign-in");
    for (const tab of [one, two]) {
      await gone(tab.page.getByText("third plank"));
      const left = async () => (await storage(tab)).map(([key]) => key).filter((it) => !it.startsWith("confab.device."));
      await becomes("nothing of hers is kept", left, []);
    }
    assert.deepEqual(await one.page.context().cookies(`${stage.network.origin}/api/v1/auth`), []);
    await one.goto(`/r/${room.id}`);
    await one.isAt("/sign-in");
  });

  it("is ended from another device: a dialog says so, and the draft is there after signing in again", async () => {
    const room = await stage.room("Website");
    const laptop = await stage.enter(MARA, { room });
    laptop.watch.allow(/status of 401/);
    await laptop.write("A draft that matters");
    const phone = await stage.enter(MARA, { room: stage.general, wired: true });

    await phone.goto("/settings/devices");
    const devices = phone.dialog("Settings").getByRole("listitem");
    await seen(devices.getByText("This device"));
    await phone.button("Sign out all others").click();
    await seen(phone.toast.getByText("All other devices are signed out"));
    await seen(phone.page.getByText("You are signed in nowhere else."));

    const dialog = laptop.dialog("Your session ended.");
    await seen(dialog.getByText("Sign in again, your draft is safe."));
    await laptop.focused(dialog.getByLabel("Password", { exact: true }));
    // Behind the dialog everything is still there.
    assert.equal(await laptop.page.locator("#composer").inputValue(), "A draft that matters");
    await dialog.getByLabel("Password", { exact: true }).fill("not this one");
    await dialog.getByRole("button", { name: "Sign in", exact: true }).click();
    await seen(dialog.getByText("That is not your password."));
    await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await dialog.getByRole("button", { name: "Sign in", exact: true }).click();
    await gone(dialog);
    assert.equal(await laptop.composer.inputValue(), "A draft that matters");
    await laptop.composer.press("Enter");
    await becomes("it is sent", () => stage.ines.texts(room), ["A draft that matters"]);
    await becomes("and nothing says otherwise", () => shown(laptop.banner), 0);
    // Her session by REST ended with the others.
    await stage.mara.signIn(MARA);
  });
});
