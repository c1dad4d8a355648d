// What people with other senses and other screens get: axe, the tree that a screen reader is told, and no second scroll bar.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const GOLDEN = path.join(import.meta.dirname, "../golden");
const isBlessing = process.env.ANNEX_BLESS === "1";

/** Not one violation, in everything or in what a selector names. */
export async function accessible(tab, what, selector) {
  // Into an isolated world, which no policy of the page concerns.
  const isThere = await tab.page.evaluate(() => "axe" in globalThis);
  if (!isThere) await tab.page.evaluate(AXE);
  const found = await tab.page.evaluate(async (within) => {
    const { violations } = await globalThis.axe.run(within ? { include: [within] } : document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `    ${node.target.flat().join(" ")}`).join("\n")}`);
  }, selector ?? null);
  if (process.env.AXE_REPORT) { for (const f of found) console.error("AXE", what, f); return; }
  assert.deepEqual(found, [], `${what}: axe`);
}

/** The tree of roles and names, as a golden file; `ANNEX_BLESS=1` rewrites it. */
export async function told(locator, name, changing = []) {
  let tree = await locator.ariaSnapshot();
  for (const [pattern, word] of changing) tree = tree.replaceAll(pattern, word);
  const file = path.join(GOLDEN, `${name}.yaml`);
  if (isBlessing) {
    mkdirSync(GOLDEN, { recursive: true });
    writeFileSync(file, `${tree}\n`);
  }
  assert.ok(existsSync(file), `${file} is missing: ANNEX_BLESS=1 writes it`);
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
