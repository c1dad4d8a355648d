// Who does not have the feature gets the CRM and nothing else: the same documents, the same requests, the same bytes, the
// same storage, as in front of the CRM without Annex.

import assert from "node:assert/strict";
import { pilot } from "../house/people.js";
import { isAbsent, stands } from "../page/switcher.js";
import { visit } from "../page/walk.js";
import { story } from "../stage.js";

const PLACES = ["/", "/customers", "/settings", "/workspaces", "/settings/workspace"];

/** What a signed-in person sees and causes at `origin`, place by place. */
async function walk(person, origin, session) {
  const browser = await person({ baseURL: origin, storageState: { cookies: [], origins: [{ origin, localStorage: session }] } });
  const tab = await browser.tab();
  const seen = [];
  for (const place of PLACES) seen.push(await visit(tab, place));
  return { seen, storage: await tab.storage(), cookies: await browser.cookies(), isAbsent: await isAbsent(tab) };
}

/** What the CRM's page stores at sign-in, made by its own call. */
async function sessionOf(house, { email, password }) {
  const { body } = await house.call("POST", "/api/auth/login", { at: house.crmUrl, body: { email, password } });
  const stored = { nexus_access_token: body.accessToken, nexus_refresh_token: body.refreshToken, nexus_user: JSON.stringify(body.user) };
  return Object.entries(stored).map(([name, value]) => ({ name, value }));
}

async function same({ house, person }, who) {
  const session = await sessionOf(house, who);
  const bare = await walk(person, house.crmUrl, session);
  const through = await walk(person, house.url, session);
  for (const [at, place] of PLACES.entries()) {
    const [expected, actual] = [bare.seen[at], through.seen[at]];
    assert.deepEqual(actual.answers.map((one) => one.name), expected.answers.map((one) => one.name), `${place}: the same requests`);
    for (const [which, answer] of expected.answers.entries()) assert.deepEqual(actual.answers[which], answer, `${place}: ${answer.name} is the same, byte for byte`);
    assert.equal(actual.document, expected.document, `${place}: the same document`);
  }
  assert.deepEqual(through.storage, bare.storage);
  assert.deepEqual(through.cookies, bare.cookies);
  assert.ok(through.isAbsent);
}

story("for a tenant that is off, while another is on, every page is the CRM's, byte for byte", async (stage) => {
  const { house, person } = stage;
  const ada = await pilot(house, "Ada", "Aurora");
  await same(stage, { email: "bo@borealis.test", password: "demo-bo-1" });
  // The control: with the feature the same comparison sees the difference.
  const session = await sessionOf(house, ada);
  const browser = await person({ storageState: { cookies: [], origins: [{ origin: house.url, localStorage: session }] } });
  const tab = await browser.tab();
  await visit(tab, "/customers");
  const before = await visit(tab, "/customers");
  await stands(tab, "Aurora");
  assert.ok(before.answers.some((one) => one.name.includes("/_annex/")), "of somebody with the feature it sees ours");
});

story("with the flag off everywhere every page is the CRM's, byte for byte", (stage) => same(stage, { email: "ada@aurora.test", password: "demo-ada-1" }), { house: "off" });

story("a person whose flag was taken back is nobody's again: no cookie, no storage beyond what the tab had", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  const session = await sessionOf(house, ada);
  const browser = await person({ storageState: { cookies: [], origins: [{ origin: house.url, localStorage: session }] } });
  const tab = await browser.tab();
  await visit(tab, "/customers");
  await visit(tab, "/customers");
  await stands(tab, "Aurora");
  tab.expects(/status of 403 .*\/api\/workspaces/);
  await house.flag("off", ada);
  // The answer of the CRM's own call clears the marker; the document after it has nothing of ours.
  await visit(tab, "/customers");
  await visit(tab, "/customers");
  assert.ok(await isAbsent(tab));
  assert.deepEqual((await browser.cookies()).map((one) => one.name), []);
  const { local, session: own } = await tab.storage();
  assert.deepEqual([...Object.keys(local), ...Object.keys(own)].sort(), session.map((one) => one.name).sort(), "the storage is the CRM's alone");
});
