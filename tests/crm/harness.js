// What the tests share: a CRM process of their own, calls to it, tokens signed at will, the contract.
// Promises: the process ends with the test, even when the test dies (it watches its stdin).
"use strict";

const { spawn } = require("node:child_process");
const { randomUUID } = require("node:crypto");
const { once } = require("node:events");
const fs = require("node:fs");
const http = require("node:http");
const os = require("node:os");
const path = require("node:path");
const readline = require("node:readline");
const jwt = require("jsonwebtoken");
const pg = require("pg");

const DATABASE_URL = process.env.CRM_TEST_DATABASE_URL;
const JWT_SECRET = "secret-of-the-tests";
if (!DATABASE_URL) throw new Error("CRM_TEST_DATABASE_URL must name an empty database that the tests may fill");

/** Starts a CRM; resolves when it listens. */
async function startCrm(env = {}) {
  const child = spawn(process.execPath, [path.join(__dirname, "server.js")], {
    env: {
      PATH: process.env.PATH, CRM_LISTEN: "127.0.0.1:0", CRM_DATABASE_URL: DATABASE_URL, CRM_JWT_SECRET: JWT_SECRET,
      CRM_SCHEMA_INIT: "1", CRM_SEED: "demo", CRM_EXIT_WITH_STDIN: "1", CRM_UPLOADS: fs.mkdtempSync(path.join(os.tmpdir(), "crm-uploads-")), ...env,
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (text) => { stderr += text; });
  const exited = new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
  const { value: line } = await readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (line === undefined) {
    await exited;
    throw new Error(`the CRM did not start: ${stderr}`);
  }
  const { url } = JSON.parse(line);
  const stop = () => {
    child.kill("SIGTERM");
    return exited;
  };
  /** Waits until the process has said it. */
  const says = async (words) => {
    while (!stderr.includes(words)) await once(child.stderr, "data", { signal: AbortSignal.timeout(30000) });
  };
  return { url, child, exited, stop, says, ...callsTo(url) };
}

function callsTo(url) {
  const call = async (method, target, { token, body, headers = {} } = {}) => {
    const response = await fetch(url + target, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body !== undefined && typeof body !== "string" ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") && text !== "";
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  };
  /** Registers an agency; the answer of /register with the e-mail used. */
  const register = async (companyName = "Test agency") => {
    const email = `${randomUUID()}@agency.test`;
    const { status, body } = await call("POST", "/api/auth/register", {
      body: { email, password: "pass-word-1", firstName: "Test", lastName: "Owner", companyName },
    });
    if (status !== 200) throw new Error(`register answered ${status}`);
    return { ...body, email, token: body.accessToken, tenantId: body.user.tenantId, userId: body.user.id };
  };
  return { call, register };
}

/** A request with nothing added or decoded: status, headers, raw body; `broken` if it was cut off. */
function raw(url, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent: false }, (response) => {
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      const settle = (broken) => () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces), broken });
      response.on("end", settle(false));
      response.on("error", settle(true));
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** A token with the claims of `who`, some of them replaced: what a proxy with the secret can do. */
function resign({ token }, changes) {
  const { iat, exp, ...claims } = jwt.decode(token);
  return jwt.sign({ ...claims, ...changes }, JWT_SECRET, { algorithm: "HS256", expiresIn: 900 });
}

/** Every row of a contract TSV as an object. */
function readContract(name) {
  const [head, ...lines] = fs.readFileSync(path.join(__dirname, "contract", name), "utf8").replace(/\n$/, "").split("\n");
  const keys = head.split("\t");
  return lines.map((line) => Object.fromEntries(line.split("\t").map((value, index) => [keys[index], value])));
}

async function query(sql, values) {
  const client = new pg.Client({ connectionString: DATABASE_URL });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

module.exports = { startCrm, raw, resign, readContract, query, JWT_SECRET };
