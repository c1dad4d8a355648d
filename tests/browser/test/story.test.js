// The whole story of two people and three workspaces, through pages alone but for the operator's command.

import assert from "node:assert/strict";
import { draft, join, known, pilot, register, workspaceOf } from "../house/people.js";
import { addCustomer, customers, fillCustomer, isIn, openCustomers, registerHere, signInKnown, submitCustomer, tenantsWith } from "../page/crm.js";
import { button, chooseRole, invite, linkOf, row } from "../page/own.js";
import { dialog, isAbsent, open, option, stands, switchTo } from "../page/switcher.js";
import { story } from "../stage.js";

/** Registers, gets the flag, and finds the switcher in the next document. */
async function begin({ house, person }, ada) {
  const tab = await (await person()).tab();
  await registerHere(tab, ada);
  assert.ok(await isAbsent(tab), "before the flag there is nothing of ours");
  await house.flag("on", await known(house, ada));
  assert.ok(await isAbsent(tab), "a page that is open does not change");
  // The CRM's own calls bring the marker, and the next document has the switcher.
  const before = tab.requests.length;
  await tab.reload();
  await isIn(tab);
  await tab.waitForRequest("GET", /^\/api\/auth\/me$/, before);
  await tab.reload();
  await stands(tab, ada.companyName);
  return tab;
}

/** Through the switcher and the form; she lands at the first steps. */
async function create(house, tab, name) {
  await open(tab);
  await tab.page.getByRole("link", { name: "Create workspace" }).click();
  await tab.page.getByLabel("Name", { exact: true }).fill(name);
  await button(tab, "Create workspace").click();
  await tab.page.getByRole("heading", { name: `Set up ${name}` }).waitFor();
  const [{ id }] = await house.sql("SELECT id FROM public.tenants WHERE name = $1", [name]);
  return id;
}

/** By the link of a mail, without an account; the page of the invitation goes on by itself. */
async function accept({ house, person }, bo, name) {
  const browser = await person();
  const tab = await browser.tab();
  await tab.go(await linkOf(house, bo));
  // Until they accept they have no workspaces to be told of.
  tab.expects(/status of 403 .*\(\/api\/workspaces(\/events)?\)/);
  await tab.page.getByRole("heading", { name: `Join ${name}` }).waitFor();
  const registering = await browser.opened(() => tab.page.getByRole("link", { name: "Create an account" }).click());
  await registerHere(registering, bo);
  // A tab behind another one is drawn once a second.
  await tab.page.bringToFront();
  await button(tab, "Accept invitation").click();
  await button(tab, `Open ${name}`).click();
  await stands(tab, name);
  return tab;
}

story("two people and three workspaces, from registration to a workspace that comes back", async (stage) => {
  const { house } = stage;
  const [ada, bo] = [draft("Ada", "Aurora"), draft("Bo", "Borealis")];
  const adas = await begin(stage, ada);
  const vela = await create(house, adas, "Vela Films");
  await invite(adas, vela, bo, "Manager");
  const bos = await accept(stage, bo, "Vela Films");

  // Both work there, and each sees what the other does.
  assert.deepEqual(await openCustomers(bos), []);
  await addCustomer(bos, "Customer of Bo");
  await adas.go(`/customers?workspace=${vela}`);
  assert.deepEqual(await customers(adas), ["Customer of Bo"]);
  assert.deepEqual(await tenantsWith(house, "Customer of Bo"), [vela]);
  await addCustomer(adas, "Customer of Ada");
  assert.deepEqual(await openCustomers(bos), ["Customer of Ada", "Customer of Bo"]);

  // A role limits, at once.
  await adas.go(`/settings/workspace?workspace=${vela}#team`);
  await chooseRole(adas, bo, "Viewer");
  bos.expects(/status of 403 .*\/api\/customers/);
  await fillCustomer(bos, "Customer too many");
  await submitCustomer(bos);
  await bos.find("text-form-error").filter({ hasText: /./ }).waitFor();
  assert.deepEqual(await tenantsWith(house, "Customer too many"), []);

  // The pilot grows. At home nothing of all that is known; then Bo leaves.
  await house.flag("on", await known(house, bo));
  await bos.reload();
  await switchTo(bos, "Borealis");
  assert.deepEqual(await customers(bos), []);
  await open(bos);
  await bos.page.getByRole("link", { name: "My workspaces" }).click();
  await button(bos, "Leave Vela Films").click();
  await dialog(bos, "Leave Vela Films?").getByRole("button", { name: "Leave workspace" }).click();
  await row(bos, "Vela Films").waitFor({ state: "detached" });

  // Ada deletes it by typing its name, and brings it back, with what is in it.
  await adas.go(`/settings/workspace?workspace=${vela}#danger`);
  await button(adas, "Delete this workspace").click();
  const question = dialog(adas, "Delete Vela Films?");
  await question.getByLabel("Type Vela Films to confirm").fill("Vela Films");
  await question.getByRole("button", { name: "Delete workspace" }).click();
  await button(adas, "Restore Vela Films").click();
  await adas.page.getByText("Vela Films is back").waitFor();
  await button(adas, "Switch to Vela Films").click();
  await stands(adas, "Vela Films");
  assert.deepEqual(await openCustomers(adas), ["Customer of Ada", "Customer of Bo"]);
  await open(adas);
  assert.equal(await option(adas, /./).count(), 2, "her home and Vela Films");
});

story("who leaves the workspace that gave them the feature finds themselves at home, without a trace of it", async ({ house, person }) => {
  const [ada, bea] = [await pilot(house, "Ada", "Aurora"), await register(house, "Bea", "Borealis")];
  const vela = await workspaceOf(house, ada, "Vela Films");
  await join(house, ada, vela, bea, "manager");
  const tab = await (await person()).tab();
  tab.expects(/status of 403 .*\/api\/workspaces/);
  await signInKnown(tab, bea);
  await tab.go(`/workspaces?workspace=${vela.id}`);
  // The event overtakes the answer: what one does oneself is no news.
  let dialogs = 0;
  await tab.page.exposeFunction("sawDialog", () => (dialogs += 1));
  await tab.page.evaluate(() => new MutationObserver(() => document.querySelector("annex-lost") && globalThis.sawDialog()).observe(document, { childList: true, subtree: true }));
  await tab.page.route("**/leave", async (route) => {
    const response = await route.fetch();
    await new Promise((done) => setTimeout(done, 1_500));
    // The page may have gone on without it.
    await route.fulfill({ response }).catch(() => {});
  });
  await button(tab, "Leave Vela Films").click();
  await dialog(tab, "Leave Vela Films?").getByRole("button", { name: "Leave workspace" }).click();
  await tab.find("text-company-name").filter({ hasText: "Borealis" }).waitFor();
  assert.equal(dialogs, 0);
  assert.notEqual(new URL(tab.page.url()).pathname, "/workspaces", "a page of ours");
  await openCustomers(tab);
  assert.ok(await isAbsent(tab));
  const { local, session } = await tab.storage();
  assert.deepEqual([...Object.keys(local), ...Object.keys(session)].filter((key) => key.startsWith("annex.")), []);
});
