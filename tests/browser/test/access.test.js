// Every page and state of ours, with real data behind it: axe finds nothing, a screen reader is told what stands in
// `golden/`, and at 320 px nothing is cut off.

import assert from "node:assert/strict";
import { CHANGING, accessible, fits, told } from "../check/access.js";
import { join, pilot, register, workspaceOf } from "../house/people.js";
import { signIn } from "../page/crm.js";
import { button, heading, linkOf, row } from "../page/own.js";
import { host, isAsked, leaveUnsaved, open, option, stands } from "../page/switcher.js";
import { story } from "../stage.js";

async function adasAgency({ house, person }, options) {
  const ada = await pilot(house, "Ada", "Aurora");
  const vela = await workspaceOf(house, ada, "Vela Films");
  const tab = await (await person(options)).tab();
  await signIn(tab, ada);
  return { ada, vela, tab };
}

story("the switcher, closed, open, with many and with none found", async (stage) => {
  const { house } = stage;
  const { ada, tab } = await adasAgency(stage);
  await tab.go("/customers");
  await stands(tab, "Aurora");
  await accessible(tab, "closed", "annex-switcher");
  await fits(tab, "closed", "annex-switcher");
  await open(tab);
  await accessible(tab, "open", "annex-switcher");
  await told(host(tab), "switcher-open", CHANGING);
  await fits(tab, "open", "annex-switcher");
  for (const name of ["Altair", "Castor", "Deneb", "Mira", "Pollux", "Rigel"]) await workspaceOf(house, ada, name);
  await tab.reload();
  await stands(tab, "Aurora");
  await open(tab);
  await accessible(tab, "open with a search box", "annex-switcher");
  await told(host(tab), "switcher-many", CHANGING);
  await tab.page.getByRole("combobox", { name: "Search workspaces" }).fill("nothing such");
  await tab.page.getByText("No workspace matches").first().waitFor();
  await accessible(tab, "open with nothing found", "annex-switcher");
  await told(host(tab), "switcher-none", CHANGING);
});

story("the dialogs that stop a page", async (stage) => {
  const { house } = stage;
  const { ada, vela, tab } = await adasAgency(stage);
  await tab.go(`/profile?workspace=${vela.id}`);
  await stands(tab, "Vela Films");
  await leaveUnsaved(tab, "Half typed", "Aurora");
  await accessible(tab, "unsaved", "annex-switcher");
  await told(tab.page.locator("annex-unsaved"), "dialog-unsaved");
  await button(tab, "Stay here").click();
  await house.call("DELETE", `/api/workspaces/${vela.id}`, { token: ada.token, body: { confirmName: vela.name } });
  await isAsked(tab, "This workspace was deleted");
  await accessible(tab, "lost", "annex-lost");
  await told(tab.page.locator("annex-lost"), "dialog-lost");
  await fits(tab, "lost", "annex-lost");
});

const OWN = [
  ["mine", "/workspaces", "My workspaces"],
  ["create", "/workspaces/new", "Create a workspace"],
  ["onboarding", "/workspaces/:id/onboarding", "Set up Vela Films"],
  ...["info", "branding", "team", "roles", "activity", "danger"].map((one) => [`settings-${one}`, `/settings/workspace?workspace=:id#${one}`, "Workspace settings"]),
];

/** What is long and says nothing about the page. */
const LONG = [[/(- option "[^"]*"( \[\w+\])?\n\s*){20,}/g, "- OPTIONS\n"]];

const LOOKS = [{ colorScheme: "light", locale: "en-GB" }, { colorScheme: "dark", locale: "en-GB" }, { colorScheme: "light", locale: "de-DE" }];

for (const look of LOOKS) {
  const isFirst = look === LOOKS[0];
  const language = look.locale.slice(0, 2);
  story(`our own pages (${look.colorScheme}, ${language})`, async (stage) => {
    const { vela, tab } = await adasAgency(stage, look);
    for (const [name, place, title] of OWN) {
      await tab.go("about:blank");
      await tab.go(place.replace(":id", vela.id));
      await (language === "en" ? heading(tab, title) : tab.page.locator("annex-app h1").first()).waitFor();
      await tab.page.locator(".bone").first().waitFor({ state: "detached" });
      assert.equal(await tab.page.locator("html").getAttribute("lang"), language);
      await accessible(tab, `${name} (${look.colorScheme}, ${language})`);
      if (look.colorScheme === "dark") continue;
      await fits(tab, `${name} (${language})`);
      if (!isFirst) continue;
      await told(tab.page.locator("annex-app main"), name, [...CHANGING, ...LONG]);
    }
  });
}

story("the invitation in each of its states, and what is asked before something ends", async (stage) => {
  const { house, person } = stage;
  const { ada, vela, tab } = await adasAgency(stage);
  const bea = await register(house, "Bea", "Borealis");
  await tab.go(`/settings/workspace?workspace=${vela.id}#team`);
  await button(tab, "Invite people").click();
  await tab.page.getByLabel("E-mail addresses").fill(bea.email);
  await accessible(tab, "inviting");
  await button(tab, "Check").click();
  await button(tab, "Send 1 invitation").waitFor();
  await accessible(tab, "what would happen");
  await button(tab, "Send 1 invitation").click();
  await button(tab, "Done").click();
  await row(tab, bea.email).waitFor();
  await accessible(tab, "an invitation waits");
  const link = await linkOf(house, bea);
  const guest = await (await person()).tab();
  await guest.go(link);
  await heading(guest, "Join Vela Films").waitFor();
  await accessible(guest, "for somebody who is not signed in");
  await told(guest.page.locator("annex-app main"), "invite-open", CHANGING);
  await fits(guest, "an invitation");
  tab.expects(/status of 403 .*\/accept/);
  await tab.go(link);
  await button(tab, "Accept invitation").click();
  await heading(tab, "This invitation is for somebody else").waitFor();
  await accessible(tab, "for somebody else");
  await told(tab.page.locator("annex-app main"), "invite-wrong", CHANGING);
  await guest.go("about:blank");
  guest.expects(/status of 404 .*preview/);
  await guest.go("/_annex/invite#no-such-secret-as-this-one-here");
  await heading(guest, "This link opens nothing").waitFor();
  await accessible(guest, "for nothing");
  await join(house, ada, await workspaceOf(house, ada, "Altair"), bea);
  await tab.go(`/settings/workspace?workspace=${vela.id}#danger`);
  await button(tab, "Delete this workspace").click();
  await isAsked(tab, "Delete Vela Films?");
  await accessible(tab, "before something is deleted");
  await told(tab.page.locator("annex-dialog"), "dialog-delete", CHANGING);
});
