// The private PostgreSQL of this run: one cluster, and databases cloned from a template that holds the CRM's tables, the
// demo's rows and schema `annex`.
//
// Roles as in production: `crm` owns the tables, `annex_owner` migrates, `annex_app` serves with the rights that
// PRODUCTION_ROLLOUT.md gives it and no others.

import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { binary, migrate } from "./annex.js";
import { outer } from "./folder.js";
import { freePort } from "./port.js";
import { REPOSITORY, inherited } from "./program.js";

const OLDEST = 15;
const TEMPLATE = "annex_browser";
export const CRM_SERVER = path.join(REPOSITORY, "tests/crm/server.js");

function programs() {
  const debian = existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql") : [];
  const newest = debian.filter((version) => Number(version) >= OLDEST).sort((one, other) => Number(other) - Number(one))[0];
  return newest ? `/usr/lib/postgresql/${newest}/bin` : execFileSync("pg_config", ["--bindir"], { encoding: "utf8" }).trim();
}

/** PostgreSQL refuses to run as root. */
function unprivileged() {
  if (process.getuid() !== 0) return {};
  const people = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"));
  const [, , uid, gid] = people.find(([name]) => name === "postgres") ?? people.find(([name]) => name === "nobody");
  return { uid: Number(uid), gid: Number(gid) };
}

export class Cluster {
  #shell;
  #lines;
  #password = randomBytes(16).toString("hex");
  #admin;
  #serial = 0;

  static async start() {
    const cluster = new Cluster();
    // Beside the run's folder: its own shell stops the server first, and then takes the folder away.
    const folder = mkdtempSync(path.join(outer, "annex-browser-postgres-"));
    const user = unprivileged();
    if (user.uid) chownSync(folder, user.uid, user.gid);
    cluster.folder = folder;
    cluster.port = await freePort();
    const script = readFileSync(path.join(REPOSITORY, "tests/src/postgres.sh"), "utf8");
    const args = ["-c", script, "PostgreSQL", folder, programs(), String(cluster.port)];
    cluster.#shell = spawn("/bin/sh", args, { ...user, cwd: folder, env: { ...inherited, LC_ALL: "C" }, stdio: ["pipe", "pipe", "ignore"], detached: true });
    cluster.#lines = createInterface({ input: cluster.#shell.stdout })[Symbol.asyncIterator]();
    await cluster.#ask(`init ${cluster.#password}`);
    await cluster.#ask("start");
    cluster.#admin = await connect(cluster.url("postgres", "postgres"));
    await cluster.#furnish();
    return cluster;
  }

  url(role, database) {
    return `postgres://${role}:${this.#password}@127.0.0.1:${this.port}/${database}`;
  }

  /** A database of its own, with everything that the template holds. */
  async database(label, template = TEMPLATE) {
    const name = `${label}_${(this.#serial += 1)}`;
    await this.#admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    await this.#admin.query(`GRANT CREATE, CONNECT, TEMPORARY ON DATABASE ${name} TO annex_owner, crm`);
    const [url, crmUrl, ownerUrl, runtimeUrl] = ["postgres", "crm", "annex_owner", "annex_app"].map((role) => this.url(role, name));
    return { name, url, crmUrl, ownerUrl, runtimeUrl };
  }

  async stop() {
    await this.#admin?.end();
    this.#shell.stdin.end();
    await once(this.#shell, "close");
  }

  async #ask(command) {
    this.#shell.stdin.write(`${command}\n`);
    const { value = "its shell ended" } = await this.#lines.next();
    if (!value.startsWith("ok")) throw new Error(`PostgreSQL: ${value}`);
  }

  async #furnish() {
    for (const role of ["crm", "annex_owner", "annex_app"]) await this.#admin.query(`CREATE ROLE ${role} LOGIN PASSWORD '${this.#password}'`);
    const database = await this.database("furnished", "template0");
    const superuser = await connect(database.url);
    await superuser.query("ALTER SCHEMA public OWNER TO crm");
    const crm = (command) =>
      execFileSync(process.execPath, [CRM_SERVER, command], { encoding: "utf8", env: { ...inherited, CRM_DATABASE_URL: database.crmUrl, CRM_JWT_SECRET: "seed", CRM_SEED: "demo" } });
    const owner = await connect(database.crmUrl);
    await owner.query(crm("schema"));
    await owner.end();
    await superuser.query(documentedGrants());
    crm("seed");
    migrate(binary(), database);
    await superuser.end();
    await this.#admin.query(`ALTER DATABASE ${database.name} RENAME TO ${TEMPLATE}`);
  }
}

export async function connect(connectionString) {
  const client = new pg.Client({ connectionString });
  // The server goes before its clients do.
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** The block of statements that an operator is told to run. */
function documentedGrants() {
  const document = readFileSync(path.join(REPOSITORY, "PRODUCTION_ROLLOUT.md"), "utf8");
  const from = document.indexOf("GRANT USAGE ON SCHEMA public TO annex;");
  if (from < 0) throw new Error("PRODUCTION_ROLLOUT.md names no grants");
  return document.slice(from, document.indexOf("```", from)).replaceAll(" TO annex;", " TO annex_app;");
}
