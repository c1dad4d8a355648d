// Routes under /__test/ and /api/__test/ for what the CRM itself never does: WebSocket, server-sent events, large and
// broken bodies, echo. Promises: they exist only with CRM_TEST_ROUTES=1 and stand before the body
// parsers, so that bodies arrive here untouched.
"use strict";

const { createHash } = require("node:crypto");
const express = require("express");
const { WebSocketServer } = require("ws");

const PIECE_BYTES = 64 * 1024;

function installTestRoutes(settings, recorder) {
  if (!settings.testRoutes) return { beforeRoutes() {}, onServer() {} };
  return {
    beforeRoutes: (app) => app.use(["/__test", "/api/__test"], testRouter(settings, recorder)),
    onServer: answerWebSockets,
  };
}

function testRouter(settings, recorder) {
  const router = express.Router();
  router.get("/sse", serverSentEvents);
  router.get("/download", download);
  router.all("/upload", upload);
  router.all("/slow", (req, res) => setTimeout(() => res.json({ sleptMs: number(req, "ms", 100) }), number(req, "ms", 100)));
  router.all("/die", dieMidway);
  router.all("/close", closeDelimited);
  router.all("/status/:code", (req, res) => res.status(Number(req.params.code)).json({ message: `Status ${req.params.code}` }));
  router.all("/echo", echo);
  router.get("/received", (req, res) => res.json(recorder.entries.slice(number(req, "since", 0))));
  router.get("/switches", (req, res) => res.json(settings.switches));
  router.put("/switches", express.json(), (req, res) => res.json(Object.assign(settings.switches, req.body)));
  return router;
}

const number = (req, name, fallback) => (req.query[name] === undefined ? fallback : Number(req.query[name]));

/** `n` events, `ms` apart, then the end of the stream. */
function serverSentEvents(req, res) {
  const total = number(req, "n", 3);
  const pause = number(req, "ms", 0);
  res.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  const send = (index) => {
    if (res.destroyed) return;
    if (index >= total) return res.end();
    res.write(`id: ${index}\nevent: tick\ndata: ${JSON.stringify({ index })}\n\n`);
    setTimeout(send, pause, index + 1);
  };
  send(0);
}

/** Byte `i` of every download is `i % 251`: a prime, so that no buffer size hides a gap. */
function pieceAt(offset, length) {
  const piece = Buffer.allocUnsafe(length);
  for (let index = 0; index < length; index += 1) piece[index] = (offset + index) % 251;
  return piece;
}

function download(req, res) {
  const total = number(req, "bytes", 1024);
  res.writeHead(200, { "Content-Type": "application/octet-stream", ...(req.query.chunked ? {} : { "Content-Length": total }) });
  let sent = 0;
  const pump = () => {
    while (sent < total) {
      const length = Math.min(PIECE_BYTES, total - sent);
      const more = res.write(pieceAt(sent, length));
      sent += length;
      if (!more) return res.once("drain", pump);
    }
    return res.end();
  };
  pump();
}

function upload(req, res) {
  const hash = createHash("sha256");
  let bytes = 0;
  req.on("data", (piece) => {
    hash.update(piece);
    bytes += piece.length;
  });
  req.on("end", () => res.json({ bytes, sha256: hash.digest("hex") }));
}

/** Promises `of` bytes, sends `after` of them, and drops the connection. */
function dieMidway(req, res) {
  const after = number(req, "after", 10);
  res.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": number(req, "of", after + 1000) });
  res.flushHeaders();
  if (after === 0) return setImmediate(() => req.socket.destroy());
  return res.write(pieceAt(0, after), () => req.socket.destroy());
}

/** A body that ends where the connection ends. */
function closeDelimited(req, res) {
  const body = pieceAt(0, number(req, "bytes", 1024));
  const headBytes = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n\r\n";
  req.socket.write(headBytes);
  req.socket.end(body);
}

function echo(req, res) {
  const pieces = [];
  req.on("data", (piece) => pieces.push(piece));
  req.on("end", () => {
    const { method, originalUrl: url, httpVersion, rawHeaders } = req;
    res.json({ method, url, httpVersion, rawHeaders, body: Buffer.concat(pieces).toString("base64") });
  });
}

/** Echoes every message at /__test/ws and /api/__test/ws; an upgrade anywhere else is refused. */
function answerWebSockets(server) {
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (req, socket, head) => {
    if (!/^(\/api)?\/__test\/ws/i.test(req.url.split("?")[0])) return socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return sockets.handleUpgrade(req, socket, head, (webSocket) => {
      webSocket.on("message", (message, isBinary) => webSocket.send(message, { binary: isBinary }));
    });
  });
}

module.exports = { installTestRoutes };
