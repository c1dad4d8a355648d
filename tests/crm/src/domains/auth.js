// Registration, sign-in, refresh, sign-out and "who am I". Promises: the shapes and messages of the
// contract; `me` and `adminCheck` tell the users row, whatever the claims say.
"use strict";

const { HttpError, found } = require("../errors");
const { accessTokenFor, issueRefreshToken, verify } = require("../tokens");
const { hashPassword, passwordMatches } = require("../passwords");

const ALL_PERMISSIONS = ["contacts", "customers", "deals", "tasks", "products", "quotations", "invoices", "proposals", "email", "reports", "team", "settings"]
  .flatMap((module) => [`${module}.view`, `${module}.edit`]);

const isText = (value) => typeof value === "string" && value.length > 0;

async function register({ store, settings, body }) {
  const { email, password, firstName, lastName, companyName } = body ?? {};
  if (![email, password, firstName, lastName, companyName].every(isText)) {
    throw new HttpError(400, "All fields are required");
  }
  if (await store.get("users", { email })) throw new HttpError(400, "User already exists");

  const passwordHash = await hashPassword(password);
  return store.transaction(async (tx) => {
    const tenant = await tx.insert("tenants", { name: companyName });
    const role = await tx.insert("roles", { tenantId: tenant.id, name: "Admin", permissions: ALL_PERMISSIONS });
    const user = await tx.insert("users", {
      tenantId: tenant.id, email, passwordHash, firstName, lastName,
      roleId: role.id, userType: "agency_admin", isAdmin: true,
    });
    await tx.query("INSERT INTO tenant_modules (tenant_id, module_id) SELECT $1, id FROM modules", [tenant.id]);
    return {
      accessToken: accessTokenFor(user, settings),
      refreshToken: await issueRefreshToken(tx, user, settings),
      user: { id: user.id, email, firstName, lastName, tenantId: tenant.id },
    };
  });
}

async function login({ store, settings, body }) {
  const { email, password } = body ?? {};
  const refusal = new HttpError(401, "Invalid credentials");
  if (!isText(email) || !isText(password)) throw refusal;
  const user = await store.get("users", { email });
  if (!user || !(await passwordMatches(password, user.passwordHash))) throw refusal;
  return {
    accessToken: accessTokenFor(user, settings),
    refreshToken: await issueRefreshToken(store, user, settings),
    user: {
      id: user.id,
      email: user.email,
      firstName: user.firstName,
      lastName: user.lastName,
      tenantId: user.tenantId,
      userType: user.userType,
      isAdmin: user.isAdmin,
      profileImageUrl: user.profileImageUrl,
    },
  };
}

async function refresh({ store, settings, body }) {
  const refreshToken = body?.refreshToken;
  if (!isText(refreshToken)) throw new HttpError(401, "Refresh token required");
  const refusal = new HttpError(401, "Invalid refresh token");
  const claims = claimsOrNull(refreshToken, settings);
  const standing = await store.one(
    "SELECT * FROM auth_tokens WHERE refresh_token = $1 AND expires_at > now() LIMIT 1", [refreshToken]);
  if (!claims || !standing) throw refusal;
  const user = await store.get("users", { id: claims.userId });
  if (!user) throw refusal;
  return { accessToken: accessTokenFor(user, settings) };
}

function claimsOrNull(token, settings) {
  try {
    return verify(token, settings);
  } catch {
    return null;
  }
}

async function logout({ store, body }) {
  if (isText(body?.refreshToken)) {
    await store.query("DELETE FROM auth_tokens WHERE refresh_token = $1", [body.refreshToken]);
  }
  return { message: "Logged out successfully" };
}

async function me({ store, claims }) {
  const user = found(await store.get("users", { id: claims.userId }), "User");
  const role = user.roleId ? await store.get("roles", { id: user.roleId }) : null;
  const { passwordHash, ...visible } = user;
  return { ...visible, permissions: role?.permissions ?? [], roleName: role?.name ?? null };
}

async function adminCheck({ store, claims }) {
  const user = found(await store.get("users", { id: claims.userId }), "User");
  return { isAdmin: user.isAdmin, userType: user.userType };
}

module.exports = { register, login, refresh, logout, me, adminCheck, ALL_PERMISSIONS };
