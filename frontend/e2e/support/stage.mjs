// The stage of a test: one server, the network before it, one browser, and the people in front of it. After every test it
// is asked whether anything went wrong that nobody looked at. Knows how the parts fit together.

import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { Api } from "./api.mjs";
import { launch, profile } from "./browser.mjs";
import { Network } from "./network.mjs";
import { Person } from "./person.mjs";
import { Server } from "./server.mjs";

/** The people of Tidewater. */
export const INES = { username: "ines", name: "Inés Calderón" };
export const MARA = { username: "mara", name: "Mara Okafor" };
export const JONAS = { username: "jonas", name: "Jonas Lindqvist" };
export const PRIYA = { username: "priya", name: "Priya Raman" };

let shots = 0;

export class Stage {
  #open = [];

  /** `fresh`: nobody has been here yet. Otherwise Inés and Mara have accounts and the place is called Tidewater. */
  static async set({ fresh = false, limits } = {}) {
    const stage = new Stage();
    try {
      stage.network = await Network.open();
      stage.server = await Server.start({ origin: stage.network.origin, limits });
      stage.network.to(stage.server.port);
      // Past the network: for those whose connection never fails.
      stage.cable = { origin: `http://localhost:${stage.server.port}`, troubled: false };
      stage.browser = await launch();
      if (!fresh) {
        stage.ines = await stage.account(INES);
        await stage.ines.name("Tidewater");
        stage.mara = await stage.account(MARA);
        stage.general = await stage.ines.general();
      }
    } catch (error) {
      await stage.strike();
      throw error;
    }
    return stage;
  }

  /** A new account, by REST. */
  async account(who) {
    return new Api(this.server).register(who);
  }

  /** A room of Inés and Mara. */
  async room(name, options = {}) {
    return this.ines.room(name, { members: [this.mara], ...options });
  }

  /** A browser of someone's own, at nothing yet; `wired` past the network that can be cut. */
  async visitor({ wired = false, ...options } = {}) {
    const { context, watch } = await profile(this.browser, wired ? this.cable : this.network, options);
    const person = new Person(await context.newPage(), watch);
    this.#open.push(person);
    return person;
  }

  /** Someone who has an account, signed in, in front of a room. */
  async enter(who, { room, ...options } = {}) {
    const person = await this.visitor(options);
    await person.signIn(who, room ? `/r/${room.id}` : "/");
    return person;
  }

  /** Inés and Mara in front of a room; Mara's connection never fails. */
  async pair(room) {
    return Promise.all([this.enter(INES, { room }), this.enter(MARA, { room, wired: true })]);
  }

  /** Another tab of the same browser. */
  async tab(person, path) {
    const tab = new Person(await person.page.context().newPage(), person.watch);
    await tab.goto(path);
    return tab;
  }

  /** The server is gone from one moment to the next, for everyone. */
  async crash() {
    this.network.troubled = true;
    this.cable.troubled = true;
    await this.server.kill();
  }

  /** Ends what the test has open, and fails if a page had trouble. To be called after each test. */
  async sweep() {
    const problems = [];
    for (const { page, watch } of this.#open.splice(0)) {
      await this.#photograph(page);
      problems.push(...(await watch.problems()));
      await page.context().close();
    }
    this.network.restore();
    this.network.troubled = false;
    this.cable.troubled = false;
    assert.ok(problems.length === 0, `trouble in the console:\n${problems.join("\n")}`);
  }

  /** With CONFAB_LAST_SIGHT=<folder>, what each page looked like when its test ended. */
  async #photograph(page) {
    const folder = process.env.CONFAB_LAST_SIGHT;
    if (!folder) return;
    for (const tab of page.context().pages()) {
      await tab.screenshot({ path: join(folder, `${basename(process.argv[1])}-${(shots += 1)}.png`) }).catch(() => {});
    }
  }

  async strike() {
    await this.browser?.close();
    await this.network?.close();
    await this.server?.stop();
  }
}
