// People of a tenant and their roles. Promises: lists show only users whose own row has the tenant;
// editing asks the caller's users row (not the claims) whether they are an admin; role permissions
// are edited by role id before anything asks whose role it is (a hole of the CRM, kept).
"use strict";

const { HttpError, forbidden, found, missing } = require("../errors");
const { created, mine } = require("../crud");
const { parseNew } = require("../model");
const { hashPassword } = require("../passwords");

const withoutPassword = ({ passwordHash, ...visible }) => visible;

async function requireAdminRow({ store, claims }) {
  const caller = await store.get("users", { id: claims.userId });
  if (!caller?.isAdmin && caller?.userType !== "saas_admin") throw forbidden("Admin access required");
}

async function listUsers(exchange) {
  const users = await exchange.store.find("users", mine(exchange), "created_at");
  return users.map(({ id, email, firstName, lastName, userType, isAdmin, isActive, profileImageUrl, jobTitle }) =>
    ({ id, email, firstName, lastName, userType, isAdmin, isActive, profileImageUrl, jobTitle }));
}

async function listMembers(exchange) {
  const users = await exchange.store.find("users", mine(exchange), "created_at");
  const roles = await exchange.store.find("roles", {});
  return users.map((user) => ({
    ...withoutPassword(user),
    role: roles.find((role) => role.id === user.roleId) ?? null,
  }));
}

async function addMember({ store, claims, body }) {
  const { password, permissions, ...rest } = body ?? {};
  if (typeof password !== "string" || password === "") throw missing("password");
  const values = parseNew("users", rest, { tenantId: claims.tenantId, passwordHash: await hashPassword(password) });
  if (await store.get("users", { email: values.email })) throw new HttpError(400, "User already exists");
  if (Array.isArray(permissions) && !values.roleId) {
    const role = await store.insert("roles", { tenantId: claims.tenantId, name: `${values.firstName} ${values.lastName}`, permissions });
    values.roleId = role.id;
  }
  return created(withoutPassword(await store.insert("users", values)));
}

const EDITABLE = ["firstName", "lastName", "email", "phone", "jobTitle", "roleId", "userType", "isAdmin", "isActive",
  "employeeCode", "address", "designation", "department"];

async function editMember(exchange) {
  const { store, params, body, claims } = exchange;
  await requireAdminRow(exchange);
  if (body?.roleId && Array.isArray(body.permissions)) {
    await store.update("roles", { permissions: body.permissions }, { id: body.roleId });
  }
  const inTenant = { id: params.id, tenantId: claims.tenantId };
  found(await store.get("users", inTenant), "Team member");
  const changes = Object.fromEntries(EDITABLE.filter((key) => body?.[key] !== undefined).map((key) => [key, body[key]]));
  if (typeof body?.password === "string" && body.password !== "") changes.passwordHash = await hashPassword(body.password);
  return withoutPassword(await store.update("users", changes, inTenant));
}

async function removeMember(exchange) {
  const { store, params, claims } = exchange;
  await requireAdminRow(exchange);
  if (params.id === claims.userId) throw new HttpError(400, "Cannot remove yourself");
  found(await store.remove("users", { id: params.id, tenantId: claims.tenantId }), "Team member");
  return { message: "Team member removed successfully" };
}

async function memberDetails({ store, params, claims }) {
  const { id } = params;
  const { tenantId } = claims;
  const user = found(await store.get("users", { id, tenantId }), "Team member");
  const [role, tasks, deals, customers, activities] = await Promise.all([
    user.roleId ? store.get("roles", { id: user.roleId }) : null,
    store.find("tasks", { tenantId, assignedTo: id }, "created_at DESC"),
    store.find("deals", { tenantId, ownerId: id }, "created_at DESC"),
    store.find("customers", { tenantId, ownerId: id }, "created_at DESC"),
    store.query("SELECT * FROM activities WHERE tenant_id = $1 AND user_id = $2 ORDER BY created_at DESC LIMIT 20", [tenantId, id]),
  ]);
  const completedTasks = tasks.filter((task) => task.status === "completed").length;
  return {
    ...withoutPassword(user), role, tasks, deals, customers, activities,
    stats: { totalTasks: tasks.length, completedTasks, totalDeals: deals.length, totalCustomers: customers.length },
  };
}

const listRoles = ({ store, claims }) =>
  store.query("SELECT * FROM roles WHERE tenant_id = $1 OR tenant_id IS NULL ORDER BY created_at", [claims.tenantId]);

async function addRole(exchange) {
  const { store, body, claims } = exchange;
  await requireAdminRow(exchange);
  return created(await store.insert("roles", parseNew("roles", body, { tenantId: claims.tenantId })));
}

module.exports = { listUsers, listMembers, addMember, editMember, removeMember, memberDetails, listRoles, addRole };
