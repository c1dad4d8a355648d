// The pictures of docs/guide, taken anew by every run.
//
// Promise: what the guide shows is what people see: a picture that no test takes, that the guide does not show, that is
// larger than people should have to load, or that does not look as it would today, fails. ANNEX_BLESS=1 rewrites them.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { PNG } from "pngjs";
import { REPOSITORY } from "../house/program.js";
import { unlike } from "./pixels.js";

const GUIDE = path.join(REPOSITORY, "docs/guide");
const IMAGES = path.join(GUIDE, "images");
const MOST_BYTES = 90_000;
/** Of the blocks of a picture; other letters and another date stay far below it. */
const MOST_UNLIKE = 0.04;
const isBlessing = process.env.ANNEX_BLESS === "1";
const taken = new Set();

/** `clip`: which part of the window. */
export async function take(tab, name, clip) {
  await tab.page.evaluate(() => document.fonts.ready);
  const raw = await tab.page.screenshot({ animations: "disabled", caret: "hide", clip: { x: 0, y: 0, ...clip } });
  const picture = PNG.sync.write(PNG.sync.read(raw), { deflateLevel: 9, colorType: 2 });
  taken.add(`${name}.png`);
  const file = path.join(IMAGES, `${name}.png`);
  if (isBlessing) {
    mkdirSync(IMAGES, { recursive: true });
    writeFileSync(file, picture);
  }
  assert.ok(picture.length <= MOST_BYTES, `${name}: ${picture.length} bytes`);
  assert.ok(existsSync(file), `${file} is missing: ANNEX_BLESS=1 takes it`);
  const share = unlike(readFileSync(file), picture);
  assert.ok(share <= MOST_UNLIKE, `${name}: ${Math.round(share * 100)} % of it looks otherwise today`);
}

/** After all of them: the guide shows those and no others. */
export function allShown() {
  // The control: one picture is not taken for another.
  const all = [...taken].map((name) => readFileSync(path.join(IMAGES, name)));
  for (const [at, one] of all.entries()) for (const other of all.slice(at + 1)) assert.ok(unlike(one, other) > MOST_UNLIKE, "two pictures look alike");
  const pages = readdirSync(GUIDE).filter((name) => name.endsWith(".md")).map((name) => readFileSync(path.join(GUIDE, name), "utf8"));
  const shown = new Set(pages.flatMap((text) => [...text.matchAll(/\]\(images\/([\w.-]+)\)/g)].map((found) => found[1])));
  assert.deepEqual([...shown].sort(), [...taken].sort(), "what the guide shows, and what was taken");
  assert.deepEqual(readdirSync(IMAGES).sort(), [...taken].sort(), "what lies in docs/guide/images, and what was taken");
}
