// Who is here, and who they are: presence and profiles, as others see them change.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { deflateSync } from "node:zlib";
import { PASSWORD } from "./support/api.mjs";
import { INES, MARA, Stage } from "./support/stage.mjs";
import { becomes, gone, seen, until } from "./support/wait.mjs";

/** Someone whose last connection is gone is offline after a lease of 20 s. */
const LEASE_MS = 45_000;

let stage;
before(async () => (stage = await Stage.set()));
afterEach(() => stage.sweep());
after(() => stage?.strike());

/** A picture of one colour, as PNG. */
function png(side, [red, green, blue]) {
  const table = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const crc = (bytes) => {
    let c = 0xffffffff;
    for (const byte of bytes) c = table[(c ^ byte) & 255] ^ (c >>> 8);
    return (c ^ 0xffffffff) >>> 0;
  };
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(data.length);
    const tail = Buffer.alloc(4);
    tail.writeUInt32BE(crc(body));
    return Buffer.concat([head, body, tail]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.from([0, ...Array.from({ length: side }, () => [red, green, blue]).flat()]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: side }, () => row)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

const panel = (person) => person.page.getByRole("complementary", { name: "People" });

async function showPeople(person) {
  await person.page.getByRole("button", { name: /^People, / }).click();
  await seen(panel(person));
}

describe("people", () => {
  it("are online, go offline some seconds after they leave, and are back at once", async () => {
    const room = await stage.general;
    const [ines, mara] = await stage.pair(room);
    await stage.ines.direct(stage.mara);
    await showPeople(ines);
    await seen(panel(ines).getByText("Here now · 2"));
    await seen(ines.link("Mara Okafor", "Online"));

    await mara.page.close();
    await until("Mara is offline", () => panel(ines).getByText("Offline · 1").isVisible(), LEASE_MS);
    await seen(ines.link("Mara Okafor", "Offline"));

    const again = await stage.enter(MARA, { room });
    await seen(panel(ines).getByText("Here now · 2"));
    await seen(again.composer);
  });

  it("choose how they are seen: away, not to be disturbed, or not at all", async () => {
    const [ines, mara] = await stage.pair(stage.general);
    await showPeople(ines);
    for (const [setting, group] of [
      ["Away", "Away · 1"],
      ["Do not disturb", "Do not disturb · 1"],
      ["Invisible", "Offline · 1"],
      ["Online", "Here now · 2"],
    ]) {
      await mara.goto("/settings/profile");
      await mara.page.getByRole("radio", { name: setting }).check({ force: true });
      await mara.button("Save profile").click();
      await seen(mara.toast.getByText("Profile saved"));
      await seen(panel(ines).getByText(group));
    }
  });

  it("change name, words, status and picture, and everyone sees it at once", async () => {
    const room = await stage.room("Launch day");
    await stage.mara.say(room, "Then we launch on Saturday");
    const [ines, mara] = await stage.pair(room);
    await showPeople(ines);
    await ines.reads("Mara Okafor. Then we launch on Saturday");

    await mara.goto("/settings/profile");
    await mara.field("Display name").fill("Mara of the Slip");
    await mara.field("About you").fill("Sails and rigging.");
    await mara.field("Status").fill("Sanding the tiller");
    await seen(mara.page.getByText("Unsaved changes"));
    await mara.button("Save profile").click();
    await seen(mara.toast.getByText("Profile saved"));
    await ines.reads("Mara of the Slip. Then we launch on Saturday");
    await seen(panel(ines).getByText("Sanding the tiller"));

    await mara.page.setInputFiles("input[type=file]", {
      name: "mara.png",
      mimeType: "image/png",
      buffer: png(300, [201, 64, 47]),
    });
    await seen(mara.toast.getByText("Photo saved"));
    const picture = ines.rows.filter({ hasText: "Then we launch" }).locator("img");
    await seen(picture);
    await until("the picture is loaded", () => picture.evaluate((it) => it.complete && it.naturalWidth > 0));
    const red = await picture.evaluate((it) => {
      const canvas = document.createElement("canvas");
      const pen = canvas.getContext("2d");
      pen.drawImage(it, 0, 0, 1, 1);
      return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
    });
    assert.ok(red[0] > 180 && red[1] < 90 && red[2] < 80, `the picture is red, not ${red}`);

    await ines.page.getByRole("button", { name: "Mara of the Slip", exact: true }).first().click();
    const card = ines.dialog("Profile of Mara of the Slip");
    await seen(card.getByText("@mara"), card.getByText("Sails and rigging."), card.getByText("Sanding the tiller"));
    await card.getByRole("button", { name: "Message" }).click();
    await becomes("the conversation opens", () => ines.title.innerText(), "Mara of the Slip");

    await mara.button("Remove").click();
    await seen(mara.toast.getByText("Photo removed"));
    await ines.open("Launch day");
    await gone(picture);
  });

  it("take all their data along, for their password", async () => {
    const ines = await stage.visitor();
    const { page } = ines;
    await ines.signIn(INES);
    await ines.goto("/settings/account");
    await page.getByRole("button", { name: "Export my data" }).click();
    const dialog = page.getByRole("dialog", { name: "Export my data" });
    await ines.focused(dialog.getByLabel("Password", { exact: true }));
    await page.keyboard.type("not it at all");
    ines.watch.allow(/status of 422/);
    await ines.press("Enter");
    await seen(dialog.getByText("That is not your password."));
    await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
    const download = page.waitForEvent("download");
    await ines.press("Enter");
    assert.equal((await download).suggestedFilename(), "confab-export.zip");
    await seen(ines.toast.filter({ hasText: "Your data is in your downloads" }));
    await gone(dialog);
  });

  it("are asked before changes to a profile are thrown away", async () => {
    const ines = await stage.enter(INES, { room: stage.general });
    await ines.goto("/settings/profile");
    await ines.field("Display name").fill("Somebody else");
    await ines.press("Escape");
    const question = ines.dialog("Keep or discard?");
    await seen(question);
    await question.getByRole("button", { name: "Keep" }).click();
    assert.equal(await ines.field("Display name").inputValue(), "Somebody else");
    await ines.press("Escape");
    await question.getByRole("button", { name: "Discard" }).click();
    await gone(ines.dialog("Settings"));
    await ines.isAt(`/r/${stage.general.id}`);
    await ines.goto("/settings/profile");
    await becomes("nothing changed", () => ines.field("Display name").inputValue(), INES.name);
  });
});
