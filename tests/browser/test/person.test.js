// Another person in the same browser: nothing of the first is left, and nothing of theirs is written by mistake.

import assert from "node:assert/strict";
import { pilot, register, workspaceOf } from "../house/people.js";
import { button } from "../page/own.js";
import { customers, fillCustomer, openCustomers, signIn, signInHere, signOut, submitCustomer, tenantsWith } from "../page/crm.js";
import { isAbsent, isAsked, stands, switchTo } from "../page/switcher.js";
import { story } from "../stage.js";

const ours = ({ session, local }) => [...Object.keys(session), ...Object.keys(local)].filter((key) => key.startsWith("annex."));

story("signing out in a workspace and in as somebody else leaves nothing of the first", async ({ house, person }) => {
  const [ada, cleo] = [await pilot(house, "Ada", "Aurora"), await register(house, "Cleo", "Cygnus")];
  await workspaceOf(house, ada, "Vela Films");
  const browser = await person();
  const tab = await browser.tab();
  await signIn(tab, ada);
  await openCustomers(tab);
  await switchTo(tab, "Vela Films");
  await signOut(tab);
  const before = tab.requests.length;
  await signInHere(tab, cleo);
  await tab.find("text-company-name").filter({ hasText: "Cygnus" }).waitFor();
  // In the same document, and in the next one.
  assert.deepEqual(tab.requests.slice(before).filter((one) => one.workspace || one.path.startsWith("/_annex/w/")), []);
  await openCustomers(tab);
  assert.ok(await isAbsent(tab), "Cleo has no workspaces");
  assert.deepEqual(await customers(tab), []);
  const { session, local } = await tab.storage();
  assert.deepEqual(ours({ session, local }), [], "the storage is the CRM's alone");
  assert.deepEqual((await browser.cookies()).map((one) => one.name), [], "the marker is gone");
});

story("somebody who signs out of a workspace and in again is at home, after a reload too", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  await workspaceOf(house, ada, "Vela Films");
  const tab = await (await person()).tab();
  await signIn(tab, ada);
  await openCustomers(tab);
  await switchTo(tab, "Vela Films");
  await signOut(tab);
  await signInHere(tab, ada);
  await tab.find("text-company-name").filter({ hasText: "Aurora" }).waitFor();
  await tab.reload();
  await stands(tab, "Aurora");
});

story("when somebody else signs in in another tab, this one sends nothing and says so", async ({ house, person }) => {
  const [ada, cleo] = [await pilot(house, "Ada", "Aurora"), await register(house, "Cleo", "Cygnus")];
  await workspaceOf(house, ada, "Vela Films");
  const browser = await person();
  const adas = await browser.tab();
  await signIn(adas, ada);
  await openCustomers(adas);
  await switchTo(adas, "Vela Films");
  await fillCustomer(adas, "Typed by Ada");
  const cleos = await browser.tab();
  await cleos.go("/");
  await signOut(cleos);
  await signIn(cleos, cleo);
  await adas.page.bringToFront();
  const before = adas.requests.length;
  await submitCustomer(adas);
  await isAsked(adas, "Somebody else signed in");
  assert.deepEqual(adas.asked("POST", /customers/, before), []);
  assert.deepEqual(await tenantsWith(house, "Typed by Ada"), []);
});

story("a page of ours does nothing in the name of somebody who signed in since", async ({ house, person }) => {
  const [ada, cleo] = [await pilot(house, "Ada", "Aurora"), await pilot(house, "Cleo", "Cygnus")];
  const browser = await person();
  const creating = await browser.tab();
  await signIn(creating, ada);
  await creating.go("/workspaces/new");
  await creating.page.getByLabel("Name", { exact: true }).fill("Made by whom");
  const settings = await browser.tab();
  await settings.go("/settings/workspace#info");
  await settings.page.getByLabel("Industry").fill("Changed by whom");
  const cleos = await browser.tab();
  await cleos.go("/");
  await signOut(cleos);
  await signIn(cleos, cleo);
  for (const [tab, name] of [[creating, "Create workspace"], [settings, "Save"]]) {
    await tab.page.bringToFront();
    const before = tab.requests.length;
    await button(tab, name).click();
    await isAsked(tab, "Somebody else signed in");
    assert.deepEqual(tab.requests.slice(before).filter((one) => one.method !== "GET"), [], name);
  }
  assert.deepEqual(await house.sql("SELECT 1 FROM public.tenants WHERE name = 'Made by whom'"), []);
  assert.deepEqual(await house.sql("SELECT 1 FROM annex.workspaces WHERE industry = 'Changed by whom'"), []);
  assert.deepEqual(ours(await creating.storage()).filter((key) => key.endsWith(ada.userId)), [], "nothing of Ada is stored");
});
