// The Express application: body parsers, the 183 routes, the static files, the page for everything else.
// Promises: Express 4's defaults (weak ETag, X-Powered-By, Content-Length), and 200 with the SPA's
// index.html for every unknown path and method, `/api/anything` included.
"use strict";

const express = require("express");
const multer = require("multer");
const path = require("node:path");
const { Answer } = require("./crud");
const { answerError } = require("./errors");
const { ROUTES } = require("./routes");
const { answerPage } = require("./switches/page");

const PUBLIC_FOLDER = path.join(__dirname, "..", "public");
const IMAGE_LIMIT_BYTES = 5 * 1024 * 1024;

/** Bodies that are no JSON, by route: the one place where a file comes in. */
const BODY_PARSERS = {
  "/api/users/profile/upload-image": [
    multer({ storage: multer.memoryStorage(), limits: { fileSize: IMAGE_LIMIT_BYTES } }).any(),
    (req, res, next) => {
      req.file = req.files?.[0];
      next();
    },
    express.raw({ type: "image/*", limit: IMAGE_LIMIT_BYTES }),
  ],
};

/** `beforeRoutes` is where the switches hook in, before any body is parsed. */
function createApplication({ settings, store, beforeRoutes = () => {} }) {
  const app = express();
  app.locals.settings = settings;
  app.locals.store = store;
  beforeRoutes(app);

  app.use(express.json());
  app.use(express.urlencoded({ extended: false }));
  for (const [method, route, guards, handler] of ROUTES) {
    app[method.toLowerCase()](route, ...guards, ...(BODY_PARSERS[route] ?? []), answering(handler));
  }

  app.use("/uploads", express.static(settings.uploads));
  app.use(express.static(PUBLIC_FOLDER, { index: false }));
  app.use("*", answerPage(PUBLIC_FOLDER));
  app.use(answerError);
  return app;
}

/** Runs a handler with its exchange and answers what it returns. */
function answering(handler) {
  return async (req, res, next) => {
    const { settings, store } = req.app.locals;
    const { claims, params, query, body } = req;
    try {
      const answer = await handler({ settings, store, claims, params, query, body, req });
      if (answer instanceof Answer) res.status(answer.status).json(answer.body);
      else res.json(answer);
    } catch (error) {
      next(error);
    }
  };
}

module.exports = { createApplication };
