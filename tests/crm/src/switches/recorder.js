// Writes down what arrived, as it arrived (CRM_RECORD=FILE, GET /__test/received). Promises: one entry
// per HTTP request with the raw header list, the body's length and its sha256, and one per closed TCP
// connection with its raw bytes; recording changes nothing about how the request is answered.
"use strict";

const { createHash } = require("node:crypto");
const fs = require("node:fs");

const RAW_LIMIT_BYTES = 256 * 1024;
const OWN_PATH = "/__test/received";

function installRecorder({ recordFile, testRoutes }) {
  const entries = [];
  if (!recordFile && !testRoutes) return { entries, onServer() {} };

  const write = (entry) => {
    const complete = { seq: entries.length + 1, ...entry };
    entries.push(complete);
    if (recordFile) fs.appendFileSync(recordFile, `${JSON.stringify(complete)}\n`);
  };
  let connections = 0;
  return {
    entries,
    onServer(server) {
      server.on("connection", (socket) => {
        connections += 1;
        socket.recordedAs = connections;
        if (recordFile) recordBytes(socket, connections, write);
      });
      // Before Express: the body has not begun to arrive.
      server.prependListener("request", (req, res) => recordRequest(req, res, write));
      server.prependListener("upgrade", (req) => write({ ...head(req), upgrade: true, ...bodyOf(createHash("sha256"), 0, true) }));
    },
  };
}

const head = ({ method, url, httpVersion, rawHeaders, socket }) =>
  ({ kind: "request", connection: socket.recordedAs, method, url, httpVersion, rawHeaders });

const bodyOf = (hash, bytes, complete) => ({ bodyBytes: bytes, bodySha256: hash.digest("hex"), complete });

function recordRequest(req, res, write) {
  if (req.url.startsWith(OWN_PATH)) return;
  const hash = createHash("sha256");
  let bytes = 0;
  let written = false;
  const finish = (complete) => {
    if (written) return;
    written = true;
    write({ ...head(req), ...bodyOf(hash, bytes, complete) });
  };
  // The parser hands each piece of the body to `push`; a 'data' listener would start the flow instead.
  const push = req.push.bind(req);
  req.push = (piece, encoding) => {
    if (piece === null) finish(true);
    else {
      hash.update(piece);
      bytes += piece.length;
    }
    return push(piece, encoding);
  };
  res.once("close", () => finish(req.complete));
}

function recordBytes(socket, connection, write) {
  const hash = createHash("sha256");
  const pieces = [];
  let bytes = 0;
  socket.on("data", (piece) => {
    hash.update(piece);
    if (bytes < RAW_LIMIT_BYTES) pieces.push(piece);
    bytes += piece.length;
  });
  socket.once("close", () => {
    const raw = Buffer.concat(pieces).subarray(0, RAW_LIMIT_BYTES);
    write({ kind: "connection", connection, bytes, sha256: hash.digest("hex"), raw: raw.toString("base64"), truncated: bytes > raw.length });
  });
}

module.exports = { installRecorder };
