// Facts of the server that a proxy can get wrong: unknown paths, ETags, ranges, limits, routing, the way
// the process lives and dies.
"use strict";

const assert = require("node:assert/strict");
const { once } = require("node:events");
const http = require("node:http");
const net = require("node:net");
const { after, before, test } = require("node:test");
const { setTimeout } = require("node:timers/promises");
const { query, raw, startCrm } = require("../harness");

let crm;
let owner;
before(async () => {
  crm = await startCrm();
  owner = await crm.register("Server Ltd");
});
after(() => crm.stop());

const get = (target, headers = {}) => crm.call("GET", target, { token: owner.token, headers });

/** Not by fetch: it adds `Cache-Control: no-cache` to conditional requests, and Express then never says 304. */
const getUnless = (target, etag) => raw(crm.url + target, { headers: { authorization: `Bearer ${owner.token}`, "if-none-match": etag } });

test("every unknown path, whatever the method, is 200 with the page", async () => {
  for (const [method, target] of [["GET", "/nowhere"], ["GET", "/api/anything"], ["POST", "/api/anything"], ["DELETE", "/api/customers"], ["PUT", "/settings/workspace"],
    ["GET", "/api"], ["GET", "/settings/workspace"], ["OPTIONS", "/x"], ["GET", "/__test/echo"], ["GET", "/api/workspaces"]]) {
    const { status, headers, text } = await crm.call(method, target);
    assert.deepEqual([status, headers.get("content-type")], [200, "text/html; charset=UTF-8"], `${method} ${target}`);
    if (method !== "OPTIONS") assert.match(text, /<div id="root">/);
    assert.equal(headers.get("cache-control"), "public, max-age=0");
    assert.equal(headers.get("content-length"), String(Buffer.byteLength(text)));
    for (const absent of ["content-security-policy", "access-control-allow-origin", "content-encoding", "set-cookie", "vary"]) assert.equal(headers.get(absent), null, absent);
  }
});

test("JSON: weak ETag, 304, no caching headers, a length", async () => {
  const first = await get("/api/products");
  assert.match(first.headers.get("etag"), /^W\/"/);
  assert.equal(first.headers.get("x-powered-by"), "Express");
  assert.equal(first.headers.get("content-length"), String(Buffer.byteLength(first.text)));
  for (const absent of ["cache-control", "vary", "access-control-allow-origin", "transfer-encoding"]) assert.equal(first.headers.get(absent), null, absent);
  const again = await getUnless("/api/products", first.headers.get("etag"));
  assert.deepEqual([again.status, again.body.length], [304, 0]);
  await crm.call("POST", "/api/products", { token: owner.token, body: { name: "P", unitPrice: "1.00" } });
  assert.equal((await getUnless("/api/products", first.headers.get("etag"))).status, 200);
});

test("files: ETag, Last-Modified, 304 and ranges, the page included", async () => {
  for (const target of ["/favicon.svg", "/app/main.js", "/", "/customers/x"]) {
    const whole = await get(target);
    assert.ok(whole.headers.get("etag") && whole.headers.get("last-modified"), target);
    const part = await get(target, { range: "bytes=0-9" });
    assert.deepEqual([part.status, part.text], [206, whole.text.slice(0, 10)], target);
    assert.equal((await getUnless(target, whole.headers.get("etag"))).status, 304, target);
  }
});

test("bodies: over 100 kB is 413, malformed is 400, both with a message", async () => {
  const post = (body) => crm.call("POST", "/api/customers", { token: owner.token, body, headers: { "content-type": "application/json" } });
  const large = await post(JSON.stringify({ name: "x".repeat(110 * 1024), email: "e" }));
  assert.deepEqual([large.status, typeof large.body.message], [413, "string"]);
  const broken = await post('{"name":');
  assert.deepEqual([broken.status, typeof broken.body.message], [400, "string"]);
  assert.equal((await post(JSON.stringify({ name: "x".repeat(90 * 1024), email: "e" }))).status, 201);
  const unexpected = await crm.call("POST", "/api/deals", { token: owner.token, body: { title: "x", value: "not a number" } });
  assert.deepEqual([unexpected.status, typeof unexpected.body.message], [500, "string"]);
});

test("routing ignores case and a trailing slash; parameters are decoded once, literal segments never", async () => {
  for (const target of ["/API/Customers", "/api/customers/", "/aPi/CUSTOMERS/"]) {
    assert.ok(Array.isArray((await get(target)).body), target);
  }
  const { body: product } = await crm.call("POST", "/api/products", { token: owner.token, body: { name: "P", unitPrice: "1.00" } });
  const encode = (text) => [...text].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join("");
  assert.equal((await get(`/api/products/${encode(product.id)}`)).body.id, product.id);
  assert.equal((await get(`/api/products/${encode(encode(product.id))}`)).status, 404);
  assert.equal((await get("/api/%70roducts")).headers.get("content-type"), "text/html; charset=UTF-8");
});

test("the keep-alive timeout is 5 s", async () => {
  const agent = new http.Agent({ keepAlive: true });
  const response = await new Promise((resolve, reject) => http.get(`${crm.url}/favicon.svg`, { agent }, resolve).on("error", reject));
  response.resume();
  assert.equal(response.headers["keep-alive"], "timeout=5");
  agent.destroy();
});

const idleConnections = (name) => query("SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", [name]);
const cutConnections = (name) => query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", [name]);
const named = (name) => ({ CRM_DATABASE_URL: `${process.env.CRM_TEST_DATABASE_URL}?application_name=${name}` });

test("the process dies when PostgreSQL closes an idle connection, unless told to survive", async () => {
  const fragile = await startCrm(named("crm_fragile"));
  assert.notEqual((await idleConnections("crm_fragile"))[0].count, "0");
  await cutConnections("crm_fragile");
  const fell = await Promise.race([fragile.exited, setTimeout(30000, { code: 0, signal: "still alive" }, { ref: false })]);
  assert.notEqual(fell.code, 0, fell.signal);

  const sturdy = await startCrm({ ...named("crm_sturdy"), CRM_SURVIVE_DB: "1" });
  await cutConnections("crm_sturdy");
  await sturdy.says("idle connection lost");
  const { status } = await sturdy.call("GET", "/api/packages");
  assert.equal(status, 200);
  assert.deepEqual(await sturdy.stop(), { code: 0, signal: null });
});

test("SIGTERM ends it at once, with a connection open; so does the end of stdin", async () => {
  const first = await startCrm();
  const socket = net.connect(Number(new URL(first.url).port), "127.0.0.1");
  await once(socket, "connect");
  socket.on("error", () => {});
  const began = Date.now();
  assert.deepEqual(await first.stop(), { code: 0, signal: null });
  assert.ok(Date.now() - began < 4500, "fast");
  socket.destroy();

  const second = await startCrm();
  second.child.stdin.end();
  assert.deepEqual(await second.exited, { code: 0, signal: null });
});
