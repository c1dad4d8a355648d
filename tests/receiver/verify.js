// Judges one webhook with the published library of Standard Webhooks, which shares no code with Annex.
//
// Promise: reads {secret, headers, body} as JSON from the standard input, prints "verified" or the reason why not, and
// ends with 0 or 1. With {at} (seconds) the clock stands there, so that a test can let time pass.
"use strict";

const { Webhook } = require("standardwebhooks");

const { secret, headers, body, at } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
if (at !== undefined) Date.now = () => at * 1000;

try {
  new Webhook(secret).verify(body, headers);
  console.log("verified");
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
}
