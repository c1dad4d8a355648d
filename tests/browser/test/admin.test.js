// The platform's page: who looks sees, who may writes. For SaaS admins in front of the CRM; on the admin listener for whoever
// is on the machine, to write with its token alone (rule R10).

import assert from "node:assert/strict";
import { CHANGING, accessible, fits, told } from "../check/access.js";
import { ADMIN_TOKEN } from "../house/annex.js";
import { administrator, register } from "../house/people.js";
import { signIn } from "../page/crm.js";
import { button, heading, row } from "../page/own.js";
import { dialog } from "../page/switcher.js";
import { story } from "../stage.js";

const PLACE = "/_annex/admin";
/** Other tests turn on others, and the counts of a node are of all that it did. */
const OF_THE_RUN = [...CHANGING, [/(- row "[^"]*":\n(\s{6,}.*\n?)+\s*)+/g, "- ROWS\n"], [/\d+ ms ago/g, "MOMENTS AGO"], [/(Allowed|Denied)(\W+definition:?) "?[\d,]+"?/g, "$1$2 COUNT"], [/annex-\d+/g, "NODE"], [/\n\s+- heading "Denied because" \[level=3\]\n\s+- list:(\n\s+- listitem: [^\n]*)+/g, ""]];

const isRested = (tab) => tab.page.locator(".bone").first().waitFor({ state: "detached" });

async function flip(tab, person, to) {
  await button(tab, `Turn ${to} for ${person.tenantId}`).click();
  const asked = dialog(tab, new RegExp(`^Turn workspaces ${to} for`));
  await asked.getByRole("button", { name: `Turn ${to}`, exact: true }).click();
  await asked.waitFor({ state: "detached" });
}

story("an administrator of the platform turns a tenant on and off, and sees how it goes", async ({ house, person }) => {
  const [sam, bea] = [await administrator(house, "Sam"), await register(house, "Bea", "Borealis")];
  const tab = await (await person()).tab();
  // An administrator of the platform need not have workspaces.
  tab.expects(/status of 403 .*\/api\/workspaces/);
  await signIn(tab, sam);
  await tab.go(PLACE);
  await heading(tab, "Platform").waitFor();
  await isRested(tab);
  await accessible(tab, "the platform's page");
  await fits(tab, "the platform's page");
  await tab.page.getByLabel("Tenant id").fill(bea.tenantId);
  await button(tab, "Turn on").last().click();
  const asked = dialog(tab, /^Turn workspaces on for/);
  await asked.getByRole("heading").waitFor();
  await accessible(tab, "before a tenant is turned on");
  await asked.getByRole("button", { name: "Turn on", exact: true }).click();
  await house.hears(bea, true);
  await row(tab, bea.tenantId).getByText("its own value").waitFor();
  await flip(tab, bea, "off");
  await house.hears(bea, false);
});

story("whoever is no administrator is told so", async ({ house, person }) => {
  const bea = await register(house, "Bea", "Borealis");
  const tab = await (await person()).tab();
  await signIn(tab, bea);
  tab.expects(/status of 403 .*\/api\/(admin|workspaces)/);
  await tab.go(PLACE);
  await tab.page.getByRole("alert").first().waitFor();
  await isRested(tab);
  assert.equal(await tab.page.getByRole("table").count(), 0);
  await accessible(tab, "for nobody");
});

for (const locale of ["en-GB", "de-DE"]) {
  story(`the admin listener's page shows to everybody and writes with its token alone (${locale})`, async ({ house, person }) => {
    const bea = await register(house, "Bea", "Borealis");
    const tab = await (await person({ baseURL: house.adminUrl, locale })).tab();
    await tab.go("/");
    await tab.page.locator("annex-admin-page h1").waitFor();
    await isRested(tab);
    await accessible(tab, `read-only (${locale})`);
    await fits(tab, `read-only (${locale})`);
    if (locale !== "en-GB") return;
    await tab.page.getByText("Read-only").waitFor();
    assert.equal(await button(tab, "Turn on").count() + await button(tab, "Save").count(), 0, "nothing to write with");
    await told(tab.page.locator("annex-operator main"), "listener-reading", OF_THE_RUN);
    tab.expects(/status of 401 .*\/api\/admin\/health/);
    await tab.page.getByLabel("Token").fill("another-token-of-some-length");
    await button(tab, "Unlock").click();
    await tab.page.getByText("This is not the token of this listener.").waitFor();
    await accessible(tab, "with a wrong token");
    await tab.page.getByLabel("Token").fill(ADMIN_TOKEN);
    await button(tab, "Unlock").click();
    await button(tab, "Lock again").waitFor();
    await accessible(tab, "unlocked");
    await tab.page.getByLabel("Tenant id").fill(bea.tenantId);
    await button(tab, "Turn on").last().click();
    await dialog(tab, /^Turn workspaces on for/).getByRole("button", { name: "Turn on", exact: true }).click();
    await house.hears(bea, true);
    await flip(tab, bea, "off");
    await button(tab, "Lock again").click();
    await tab.page.getByText("Read-only").waitFor();
    const { local, session } = await tab.storage();
    assert.ok(!JSON.stringify([local, session]).includes(ADMIN_TOKEN), "the token is in no storage");
    assert.deepEqual(await tab.person.cookies(), []);
  });
}
