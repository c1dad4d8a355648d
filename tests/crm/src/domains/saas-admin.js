// The platform's own administration: tenants, users, settings, logs, packages, modules.
// Promises: the `saas_admin` claim alone opens it; every change leaves a platform_activity_logs row.
"use strict";

const { InvalidData, HttpError, found } = require("../errors");
const { created } = require("../crud");
const { parseNew } = require("../model");
const { editProfile } = require("./profile");
const { withModules } = require("./tenant");

const withoutPassword = ({ passwordHash, ...visible }) => visible;

const logActivity = ({ store, claims, req }, targetType, targetId, action, description) =>
  store.insert("platform_activity_logs", {
    actorId: claims.userId, actorType: "saas_admin", targetType, targetId, action, description,
    ipAddress: req.ip, userAgent: req.headers["user-agent"],
  });

const stats = ({ store }) => store.one(
  `SELECT (SELECT count(*)::int FROM tenants) AS total_tenants,
          (SELECT count(*)::int FROM users) AS total_users,
          (SELECT count(*)::int FROM users WHERE is_active) AS active_users,
          (SELECT count(*)::int FROM packages WHERE is_active) AS active_packages,
          (SELECT count(*)::int FROM invoices) AS total_invoices,
          (SELECT coalesce(sum(amount), 0) FROM payments) AS total_revenue`);

const listTenants = ({ store }) => store.query(
  `SELECT t.*, (SELECT count(*)::int FROM users u WHERE u.tenant_id = t.id) AS user_count, p.display_name AS package_name
   FROM tenants t LEFT JOIN packages p ON p.id = t.package_id ORDER BY t.created_at DESC`);

const listUsers = async ({ store }) => (await store.query(
  `SELECT u.*, t.name AS tenant_name FROM users u JOIN tenants t ON t.id = u.tenant_id ORDER BY u.created_at DESC`)).map(withoutPassword);

async function readTenant({ store, params }) {
  const tenant = found(await store.get("tenants", { id: params.id }), "Tenant");
  const [users, modules, profile] = await Promise.all([
    store.find("users", { tenantId: tenant.id }, "created_at"),
    store.find("tenant_modules", { tenantId: tenant.id }, "enabled_at"),
    store.get("company_profiles", { tenantId: tenant.id }),
  ]);
  return { ...tenant, users: users.map(withoutPassword), modules, companyProfile: profile };
}

async function readUser({ store, params }) {
  const user = found(await store.get("users", { id: params.id }), "User");
  const tenant = await store.get("tenants", { id: user.tenantId });
  return { ...withoutPassword(user), tenant };
}

const listSettings = ({ store }) => store.find("platform_settings", {}, "category, key");

async function writeSetting(exchange) {
  const { store, body, claims } = exchange;
  const values = parseNew("platform_settings", body, { updatedBy: claims.userId });
  const setting = (await store.update("platform_settings", values, { key: values.key })) ?? (await store.insert("platform_settings", values));
  await logActivity(exchange, "setting", setting.id, "setting_updated", `Set ${setting.key}`);
  return setting;
}

async function removeSetting(exchange) {
  const setting = found(await exchange.store.remove("platform_settings", { key: exchange.params.key }), "Setting");
  await logActivity(exchange, "setting", setting.id, "setting_deleted", `Deleted ${setting.key}`);
  return { message: "Setting deleted successfully" };
}

const DEFAULT_LIMIT = 100;

function listActivityLogs({ store, query }) {
  const limit = Math.min(Number.parseInt(query.limit, 10) || DEFAULT_LIMIT, 1000);
  return store.query("SELECT * FROM platform_activity_logs ORDER BY created_at DESC LIMIT $1", [limit]);
}

const readProfile = async ({ store, claims }) =>
  withoutPassword(found(await store.get("users", { id: claims.userId }), "User"));

async function editOwnProfile(exchange) {
  const user = await editProfile(exchange);
  await logActivity(exchange, "user", user.id, "profile_updated", "Updated own profile");
  return user;
}

async function listPackages({ store }) {
  const packages = await store.find("packages", {}, "sort_order, created_at");
  return Promise.all(packages.map((one) => withModules(store, one)));
}

const readPackage = async ({ store, params }) =>
  withModules(store, found(await store.get("packages", { id: params.id }), "Package"));

/** Sets which modules a package opens; absent `moduleIds` leaves them as they are. */
async function setModules(tx, packageId, moduleIds) {
  if (moduleIds === undefined) return;
  if (!Array.isArray(moduleIds)) {
    throw new InvalidData([{ code: "invalid_type", expected: "array", received: typeof moduleIds, path: ["moduleIds"], message: "Expected array" }]);
  }
  await tx.query("DELETE FROM package_modules WHERE package_id = $1", [packageId]);
  for (const moduleId of moduleIds) await tx.insert("package_modules", { packageId, moduleId });
}

const addPackage = (exchange) => exchange.store.transaction(async (tx) => {
  const row = await tx.insert("packages", parseNew("packages", exchange.body));
  await setModules(tx, row.id, exchange.body.moduleIds);
  await logActivity({ ...exchange, store: tx }, "package", row.id, "package_created", `Created ${row.name}`);
  return created(await withModules(tx, row));
});

const editPackage = (exchange) => exchange.store.transaction(async (tx) => {
  const { id, ...changes } = exchange.body ?? {};
  const row = found(await tx.update("packages", changes, { id: exchange.params.id }), "Package");
  await setModules(tx, row.id, changes.moduleIds);
  await logActivity({ ...exchange, store: tx }, "package", row.id, "package_updated", `Updated ${row.name}`);
  return withModules(tx, row);
});

async function removePackage(exchange) {
  const { store, params } = exchange;
  const { users } = await store.one("SELECT count(*)::int AS users FROM tenants WHERE package_id = $1", [params.id]);
  if (users > 0) throw new HttpError(400, "Package is in use by tenants");
  const row = found(await store.remove("packages", { id: params.id }), "Package");
  await logActivity(exchange, "package", row.id, "package_deleted", `Deleted ${row.name}`);
  return { message: "Package deleted successfully" };
}

const listModules = ({ store }) => store.find("modules", {}, "name");

module.exports = {
  stats, listTenants, listUsers, readTenant, readUser, listSettings, writeSetting, removeSetting, listActivityLogs,
  readProfile, editOwnProfile, listPackages, readPackage, addPackage, editPackage, removePackage, listModules,
};
