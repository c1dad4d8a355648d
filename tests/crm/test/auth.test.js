// Registration, sign-in, refresh, sign-out, "who am I": shapes, messages, claims.
"use strict";

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");
const jwt = require("jsonwebtoken");
const { query, resign, startCrm } = require("../harness");

let crm;
let owner;
before(async () => {
  crm = await startCrm();
  owner = await crm.register("Registered Ltd");
});
after(() => crm.stop());

const post = (target, body, token) => crm.call("POST", target, { body, token });
const sorted = (value) => Object.keys(value).sort();

test("registration inserts one tenant, role, user, token and a row per module", async () => {
  assert.deepEqual(sorted(owner.user), ["email", "firstName", "id", "lastName", "tenantId"]);
  const [row] = await query(
    `SELECT (SELECT count(*) FROM tenants WHERE id = $1) AS tenants, (SELECT count(*) FROM roles WHERE tenant_id = $1) AS roles,
            (SELECT count(*) FROM users WHERE tenant_id = $1 AND user_type = 'agency_admin' AND is_admin) AS users,
            (SELECT count(*) FROM auth_tokens WHERE user_id = $2) AS tokens,
            (SELECT count(*) FROM tenant_modules WHERE tenant_id = $1) - (SELECT count(*) FROM modules) AS modules_missing,
            (SELECT name FROM tenants WHERE id = $1) AS name`, [owner.tenantId, owner.userId]);
  assert.deepEqual(row, { tenants: "1", roles: "1", users: "1", tokens: "1", modules_missing: "0", name: "Registered Ltd" });
});

test("both tokens carry the same claims and no type; 15 minutes and 7 days", () => {
  const { iat, exp, ...claims } = jwt.decode(owner.accessToken);
  const { iat: refreshIat, exp: refreshExp, ...refreshClaims } = jwt.decode(owner.refreshToken);
  assert.deepEqual(claims, { userId: owner.userId, tenantId: owner.tenantId, email: owner.email, userType: "agency_admin", isAdmin: true });
  assert.deepEqual(refreshClaims, claims);
  assert.equal(exp - iat, 900);
  assert.equal(refreshExp - refreshIat, 604800);
});

test("registration refuses missing fields and a known e-mail; case matters", async () => {
  const body = { email: owner.email, password: "p", firstName: "A", lastName: "B", companyName: "C" };
  const missing = await post("/api/auth/register", { ...body, companyName: "" });
  assert.deepEqual([missing.status, missing.body], [400, { message: "All fields are required" }]);
  const known = await post("/api/auth/register", body);
  assert.deepEqual([known.status, known.body], [400, { message: "User already exists" }]);
  assert.equal((await post("/api/auth/register", { ...body, email: owner.email.toUpperCase() })).status, 200);
});

test("sign-in answers the user with type, admin and picture; a wrong password 401", async () => {
  const { status, body } = await post("/api/auth/login", { email: owner.email, password: "pass-word-1" });
  assert.equal(status, 200);
  assert.deepEqual(sorted(body), ["accessToken", "refreshToken", "user"]);
  assert.deepEqual(sorted(body.user), ["email", "firstName", "id", "isAdmin", "lastName", "profileImageUrl", "tenantId", "userType"]);
  for (const attempt of [{ email: owner.email, password: "wrong" }, { email: "nobody@x.test", password: "pass-word-1" }, {}]) {
    const refused = await post("/api/auth/login", attempt);
    assert.deepEqual([refused.status, refused.body], [401, { message: "Invalid credentials" }]);
  }
});

test("refresh takes only tokens written down, and rebuilds claims from the users row", async () => {
  const fresh = await post("/api/auth/refresh", { refreshToken: owner.refreshToken });
  assert.deepEqual([fresh.status, sorted(fresh.body)], [200, ["accessToken"]]);
  await query("UPDATE users SET user_type = 'team_member' WHERE id = $1", [owner.userId]);
  const after = await post("/api/auth/refresh", { refreshToken: owner.refreshToken });
  await query("UPDATE users SET user_type = 'agency_admin' WHERE id = $1", [owner.userId]);
  assert.equal(jwt.decode(after.body.accessToken).userType, "team_member");
  const unwritten = resign(owner, {});
  for (const refreshToken of [unwritten, "nonsense", undefined]) {
    assert.equal((await post("/api/auth/refresh", { refreshToken })).status, 401, String(refreshToken).slice(0, 12));
  }
});

test("sign-out removes the refresh token; the access token lives on", async () => {
  const { body: session } = await post("/api/auth/login", { email: owner.email, password: "pass-word-1" });
  await query("UPDATE auth_tokens SET refresh_token = refresh_token WHERE user_id = $1", [owner.userId]);
  assert.equal((await post("/api/auth/logout", { refreshToken: session.refreshToken }, session.accessToken)).status, 200);
  assert.equal((await post("/api/auth/refresh", { refreshToken: session.refreshToken })).status, 401);
  assert.equal((await crm.call("GET", "/api/customers", { token: session.accessToken })).status, 200);
  assert.equal((await post("/api/auth/logout", {}, session.accessToken)).status, 200);
});

test("me and admin-check tell the users row whatever the claims say", async () => {
  const other = await crm.register("Other Ltd");
  const token = resign(owner, { tenantId: other.tenantId, userType: "team_member", isAdmin: false, email: "x@y.test" });
  const { body: me } = await crm.call("GET", "/api/auth/me", { token });
  assert.deepEqual([me.id, me.tenantId, me.userType, me.isAdmin, me.email], [owner.userId, owner.tenantId, "agency_admin", true, owner.email]);
  assert.ok(Array.isArray(me.permissions) && me.permissions.length > 0);
  assert.equal("passwordHash" in me, false);
  const check = await crm.call("GET", "/api/auth/admin-check", { token });
  assert.deepEqual(check.body, { isAdmin: true, userType: "agency_admin" });
});

test("nobody checks that the user still exists", async () => {
  const gone = await crm.register("Gone Ltd");
  await query("DELETE FROM users WHERE id = $1", [gone.userId]);
  assert.deepEqual((await crm.call("GET", "/api/customers", { token: gone.token })).body, []);
  assert.equal((await crm.call("GET", "/api/auth/me", { token: gone.token })).status, 404);
});
