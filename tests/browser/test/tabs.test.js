// A tab owns its workspace: what is written in it lands there, whatever other tabs do. (checked in PostgreSQL)

import assert from "node:assert/strict";
import { pilot, workspaceOf } from "../house/people.js";
import { until } from "../house/until.js";
import { customers, fillCustomer, openCustomers, signIn, submitCustomer, tenantsWith, writesArrive } from "../page/crm.js";
import { open, stands, switchTo, workspace } from "../page/switcher.js";
import { story } from "../stage.js";

const ROUNDS = 4;

story("two tabs in two workspaces write at once, each into its own", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  const vela = await workspaceOf(house, ada, "Vela Films");
  const browser = await person();
  const [home, away] = [await browser.tab(), await browser.tab()];
  await signIn(home, ada);
  await openCustomers(home);
  await stands(home, "Aurora");
  await away.go(`/customers?workspace=${vela.id}`);
  await stands(away, "Vela Films");
  const places = [[home, ada.tenantId], [away, vela.id]];
  for (let round = 0; round < ROUNDS; round += 1) {
    const names = places.map(([, tenantId]) => `Round ${round} ${tenantId.slice(0, 8)}`);
    for (const [at, [tab]] of places.entries()) {
      await tab.page.bringToFront();
      await fillCustomer(tab, names[at]);
    }
    await Promise.all(places.map(([tab]) => submitCustomer(tab)));
    await Promise.all(places.map(([, tenantId], at) => writesArrive(house, names[at], tenantId)));
    for (const [at, [, tenantId]] of places.entries()) assert.deepEqual(await tenantsWith(house, names[at]), [tenantId], `${names[at]} is in one tenant`);
  }
  // Each list shows its own, and only the other tab's calls were pinned.
  await Promise.all(places.map(([tab]) => tab.page.waitForFunction((rows) => document.querySelectorAll('[data-testid^="row-customer-"]').length === rows, ROUNDS)));
  assert.ok((await customers(home)).every((name) => name.endsWith(ada.tenantId.slice(0, 8))));
  assert.ok((await customers(away)).every((name) => name.endsWith(vela.id.slice(0, 8))));
  assert.equal(home.asked("POST", /^\/_annex\/w\//).length, 0);
  assert.equal(away.asked("POST", new RegExp(`^/_annex/w/${vela.id}/api/customers$`)).length, ROUNDS);
  assert.ok(away.asked("POST", /customers$/).every((one) => one.workspace === vela.id), "and named by the header, too");
});

story("a new tab takes the workspace that was used last, and another opens beside it", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  const vela = await workspaceOf(house, ada, "Vela Films");
  const browser = await person();
  const first = await browser.tab();
  await signIn(first, ada);
  await openCustomers(first);
  await switchTo(first, "Vela Films");
  const second = await browser.tab();
  await openCustomers(second);
  await stands(second, "Vela Films");
  // Ctrl+Enter: the home in a tab of its own; this one stays where it is.
  await open(second);
  await second.page.keyboard.press("Home");
  const third = await browser.opened(() => second.page.keyboard.press("Control+Enter"));
  await stands(third, "Aurora");
  assert.ok(!third.page.url().includes("workspace="), "the address names no workspace to be copied");
  assert.deepEqual(await Promise.all([first, second, third].map(workspace)), [vela.id, vela.id, ada.tenantId]);
  await first.reload();
  await stands(first, "Vela Films");
  // Each way into a workspace is told once: the switch, the new tab, and the tab of Ctrl+Enter, which goes home.
  const deep = await browser.tab();
  await deep.go(`/customers?workspace=${vela.id}`);
  await stands(deep, "Vela Films");
  await deep.reload();
  await stands(deep, "Vela Films");
  const told = (tab) => tab.asked("POST", /\/switch$/).map((one) => one.path);
  const to = (id) => `/api/workspaces/${id}/switch`;
  const wanted = [[to(vela.id)], [to(vela.id)], [to(ada.tenantId)], [to(vela.id)]];
  await until("each tab said where it is", () => [first, second, third, deep].every((tab) => told(tab).length > 0));
  assert.deepEqual([first, second, third, deep].map(told), wanted);
  const events = () => house.sql("SELECT 1 FROM annex.audit_events WHERE tenant_id = $1 AND action = 'workspace.switched' AND actor_id = $2", [vela.id, ada.userId]);
  await until("the trail has each of them", async () => (await events()).length >= 3);
});
