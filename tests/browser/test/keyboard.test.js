// Everything without a pointer: opening, choosing, going back, creating, leaving a dialog.

import assert from "node:assert/strict";
import { join, pilot, register, workspaceOf } from "../house/people.js";
import { signIn, signInKnown } from "../page/crm.js";
import { focused, tabTo } from "../page/keys.js";
import { button, heading, linkOf, row } from "../page/own.js";
import { isAsked, panel, stands, trigger } from "../page/switcher.js";
import { until } from "../house/until.js";
import { story } from "../stage.js";

story("the switcher by keyboard alone: reached, opened, searched by typing, left, chosen", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  for (const name of ["Vela Films", "Zürich Büro"]) await workspaceOf(house, ada, name);
  const tab = await (await person()).tab();
  const { keyboard } = tab.page;
  await signIn(tab, ada);
  await tab.go("/customers");
  await stands(tab, "Aurora");
  await tabTo(tab, /Switch workspace/);
  assert.equal(await trigger(tab).getAttribute("aria-expanded"), "false");
  await keyboard.press("Enter");
  await tab.page.getByRole("option", { name: /Aurora/ }).and(tab.page.locator(":focus")).waitFor();
  assert.equal(await trigger(tab).getAttribute("aria-expanded"), "true");
  await keyboard.press("End");
  assert.match(await focused(tab), /Zürich/);
  await keyboard.press("ArrowDown");
  assert.match(await focused(tab), /Zürich/, "without wrap");
  await keyboard.press("Home");
  await keyboard.press("ArrowUp");
  assert.match(await focused(tab), /Aurora/, "without wrap");
  await keyboard.type("zu");
  assert.match(await focused(tab), /Zürich/, "what is typed is found, without its dots");
  await keyboard.press("Escape");
  await panel(tab).waitFor({ state: "hidden" });
  assert.match(await focused(tab), /Switch workspace/, "and the focus is where it was");
  // From anywhere by the shortcut, and in.
  await keyboard.press("Alt+Shift+KeyW");
  await tab.page.getByRole("listbox").waitFor();
  await tab.page.getByRole("option", { name: /Aurora/ }).and(tab.page.locator(":focus")).waitFor();
  await keyboard.type("v");
  await Promise.all([tab.page.waitForEvent("load"), keyboard.press("Enter")]);
  await stands(tab, "Vela Films");
});

story("a workspace is made and a dialog is left by keyboard alone", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  const tab = await (await person()).tab();
  const { keyboard } = tab.page;
  await signIn(tab, ada);
  await tab.go("/workspaces/new");
  await heading(tab, "Create a workspace").waitFor();
  await keyboard.press("Tab");
  assert.match(await focused(tab), /Skip to content/);
  await tabTo(tab, /^input/);
  await keyboard.type("Made by keys");
  await keyboard.press("Enter");
  await heading(tab, "Set up Made by keys").waitFor();
  const [{ id }] = await house.sql("SELECT id FROM public.tenants WHERE name = 'Made by keys'");
  await tab.go(`/settings/workspace?workspace=${id}#danger`);
  await button(tab, "Delete this workspace").waitFor();
  await tabTo(tab, /^button Delete this workspace/);
  await keyboard.press("Enter");
  await isAsked(tab, "Delete Made by keys?");
  assert.match(await focused(tab), /^input/);
  await keyboard.press("Escape");
  await tab.page.getByRole("heading", { name: "Delete Made by keys?" }).waitFor({ state: "detached" });
  assert.match(await focused(tab), /Delete this workspace/, "the focus is where it was");
});

story("a team is led, an invitation is accepted and a workspace is left by keyboard alone", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  const [bo, cy, dee] = [await register(house, "Bo", "Borealis"), await register(house, "Cy", "Cygnus"), await register(house, "Dee", "Delphinus")];
  const vela = await workspaceOf(house, ada, "Vela Films");
  for (const guest of [bo, cy]) await join(house, ada, vela, guest, "viewer");
  const adas = await (await person()).tab();
  const { keyboard } = adas.page;
  await signInKnown(adas, ada);
  await adas.go(`/settings/workspace?workspace=${vela.id}#team`);
  await row(adas, bo.email).waitFor();

  // A role is given in the list itself.
  await tabTo(adas, /^select Role of Bo Tester/);
  await keyboard.type("Man");
  await adas.page.getByText("Bo Tester is now Manager").waitFor();
  assert.match(await focused(adas), /^select Role of Bo Tester/, "and the focus is where it was");

  // Somebody is removed after a question, which is answered by keys as well.
  const remove = row(adas, cy.email).getByRole("button", { name: "Remove" });
  for (let step = 0; step < 60 && !(await remove.evaluate((one) => one.matches(":focus"))); step += 1) await keyboard.press("Tab");
  await keyboard.press("Enter");
  await isAsked(adas, "Remove Cy Tester?");
  await tabTo(adas, /^button Remove$/);
  await keyboard.press("Enter");
  await row(adas, cy.email).waitFor({ state: "detached" });

  // Somebody is invited.
  await tabTo(adas, /^button Invite people/, "Shift+Tab");
  await keyboard.press("Enter");
  await isAsked(adas, "Invite people to Vela Films");
  assert.match(await focused(adas), /^textarea/);
  await keyboard.type(dee.email);
  await tabTo(adas, /^button Check/);
  await keyboard.press("Enter");
  await button(adas, "Send 1 invitation").waitFor();
  await tabTo(adas, /^button Send 1 invitation/);
  await keyboard.press("Enter");
  await button(adas, "Done").waitFor();
  await tabTo(adas, /^button Done/);
  await keyboard.press("Enter");
  await row(adas, dee.email).waitFor();

  // They accept, and are in.
  const dees = await (await person()).tab();
  await signIn(dees, dee);
  dees.expects(/status of 403 .*\(\/api\/workspaces(\/events)?\)/);
  await dees.go(await linkOf(house, dee));
  await heading(dees, "Join Vela Films").waitFor();
  await tabTo(dees, /^button Accept invitation/);
  await dees.page.keyboard.press("Enter");
  await heading(dees, "Welcome to Vela Films").waitFor();
  await tabTo(dees, /^button Open Vela Films/);
  await Promise.all([dees.page.waitForEvent("load"), dees.page.keyboard.press("Enter")]);
  await stands(dees, "Vela Films");

  // And they leave it again, where all of theirs are listed.
  await dees.go("/workspaces");
  await button(dees, "Leave Vela Films").waitFor();
  await tabTo(dees, /^button Leave Vela Films/);
  await dees.page.keyboard.press("Enter");
  await isAsked(dees, "Leave Vela Films?");
  await tabTo(dees, /^button Leave workspace/);
  await Promise.all([dees.page.waitForEvent("load"), dees.page.keyboard.press("Enter")]);
  await until("she is no member any more", async () => {
    const [{ n }] = await house.sql("SELECT count(*)::int AS n FROM annex.workspace_users WHERE tenant_id = $1 AND user_id = $2 AND status = 'active'", [vela.id, dee.userId]);
    return n === 0;
  });
});
