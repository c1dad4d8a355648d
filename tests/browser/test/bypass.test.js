// Annex is taken away while pages are open: the balancer sends the browser straight to the CRM. (`annex bypass`)

import assert from "node:assert/strict";
import { pilot, workspaceOf } from "../house/people.js";
import { addCustomer, fillCustomer, openCustomers, signIn, submitCustomer, tenantsWith } from "../page/crm.js";
import { isAbsent, isAsked, stands } from "../page/switcher.js";
import { story } from "../stage.js";

story("without Annex a tab of a workspace writes nothing anywhere, and a tab at home goes on", async ({ t, house, person }) => {
  t.after(() => house.front.pointTo(house.annexUrl));
  const ada = await pilot(house, "Ada", "Aurora");
  const vela = await workspaceOf(house, ada, "Vela Films");
  const browser = await person();
  const [home, away] = [await browser.tab(), await browser.tab()];
  await signIn(home, ada);
  await openCustomers(home);
  await away.go(`/customers?workspace=${vela.id}`);
  await stands(away, "Vela Films");
  await fillCustomer(away, "Typed in Vela");

  const before = await house.sql("SELECT count(*) FROM public.customers");
  for (const tab of [home, away]) tab.expects(/net::ERR/, /status of 404/);
  house.front.pointTo(house.crmUrl);
  await submitCustomer(away);
  await isAsked(away, "This workspace cannot be reached");
  assert.deepEqual(await tenantsWith(house, "Typed in Vela"), []);
  assert.deepEqual(await house.sql("SELECT count(*) FROM public.customers"), before);
  // What was typed stays, to be copied; more of it is not sent.
  await away.page.getByRole("button", { name: "Stay and copy" }).click();
  assert.equal(await away.find("dialog-form").getByTestId("input-name").inputValue(), "Typed in Vela");
  await submitCustomer(away);
  await away.find("text-form-error").filter({ hasText: /./ }).waitFor();
  assert.deepEqual(await house.sql("SELECT count(*) FROM public.customers"), before);

  await home.page.bringToFront();
  await addCustomer(home, "Typed at home");
  assert.deepEqual(await tenantsWith(house, "Typed at home"), [ada.tenantId]);
  // The next document is the CRM's alone.
  await openCustomers(away);
  assert.ok(await isAbsent(away));
  // And Annex comes back.
  house.front.pointTo(house.annexUrl);
  await openCustomers(home);
  await stands(home);
});
