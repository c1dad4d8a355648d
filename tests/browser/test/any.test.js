// `ui.inject = "any"`: for browsers that keep no cookie. Every page carries the loader while some tenant is on; it starts
// for who has the feature, and for nobody else.

import assert from "node:assert/strict";
import { pilot, register, workspaceOf } from "../house/people.js";
import { addCustomer, isIn, signIn, writesArrive } from "../page/crm.js";
import { isAbsent, stands, switchTo } from "../page/switcher.js";
import { story } from "../stage.js";

story("without a cookie the switcher stands by the operator's choice, from the first page on", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  const vela = await workspaceOf(house, ada, "Vela Films");
  const browser = await person();
  const tab = await browser.tab();
  // As a browser that keeps none would: what is set is forgotten at once.
  tab.page.on("response", () => void browser.context.clearCookies().catch(() => {}));
  await signIn(tab, ada);
  await browser.context.clearCookies();
  await tab.go("/customers");
  await stands(tab, "Aurora");
  await switchTo(tab, "Vela Films");
  await addCustomer(tab, "Without a cookie");
  await writesArrive(house, "Without a cookie", vela.id);
}, { house: "any" });

story("for who does not have the feature the loader ends without a trace", async ({ house, person }) => {
  await pilot(house, "Ada", "Aurora");
  const bea = await register(house, "Bea", "Borealis");
  const browser = await person();
  const tab = await browser.tab();
  await signIn(tab, bea);
  const from = tab.requests.length;
  await tab.go("/customers");
  await isIn(tab);
  assert.ok(await tab.page.locator("#annex-boot").count() <= 1);
  await tab.waitForRequest("GET", /^\/_annex\/.*loader/, from);
  await tab.page.waitForLoadState("networkidle");
  assert.ok(await isAbsent(tab));
  const { local, session } = await tab.storage();
  const ours = [...Object.keys(local), ...Object.keys(session)].filter((key) => key.startsWith("annex"));
  assert.deepEqual(ours, [], "nothing of ours is stored");
  assert.deepEqual(await browser.cookies(), []);
  const asked = tab.requests.slice(from).filter((one) => /^\/_annex\/.*(switcher|pages)|^\/api\/workspaces/.test(one.path)).map((one) => one.path);
  assert.deepEqual(asked, [], "nothing more is asked for");
}, { house: "any" });
