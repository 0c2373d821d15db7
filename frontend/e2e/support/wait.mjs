// Waiting for conditions. Nothing here waits for time to pass: a condition is asked again until it holds, and the words of
// the failure say what was seen last. Knows neither browser nor server.

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

/** How long a condition may take before it counts as never. Generous: the machine may be busy. */
export const PATIENCE_MS = 20_000;
const ASK_AGAIN_MS = 40;

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks `check` until it gives something truthy, and gives that. */
export async function until(words, check, patience = PATIENCE_MS) {
  const end = Date.now() + patience;
  for (;;) {
    let trouble;
    try {
      const found = await check();
      if (found) return found;
    } catch (error) {
      trouble = error;
    }
    if (Date.now() > end) {
      throw new Error(`Never: ${words}${trouble ? ` (${trouble.message})` : ""}`);
    }
    await later(ASK_AGAIN_MS);
  }
}

/** Asks `read` until it gives exactly `expected`; otherwise fails with the difference to what it gave last. */
export async function becomes(words, read, expected, patience = PATIENCE_MS) {
  const end = Date.now() + patience;
  for (;;) {
    let seen;
    let trouble;
    try {
      seen = await read();
      if (isDeepStrictEqual(seen, expected)) return;
    } catch (error) {
      trouble = error;
    }
    if (Date.now() > end) {
      if (trouble) throw new Error(`Never: ${words} (${trouble.message})`);
      assert.deepEqual(seen, expected, `Never: ${words}`);
    }
    await later(ASK_AGAIN_MS);
  }
}

/** Waits until all of the locators are on the screen. */
export async function seen(...locators) {
  for (const locator of locators) await locator.first().waitFor({ state: "visible", timeout: PATIENCE_MS });
}

/** Waits until none of the locators is on the screen. */
export async function gone(...locators) {
  for (const locator of locators) await becomes(`${locator} is gone`, () => shown(locator), 0);
}

/** How many of what the locator finds are on the screen. */
export async function shown(locator) {
  let count = 0;
  for (const one of await locator.all()) if (await one.isVisible()) count += 1;
  return count;
}
