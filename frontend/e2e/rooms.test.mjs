// Rooms: found, joined, renamed, private, and gone from the screen of those who are taken out.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { INES, MARA, Stage } from "./support/stage.mjs";
import { becomes, gone, seen } from "./support/wait.mjs";

let stage;
before(async () => (stage = await Stage.set()));
afterEach(() => stage.sweep());
after(() => stage?.strike());

async function add(person, what) {
  await person.button("Add a room").first().click();
  await person.page.getByRole("menuitem", { name: what }).click();
}

describe("rooms", () => {
  it("are made in a dialog, found in the directory and joined from it", async () => {
    const ines = await stage.enter(INES, { room: stage.general });
    const mara = await stage.enter(MARA, { room: stage.general });
    await add(ines, "New room");
    const dialog = ines.dialog("New room");
    await ines.focused(dialog.getByLabel("Name", { exact: true }));
    await dialog.getByRole("button", { name: "Make room" }).click();
    await seen(dialog.getByText("Give the room a name."));
    await dialog.getByLabel("Name", { exact: true }).fill("⛵ Launch day");
    await dialog.getByLabel("Topic", { exact: true }).fill("Wren goes in on Saturday");
    await dialog.getByRole("button", { name: "Make room" }).click();
    await becomes("the room is open", () => ines.title.innerText(), "Launch day");
    await ines.focused(ines.composer);
    await ines.say("Who brings the bunting?");

    await add(mara, "Browse rooms");
    const directory = mara.dialog("Browse rooms");
    await directory.getByLabel("Search rooms").fill("laun");
    await seen(directory.getByText("Wren goes in on Saturday"));
    await directory.getByRole("button", { name: "Join Launch day" }).click();
    await mara.reads("Who brings the bunting?");
    await becomes("the room is open", () => mara.title.innerText(), "Launch day");
    await ines.reads("Mara Okafor joined");
    await mara.say("Me");
    await ines.reads("Mara Okafor. Me");
  });

  it("that are private are not there for those who are not in them", async () => {
    const room = await stage.ines.room("Surprise for Mara", { kind: "private" });
    const mara = await stage.enter(MARA, { room: stage.general });
    mara.watch.allow(/status of 404/);
    await add(mara, "Browse rooms");
    await mara.dialog("Browse rooms").getByLabel("Search rooms").fill("surprise");
    await seen(mara.page.getByText("No room called “surprise”."));
    await mara.press("Escape");
    await gone(mara.dialog("Browse rooms"));
    await mara.press("Control+k");
    await mara.page.getByRole("combobox").fill("surprise");
    await seen(mara.page.getByText("Nothing called “surprise”."));
    await mara.goto(`/r/${room.id}`);
    await seen(mara.page.getByText("That room isn't here, or you can't see it."));
    // Word for word what stands at a room that never was.
    await mara.goto("/r/999999");
    await seen(mara.page.getByText("That room isn't here, or you can't see it."));
  });

  it("change their name and topic on every screen at once", async () => {
    const room = await stage.room("Lunch");
    const [ines, mara] = await stage.pair(room);
    await ines.button("Room details").click();
    const details = ines.dialog("Room details");
    await details.getByLabel("Name", { exact: true }).fill("Launch day");
    await details.getByLabel("Topic", { exact: true }).fill("High water 10:42");
    await details.getByRole("button", { name: "Save", exact: true }).click();
    await becomes("the heading follows", () => mara.title.innerText(), "Launch day");
    await seen(mara.page.getByRole("banner").or(mara.page.locator(".room-header")).getByText("High water 10:42"));
    await seen(mara.link("Launch day"));
    await mara.reads("Inés Calderón named this room “Launch day”");
    await becomes("the tab follows", () => mara.page.title(), "Launch day · Tidewater");
    await becomes("the field follows", () => mara.composer.getAttribute("aria-label"), "Message Launch day");
  });

  it("leave the screen of someone who is taken out, at once", async () => {
    const room = await stage.room("Office keys", { kind: "private" });
    await stage.ines.say(room, "The safe is 4-8-15");
    const [ines, mara] = await stage.pair(room);
    mara.watch.allow(/status of 404/);
    await mara.reads("The safe is 4-8-15");
    await ines.button("Room details").click();
    await ines.button("Remove Mara Okafor").click();
    await ines.dialog("Remove Mara Okafor from Office keys?").getByRole("button", { name: "Remove Mara Okafor" }).click();
    await gone(mara.page.getByText("The safe is 4-8-15"), mara.link("Office keys"));
    await stage.ines.say(room, "The safe is 16-23-42 now");
    await seen(mara.link("General"));
    assert.doesNotMatch(await mara.page.content(), /16-23-42/);
    await mara.goto(`/r/${room.id}`);
    await seen(mara.page.getByText("That room isn't here, or you can't see it."));
    await ines.press("Escape");
    await ines.reads("Inés Calderón removed Mara Okafor");
  });

  it("can be left, and Undo leads back", async () => {
    const room = await stage.room("Off the clock");
    const mara = await stage.enter(MARA, { room });
    await mara.link("Off the clock").click({ button: "right" });
    await mara.page.getByRole("menuitem", { name: "Leave" }).click();
    await gone(mara.link("Off the clock"));
    await mara.toast.getByRole("button", { name: "Undo" }).click();
    await seen(mara.link("Off the clock"));
    assert.ok((await stage.mara.rooms()).some((it) => it.id === room.id));
  });
});
