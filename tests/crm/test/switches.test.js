// What other CRMs do: compression, chunking, CSP, WebSocket, events, broken bodies, and the recorder.
"use strict";

const assert = require("node:assert/strict");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");
const { after, before, test } = require("node:test");
const zlib = require("node:zlib");
const WebSocket = require("ws");
const { raw: rawRequest, startCrm } = require("../harness");

const RECORD = path.join(os.tmpdir(), `crm-record-${process.pid}.jsonl`);
let crm;
before(async () => { crm = await startCrm({ CRM_TEST_ROUTES: "1", CRM_RECORD: RECORD }); });
after(async () => {
  await crm.stop();
  fs.rmSync(RECORD, { force: true });
});

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

const raw = (target, more) => rawRequest(crm.url + target, more);

async function switched(values, work) {
  const off = { compress: "", chunked: false, csp: "" };
  const put = (body) => crm.call("PUT", "/__test/switches", { body });
  await put({ ...off, ...values });
  try {
    return await work();
  } finally {
    await put(off);
  }
}

test("compression answers in the one encoding, for JSON and files, when the client takes it", async () => {
  const plain = (await raw("/api/packages")).body;
  for (const [encoding, decode] of [["gzip", zlib.gunzipSync], ["br", zlib.brotliDecompressSync]]) {
    await switched({ compress: encoding }, async () => {
      for (const target of ["/api/packages", "/styles/base.css", "/"]) {
        const { headers, body } = await raw(target, { headers: { "accept-encoding": "gzip, deflate, br" } });
        assert.deepEqual([headers["content-encoding"], headers["content-length"]], [encoding, undefined], target);
        if (target === "/api/packages") assert.deepEqual(decode(body), plain);
      }
      assert.equal((await raw("/api/packages")).headers["content-encoding"], undefined);
    });
  }
});

test("chunked answers carry no Content-Length", async () => {
  const plain = (await raw("/api/packages")).body;
  await switched({ chunked: true }, async () => {
    for (const target of ["/api/packages", "/favicon.svg", "/anything"]) {
      const { headers } = await raw(target);
      assert.deepEqual([headers["transfer-encoding"], headers["content-length"]], ["chunked", undefined], target);
    }
    assert.deepEqual((await raw("/api/packages")).body, plain);
  });
});

test("a Content-Security-Policy carries a fresh nonce that stands on every script and style", async () => {
  for (const csp of ["nonce", "strict", "sealed", "meta"]) {
    await switched({ csp }, async () => {
      const nonces = new Set();
      for (const target of ["/", "/customers"]) {
        const { headers, body } = await raw(target);
        const stated = body.toString().match(/<meta http-equiv="Content-Security-Policy" content="([^"]+)">/);
        assert.equal(Boolean(stated), csp === "meta");
        const policy = stated ? stated[1] : headers["content-security-policy"];
        const [, nonce] = policy.match(/script-src 'nonce-([^']+)'/);
        nonces.add(nonce);
        const page = body.toString();
        assert.equal(page.split(`nonce="${nonce}"`).length - 1, 4, "one script, three stylesheets");
        assert.equal(policy.includes("require-trusted-types-for 'script'"), !["nonce", "meta"].includes(csp));
        assert.equal(policy.includes("trusted-types nexus"), csp === "sealed");
      }
      assert.equal(nonces.size, 2);
    });
  }
});

test("echo gives back the request as Node read it", async () => {
  const { body } = await raw("/__test/echo?a=%20b", { method: "PATCH", headers: { "X-Odd-Case": "1", "content-length": 3 }, body: "\0\xff!".slice(0, 1) + "ab" });
  const echoed = JSON.parse(body);
  assert.deepEqual([echoed.method, echoed.url, echoed.httpVersion], ["PATCH", "/__test/echo?a=%20b", "1.1"]);
  assert.ok(echoed.rawHeaders.includes("X-Odd-Case"));
  assert.equal(Buffer.from(echoed.body, "base64").toString("latin1"), "\0ab");
});

