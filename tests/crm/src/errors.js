// The CRM's failures: thrown anywhere, turned into `{message}` in one place (`answerError`).
// Promises: 400 for bad input, 413 for a body over 100 kB, 500 for what nobody expected.
"use strict";

class HttpError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

class InvalidData extends HttpError {
  constructor(errors) {
    super(400, "Invalid data");
    this.errors = errors;
  }
}

const notFound = (noun) => new HttpError(404, `${noun} not found`);
const forbidden = (message = "Access denied") => new HttpError(403, message);

/** Refuses the request when a lookup came back empty. */
function found(row, noun) {
  if (!row) throw notFound(noun);
  return row;
}

/** A complaint about a value that no column describes. */
const missing = (key) =>
  new InvalidData([{ code: "invalid_type", expected: "string", received: "undefined", path: [key], message: "Required" }]);

// Express knows an error handler by its four parameters.
function answerError(error, req, res, next) {
  if (res.headersSent) return next(error);
  const status = error.status ?? error.statusCode ?? 500;
  if (status >= 500) console.error(`${req.method} ${req.path}: ${error.stack}`);
  const message = error.message || "Internal server error";
  return res.status(status).json(error.errors ? { message, errors: error.errors } : { message });
}

module.exports = { HttpError, InvalidData, notFound, forbidden, found, missing, answerError };
