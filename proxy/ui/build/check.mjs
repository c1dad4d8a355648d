// Builds anew and compares the sizes with the budgets.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
/** Bytes, gzipped, with all that an entry imports before it runs. */
const BUDGETS = { loader: 5_000, switcher: 15_000, pages: 25_000, operator: 25_000 };
/** What any one page, section, dialog or language may add. */
const CHUNK_BUDGET = 15_000;

const folder = path.join(root, "dist");
execFileSync(process.execPath, [path.join(import.meta.dirname, "build.mjs"), folder], { stdio: ["ignore", "ignore", "inherit"] });
const manifest = JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8"));
const faults = [];

for (const [name, budget] of Object.entries(BUDGETS)) {
  const { gzipBytes } = manifest.entries[name];
  console.log(`${name.padEnd(10)} ${String(gzipBytes).padStart(6)} B of ${budget} B gzipped`);
  if (gzipBytes > budget) faults.push(`${name} is ${gzipBytes - budget} B over its budget`);
}
for (const [file, bytes] of Object.entries(manifest.files)) {
  if (bytes > CHUNK_BUDGET) faults.push(`${file} is ${bytes - CHUNK_BUDGET} B over what one chunk may have`);
}

for (const fault of faults) console.error(fault);
process.exitCode = faults.length ? 1 : 0;
