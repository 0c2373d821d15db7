// The last resort: the program broke, and `index.html` alone can say so.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { INES, Stage } from "./support/stage.mjs";
import { becomes, seen } from "./support/wait.mjs";

let stage;
before(async () => (stage = await Stage.set()));
afterEach(() => stage.sweep());
after(() => stage?.strike());

/** (module (func (export "f") unreachable)) */
const TRAP = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 5, 1, 3, 0, 0, 11];

/** Reports what a module throws when it stops, as the browser does when nobody caught it. */
const trap = (page, event) =>
  page.evaluate(
    async ([bytes, event]) => {
      const { instance } = await WebAssembly.instantiate(new Uint8Array(bytes));
      try {
        instance.exports.f();
      } catch (error) {
        const report = new Event(event);
        report[event === "error" ? "error" : "reason"] = error;
        dispatchEvent(report);
      }
    },
    [TRAP, event],
  );

describe("a program that broke", () => {
  for (const event of ["error", "unhandledrejection"]) {
    it(`says so over whatever is open, and begins anew on Reload (${event})`, async () => {
      const ines = await stage.visitor();
      const { page } = ines;
      await ines.signIn(INES, `/r/${stage.general.id}`);
      await ines.write("Half a thought");
      await ines.press("Control+k");
      await seen(page.getByRole("combobox"));
      await trap(page, event);
      const says = page.getByRole("alertdialog", { name: "Something broke on our side." });
      await seen(says);
      assert.equal(await page.locator("dialog[open]").count(), 0);
      await says.getByRole("link", { name: "Reload" }).click();
      await becomes("the draft is there", () => ines.composer.inputValue(), "Half a thought");
      assert.equal(await says.isVisible(), false);
    });
  }

  it("is not said of an error that the program lives with", async () => {
    const ines = await stage.visitor();
    await ines.signIn(INES, `/r/${stage.general.id}`);
    await ines.page.evaluate(() => dispatchEvent(new ErrorEvent("error", { error: new TypeError("an extension's") })));
    await ines.say("Still here");
    assert.equal(await ines.page.locator("#crash").isVisible(), false);
  });
});
