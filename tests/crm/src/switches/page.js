// The page that answers every unknown path. Promises: index.html as express would serve the file
// (ETag, Last-Modified, Range) unless a Content-Security-Policy is switched on, for then every answer
// carries its own nonce and must not be stored. `meta…`: the page itself states the policy.
"use strict";

const { randomBytes } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const strictly = (nonce) => [
  "default-src 'none'", `script-src 'nonce-${nonce}' 'strict-dynamic'`, `style-src 'self' 'nonce-${nonce}'`,
  "connect-src 'self'", "img-src 'self' data:", "font-src 'self'", "base-uri 'none'", "form-action 'self'",
  "frame-ancestors 'none'", "require-trusted-types-for 'script'",
];

/** The policies of other CRMs, by the value of the switch. */
const POLICIES = {
  nonce: (nonce) => ["default-src 'self'", `script-src 'nonce-${nonce}'`, `style-src 'self' 'nonce-${nonce}'`, "img-src 'self' data:"],
  strict: strictly,
  // Only the CRM's own Trusted Types policy may be created.
  sealed: (nonce) => [...strictly(nonce), "trusted-types nexus"],
};

const IN_PAGE = /^meta-?/;

/** The name of a policy in POLICIES, and whether the page states it itself. */
function policyOf(csp) {
  return IN_PAGE.test(csp) ? [csp.replace(IN_PAGE, "") || "nonce", true] : [csp, false];
}

function answerPage(folder) {
  const file = path.join(folder, "index.html");
  return (req, res) => {
    const [name, inPage] = policyOf(req.app.locals.settings.switches.csp);
    const policy = POLICIES[name];
    if (!policy) return res.sendFile(file);
    const nonce = randomBytes(16).toString("base64");
    const said = policy(nonce).join("; ");
    const html = fs.readFileSync(file, "utf8").replace(/<(script|link rel="stylesheet")/g, `<$1 nonce="${nonce}"`);
    if (!inPage) res.set("Content-Security-Policy", said);
    res.set("Cache-Control", "no-store");
    const stated = `<meta http-equiv="Content-Security-Policy" content="${said}">`;
    return res.type("html").send(inPage ? html.replace(/(?=<title>)/, stated) : html);
  };
}

module.exports = { answerPage, POLICIES };
