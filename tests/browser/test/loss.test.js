// What a page does when its workspace is taken away while it is open: it says so soon, shows nothing of it any more, and
// writes nothing.

import assert from "node:assert/strict";
import { join, pilot, register, workspaceOf } from "../house/people.js";
import { addCustomer, fillCustomer, openCustomers, signIn, signInKnown, submitCustomer, tenantsWith, writesArrive } from "../page/crm.js";
import { isAbsent, isAsked, stands } from "../page/switcher.js";
import { story } from "../stage.js";

/** The bound that people are promised. */
const SOON_MS = 10_000;

/** Bea works in Ada's Vela Films, and a page of it is open. */
async function beaAtWork({ house, person }) {
  const [ada, bea] = [await pilot(house, "Ada", "Aurora"), await register(house, "Bea", "Borealis")];
  const vela = await workspaceOf(house, ada, "Vela Films");
  await join(house, ada, vela, bea, "manager");
  const tab = await (await person()).tab();
  await signInKnown(tab, bea);
  await tab.go(`/customers?workspace=${vela.id}`);
  await stands(tab, "Vela Films");
  await addCustomer(tab, "Secret of Vela");
  // What stood on the page may be gone before its form is sent.
  tab.expects(/status of 4(03|09|10) .*(\/_annex\/w\/|\/api\/workspaces)/, /the form is not connected/);
  return { ada, bea, vela, tab };
}

/** A form is filled in before and sent right after the access ended: it arrives nowhere, not at home either. */
async function writesNothing({ house, tab }, heading, take) {
  await fillCustomer(tab, "Sent too late");
  await tab.page.evaluate(() => { globalThis.theForm = document.querySelector('[data-testid="dialog-form"] form'); });
  await take();
  const since = Date.now();
  await tab.page.evaluate(() => globalThis.theForm.requestSubmit());
  await isTold(tab, heading, since);
  await cannotWrite(tab);
  assert.deepEqual(await tenantsWith(house, "Sent too late"), []);
}

/** Once it is told, what the page's own code still asks for leaves it for nowhere. */
async function cannotWrite(tab) {
  const before = tab.requests.length;
  const status = await tab.page.evaluate(async () => {
    const headers = { "Content-Type": "application/json", Authorization: `Bearer ${localStorage.getItem("nexus_access_token")}` };
    const body = JSON.stringify({ name: "Sent too late", email: "late@customer.test" });
    return (await fetch("/api/customers", { method: "POST", headers, body })).status;
  });
  assert.equal(status, 409);
  assert.deepEqual(tab.asked("POST", /customers/, before), []);
}

async function isTold(tab, heading, since) {
  await isAsked(tab, heading, { timeout: SOON_MS });
  assert.ok(Date.now() - since < SOON_MS, "soon enough");
  assert.ok(!(await tab.page.content()).includes("Secret of Vela"), "what was seen of it is gone");
}

story("a member who is removed is told within 10 s, and goes on at home", async (stage) => {
  const { house } = stage;
  const { ada, bea, vela, tab } = await beaAtWork(stage);
  await writesNothing({ house, tab }, "You have no access to this workspace any more", async () => {
    const { status } = await house.call("DELETE", `/api/workspaces/${vela.id}/members/${bea.userId}`, { token: ada.token });
    assert.equal(status, 200);
  });
  await tab.page.getByRole("button", { name: "Go to your own workspace" }).click();
  await tab.find("text-company-name").filter({ hasText: "Borealis" }).waitFor();
  assert.deepEqual(await openCustomers(tab), []);
});

story("a workspace whose flag goes off is closed within 10 s, and nothing of ours is in the next document", async (stage) => {
  const { house } = stage;
  const { ada, tab } = await beaAtWork(stage);
  await writesNothing({ house, tab }, "Workspaces were turned off here", () => house.annex("flag", "set", "off", "--tenant", ada.tenantId, "--description", "Paused"));
  await tab.page.getByRole("button", { name: "Go to your own workspace" }).click();
  await tab.find("text-company-name").filter({ hasText: "Borealis" }).waitFor();
  await tab.reload();
  await tab.find("text-company-name").filter({ hasText: "Borealis" }).waitFor();
  assert.ok(await isAbsent(tab));
});

story("a workspace that is deleted is closed within 10 s", async (stage) => {
  const { house } = stage;
  const { ada, vela, tab } = await beaAtWork(stage);
  await writesNothing({ house, tab }, "This workspace was deleted", async () => {
    const { status } = await house.call("DELETE", `/api/workspaces/${vela.id}`, { token: ada.token, body: { confirmName: vela.name } });
    assert.equal(status, 200);
  });
});

story("a member who is suspended is told within 10 s, and writes nothing more", async (stage) => {
  const { house } = stage;
  const { ada, bea, vela, tab } = await beaAtWork(stage);
  const { status } = await house.call("PATCH", `/api/workspaces/${vela.id}/members/${bea.userId}`, { token: ada.token, body: { status: "suspended" } });
  assert.equal(status, 200);
  await isTold(tab, "Your membership was suspended", Date.now());
  await cannotWrite(tab);
  assert.deepEqual(await tenantsWith(house, "Sent too late"), []);
});

story("at home a flag that goes off changes nothing: what is written then is written at home", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  const tab = await (await person()).tab();
  await signIn(tab, ada);
  await openCustomers(tab);
  await stands(tab, "Aurora");
  await fillCustomer(tab, "Written at home");
  tab.expects(/status of 403 .*\/api\/workspaces/);
  await house.flag("off", ada);
  await submitCustomer(tab);
  await writesArrive(house, "Written at home", ada.tenantId);
  assert.deepEqual(await tenantsWith(house, "Written at home"), [ada.tenantId]);
  await tab.page.getByRole("link", { name: "Written at home" }).waitFor();
  // The switcher goes, and the page stays what it was.
  await tab.page.locator("annex-switcher").waitFor({ state: "detached" });
});
