// Writes schema.sql from crm-tables.tsv. Run after the contract changed.
"use strict";

const fs = require("node:fs");
const { buildSchema, SCHEMA_SQL } = require("../src/schema");

fs.writeFileSync(SCHEMA_SQL, buildSchema());
