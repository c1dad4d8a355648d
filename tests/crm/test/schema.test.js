// The database against contract/crm-tables.tsv: every column, type, default, reference, and nothing more.
"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { after, before, test } = require("node:test");
const { buildSchema, SCHEMA_SQL } = require("../src/schema");
const { query, readContract, startCrm } = require("../harness");

let crm;
before(async () => { crm = await startCrm(); });
after(() => crm.stop());

const ACTIONS = { a: "NO ACTION", c: "CASCADE", n: "SET NULL", r: "RESTRICT", d: "SET DEFAULT" };

test("information_schema equals the contract", async () => {
  const columns = await query(
    `SELECT c.table_name, c.column_name, c.ordinal_position,
            CASE WHEN c.data_type = 'ARRAY' THEN 'text[]' ELSE c.data_type END AS type,
            c.is_nullable, c.column_default
     FROM information_schema.columns c WHERE c.table_schema = 'public'
     ORDER BY c.table_name COLLATE "C", c.ordinal_position`);
  const references = await query(
    `SELECT con.conrelid::regclass::text AS table_name, a.attname AS column_name,
            con.confrelid::regclass::text || '(' || fa.attname || ')' AS target, con.confdeltype AS action
     FROM pg_constraint con
     JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = con.conkey[1]
     JOIN pg_attribute fa ON fa.attrelid = con.confrelid AND fa.attnum = con.confkey[1]
     WHERE con.contype = 'f' AND con.connamespace = 'public'::regnamespace`);
  const referenceOf = ({ table_name, column_name }) => {
    const one = references.find((row) => row.table_name === table_name && row.column_name === column_name);
    return one ? `${one.target} ${ACTIONS[one.action]}` : "";
  };
  const actual = columns.map((row) => ({
    table: row.table_name, column: row.column_name, type: row.type,
    null: row.is_nullable === "NO" ? "not null" : "", default: row.column_default ?? "", references: referenceOf(row),
  }));
  const line = (row) => Object.values(row).join(" | ");
  const expected = readContract("crm-tables.tsv").map(line);
  assert.deepEqual(actual.map(line).filter((one) => !expected.includes(one)), [], "in the database only");
  assert.deepEqual(actual.map(line), expected);
  assert.equal(new Set(actual.map(({ table }) => table)).size, 50);
});

test("unique are the ids and what the contract names", async () => {
  const rows = await query(
    `SELECT con.conrelid::regclass::text || '.' || a.attname AS place FROM pg_constraint con
     JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = con.conkey[1]
     WHERE con.contype = 'u' AND con.connamespace = 'public'::regnamespace ORDER BY 1`);
  assert.deepEqual(rows.map(({ place }) => place), ["company_profiles.tenant_id", "modules.name", "users.email"]);
});

test("schema.sql is what the contract gives, and the sub-command prints it", () => {
  const checkedIn = fs.readFileSync(SCHEMA_SQL, "utf8");
  assert.equal(checkedIn, buildSchema());
  assert.equal(execFileSync(process.execPath, [path.join(__dirname, "..", "server.js"), "schema"], { encoding: "utf8" }), checkedIn);
});

test("seeding twice changes nothing, and ids are v4 UUIDs", async () => {
  const tables = [...new Set(readContract("crm-tables.tsv").map(({ table }) => table))];
  const count = async () => (await query("SELECT count(*) FROM users WHERE email LIKE '%@aurora.test' OR email LIKE '%@borealis.test' OR email = 'saas@nexus.test'"))[0].count;
  assert.equal(await count(), "5");
  const second = await startCrm();
  await second.stop();
  assert.equal(await count(), "5");
  for (const table of tables) {
    const [{ strange }] = await query(`SELECT count(*) AS strange FROM ${table} WHERE id !~ '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'`);
    assert.equal(strange, "0", table);
  }
});
