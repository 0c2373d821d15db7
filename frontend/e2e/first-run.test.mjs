// The first two people of a fresh server, and the forms that everybody else comes in by.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { PASSWORD } from "./support/api.mjs";
import { INES, MARA, Stage } from "./support/stage.mjs";
import { becomes, gone, seen } from "./support/wait.mjs";

async function fillIn(person, { username, name }, password = PASSWORD) {
  await person.field("Your name").fill(name);
  await person.field("Username").fill(username);
  await person.field("Password").fill(password);
}

describe("the first two people", () => {
  let stage;
  before(async () => (stage = await Stage.set({ fresh: true })));
  afterEach(() => stage.sweep());
  after(() => stage?.strike());

  it("set the place up in three steps, and the second one joins them in General", async () => {
    const ines = await stage.visitor();
    await ines.goto("/");
    await ines.isAt("/welcome");
    await fillIn(ines, INES);
    await ines.button("Continue").click();

    await seen(ines.page.getByRole("heading", { name: "Name your place." }));
    await ines.field("Name").fill("Tidewater");
    await becomes("the preview follows", () => ines.page.locator(".preview__head").innerText(), "Tidewater");
    await ines.button("Continue").click();

    await seen(ines.page.getByRole("heading", { name: "Bring people in." }));
    await seen(ines.page.getByText(stage.network.origin, { exact: true }));
    await ines.button("Open General").click();

    await becomes("the room is General", () => ines.title.innerText(), "General");
    await ines.focused(ines.composer, "the composer has the focus");
    await becomes("the tab says it", () => ines.page.title(), "General · Tidewater");

    const mara = await stage.visitor();
    await mara.goto("/");
    await mara.isAt("/sign-in");
    await seen(mara.page.getByText("Sign in to Tidewater."));
    await mara.page.getByRole("link", { name: "Create your account" }).click();
    await fillIn(mara, MARA);
    await mara.button("Join Tidewater").click();
    await mara.open("General");

    await ines.reads("Mara Okafor joined");
    await ines.say("Good morning, Mara");
    await mara.reads("Good morning, Mara");
    await mara.say("Morning, Inés");
    await ines.reads("Morning, Inés");
  });
});

describe("coming in", () => {
  let stage;
  before(async () => (stage = await Stage.set()));
  afterEach(() => stage.sweep());
  after(() => stage?.strike());

  it("says that a username is taken, and keeps everything else that was typed", async () => {
    const jonas = await stage.visitor();
    jonas.watch.allow(/status of (409|422)/);
    await jonas.goto("/register");
    await fillIn(jonas, { username: "Mara", name: "Jonas Lindqvist" });
    await jonas.button("Join Tidewater").click();
    await seen(jonas.page.getByText(/Somebody has this name/));
    const username = jonas.field("Username");
    await jonas.focused(username, "the field in question has the focus");
    assert.equal(await username.getAttribute("aria-invalid"), "true");
    assert.equal(await jonas.field("Your name").inputValue(), "Jonas Lindqvist");
    await username.fill("jonas");
    await jonas.button("Join Tidewater").click();
    await seen(jonas.roomList);
  });

  it("says in words how good a password is, and refuses one that everybody uses", async () => {
    const priya = await stage.visitor();
    priya.watch.allow(/status of 422/);
    await priya.goto("/register");
    await fillIn(priya, { username: "priya", name: "Priya Raman" }, "short");
    await seen(priya.page.getByText("Too short yet: at least 8 characters."));
    await priya.field("Password").fill("password1");
    await priya.button("Join Tidewater").click();
    await priya.focused(priya.field("Password"), "the password has the focus");
    assert.equal(await priya.field("Password").getAttribute("aria-invalid"), "true");
  });

  it("gives one answer to a wrong password and to an unknown name, above fields that keep what was typed", async () => {
    const mara = await stage.visitor();
    mara.watch.allow(/status of 401/);
    await mara.goto("/sign-in");
    for (const login of ["mara", "nobody"]) {
      await mara.field("Username or email").fill(login);
      await mara.field("Password").fill("not this one");
      await mara.button("Sign in").click();
      const error = mara.page.getByRole("alert").filter({ hasText: "That name and password don't match." });
      await seen(error);
      await mara.focused(error, "the error has the focus");
      assert.equal(await mara.field("Username or email").inputValue(), login);
      assert.equal(await mara.field("Password").inputValue(), "not this one");
    }
    await mara.field("Username or email").fill("mara");
    await mara.field("Password").fill(PASSWORD);
    await mara.button("Sign in").click();
    await seen(mara.roomList);
    await gone(mara.page.getByText("don't match"));
  });
});
