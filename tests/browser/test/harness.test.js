// What runs the other tests keeps its own promises: a run that is killed leaves nothing behind.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { outer } from "../house/folder.js";
import { until } from "../house/until.js";

const RUN = `
const { Cluster } = await import("./house/postgres.js");
const { openHouse } = await import("./house/house.js");
const { run } = await import("./house/folder.js");
const { browser } = await import("./page/browser.js");
const cluster = await Cluster.start();
const house = await openHouse(cluster, "killed");
const page = await (await browser()).newPage();
await page.goto(house.url + "/login");
console.log(JSON.stringify({ folders: [run, cluster.folder], ports: [cluster.port, new URL(house.crmUrl).port, new URL(house.annexUrl).port] }));
setInterval(() => {}, 1000);`;

const isOpen = (port) => fetch(`http://127.0.0.1:${port}/`).then(() => true, (error) => error.cause?.code !== "ECONNREFUSED");

test("a run that is killed leaves no process, no port and no folder", { timeout: 120_000 }, async () => {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", RUN], { cwd: path.join(import.meta.dirname, ".."), env: { ...process.env, TMPDIR: outer }, stdio: ["ignore", "pipe", "inherit"] });
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  assert.ok(value, "the run began");
  const { folders, ports } = JSON.parse(value);
  assert.ok(folders.every((one) => existsSync(one)));
  assert.deepEqual(await Promise.all(ports.map(isOpen)), [true, true, true]);
  child.kill("SIGKILL");
  await until("every folder is gone", () => !folders.some((one) => existsSync(one)));
  await until("every port is free", async () => (await Promise.all(ports.map(isOpen))).every((one) => !one));
});
