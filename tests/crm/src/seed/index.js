// Seeding. Promises: idempotent (what stands is left alone) and all or nothing, so that two processes
// starting at once or one that dies half-way leave no half-filled agency.
"use strict";

const { seedCatalogue } = require("./catalogue");
const { seedAgency, seedPlatform } = require("./demo");
const { AURORA, BOREALIS } = require("./agencies");

const SEED_LOCK = 7_310_001;

async function seed(store, kind) {
  if (kind === "none") return;
  await store.transaction(async (tx) => {
    await tx.query("SELECT pg_advisory_xact_lock($1)", [SEED_LOCK]);
    // Handlers open transactions of their own; in here they join the one that is open.
    const joined = { ...tx, transaction: (work) => work(joined) };
    await seedCatalogue(joined);
    if (kind !== "demo") return;
    await seedPlatform(joined);
    await seedAgency(joined, AURORA);
    await seedAgency(joined, BOREALIS);
  });
}

module.exports = { seed };
