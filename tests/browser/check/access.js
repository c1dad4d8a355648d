// What people with other senses and other screens get: axe, the tree that a screen reader is told, and no second scroll bar.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { until } from "../house/until.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const GOLDEN = path.join(import.meta.dirname, "../golden");
/** Far above what a list takes to be shown. */
const RESTING_MS = 60_000;
const isBlessing = process.env.ANNEX_BLESS === "1";

/** What differs from run to run in any tree, and the word that stands for it. */
export const CHANGING = [
  [/\d{1,2} \w+ 20\d\d|\b[A-Z][a-z]{2} \d{1,2}, 20\d\d/g, "DATE"], [/[a-z]+-\d+@agency\.test/g, "ADDRESS"], [/\d+ (second|minute)s? ago|\bnow\b|this minute/g, "A MOMENT AGO"], [/\b\d{1,2}:\d\d\b/g, "TIME"],
  [/[\da-f]{8}-[\da-f-]{27}/g, "ID"],
];

/** Not one violation, in everything or in what a selector names. */
export async function accessible(tab, what, selector) {
  // Into an isolated world, which no policy of the page concerns.
  const isThere = await tab.page.evaluate(() => "axe" in globalThis);
  if (!isThere) await tab.page.evaluate(AXE);
  const found = await tab.page.evaluate(async (within) => {
    const { violations } = await globalThis.axe.run(within ? { include: [within] } : document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `    ${node.target.flat().join(" ")}`).join("\n")}`);
  }, selector ?? null);
  assert.deepEqual(found, [], `${what}: axe`);
}

/** The tree of roles and names, as a golden file; `ANNEX_BLESS=1` rewrites it. */
export async function told(locator, name, changing = []) {
  const file = path.join(GOLDEN, `${name}.yaml`);
  const golden = existsSync(file) ? readFileSync(file, "utf8") : null;
  let tree;
  let before;
  // What is still being fetched comes into the tree a moment later.
  await until(`${name} rests`, async () => {
    before = tree;
    tree = changing.reduce((text, [pattern, word]) => text.replaceAll(pattern, word), await locator.ariaSnapshot());
    return isBlessing ? tree === before : `${tree}\n` === golden;
  }, RESTING_MS).catch(() => null);
  if (isBlessing) {
    mkdirSync(GOLDEN, { recursive: true });
    writeFileSync(file, `${tree}\n`);
  }
  assert.ok(isBlessing || golden !== null, `${file} is missing: ANNEX_BLESS=1 writes it`);
  assert.equal(`${tree}\n`, readFileSync(file, "utf8"), `${name}: what a screen reader is told`);
}

/** At 320 CSS pixels nothing needs scrolling sideways, and nothing of ours is outside. */
export async function fits(tab, what, selector) {
  const before = tab.page.viewportSize();
  await tab.page.setViewportSize({ width: 320, height: 640 });
  const width = await tab.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(document.documentElement.scrollWidth)))));
  assert.ok(width <= 320, `${what}: ${width} px wide at 320`);
  await accessible(tab, `${what} at 320 px`, selector);
  await tab.page.setViewportSize(before);
}
