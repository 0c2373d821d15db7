// A Confab server of this test's own: free port, throw-away data, started, killed and started again. Knows its command
// line and where its log goes, not what it serves.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { until } from "./wait.mjs";

const ROOT = resolve(import.meta.dirname, "../../..");
const BIN = process.env.CONFAB_BIN ?? join(ROOT, "target/debug/confab");
const WEB = process.env.CONFAB_WEB ?? join(ROOT, "frontend/dist");
const LOG_LINES = 60;

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

export class Server {
  #process;
  #log = [];

  static async start({ origin, limits = "on" } = {}) {
    const server = new Server();
    server.port = await freePort();
    server.origin = origin;
    server.limits = limits;
    server.data = await mkdtemp(join(tmpdir(), "confab-e2e-"));
    await server.run();
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async run() {
    const args = ["serve", "--listen", `127.0.0.1:${this.port}`, "--data-dir", this.data, "--web-dir", WEB];
    if (this.origin) args.push("--public-url", this.origin);
    const env = { ...process.env, CONFAB_BCRYPT_COST: "4", CONFAB_RATE_LIMITS: this.limits, CONFAB_LOG: "warn" };
    const child = spawn(BIN, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        this.#log.push(...text.split("\n").filter(Boolean));
        this.#log.splice(0, Math.max(0, this.#log.length - LOG_LINES));
      });
    }
    let refused;
    child.once("error", (error) => (refused = error));
    await until("the server is ready", async () => {
      if (refused || child.exitCode !== null) return true;
      const answer = await fetch(`${this.url}/readyz`);
      await answer.arrayBuffer();
      return answer.ok;
    });
    if (refused || child.exitCode !== null) {
      throw new Error(`The server did not start: ${refused ?? this.log}`);
    }
  }

  get log() {
    return this.#log.join("\n");
  }

  /** As the power cut does it: no goodbye, nothing flushed. */
  async kill() {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async stop() {
    await this.kill();
    await rm(this.data, { recursive: true, force: true });
  }
}
