// The one Chromium of this run: the system's own, headless.

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import "../house/folder.js";

const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";
let launching;

export function browser() {
  if (!existsSync(EXECUTABLE)) throw new Error(`${EXECUTABLE} is missing: run scripts/setup test`);
  launching ??= chromium.launch({ executablePath: EXECUTABLE, timeout: 120_000, args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"] });
  return launching;
}

export async function closeBrowser() {
  await (await launching)?.close();
}
