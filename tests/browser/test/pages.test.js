// The pages of Annex's own, where they lead into one another: what was put away is found again, and what waits is told.

import assert from "node:assert/strict";
import { join, pilot, register, workspaceOf } from "../house/people.js";
import { addCustomer, signInKnown } from "../page/crm.js";
import { button, heading, row } from "../page/own.js";
import { story } from "../stage.js";

const link = (tab, name) => tab.page.getByRole("link", { name, exact: true });

story("the first steps are left and found again, in My workspaces and in the settings", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  const vela = await workspaceOf(house, ada, "Vela Films");
  const tab = await (await person()).tab();
  await signInKnown(tab, ada);
  await tab.go(`/workspaces/${vela.id}/onboarding`);
  await heading(tab, "Set up Vela Films").waitFor();
  await Promise.all([tab.page.waitForEvent("load"), button(tab, "Not now").click()]);

  // What the CRM has of it meanwhile counts.
  await tab.go(`/customers?workspace=${vela.id}`);
  await addCustomer(tab, "The first one");

  await tab.go("/workspaces");
  await link(tab, "First steps of Vela Films").click();
  await tab.page.getByText("1 of 5 done").waitFor();

  await tab.go(`/settings/workspace?workspace=${vela.id}`);
  await tab.page.getByText("First steps: 1 of 5").waitFor();
  await button(tab, "Take them up again").click();
  await heading(tab, "Set up Vela Films").waitFor();
  const [{ dismissed_at: dismissed }] = await house.sql("SELECT dismissed_at FROM annex.onboarding WHERE tenant_id = $1", [vela.id]);
  assert.equal(dismissed, null, "they are taken out for everybody");
  await tab.go(`/settings/workspace?workspace=${vela.id}`);
  await link(tab, "Go on with them").waitFor();
});

story("whoever is offered the ownership is told where they look, and takes it", async ({ house, person }) => {
  const [ada, bo] = [await pilot(house, "Ada", "Aurora"), await register(house, "Bo", "Borealis")];
  const vela = await workspaceOf(house, ada, "Vela Films");
  await join(house, ada, vela, bo, "viewer");
  const adas = await (await person()).tab();
  await signInKnown(adas, ada);
  await adas.go(`/settings/workspace?workspace=${vela.id}#danger`);
  await adas.page.getByLabel("New owner").selectOption({ label: "Bo Tester" });
  await button(adas, "Offer ownership").click();
  await adas.page.getByText("Offered to Bo Tester.").waitFor();

  const bos = await (await person()).tab();
  await signInKnown(bos, bo);
  await bos.go("/workspaces");
  await row(bos, "You are offered to own it").waitFor();
  await link(bos, "Answer the offer to own Vela Films").click();
  await button(bos, "Accept ownership").click();
  await button(bos, "Delete this workspace").waitFor();
  const [{ owner_user_id: owner }] = await house.sql("SELECT owner_user_id FROM annex.workspaces WHERE tenant_id = $1", [vela.id]);
  assert.equal(owner, bo.userId);
  await bos.go("/workspaces");
  await button(bos, "Create workspace").or(link(bos, "Create workspace")).waitFor();
  assert.equal(await bos.page.getByText("You are offered to own it").count(), 0, "what was answered is not told again");
});
