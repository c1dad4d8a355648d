// The schema: schema.sql, made from contract/crm-tables.tsv. Promises: the columns, types, defaults and
// references of the contract plus the unique constraints it names; tables only, in an order in which
// every reference finds its table.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { TABLES } = require("./model");

const SCHEMA_SQL = path.join(__dirname, "..", "schema.sql");
const UNIQUE = new Set(["users.email", "modules.name", "company_profiles.tenant_id"]);

const readSchema = () => fs.readFileSync(SCHEMA_SQL, "utf8");

const SCHEMA_LOCK = 7_310_000;

/** Creates what is missing; nobody else's table is looked at. Two processes starting at once take turns. */
const createTables = (store) => store.script(`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK});\n${readSchema()}`);

function buildSchema(tables = TABLES) {
  const header = "-- The CRM's tables, generated from contract/crm-tables.tsv by `node contract/build-schema.js`.\n";
  return `${header}${inReferenceOrder(tables).map((table) => createTable(table, tables.get(table))).join("\n")}`;
}

function createTable(table, columns) {
  const lines = [...columns.values()].map((one) => `  ${columnSql(table, one)}`);
  return `\nCREATE TABLE IF NOT EXISTS public.${table} (\n${lines.join(",\n")}\n);\n`;
}

function columnSql(table, { column, type, nullable, default: fallback, references }) {
  const parts = [column, type];
  if (column === "id") parts.push("PRIMARY KEY");
  else if (!nullable) parts.push("NOT NULL");
  if (fallback) parts.push(`DEFAULT ${fallback}`);
  if (UNIQUE.has(`${table}.${column}`)) parts.push("UNIQUE");
  if (references) {
    const [, target, action] = references.match(/^(\w+\(\w+\)) (.+)$/);
    parts.push(`REFERENCES public.${target} ON DELETE ${action}`);
  }
  return parts.join(" ");
}

function inReferenceOrder(tables) {
  const ordered = [];
  const visit = (table) => {
    if (ordered.includes(table)) return;
    for (const { references } of tables.get(table).values()) {
      const target = references?.split("(")[0];
      if (target && target !== table) visit(target);
    }
    ordered.push(table);
  };
  [...tables.keys()].forEach(visit);
  return ordered;
}

module.exports = { readSchema, createTables, buildSchema, SCHEMA_SQL };
