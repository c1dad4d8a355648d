// The guards in front of the routes, in the words of contract/crm-routes.tsv. Promises: they read the
// token's claims and nothing else (no look at the users row), so a re-signed token passes as it claims.
"use strict";

const { HttpError, forbidden } = require("./errors");
const { verify } = require("./tokens");

const PREFIX = "Bearer ";

function auth(req, res, next) {
  const header = req.headers.authorization;
  // Case-sensitive, as observed: "bearer" is no credential.
  if (!header?.startsWith(PREFIX)) throw new HttpError(401, "No token provided");
  try {
    req.claims = verify(header.slice(PREFIX.length), req.app.locals.settings);
  } catch {
    throw new HttpError(401, "Invalid or expired token");
  }
  next();
}

/** The CRM calls this its tenant check; it lets everything through. */
function tenant(req, res, next) {
  next();
}

const admits = (guard, allowed, message) =>
  Object.assign((req, res, next) => {
    if (!allowed(req.claims.userType)) throw forbidden(message);
    next();
  }, { guard });

const agencyAdmin = admits("agency_admin|saas_admin(claim)", (type) => type === "agency_admin" || type === "saas_admin", "Admin access required");
const notCustomer = admits("not-customer(claim)", (type) => type !== "customer", "Access denied");
const saasAdmin = admits("saas_admin(claim)", (type) => type === "saas_admin", "SaaS admin access required");
auth.guard = "auth";
tenant.guard = "tenant(no-op)";

module.exports = {
  PUBLIC: [],
  SIGNED_IN: [auth],
  MEMBER: [auth, tenant],
  STAFF: [auth, tenant, notCustomer],
  ADMIN: [auth, tenant, agencyAdmin],
  PLATFORM: [auth, saasAdmin],
};
