// A network that is slow, and one that is not there: people are told soon, nothing is changed by halves, and the CRM's own
// pages go on as if we were not there.

import assert from "node:assert/strict";
import { pilot, workspaceOf } from "../house/people.js";
import { addCustomer, customers, openCustomers, signIn, tenantsWith } from "../page/crm.js";
import { isAbsent, open, option, stands, switchTo, workspace } from "../page/switcher.js";
import { story } from "../stage.js";

const SLOW_MS = 4_000;
/** The promise is 100 ms; a busy machine gets more, and still far less than the network takes. */
const FEEDBACK_MS = 3_000;

async function atHome({ house, person }) {
  const ada = await pilot(house, "Ada", "Aurora");
  const vela = await workspaceOf(house, ada, "Vela Films");
  const tab = await (await person()).tab();
  await signIn(tab, ada);
  await openCustomers(tab);
  await stands(tab, "Aurora");
  await open(tab);
  return { ada, vela, tab };
}

story("on a slow network a switch is answered at once, and done once", async (stage) => {
  const { house, t } = stage;
  const { vela, tab } = await atHome(stage);
  t.after(() => house.front.slowDown(0));
  house.front.slowDown(SLOW_MS);
  const took_ms = await option(tab, "Vela Films").evaluate((row) => new Promise((done) => {
    const from = performance.now();
    const list = row.getRootNode();
    new MutationObserver((_, observer) => {
      if (!list.querySelector(".spinner")) return;
      observer.disconnect();
      requestAnimationFrame(() => done(performance.now() - from));
    }).observe(list, { childList: true, subtree: true });
    row.click();
    requestAnimationFrame(() => row.click());
  }));
  assert.ok(took_ms < FEEDBACK_MS, `${Math.round(took_ms)} ms until something moved`);
  await tab.waitForRequest("POST", /\/switch$/);
  // The page that follows need not be slow.
  house.front.slowDown(0);
  await stands(tab, "Vela Films");
  assert.equal(tab.asked("POST", new RegExp(`/api/workspaces/${vela.id}/switch$`)).length, 1);
});

story("without a network a switch changes nothing and says so, and works when it is back", async (stage) => {
  const { house, t } = stage;
  const { ada, tab } = await atHome(stage);
  t.after(() => house.front.reopen());
  tab.expects(/net::ERR/);
  house.front.shut();
  await option(tab, "Vela Films").click();
  await tab.page.getByText("You cannot switch to Vela Films right now. Nothing was changed.").first().waitFor();
  assert.equal(await workspace(tab), ada.tenantId);
  house.front.reopen();
  await tab.reload();
  await stands(tab, "Aurora");
  await switchTo(tab, "Vela Films");
});

story("in a workspace a write that the network loses goes nowhere, and the page keeps what was typed", async (stage) => {
  const { house, t } = stage;
  const { vela, tab } = await atHome(stage);
  t.after(() => house.front.reopen());
  await tab.page.keyboard.press("Escape");
  await switchTo(tab, "Vela Films");
  tab.expects(/net::ERR/);
  house.front.shut();
  await tab.find("button-add-customer").click();
  const form = tab.find("dialog-form");
  await form.getByTestId("input-name").fill("Once lost");
  await form.getByTestId("input-email").fill("once@customer.test");
  await form.getByTestId("button-submit").click();
  await tab.find("text-form-error").filter({ hasText: /./ }).waitFor();
  assert.deepEqual(await tenantsWith(house, "Once lost"), []);
  house.front.reopen();
  await form.getByTestId("button-submit").click();
  await tab.page.getByRole("link", { name: "Once lost" }).waitFor();
  assert.deepEqual(await tenantsWith(house, "Once lost"), [vela.id]);
});

story("when nothing of ours can be fetched the CRM's page is as it was, at home", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  const browser = await person();
  const tab = await browser.tab();
  await signIn(tab, ada);
  tab.expects(/net::ERR_FAILED/);
  await browser.context.route("**/_annex/**", (route) => route.abort());
  assert.deepEqual(await openCustomers(tab), []);
  await addCustomer(tab, "Without us");
  assert.deepEqual(await customers(tab), ["Without us"]);
  assert.deepEqual(await tenantsWith(house, "Without us"), [ada.tenantId]);
  assert.ok(await isAbsent(tab));
});

story("when the switcher's module alone cannot be fetched it is asked for a few times, and not with every change of the page", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  const browser = await person();
  const tab = await browser.tab();
  await signIn(tab, ada);
  tab.expects(/net::ERR_FAILED/);
  await browser.context.route("**/switcher.*", (route) => route.abort());
  const from = tab.requests.length;
  await openCustomers(tab);
  for (const name of ["One", "Two", "Three"]) await addCustomer(tab, `${name} without a switcher`);
  const tries = tab.asked("GET", /switcher\./, from).length;
  assert.ok(tries > 0 && tries <= 3, `${tries} tries, while the page changed many times`);
});