test("uploads are counted and hashed, downloads are deterministic, both beyond any buffer", async () => {
  const sent = Buffer.alloc(3 * 1024 * 1024, "annex");
  assert.deepEqual(JSON.parse((await raw("/__test/upload", { method: "POST", body: sent })).body), { bytes: sent.length, sha256: sha256(sent) });
  const total = 1_000_003;
  const expected = Buffer.from(Array.from({ length: total }, (_, index) => index % 251));
  const { headers, body } = await raw(`/__test/download?bytes=${total}`);
  assert.equal(headers["content-length"], String(total));
  assert.ok(body.equals(expected));
  assert.ok((await raw(`/__test/download?bytes=${total}&chunked=1`)).body.equals(expected));
});

test("server-sent events end after n", async () => {
  const { headers, body } = await raw("/__test/sse?n=3");
  assert.equal(headers["content-type"], "text/event-stream");
  assert.deepEqual(body.toString().match(/data: .*/g), ['data: {"index":0}', 'data: {"index":1}', 'data: {"index":2}']);
});

test("slow waits, status answers the code, die cuts, close ends with the connection", async () => {
  const began = Date.now();
  await raw("/__test/slow?ms=120");
  assert.ok(Date.now() - began >= 115);
  assert.equal((await raw("/__test/status/418")).status, 418);
  const cut = await raw("/__test/die?after=20");
  assert.deepEqual([cut.status, cut.body.length, cut.broken], [200, 20, true]);
  const closed = await raw("/__test/close?bytes=500");
  assert.deepEqual([closed.body.length, closed.headers["content-length"], closed.headers["transfer-encoding"], closed.broken], [500, undefined, undefined, false]);
});

test("a WebSocket echoes text and bytes", async () => {
  const socket = new WebSocket(`${crm.url.replace("http", "ws")}/__test/ws`);
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  for (const message of ["hello", Buffer.from([0, 255, 1])]) {
    socket.send(message);
    const [data, isBinary] = await new Promise((resolve) => socket.once("message", (...all) => resolve(all)));
    assert.deepEqual([Buffer.from(data), isBinary], [Buffer.from(message), typeof message !== "string"]);
  }
  socket.close();
});

test("the recorder keeps requests and the bytes of connections", async () => {
  const since = (await crm.call("GET", "/__test/received")).body.length;
  const body = '{"email":"x","password":"y"}';
  const bytes = `POST /api/auth/login?q=1 HTTP/1.1\r\nhost: crm\r\nX-MiXed: a\r\nX-MiXed: b\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
  const answer = await new Promise((resolve) => {
    const socket = net.connect(Number(new URL(crm.url).port), "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.on("data", (piece) => { text += piece; });
    socket.on("close", () => resolve(text));
  });
  assert.match(answer, /^HTTP\/1\.1 401 .*Invalid credentials/s, "recording must not swallow the body");
  const { body: entries } = await crm.call("GET", `/__test/received?since=${since}`);
  const request = entries.find(({ url }) => url === "/api/auth/login?q=1");
  assert.deepEqual(request.rawHeaders.slice(0, 6), ["host", "crm", "X-MiXed", "a", "X-MiXed", "b"]);
  assert.deepEqual([request.method, request.httpVersion, request.bodyBytes, request.bodySha256, request.complete], ["POST", "1.1", body.length, sha256(body), true]);
  const connection = entries.find((one) => one.kind === "connection" && one.connection === request.connection);
  assert.equal(Buffer.from(connection.raw, "base64").toString(), bytes);
  const lines = fs.readFileSync(RECORD, "utf8").trim().split("\n").map((line) => JSON.parse(line));
  assert.ok(lines.some(({ seq, url }) => seq === request.seq && url === request.url));
});

test("environment variables set the same switches, and the test routes exist only when asked for", async () => {
  const other = await startCrm({ CRM_CHUNKED: "1", CRM_CSP: "strict" });
  const page = await other.call("GET", "/__test/echo");
  assert.match(page.headers.get("content-security-policy"), /require-trusted-types-for/);
  assert.match(page.text, /<div id="root">/);
  assert.equal((await other.call("GET", "/api/packages")).headers.get("content-length"), null);
  await other.stop();
  await assert.rejects(startCrm({ CRM_COMPRESS: "zip" }), /CRM_COMPRESS/);
});
