// The wire between browser and server: a TCP proxy with an address that stays, whatever happens behind it. It can be cut
// (every connection reset, new ones, too), stalled (nothing moves, nobody is told), made deaf (the browser's words arrive, the
// server's do not come back) and restored. Knows no HTTP.

import { once } from "node:events";
import { connect, createServer } from "node:net";

export class Network {
  #listener;
  #pairs = new Set();
  #cut = false;
  #stalled = false;
  #deaf = false;

  /** Whether it ever failed: then the browser may have complained about it. */
  troubled = false;

  static async open() {
    const network = new Network();
    network.#listener = createServer((browser) => network.#accept(browser)).listen(0, "127.0.0.1");
    await once(network.#listener, "listening");
    network.port = network.#listener.address().port;
    return network;
  }

  get origin() {
    return `http://localhost:${this.port}`;
  }

  to(port) {
    this.target = port;
  }

  #accept(browser) {
    if (this.#cut) {
      browser.on("error", () => {});
      browser.resetAndDestroy();
      return;
    }
    const server = connect(this.target, "127.0.0.1");
    const pair = { browser, server };
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      browser.destroy();
      server.destroy();
    };
    for (const socket of [browser, server]) {
      socket.setNoDelay(true);
      socket.on("error", end);
      socket.on("close", end);
    }
    browser.on("data", (bytes) => server.write(bytes));
    server.on("data", (bytes) => browser.write(bytes));
    if (this.#stalled) this.#pause(pair);
    if (this.#deaf) server.pause();
  }

  #pause({ browser, server }) {
    browser.pause();
    server.pause();
  }

  cut() {
    this.troubled = true;
    this.#cut = true;
    for (const { browser, server } of this.#pairs) {
      browser.resetAndDestroy();
      server.resetAndDestroy();
    }
    this.#pairs.clear();
  }

  /** Bytes stay where they are; no one hears of it. */
  stall() {
    this.troubled = true;
    this.#stalled = true;
    for (const pair of this.#pairs) this.#pause(pair);
  }

  /** What the browser says arrives, and what the server answers does not. */
  deafen() {
    this.troubled = true;
    this.#deaf = true;
    for (const { server } of this.#pairs) server.pause();
  }

  restore() {
    this.#cut = false;
    this.#deaf = false;
    this.#stalled = false;
    for (const { browser, server } of this.#pairs) {
      browser.resume();
      server.resume();
    }
  }

  async close() {
    this.cut();
    this.#listener.close();
    await once(this.#listener, "close");
  }
}
