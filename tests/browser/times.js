// What the switcher costs the page that it stands in: how long until it can be used, and how much more the page's main
// thread works. Printed, not judged: times are the machine's.
//
//   npm run times --prefix tests/browser [pairs]
//
// Pairs of navigations, one with the switcher and one of the same page without it, take turns, so that whatever else the
// machine does falls on both.

import { openHouse } from "./house/house.js";
import { pilot, register } from "./house/people.js";
import { Cluster } from "./house/postgres.js";
import { until } from "./house/until.js";
import { browser, closeBrowser } from "./page/browser.js";
import { signIn } from "./page/crm.js";
import { openPerson } from "./page/tab.js";

const FEWEST_PAIRS = 15;
const pairs = Math.max(FEWEST_PAIRS, Number(process.argv[2] ?? FEWEST_PAIRS));
/** Work that comes after the page rests so long is not the navigation's. */
const RESTING_MS = 500;

/** Notes when the switcher, and the CRM's own list, are first in the page. */
const WATCH = () => {
  globalThis.theMoments = {};
  const look = () => {
    const { theMoments } = globalThis;
    if (!theMoments.page && document.querySelector('[data-testid="page-customers"]')) theMoments.page = performance.now();
    if (!theMoments.switcher && document.querySelector("annex-switcher")?.shadowRoot?.querySelector(".trigger")) theMoments.switcher = performance.now();
    requestAnimationFrame(look);
  };
  look();
};

async function visitor(house, person) {
  const one = await openPerson(house);
  const tab = await one.tab();
  await signIn(tab, person);
  await tab.go("/customers");
  await one.context.addInitScript(WATCH);
  const session = await one.context.newCDPSession(tab.page);
  await session.send("Performance.enable");
  return { tab, session };
}

const counters = async ({ session }) => Object.fromEntries((await session.send("Performance.getMetrics")).metrics.map(({ name, value }) => [name, value]));

/** One navigation: milliseconds of the main thread, and the moments. */
async function navigate(visitor, awaited) {
  const { tab } = visitor;
  await tab.go("about:blank");
  const before = await counters(visitor);
  await tab.go("/customers");
  await tab.page.waitForFunction((name) => globalThis.theMoments?.[name], awaited);
  let last = -1;
  let since = Date.now();
  await until("the page rests", () => {
    if (tab.requests.length !== last) [last, since] = [tab.requests.length, Date.now()];
    return Date.now() - since > RESTING_MS;
  });
  const after = await counters(visitor);
  const moments = await tab.page.evaluate(() => globalThis.theMoments);
  return { task_ms: (after.TaskDuration - before.TaskDuration) * 1_000, script_ms: (after.ScriptDuration - before.ScriptDuration) * 1_000, ...moments };
}

const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
const row = (name, value) => console.log(`${name.padEnd(58)} ${value.toFixed(0).padStart(6)} ms`);

const cluster = await Cluster.start();
const house = await openHouse(cluster, "times");
try {
  await browser();
  const withUs = await visitor(house, await pilot(house, "Ada", "Aurora"));
  const without = await visitor(house, await register(house, "Cleo", "Cygnus"));
  const [seen, bare] = [[], []];
  for (let pair = 0; pair < pairs; pair += 1) {
    seen.push(await navigate(withUs, "switcher"));
    bare.push(await navigate(without, "page"));
  }
  const of = (rows, name) => median(rows.map((one) => one[name]));
  console.log(`Median of ${pairs} pairs, the page of customers, files in the browser's cache, ${(await (await browser()).version())}`);
  row("from navigation to a switcher that can be used", of(seen, "switcher"));
  row("from navigation to the CRM's own list, with it", of(seen, "page"));
  row("from navigation to the CRM's own list, without it", of(bare, "page"));
  row("main thread, with it", of(seen, "task_ms"));
  row("main thread, without it", of(bare, "task_ms"));
  row("main thread, added (median of differences)", median(seen.map((one, at) => one.task_ms - bare[at].task_ms)));
  row("of that, scripts (median of differences)", median(seen.map((one, at) => one.script_ms - bare[at].script_ms)));
} finally {
  await closeBrowser();
  await house.stop();
  await cluster.stop();
}
