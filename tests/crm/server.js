// Starts the reference CRM, or prints its schema, or seeds it.
//
//   node server.js           serve until SIGTERM; prints {"ready":true,"url":"…"} when it listens
//   node server.js schema    print the whole DDL
//   node server.js seed      write the seed (CRM_SEED, `demo` unless told) and exit
//
// Promises: one process, one line on stdout, a fast and clean end, and the CRM's own fragility: when
// PostgreSQL closes an idle connection the process dies (unless CRM_SURVIVE_DB=1).
"use strict";

const http = require("node:http");
const { createApplication } = require("./src/application");
const { createTables, readSchema } = require("./src/schema");
const { seed } = require("./src/seed");
const { readSettings } = require("./src/settings");
const { openStore } = require("./src/store");
const { installSwitches } = require("./src/switches");

const KEEP_ALIVE_MS = 5000;

async function prepare(settings) {
  for (const name of ["databaseUrl", "jwtSecret"]) {
    if (!settings[name]) throw new Error("CRM_DATABASE_URL and CRM_JWT_SECRET are needed");
  }
  const store = openStore(settings);
  if (settings.schemaInit) await createTables(store);
  await seed(store, settings.seed);
  return store;
}

async function serve(settings) {
  const store = await prepare(settings);
  const switches = installSwitches(settings);
  const app = createApplication({ settings, store, beforeRoutes: switches.beforeRoutes });
  const server = http.createServer(app);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  switches.onServer(server);
  server.listen(settings.listen.port, settings.listen.host, () => {
    const { address, port } = server.address();
    process.stdout.write(`${JSON.stringify({ ready: true, url: `http://${address}:${port}` })}\n`);
  });
  server.on("error", fail);
  endWith(server, store, settings);
}

/** Ends on a signal, or when whoever started us is gone. */
function endWith(server, store, settings) {
  const end = () => {
    server.close();
    server.closeAllConnections();
    store.close().finally(() => process.exit(0));
    setTimeout(() => process.exit(0), 1000).unref();
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  if (settings.exitWithStdin) process.stdin.resume().once("close", end).once("end", end).once("error", end);
}

function fail(error) {
  console.error(error.message || error.code || String(error));
  process.exit(1);
}

async function main(command) {
  if (command === "schema") return process.stdout.write(readSchema());
  const settings = readSettings(process.env);
  if (command === "seed") {
    const store = await prepare({ ...settings, seed: process.env.CRM_SEED ?? "demo" });
    return store.close();
  }
  if (command !== undefined) throw new Error(`unknown command ${command}`);
  return serve(settings);
}

main(process.argv[2]).catch(fail);
