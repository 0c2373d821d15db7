// The server by REST, as one of the people: to prepare a scene, and to compare what screens show with what is kept.
// It goes past the proxy, so it works while the network is cut. Knows nothing of the browser.

import { randomUUID } from "node:crypto";

export const PASSWORD = "slack water at nine";

export class Api {
  constructor(server) {
    this.server = server;
  }

  async call(method, path, body) {
    const headers = {};
    if (this.token) headers.authorization = `Bearer ${this.token}`;
    let payload = body;
    if (body !== undefined && !(body instanceof Uint8Array)) {
      headers["content-type"] = "application/json";
      payload = JSON.stringify(body);
    }
    const answer = await fetch(`${this.server.url}/api/v1${path}`, { method, headers, body: payload });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  #adopt(session) {
    this.token = session.access_token;
    this.me = session.user;
    return this;
  }

  async register({ username, name }) {
    return this.#adopt(
      await this.call("POST", "/auth/register", { username, display_name: name, password: PASSWORD }),
    );
  }

  async signIn({ username }) {
    return this.#adopt(await this.call("POST", "/auth/login", { login: username, password: PASSWORD }));
  }

  /** Names the place, as the first account may. */
  async name(name) {
    await this.call("PATCH", "/server", { name });
  }

  async rooms() {
    return (await this.call("GET", "/rooms")).rooms;
  }

  async general() {
    const rooms = await this.rooms();
    return rooms.find((room) => room.name === "General");
  }

  async room(name, { kind = "public", topic, members } = {}) {
    return this.call("POST", "/rooms", { kind, name, topic, member_ids: members?.map((it) => it.me.id) });
  }

  async direct(...others) {
    return this.call("POST", "/rooms/direct", { user_ids: others.map((it) => it.me.id) });
  }

  async join(room) {
    return this.call("POST", `/rooms/${room.id}/join`);
  }

  async say(room, body, reply_to) {
    return this.call("POST", `/rooms/${room.id}/messages`, { client_id: randomUUID(), body, reply_to });
  }

  async edit(message, body) {
    return this.call("PATCH", `/messages/${message.id}`, { body });
  }

  async read(room, seq) {
    return this.call("PUT", `/rooms/${room.id}/read`, { seq });
  }

  /** Every message of a room that stands, in order. */
  async messages(room) {
    const all = [];
    for (let after = 0; ; ) {
      const page = await this.call("GET", `/rooms/${room.id}/messages?after=${after}&limit=100`);
      all.push(...page.messages);
      if (!page.has_after || page.messages.length === 0) return all;
      after = page.messages.at(-1).seq;
    }
  }

  /** What people said in a room, in order. */
  async texts(room) {
    const all = await this.messages(room);
    return all.filter((it) => it.kind === "text" && !it.deleted_at).map((it) => it.body);
  }
}
