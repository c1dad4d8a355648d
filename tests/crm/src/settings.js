// Everything the environment decides, read once. Promises: what is not named here has no influence;
// every switch is off by default, so the bare process is the CRM as observed.
"use strict";

const path = require("node:path");

function readSettings(env) {
  return {
    listen: parseListen(env.CRM_LISTEN ?? "127.0.0.1:0"),
    databaseUrl: env.CRM_DATABASE_URL,
    jwtSecret: env.CRM_JWT_SECRET,
    seed: oneOf(env, "CRM_SEED", ["none", "catalogue", "demo"]),
    schemaInit: env.CRM_SCHEMA_INIT === "1",
    exitWithStdin: env.CRM_EXIT_WITH_STDIN === "1",
    surviveDatabase: env.CRM_SURVIVE_DB === "1",
    uploads: env.CRM_UPLOADS ?? path.join(__dirname, "..", "uploads"),
    accessTokenSeconds: Number(env.CRM_ACCESS_TOKEN_SECONDS ?? 15 * 60),
    testRoutes: env.CRM_TEST_ROUTES === "1",
    recordFile: env.CRM_RECORD || null,
    // Read per request, because /__test/switches may change them while the process runs.
    switches: {
      compress: oneOf(env, "CRM_COMPRESS", ["", "gzip", "br"]),
      chunked: env.CRM_CHUNKED === "1",
      csp: oneOf(env, "CRM_CSP", ["", "nonce", "strict", "sealed", "meta", "meta-sealed"]),
    },
  };
}

function parseListen(text) {
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}

function oneOf(env, name, allowed) {
  const value = env[name] ?? allowed[0];
  if (!allowed.includes(value)) throw new Error(`${name} must be one of ${allowed.map((a) => a || "(empty)").join(", ")}`);
  return value;
}

module.exports = { readSettings };
