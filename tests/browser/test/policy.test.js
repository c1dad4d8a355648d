// In front of a CRM with the strictest policy (a nonce, Trusted Types, no inline style) not one violation is logged, by our
// part in its pages or by our own pages. Whatever the console says fails a story, so each of them is a check of this, too.

import assert from "node:assert/strict";
import { pilot, workspaceOf } from "../house/people.js";
import { until } from "../house/until.js";
import { addCustomer, signIn } from "../page/crm.js";
import { button } from "../page/own.js";
import { dialog, isAsked, leaveUnsaved, open, stands, switchTo } from "../page/switcher.js";
import { story } from "../stage.js";

const violations = async (tab) => tab.page.evaluate(() => globalThis.theViolations);

async function watched(browser) {
  await browser.context.addInitScript(() => {
    globalThis.theViolations = [];
    addEventListener("securitypolicyviolation", (event) => globalThis.theViolations.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  return browser.tab();
}

story("a page with a strict policy and Trusted Types logs no violation, whatever is done", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  const vela = await workspaceOf(house, ada, "Vela Films");
  const tab = await watched(await person());
  await signIn(tab, ada);
  const answer = await tab.go("/customers");
  const policy = answer.headers()["content-security-policy"];
  assert.match(policy, /script-src 'nonce-.*require-trusted-types-for 'script'/);
  await stands(tab, "Aurora");
  assert.equal(policy.match(/'nonce-/g).length, 2, "no nonce is added to the host's policy");
  await switchTo(tab, "Vela Films");
  await addCustomer(tab, "Under a policy");
  await open(tab);
  await tab.page.keyboard.press("Escape");
  assert.deepEqual(await violations(tab), []);
  for (const place of ["/workspaces", "/workspaces/new", ...["info", "branding", "team", "roles", "activity", "danger"].map((one) => `/settings/workspace?workspace=${vela.id}#${one}`), `/workspaces/${vela.id}/onboarding`, "/_annex/invite"]) {
    await tab.go("about:blank");
    await tab.go(place);
    await tab.page.locator("annex-app h1").first().waitFor();
    assert.deepEqual(await violations(tab), [], place);
  }
  await house.call("DELETE", `/api/workspaces/${vela.id}`, { token: ada.token, body: { confirmName: vela.name } });
}, { house: "strict" });

story("a dialog over a page with a strict policy logs no violation", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  const vela = await workspaceOf(house, ada, "Vela Films");
  const tab = await watched(await person());
  await signIn(tab, ada);
  await tab.go(`/profile?workspace=${vela.id}`);
  await stands(tab, "Vela Films");
  await leaveUnsaved(tab, "Half typed", "Aurora");
  await button(tab, "Stay here").click();
  await dialog(tab, "Leave without saving?").waitFor({ state: "detached" });
  await house.call("DELETE", `/api/workspaces/${vela.id}`, { token: ada.token, body: { confirmName: vela.name } });
  await isAsked(tab, "This workspace was deleted");
  assert.deepEqual(await violations(tab), []);
  // The control: what the policy forbids is seen.
  tab.expects(/Content Security Policy|Trusted|violates/);
  await tab.page.evaluate(() => { document.body.append(Object.assign(document.createElement("script"), { textContent: "1" })); }).catch(() => {});
  await until("a violation is seen", async () => (await violations(tab)).length > 0);
}, { house: "strict" });
