// The model: every table and column of the CRM, read once from contract/crm-tables.tsv.
// Promises: rows leave as camelCase of the columns, keys that are no column are dropped,
// and `parseNew` answers "Invalid data" the way the CRM's schema validation does.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { InvalidData } = require("./errors");

const TABLES_TSV = path.join(__dirname, "..", "contract", "crm-tables.tsv");
const SET_BY_DATABASE = new Set(["id", "createdAt", "updatedAt"]);

const toCamel = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());

/** Reads the TSV into `Map(table → Map(key → {column, type, required, nullable, default, references}))`. */
function readTables(file = TABLES_TSV) {
  const tables = new Map();
  const [, ...lines] = fs.readFileSync(file, "utf8").replace(/\n$/, "").split("\n");
  for (const line of lines) {
    const [table, column, type, nullability, fallback, references] = line.split("\t");
    if (!tables.has(table)) tables.set(table, new Map());
    const nullable = nullability !== "not null";
    tables.get(table).set(toCamel(column), {
      column,
      type,
      nullable,
      required: !nullable && !fallback,
      default: fallback || null,
      references: references || null,
    });
  }
  return tables;
}

const TABLES = readTables();

function columnsOf(table) {
  const columns = TABLES.get(table);
  if (!columns) throw new Error(`no table ${table} in the contract`);
  return columns;
}

/** The JavaScript value that PostgreSQL should get for one column. */
function toColumnValue({ type }, value) {
  if (value === null) return null;
  if (type.startsWith("timestamp") && !(value instanceof Date)) {
    const moment = new Date(value);
    return Number.isNaN(moment.getTime()) ? value : moment;
  }
  if (type === "text" && typeof value === "object") return JSON.stringify(value);
  return value;
}

const CHECKS = {
  "character varying": ["string", (v) => typeof v === "string"],
  text: ["string", (v) => typeof v === "string"],
  numeric: ["string", (v) => typeof v === "string"],
  boolean: ["boolean", (v) => typeof v === "boolean"],
  integer: ["number", (v) => Number.isInteger(v)],
  "text[]": ["array", (v) => Array.isArray(v) && v.every((one) => typeof one === "string")],
  "timestamp without time zone": ["date", (v) => !Number.isNaN(new Date(v).getTime())],
};

const nameOfType = (value) =>
  value === undefined ? "undefined" : value === null ? "null" : Array.isArray(value) ? "array" : typeof value;

function complaintAbout(key, column, value, alsoRequired) {
  const required = column.required || alsoRequired.includes(key);
  if (value === undefined && !required) return null;
  if (value === null && column.nullable && !alsoRequired.includes(key)) return null;
  const [expected, fits] = CHECKS[column.type];
  if (value !== undefined && value !== null && fits(value)) return null;
  const received = nameOfType(value);
  const message = value === undefined ? "Required" : `Expected ${expected}, received ${received}`;
  return { code: "invalid_type", expected, received, path: [key], message };
}

/**
 * The values of a new row: `body` checked against the columns, then `stamped` (what the server
 * decides: tenant, author) put over it. Throws InvalidData with one entry per faulty key.
 */
function parseNew(table, body, stamped = {}, alsoRequired = []) {
  const errors = [];
  const values = {};
  for (const [key, column] of columnsOf(table)) {
    if (SET_BY_DATABASE.has(key) || key in stamped) continue;
    const value = body?.[key];
    const complaint = complaintAbout(key, column, value, alsoRequired);
    if (complaint) errors.push(complaint);
    else if (value !== undefined) values[key] = value;
  }
  if (errors.length > 0) throw new InvalidData(errors);
  return { ...values, ...stamped };
}

module.exports = { TABLES, readTables, columnsOf, toCamel, toColumnValue, parseNew };
