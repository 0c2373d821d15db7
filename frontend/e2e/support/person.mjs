// Someone in front of a page: what they find by its words and do with it. Finds things the way people and screen readers
// do, by role and name; by class only where a test counts or measures. The words are those of the client's own files.

import assert from "node:assert/strict";
import { PASSWORD } from "./api.mjs";
import { becomes, gone, seen, until } from "./wait.mjs";

const literally = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

export class Person {
  constructor(page, watch) {
    this.page = page;
    this.watch = watch;
  }

  // Finding things

  button(name, options) {
    return this.page.getByRole("button", { name, exact: true, ...options });
  }

  field(name) {
    return this.page.getByLabel(name, { exact: true });
  }

  dialog(name) {
    return this.page.getByRole("dialog", { name });
  }

  get composer() {
    return this.page.getByRole("textbox", { name: /^(Message|Reply to) / });
  }

  get roomList() {
    // On a phone it is all there is.
    const named = { name: "Rooms", exact: true };
    return this.page.getByRole("navigation", named).or(this.page.getByRole("main", named));
  }

  /** A room or a person in the room list, which says after the name what is new there: this, or anything. */
  link(name, news) {
    const rest = news ? `, ${literally(news)}` : "(,|$)";
    return this.roomList.getByRole("link", { name: new RegExp(`^${literally(name)} ?${rest}`) });
  }

  /** One with nothing new. */
  quietLink(name) {
    return this.roomList.getByRole("link", { name, exact: true });
  }

  get title() {
    return this.page.getByRole("heading", { level: 1 });
  }

  get timeline() {
    return this.page.getByRole("list", { name: /^Messages in / });
  }

  get rows() {
    return this.timeline.getByRole("article");
  }

  /** A message by its words. */
  row(words) {
    return this.timeline.getByRole("article", { name: words });
  }

  /** The banner under the header. */
  get banner() {
    return this.page.locator(".banner");
  }

  get toast() {
    return this.page.locator(".toast");
  }

  /** What the mounted messages say, in order. */
  async texts() {
    return this.timeline.locator(".message__text").allInnerTexts();
  }

  // Doing things

  async goto(path) {
    await this.page.goto(path);
  }

  async press(keys) {
    await this.page.keyboard.press(keys);
  }

  /** Signs in by the form, on the way to where they wanted to go. */
  async signIn({ username }, path = "/") {
    await this.goto(path);
    await this.field("Username or email").fill(username);
    await this.field("Password").fill(PASSWORD);
    await this.button("Sign in").click();
    // On a phone a room stands alone.
    await seen(path.startsWith("/r/") ? this.composer : this.roomList);
  }

  async open(name) {
    await this.link(name).click();
    await seen(this.composer);
    await becomes(`${name} is open`, () => this.title.innerText(), name);
  }

  async write(text) {
    await this.composer.fill(text);
  }

  async say(text) {
    await this.write(text);
    await this.composer.press("Enter");
  }

  /** Asks to be connected now, unless that has happened by itself meanwhile. */
  async reconnect() {
    await this.button("Try now").click({ timeout: 1_000 }).catch(() => {});
    await gone(this.banner);
  }

  /** Opens the menu with all that can be done with a message. */
  async menuOf(words) {
    const row = this.row(words).last();
    await row.hover();
    await row.getByRole("button", { name: "More", exact: true }).click();
    return this.page.getByRole("menu", { name: "Message actions" });
  }

  async choose(words, action) {
    const menu = await this.menuOf(words);
    await menu.getByRole("menuitem", { name: action }).click();
  }

  // Checking things

  async reads(...words) {
    for (const it of words) await seen(this.row(it));
  }

  /** What the messages on the screen say, once they say it. */
  async showsExactly(texts) {
    await becomes("the messages are on the screen, in order", () => this.texts(), texts);
  }

  async focused(locator, words = `${locator} has the focus`) {
    await until(words, () => locator.evaluate((it) => it === document.activeElement));
  }

  async isAt(path) {
    await becomes("the address", () => new URL(this.page.url()).pathname, path);
  }

  /** Nothing may be wider than the page. */
  async fitsAcross(words) {
    const { wide, page } = await this.page.evaluate(() => {
      const page = document.documentElement.clientWidth;
      const inOwnBox = (it) => it.closest("pre, table, .visually-hidden");
      const wide = [...document.body.querySelectorAll("*")]
        .filter((it) => it.getBoundingClientRect().right > page + 0.5 && !inOwnBox(it) && it.checkVisibility())
        .map((it) => `${it.tagName} ${it.className}`);
      return { wide: document.documentElement.scrollWidth > page ? wide : [], page };
    });
    assert.deepEqual(wide, [], `${words}: wider than ${page} px`);
  }
}
