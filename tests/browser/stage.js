// What every test of the browser stands on: one cluster, one Chromium, houses that tests share, and people in them.
//
// Promise: `story` opens browsers for the test, closes them whatever happens, and fails it for anything that a page
// complained of. A red test prints what its houses and its pages said; nothing stays on the disk.

import { after, test } from "node:test";
import { openHouse } from "./house/house.js";
import { Cluster } from "./house/postgres.js";
import { closeBrowser } from "./page/browser.js";
import { openPerson } from "./page/tab.js";

const TIMEOUT_MS = 300_000;
const opened = [];
let cluster;

/** A house that is opened when a test first asks for it, and stays open for the others. */
const shared = (label, options) => {
  let opening;
  return () => (opening ??= start(label, options));
};

async function start(label, options) {
  cluster ??= Cluster.start();
  const house = await openHouse(await cluster, label, options);
  opened.push(house);
  return house;
}

export const houses = {
  /** The CRM as it is. */
  plain: shared("plain"),
  /** The flag is on for nobody. */
  off: shared("off"),
  /** Its page has a policy with a nonce and Trusted Types. */
  strict: shared("strict", { crm: { CRM_CSP: "strict" } }),
  /** Every page carries the loader while some tenant is on. */
  any: shared("any", { annex: { ANNEX_UI_INJECT: "any" } }),
  /** Access tokens live a few seconds. */
  hasty: shared("hasty", { crm: { CRM_ACCESS_TOKEN_SECONDS: "8" } }),
};

/** `play({ house, person, … })`; `person(options)` opens another browser. */
export function story(name, play, { house: which = "plain", timeout = TIMEOUT_MS } = {}) {
  test(name, { timeout }, async (t) => {
    const house = await houses[which]();
    const people = [];
    const person = async (options) => {
      const one = await openPerson(house, options);
      people.push(one);
      return one;
    };
    try {
      await play({ t, house, person });
      const complaints = people.flatMap((one) => one.complaints());
      if (complaints.length) throw new Error(`the page complained:\n${complaints.join("\n")}`);
    } catch (error) {
      console.error(`${name}\n${error.stack ?? error}\n${await said(people)}\n${house.tails()}`);
      throw error;
    } finally {
      await Promise.all(people.map((one) => one.close()));
    }
  });
}

/** Where every tab is, what it complained of, and its last requests. */
async function said(people) {
  const tabs = people.flatMap((one) => one.tabs);
  const lines = await Promise.all(tabs.map(async (tab) => {
    const text = await tab.page.locator("body").innerText({ timeout: 1_000 }).catch(() => "(closed)");
    const last = tab.requests.slice(-12).map((one) => `  ${one.method} ${one.path} ${one.workspace ?? ""} ${one.status ?? "–"}`);
    return [`--- ${tab.page.url()}`, ...tab.complaints, ...last, text.slice(0, 600)].join("\n");
  }));
  return lines.join("\n");
}

after(async () => {
  await closeBrowser();
  await Promise.all(opened.map((one) => one.stop()));
  if (cluster) await (await cluster).stop();
});
