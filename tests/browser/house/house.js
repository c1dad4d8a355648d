// A house: the CRM on a database of its own, Redis, Annex in front, and a relay in front of that.
//
// Promise: `openHouse` returns when it is ready. People come from the CRM, the flag from the command `annex flag`.

import { mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { ADMIN_TOKEN, SECRETS, binary, command } from "./annex.js";
import { inner } from "./folder.js";
import { Front } from "./front.js";
import { freePort } from "./port.js";
import { CRM_SERVER, connect } from "./postgres.js";
import { Program } from "./program.js";
import { until } from "./until.js";

export async function openHouse(cluster, label, { crm = {}, annex = {} } = {}) {
  const house = new House();
  await house.open(cluster, label, crm, annex);
  return house;
}

class House {
  #programs = [];
  #environment;
  #sql;

  async open(cluster, label, crm, annex) {
    const database = await cluster.database(label);
    this.#sql = await connect(database.url);
    const [crmPort, annexPort, adminPort, redisPort] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    this.crmUrl = `http://127.0.0.1:${crmPort}`;
    this.annexUrl = `http://127.0.0.1:${annexPort}`;
    this.adminUrl = `http://127.0.0.1:${adminPort}`;
    this.front = await Front.open(this.annexUrl);
    this.url = this.front.url;
    const folder = inner(label);
    this.mails = path.join(folder, "mails");
    mkdirSync(this.mails, { recursive: true });
    this.#environment = {
      ...SECRETS, ANNEX_ADMIN_TOKEN: ADMIN_TOKEN,
      ANNEX_LISTEN: `127.0.0.1:${annexPort}`, ANNEX_ADMIN_LISTEN: `127.0.0.1:${adminPort}`, ANNEX_UPSTREAM: this.crmUrl,
      ANNEX_DATABASE_URL: database.runtimeUrl, ANNEX_MIGRATE_DATABASE_URL: database.ownerUrl, ANNEX_REDIS_URL: `redis://127.0.0.1:${redisPort}`,
      ANNEX_RUN_DIR: folder, ANNEX_PUBLIC_URL: this.url, ANNEX_MAIL_TRANSPORT: "file", ANNEX_MAIL_FOLDER: this.mails, ANNEX_MAIL_FROM: "The CRM <crm@house.test>",
      // On a busy machine a late answer is no outage.
      ANNEX_DATABASE_STATEMENT_TIMEOUT_MS: "20000", ANNEX_DATABASE_CONNECT_TIMEOUT_MS: "10000", ANNEX_REDIS_TIMEOUT_MS: "1000",
      ...annex,
    };
    const start = async (name, program, args, environment) => {
      const started = await Program.start({ name: `${label}: ${name}`, program, args, environment, folder: path.join(folder, name) });
      this.#programs.push(started);
      return started;
    };
    const redis = start("redis", "redis-server", ["--port", String(redisPort), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
    const crmEnvironment = {
      CRM_LISTEN: `127.0.0.1:${crmPort}`, CRM_DATABASE_URL: database.crmUrl, CRM_JWT_SECRET: SECRETS.ANNEX_CRM_JWT_SECRET, CRM_SEED: "none", CRM_TEST_ROUTES: "1",
      CRM_UPLOADS: path.join(folder, "uploads"), ...crm,
    };
    const server = await start("crm", process.execPath, [CRM_SERVER], crmEnvironment);
    await until("the CRM listens", () => server.log().includes('"ready":true'));
    await redis;
    await start("annex", binary(), ["serve"], this.#environment);
    await until("Annex is ready", () => this.#isReady());
  }

  async #isReady() {
    const dead = this.#programs.find((one) => !one.isRunning);
    if (dead) throw new Error(`${dead.name} ended: ${dead.tail()}`);
    const ready = await fetch(`${this.adminUrl}/readyz`);
    return ready.ok && (await fetch(`${this.annexUrl}/favicon.svg`)).ok;
  }

  /** The rows of a statement, as the superuser. */
  async sql(text, values = []) {
    return (await this.#sql.query(text, values)).rows;
  }

  /** Runs a command of the binary with the configuration of this house. */
  annex(...args) {
    return command(args, this.#environment);
  }

  /** Turns the flag of one tenant, by the command that operators use, and waits until `person` is told so. */
  async flag(value, person) {
    await this.annex("flag", "set", value, "--tenant", person.tenantId, "--description", "Pilot");
    await this.hears(person, value === "on");
  }

  /** Until Annex knows whether the person has the feature. */
  async hears(person, isOn) {
    await until(`the flag is ${isOn ? "on" : "off"}`, async () => {
      const { status, body } = await this.call("GET", "/api/features", { token: person.token });
      if (status === 401) person.token = (await this.call("POST", "/api/auth/login", { at: this.crmUrl, body: { email: person.email, password: person.password } })).body.accessToken;
      return body?.multi_workspace_enabled === isOn;
    });
  }

  /** Calls as a program would; straight to the CRM with `at: house.crmUrl`. */
  async call(method, target, { token, body, headers = {}, at = this.annexUrl } = {}) {
    const answer = await fetch(at + target, {
      method,
      headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.includes("json") && text !== "";
    return { status: answer.status, headers: answer.headers, text, body: isJson ? JSON.parse(text) : undefined };
  }

  /** The newest mail to `address` that says `about`, decoded; waits for it. */
  mailTo(address, about = "") {
    return until(`a mail to ${address}`, () => {
      // Their names say nothing of when they came.
      const files = readdirSync(this.mails).filter((name) => name.endsWith(".eml")).map((name) => path.join(this.mails, name));
      const inOrder = files.map((file) => [statSync(file).mtimeMs, file]).sort(([one], [other]) => one - other);
      const texts = inOrder.map(([, file]) => readFileSync(file, "utf8"));
      const theirs = texts.filter((text) => text.includes(`To: ${address}`) || text.includes(`<${address}>`)).map(decode);
      return theirs.findLast((text) => text.includes(about));
    });
  }

  tails() {
    return this.#programs.map((one) => one.tail()).join("\n");
  }

  async stop() {
    await this.#sql.end();
    await this.front.close();
    await Promise.all(this.#programs.map((one) => one.stop()));
  }
}

/** Quoted-printable, as far as mails of ours use it. */
function decode(text) {
  return text.replace(/=\r?\n/g, "").replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
}
