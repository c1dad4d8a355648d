// What other CRMs do to their answers: compress them, send them without a Content-Length.
// Promises: off means untouched; the switches are read per request.
"use strict";

const compression = require("compression");

const compress = compression({ threshold: 0, filter: () => true });

function reshapeAnswers({ switches }) {
  return (req, res, next) => {
    if (switches.chunked) withoutLength(res);
    if (!switches.compress || !req.acceptsEncodings(switches.compress)) return next();
    // One encoding on offer, or the middleware picks what it likes best.
    req.headers["accept-encoding"] = switches.compress;
    return compress(req, res, next);
  };
}

/** Node chunks a body as soon as Content-Length was removed and nobody sets it again. */
function withoutLength(res) {
  const setHeader = res.setHeader.bind(res);
  res.setHeader = (name, value) => (name.toLowerCase() === "content-length" ? res : setHeader(name, value));
  res.removeHeader("Content-Length");
}

module.exports = { reshapeAnswers };
