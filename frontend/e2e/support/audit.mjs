// The automated accessibility audit: axe-core on the page as it stands. Knows no screen.

import assert from "node:assert/strict";
import axe from "axe-core";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Fails with one line per element that breaks a rule. */
export async function audit(page, screen) {
  // Through the debugging protocol: the page's policy would refuse a script tag.
  if (!(await page.evaluate("typeof axe === 'object'"))) await page.evaluate(axe.source);
  const violations = await page.evaluate(async (values) => {
    const result = await window.axe.run(document, {
      runOnly: { type: "tag", values },
      resultTypes: ["violations"],
    });
    return result.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, html, any, all, none }) => {
        const why = [...any, ...all, ...none].map((it) => it.message).join("; ");
        return `${id}: ${target.join(" ")} ${html.slice(0, 200)} (${why})`;
      }),
    );
  }, RULES);
  assert.deepEqual(violations, [], `${screen} has accessibility violations`);
}
