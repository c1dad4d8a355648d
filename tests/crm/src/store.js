// The CRM's way to its rows: one pool, plain SQL, and five verbs over the tables of the model.
// Promises: camelCase rows out, camelCase values in, parameters always bound. Deliberately absent:
// any idea of a tenant (the caller puts it into `where` or forgets it, as the CRM does), and an
// 'error' listener on the pool (see `openStore`).
"use strict";

const pg = require("pg");
const { columnsOf, toCamel, toColumnValue } = require("./model");

const TIMESTAMP = 1114;
pg.types.setTypeParser(TIMESTAMP, (text) => new Date(`${text.replace(" ", "T")}Z`));
pg.defaults.parseInputDatesAsUTC = true;

function openStore(settings) {
  const pool = new pg.Pool({
    connectionString: settings.databaseUrl,
    max: 10,
    // Statements and `now()` mean UTC whatever the server's time zone is.
    options: "-c TimeZone=UTC",
  });
  // The CRM has no such listener: an idle connection closed by PostgreSQL ends its process.
  if (settings.surviveDatabase) pool.on("error", (error) => console.error(`idle connection lost: ${error.message}`));
  return { ...verbs(pool), script: (sql) => pool.query(sql), transaction: (work) => inTransaction(pool, work), close: () => pool.end() };
}

async function inTransaction(pool, work) {
  const client = await pool.connect();
  // A checked-out client that loses its connection reports through the failing query instead.
  const ignore = () => {};
  client.on("error", ignore);
  try {
    await client.query("BEGIN");
    const result = await work(verbs({ query: oneAfterAnother(client) }));
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(ignore);
    throw error;
  } finally {
    client.off("error", ignore);
    client.release();
  }
}

/** Handlers read in parallel; a connection answers one query at a time. */
function oneAfterAnother(client) {
  let last = Promise.resolve();
  return (sql, values) => {
    const answer = last.then(() => client.query(sql, values));
    last = answer.catch(() => {});
    return answer;
  };
}

function verbs(connection) {
  const query = async (sql, values = []) => {
    const { rows } = await connection.query(sql, values);
    return rows.map(toRow);
  };
  const one = async (sql, values) => (await query(sql, values))[0] ?? null;
  return {
    query,
    one,
    find: (table, where, order) => query(selectSql(table, where, order), Object.values(where)),
    get: (table, where) => one(selectSql(table, where), Object.values(where)),
    insert: (table, values) => insert(one, table, values),
    update: (table, values, where) => update(one, table, values, where),
    remove: (table, where) =>
      one(`DELETE FROM ${table} WHERE ${conditions(table, where)} RETURNING *`, Object.values(where)),
  };
}

function selectSql(table, where, order) {
  const filter = Object.keys(where).length > 0 ? ` WHERE ${conditions(table, where)}` : "";
  return `SELECT * FROM ${table}${filter}${order ? ` ORDER BY ${order}` : ""}`;
}

function insert(one, table, values) {
  const { names, bound } = assignments(table, values);
  const places = bound.map((_, index) => `$${index + 1}`);
  return one(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${places.join(", ")}) RETURNING *`, bound);
}

function update(one, table, values, where) {
  const stamped = columnsOf(table).has("updatedAt") ? { ...values, updatedAt: new Date() } : values;
  const { names, bound } = assignments(table, stamped);
  if (names.length === 0) return one(selectSql(table, where), Object.values(where));
  const set = names.map((name, index) => `${name} = $${index + 1}`).join(", ");
  const filter = conditions(table, where, names.length);
  return one(`UPDATE ${table} SET ${set} WHERE ${filter} RETURNING *`, [...bound, ...Object.values(where)]);
}

/** Known keys only: this is the CRM's whole defence against a strange body. */
function assignments(table, values) {
  const known = [...columnsOf(table)].filter(([key]) => values?.[key] !== undefined);
  return {
    names: known.map(([, { column }]) => column),
    bound: known.map(([key, column]) => toColumnValue(column, values[key])),
  };
}

function conditions(table, where, offset = 0) {
  const columns = columnsOf(table);
  return Object.keys(where)
    .map((key, index) => `${columns.get(key).column} = $${offset + index + 1}`)
    .join(" AND ");
}

const toRow = (row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [toCamel(name), value]));

module.exports = { openStore };
