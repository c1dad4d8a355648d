// The pictures of the guide, of a small agency at work.

import assert from "node:assert/strict";
import { allShown, take } from "../check/pictures.js";
import { join, pilot, register, workspaceOf } from "../house/people.js";
import { signIn } from "../page/crm.js";
import { button, heading, linkOf, row } from "../page/own.js";
import { isAsked, leaveUnsaved, open, option, stands } from "../page/switcher.js";
import { story } from "../stage.js";

const PAGE = { width: 960, height: 560 };

async function agency(house) {
  const ada = await pilot(house, "Ada", "Aurora Studio", { lastName: "Lindqvist", email: "ada@aurora-studio.test" });
  const bo = await register(house, "Bo", "Borealis Media", { lastName: "Hansen", email: "bo@borealis-media.test" });
  const nina = await register(house, "Nina", "Nina Okafor", { lastName: "Okafor", email: "nina@okafor.test" });
  const vela = await workspaceOf(house, ada, "Vela Films");
  const shop = await workspaceOf(house, ada, "Rosewater Shop");
  await workspaceOf(house, ada, "Old Harbour Festival");
  await join(house, ada, vela, bo, "manager");
  await join(house, ada, vela, nina, "finance");
  return { ada, bo, vela, shop };
}

story("the guide shows what people see", async ({ house, person }) => {
  const { ada, bo, vela, shop } = await agency(house);
  const tab = await (await person({ viewport: PAGE })).tab();
  await signIn(tab, ada);
  await tab.go("/customers");
  await stands(tab, "Aurora Studio");
  await open(tab);
  await tab.page.getByRole("option").nth(3).waitFor();
  await take(tab, "switcher", { width: 960, height: 420 });

  await tab.go("/workspaces");
  await row(tab, "Old Harbour Festival").waitFor();
  await take(tab, "my-workspaces", PAGE);
  await tab.go("/workspaces/new");
  await tab.page.getByLabel("Name", { exact: true }).fill("North Pier Café");
  await take(tab, "create", PAGE);

  // How switching works.
  await tab.go(`/profile?workspace=${vela.id}`);
  await stands(tab, "Vela Films");
  await leaveUnsaved(tab, "Head of design", "Rosewater Shop");
  await take(tab, "unsaved", PAGE);

  // Roles and people.
  await tab.go(`/settings/workspace?workspace=${vela.id}#team`);
  await row(tab, "Bo Hansen").waitFor();
  await take(tab, "team", PAGE);
  await button(tab, "Invite people").click();
  await tab.page.getByLabel("E-mail addresses").fill("lena@example.com\nmarco@example.com, finance");
  await take(tab, "invite", PAGE);
  await tab.go("about:blank");
  await tab.go(`/settings/workspace?workspace=${vela.id}#roles`);
  await tab.page.getByRole("grid").or(tab.page.getByRole("table")).first().waitFor();
  await take(tab, "roles", PAGE);
  await house.call("POST", `/api/workspaces/${shop.id}/invitations`, { token: ada.token, body: { email: bo.email, role: "member" } });
  const bos = await (await person({ viewport: PAGE })).tab();
  await signIn(bos, bo);
  await bos.go(await linkOf(house, bo, "Rosewater Shop"));
  await button(bos, "Accept invitation").waitFor();
  await take(bos, "invitation", PAGE);

  // What happens when access ends, and when a workspace is deleted.
  bos.expects(/status of 403/);
  await bos.go(`/customers?workspace=${vela.id}`);
  await stands(bos, "Vela Films");
  await house.call("DELETE", `/api/workspaces/${vela.id}/members/${bo.userId}`, { token: ada.token });
  await isAsked(bos, "You have no access to this workspace any more");
  await take(bos, "lost", PAGE);
  await tab.go("about:blank");
  await tab.go(`/settings/workspace?workspace=${shop.id}#danger`);
  await button(tab, "Delete this workspace").click();
  await isAsked(tab, "Delete Rosewater Shop?");
  await take(tab, "delete", PAGE);
  await tab.page.getByLabel("Type Rosewater Shop to confirm").fill("Rosewater Shop");
  await tab.page.locator("annex-dialog").getByRole("button", { name: "Delete workspace" }).click();
  await heading(tab, "Deleted").waitFor();
  await button(tab, "Restore Rosewater Shop").scrollIntoViewIfNeeded();
  // Without the bar: it is on the others.
  await take(tab, "restore", { ...PAGE, y: 56, height: PAGE.height - 56 });
  assert.ok(await button(tab, "Restore Rosewater Shop").isVisible());
  allShown();
});
