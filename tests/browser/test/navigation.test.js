// Reload, back, deep links, and the CRM's own navigation: where a tab is does not change by any of them.

import assert from "node:assert/strict";
import { pilot, workspaceOf } from "../house/people.js";
import { addCustomer, customers, follow, openCustomers, signIn } from "../page/crm.js";
import { button } from "../page/own.js";
import { dialog, host, leaveUnsaved, open, option, stands, switchTo } from "../page/switcher.js";
import { story } from "../stage.js";

async function inVela({ house, person }) {
  const ada = await pilot(house, "Ada", "Aurora");
  const vela = await workspaceOf(house, ada, "Vela Films");
  const tab = await (await person()).tab();
  await signIn(tab, ada);
  return { ada, vela, tab };
}

story("reload, back, forward and a deep link stay in the tab's workspace", async (stage) => {
  const { vela, tab } = await inVela(stage);
  await openCustomers(tab);
  await addCustomer(tab, "Of the home");
  await switchTo(tab, "Vela Films");
  await addCustomer(tab, "Of Vela");
  const isHere = async () => {
    await stands(tab, "Vela Films");
    assert.deepEqual(await customers(tab), ["Of Vela"]);
  };
  await tab.reload();
  await isHere();
  await tab.page.getByRole("link", { name: "Of Vela" }).click();
  await tab.find("page-customer").waitFor();
  const record = new URL(tab.page.url()).pathname;
  await tab.page.goBack();
  await isHere();
  await tab.page.goForward();
  await tab.page.getByRole("heading", { name: "Of Vela" }).waitFor();
  // A deep link to a record, in a tab that knows nothing yet: the link says the workspace.
  const deep = await tab.person.tab();
  await deep.go(`${record}?workspace=${vela.id}`);
  await deep.page.getByRole("heading", { name: "Of Vela" }).waitFor();
  assert.ok(!deep.page.url().includes("workspace="));
});

story("the CRM draws its frame anew, and the switcher stands in it again, the same one", async (stage) => {
  const { tab } = await inVela(stage);
  await tab.go("/");
  await stands(tab, "Aurora");
  await host(tab).evaluate((element) => { globalThis.theSwitcher = element; });
  const documents = tab.asked("GET", /^\/(deals|customers)?$/).length;
  for (const name of ["customers", "deals", "tasks"]) {
    await follow(tab, name);
    await stands(tab, "Aurora");
  }
  assert.equal(await host(tab).count(), 1);
  assert.ok(await host(tab).evaluate((element) => element === globalThis.theSwitcher && element.nextElementSibling?.contains(document.querySelector('[data-testid="button-user-menu"]'))), "the same element, just before the menu");
  assert.equal(tab.asked("GET", /^\/(deals|customers)?$/).length, documents, "no document was loaded");
});

story("a switch on a record's page leads to its list, and asks before unsaved input is lost", async (stage) => {
  const { tab } = await inVela(stage);
  await openCustomers(tab);
  await addCustomer(tab, "Of the home");
  await tab.page.getByRole("link", { name: "Of the home" }).click();
  await tab.find("page-customer").waitFor();
  await switchTo(tab, "Vela Films");
  assert.equal(new URL(tab.page.url()).pathname, "/customers");
  assert.deepEqual(await customers(tab), []);

  await tab.go("/profile");
  await leaveUnsaved(tab, "Half typed", "Aurora");
  await button(tab, "Stay here").click();
  await dialog(tab, "Leave without saving?").waitFor({ state: "detached" });
  assert.equal(await tab.find("input-jobTitle").inputValue(), "Half typed");
  await open(tab);
  await option(tab, "Aurora").click();
  await button(tab, "Switch without saving").click();
  await stands(tab, "Aurora");
});
