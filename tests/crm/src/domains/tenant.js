// What a tenant is made of: its company profile, its modules, its package. Promises: the profile and
// the lists follow the token's tenant; a module row is switched by its id alone (a hole, kept).
"use strict";

const { found } = require("../errors");
const { mine } = require("../crud");
const { parseNew } = require("../model");

async function readCompanyProfile(exchange) {
  const { store, claims } = exchange;
  const profile = await store.get("company_profiles", mine(exchange));
  if (profile) return profile;
  // Nobody filled it in yet: the tenant's name and the column defaults stand for it, unsaved.
  const tenant = found(await store.get("tenants", { id: claims.tenantId }), "Tenant");
  return { id: null, tenantId: tenant.id, companyName: tenant.name, currency: "USD", defaultPaymentTerms: "net30", invoicePrefix: "INV", quotePrefix: "QT" };
}

async function writeCompanyProfile(exchange) {
  const { store, body, claims } = exchange;
  const updated = await store.update("company_profiles", body, mine(exchange));
  if (updated) return updated;
  const first = parseNew("company_profiles", body, { tenantId: claims.tenantId });
  // Two first writes at once: the later one finds the row that the earlier one made.
  return store.insert("company_profiles", first).catch((error) => {
    if (error.code !== "23505") throw error;
    return store.update("company_profiles", body, mine(exchange));
  });
}

async function listModules(exchange) {
  const { store } = exchange;
  const [rows, modules] = await Promise.all([store.find("tenant_modules", mine(exchange), "enabled_at, id"), store.find("modules", {}, "name")]);
  const place = ({ moduleId }) => modules.findIndex((module) => module.id === moduleId);
  return rows.sort((a, b) => place(a) - place(b)).map((row) => ({ ...row, module: modules[place(row)] }));
}

const switchModule = async ({ store, params, body }) =>
  found(await store.update("tenant_modules", { isEnabled: body?.isEnabled }, { id: params.id }), "Module");

async function readPackage({ store, claims }) {
  const tenant = found(await store.get("tenants", { id: claims.tenantId }), "Tenant");
  if (!tenant.packageId) return null;
  return withModules(store, await store.get("packages", { id: tenant.packageId }));
}

async function withModules(store, packageRow) {
  if (!packageRow) return null;
  const modules = await store.query(
    "SELECT m.* FROM modules m JOIN package_modules pm ON pm.module_id = m.id WHERE pm.package_id = $1 ORDER BY m.name",
    [packageRow.id]);
  return { ...packageRow, modules };
}

async function listPublicPackages({ store }) {
  const packages = await store.find("packages", { isActive: true }, "sort_order, created_at");
  return Promise.all(packages.map((one) => withModules(store, one)));
}

module.exports = {
  readCompanyProfile, writeCompanyProfile, listModules, switchModule, readPackage, withModules, listPublicPackages,
};
