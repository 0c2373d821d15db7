// Chromium, and what every page of a test is watched for: errors in the console, broken promises, breaches of the content
// security policy, shifts of the layout. Knows nothing of what the pages show.

import { chromium } from "playwright-core";

const PATH = process.env.CONFAB_CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const DESKTOP = { width: 1440, height: 900 };

/** What the browser says by itself about a network that fails; a page cannot keep it quiet. */
const NETWORK_TROUBLE =
  /Failed to load resource: (net::ERR_|the server responded with a status of 50[234])|WebSocket connection to .* failed/;

export async function launch() {
  return chromium.launch({ executablePath: PATH, args: FLAGS });
}

/** A browser profile of its own: cookies, storage, tabs. */
export async function profile(browser, wire, options = {}) {
  const context = await browser.newContext({
    viewport: DESKTOP,
    locale: "en-GB",
    timezoneId: "Europe/Lisbon",
    baseURL: wire.origin,
    ...options,
  });
  context.setDefaultTimeout(20_000);
  const watch = new Watch(wire);
  context.on("page", (page) => watch.page(page));
  await context.addInitScript(observe);
  return { context, watch };
}

/** Runs in every page before its own scripts. */
function observe() {
  Error.stackTraceLimit = 60;
  window.__breaches = [];
  window.__shifts = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.__breaches.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
  });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const what = entry.sources.map((it) => it.node?.className || it.node?.nodeName || "?").join(", ");
      window.__shifts.push({ value: entry.value, at: entry.startTime, what, byHand: entry.hadRecentInput });
    }
  }).observe({ type: "layout-shift", buffered: true });
}

/** Gathers what must not happen. */
export class Watch {
  #problems = [];
  #allowed = [];
  #pages = new Set();

  constructor(wire) {
    this.wire = wire;
  }

  page(page) {
    this.#pages.add(page);
    page.on("close", () => this.#pages.delete(page));
    page.on("console", (message) => {
      if (message.type() === "error") this.#problems.push(`${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => this.#problems.push(`uncaught: ${error.stack ?? error}`));
    page.on("crash", () => this.#problems.push("the page crashed"));
  }

  /** Says that the browser will report something the test brings about itself, such as a refused sign-in. */
  allow(pattern) {
    this.#allowed.push(pattern);
  }

  /** What went wrong, apart from what was brought about. */
  async problems() {
    const found = this.#problems.filter((text) => {
      if (this.wire.troubled && NETWORK_TROUBLE.test(text)) return false;
      return !this.#allowed.some((pattern) => pattern.test(text));
    });
    for (const page of this.#pages) {
      const breaches = await page.evaluate(() => window.__breaches ?? []).catch(() => []);
      found.push(...breaches.map((it) => `content security policy: ${it}`));
    }
    return found;
  }
}
