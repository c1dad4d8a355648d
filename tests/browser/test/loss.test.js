// What a page does when its workspace is taken away while it is open: it says so soon, shows nothing of it any more, and
// writes nothing.

import assert from "node:assert/strict";
import { join, pilot, register, workspaceOf } from "../house/people.js";
import { addCustomer, openCustomers, signIn } from "../page/crm.js";
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
  await signIn(tab, bea);
  await tab.go(`/customers?workspace=${vela.id}`);
  await stands(tab, "Vela Films");
  await addCustomer(tab, "Secret of Vela");
  return { ada, bea, vela, tab };
}

async function isTold(tab, heading, since) {
  await isAsked(tab, heading, { timeout: SOON_MS });
  assert.ok(Date.now() - since < SOON_MS, "soon enough");
  assert.ok(!(await tab.page.content()).includes("Secret of Vela"), "what was seen of it is gone");
}

story("a member who is removed is told within 10 s, and goes on at home", async (stage) => {
  const { house } = stage;
  const { ada, bea, vela, tab } = await beaAtWork(stage);
  tab.expects(/status of 403 .*\/api\/workspaces/);
  const { status } = await house.call("DELETE", `/api/workspaces/${vela.id}/members/${bea.userId}`, { token: ada.token });
  assert.equal(status, 200);
  await isTold(tab, "You are no longer a member of this workspace", Date.now());
  await tab.page.getByRole("button", { name: "Go to your own workspace" }).click();
  await tab.find("text-company-name").filter({ hasText: "Borealis" }).waitFor();
  assert.deepEqual(await openCustomers(tab), []);
});

story("a workspace whose flag goes off is closed within 10 s, and nothing of ours is in the next document", async (stage) => {
  const { house } = stage;
  const { ada, tab } = await beaAtWork(stage);
  tab.expects(/status of 403 .*\/api\/workspaces/);
  await house.annex("flag", "set", "off", "--tenant", ada.tenantId, "--description", "Paused");
  await isTold(tab, "Workspaces were turned off here", Date.now());
  await tab.page.getByRole("button", { name: "Go to your own workspace" }).click();
  await tab.find("text-company-name").filter({ hasText: "Borealis" }).waitFor();
  await tab.reload();
  await tab.find("text-company-name").filter({ hasText: "Borealis" }).waitFor();
  assert.ok(await isAbsent(tab));
});

story("a workspace that is deleted is closed within 10 s", async (stage) => {
  const { house } = stage;
  const { ada, vela, tab } = await beaAtWork(stage);
  tab.expects(/status of 403 .*\/api\/workspaces/);
  const { status } = await house.call("DELETE", `/api/workspaces/${vela.id}`, { token: ada.token, body: { confirmName: vela.name } });
  assert.equal(status, 200);
  await isTold(tab, "This workspace was deleted", Date.now());
});
