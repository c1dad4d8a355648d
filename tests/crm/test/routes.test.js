// The table of routes against contract/crm-routes.tsv: all there, in that order, guarded as told, by
// looking at the router and by asking a running CRM as every type of user.
"use strict";

const assert = require("node:assert/strict");
const { randomUUID } = require("node:crypto");
const { after, before, test } = require("node:test");
const { createApplication } = require("../src/application");
const { readSettings } = require("../src/settings");
const { readContract, resign, startCrm } = require("../harness");

const CONTRACT = readContract("crm-routes.tsv");
const USER_TYPES = ["saas_admin", "agency_admin", "team_member", "customer"];
const label = ({ method, path }) => `${method} ${path}`;

let crm;
let owner;
before(async () => {
  crm = await startCrm();
  owner = await crm.register();
});
after(() => crm.stop());

const registeredRoutes = () => {
  const app = createApplication({ settings: readSettings({}), store: null });
  return app._router.stack.filter((layer) => layer.route).map(({ route }) => ({
    method: Object.keys(route.methods)[0].toUpperCase(),
    path: route.path,
    guards: route.stack.map(({ handle }) => handle.guard).filter(Boolean).join(","),
  }));
};

test("183 routes are registered in the contract's order with the contract's guards", () => {
  const expected = [...CONTRACT].sort((a, b) => a.line - b.line).map(({ method, path, guards }) => ({ method, path, guards }));
  assert.equal(expected.length, 183);
  assert.deepEqual(registeredRoutes(), expected);
});

const ask = (route, token) => crm.call(route.method, route.path.replace(/:\w+/g, () => randomUUID()), {
  token, body: route.method === "GET" ? undefined : {},
});

test("without a credential a guarded route answers 401, a public one does not", async () => {
  for (const route of CONTRACT) {
    const { status, body } = await ask(route);
    const isPublic = route.guards === "";
    if (isPublic && ["/api/auth/refresh", "/api/auth/login"].includes(route.path)) continue; // theirs is about the body
    assert.equal(status === 401, !isPublic, `${label(route)} answered ${status}`);
    if (status === 401) assert.equal(typeof body.message, "string", label(route));
  }
});

function admits({ guards }, userType) {
  if (guards.includes("agency_admin|saas_admin(claim)")) return ["agency_admin", "saas_admin"].includes(userType);
  if (guards.includes("not-customer(claim)")) return userType !== "customer";
  if (guards.includes("saas_admin(claim)")) return userType === "saas_admin";
  return true;
}

for (const userType of USER_TYPES) {
  test(`a ${userType} claim is let through or gets 403 as the guards column says`, async () => {
    const token = resign(owner, { userType });
    for (const route of CONTRACT.filter(({ guards }) => guards !== "")) {
      const { status, body } = await ask(route, token);
      assert.equal(status !== 403, admits(route, userType), `${label(route)} answered ${status} to ${userType}`);
      assert.notEqual(body, undefined, `${label(route)} did not answer JSON: nobody registered it`);
      // A timer for a task that does not exist meets the foreign key: the CRM has no check of its own there.
      if (!route.path.endsWith("/timelogs/start")) assert.ok(status < 500, `${label(route)} answered ${status}: ${body?.message}`);
    }
  });
}

test("the last two routes are shadowed by GET /api/proposals/:id", async () => {
  for (const path of ["/api/proposals/section-types", "/api/proposals/merge-fields"]) {
    const { status, body } = await crm.call("GET", path, { token: owner.token });
    assert.deepEqual([status, body], [404, { message: "Proposal not found" }], path);
  }
});

test("a prefix in another case, a foreign secret, an expired token: 401", async () => {
  const jwt = require("jsonwebtoken");
  const claims = { userId: owner.userId, tenantId: owner.tenantId, email: owner.email, userType: "agency_admin", isAdmin: true };
  const credentials = {
    "bearer in lower case": `bearer ${owner.token}`,
    "another secret": `Bearer ${jwt.sign(claims, "not-the-secret")}`,
    "another algorithm": `Bearer ${jwt.sign(claims, "secret-of-the-tests", { algorithm: "HS512" })}`,
    "no signature": `Bearer ${jwt.sign(claims, null, { algorithm: "none" })}`,
    expired: `Bearer ${jwt.sign(claims, "secret-of-the-tests", { expiresIn: -1 })}`,
  };
  for (const [name, authorization] of Object.entries(credentials)) {
    const { status } = await crm.call("GET", "/api/customers", { headers: { authorization } });
    assert.equal(status, 401, name);
  }
});
