// The automated accessibility audit: axe-core on the page as it stands. Knows no screen.

import assert from "node:assert/strict";
import axe from "axe-core";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Looks at one screen after another, and fails at the end with one line for each thing that breaks a rule. */
export class Audit {
  #found = [];

  constructor(page) {
    this.page = page;
  }

  async of(screen) {
    const { page } = this;
    // Through the debugging protocol: the page's policy would refuse a script tag.
    if (!(await page.evaluate("typeof axe === 'object'"))) await page.evaluate(axe.source);
    const violations = await page.evaluate(async (values) => {
      // Half faded in, nothing has the colours it is going to have.
      const passing = document.getAnimations().filter((it) => it.effect.getTiming().iterations !== Infinity);
      await Promise.allSettled(passing.map((it) => it.finished));
      const result = await window.axe.run(document, {
        runOnly: { type: "tag", values },
        resultTypes: ["violations"],
      });
      return result.violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, html, any, all, none }) => {
          const why = [...any, ...all, ...none].map((it) => it.message).join("; ");
          return `${id}: ${target.join(" ")} ${html.slice(0, 160)} (${why})`;
        }),
      );
    }, RULES);
    for (const line of violations) {
      const known = this.#found.find((it) => it.line === line);
      if (known) known.screens.push(screen);
      else this.#found.push({ line, screens: [screen] });
    }
  }

  end() {
    const lines = this.#found.map(({ line, screens }) => `${line}\n    on: ${screens.join(", ")}`);
    assert.ok(lines.length === 0, `the audit found:\n${lines.join("\n")}`);
  }
}
