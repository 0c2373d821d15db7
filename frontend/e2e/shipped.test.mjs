// The server as people run it: what only tests and tools of builders use is not in it.

import assert from "node:assert/strict";
import { once } from "node:events";
import { get } from "node:http";
import { after, before, it } from "node:test";
import { Server } from "./support/server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server?.stop());

it("it has no route that echoes frames to anybody", async () => {
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  const request = get(`${server.url}/conformance`, { headers });
  const answer = await Promise.race([
    once(request, "response").then(([response]) => response),
    once(request, "upgrade").then(() => assert.fail("the handshake was accepted")),
  ]);
  // An address like any other: the client's page.
  assert.equal(answer.statusCode, 200);
  assert.match(answer.headers["content-type"], /^text\/html/);
  answer.destroy();
});
