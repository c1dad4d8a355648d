// Access tokens end while pages are open; what is done goes on, in the same workspace.

import assert from "node:assert/strict";
import { pilot, workspaceOf } from "../house/people.js";
import { until } from "../house/until.js";
import { addCustomer, signIn, tenantsWith } from "../page/crm.js";
import { open, option, stands, workspace } from "../page/switcher.js";
import { story } from "../stage.js";

const hasExpired = (tab) =>
  tab.page.evaluate(() => JSON.parse(atob(localStorage.getItem("nexus_access_token").split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).exp * 1000 < Date.now());

story("a token that ends in the middle is renewed, and what was asked lands in the tab's workspace", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  const { body } = await house.call("POST", "/api/auth/login", { at: house.crmUrl, body: ada });
  const vela = await workspaceOf(house, { ...ada, token: body.accessToken }, "Vela Films");
  const tab = await (await person()).tab();
  tab.expects(/status of 401/);
  await signIn(tab, ada);
  await tab.go(`/customers?workspace=${vela.id}`);
  await stands(tab, "Vela Films");
  for (const name of ["After the first token", "After the second"]) {
    const before = tab.requests.length;
    await until("the token has ended", () => hasExpired(tab));
    await addCustomer(tab, name);
    assert.ok(tab.asked("POST", /^\/api\/auth\/refresh$/, before).length > 0, "it was renewed by the CRM's own call, at home");
    assert.deepEqual(await tenantsWith(house, name), [vela.id]);
  }
  // What Annex itself is asked goes on, too: the list opens, and the stream is read with a new token.
  await until("the token has ended", () => hasExpired(tab));
  const before = tab.requests.length;
  await open(tab);
  await option(tab, "Aurora").waitFor();
  await until("the stream is opened with a new token", () => tab.asked("GET", /events$/, before).some((one) => one.status === 200));
  assert.equal(await workspace(tab), vela.id);
}, { house: "hasty" });
