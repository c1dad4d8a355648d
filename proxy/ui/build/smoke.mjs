// The built files in a browser, under the strictest policy that a host may have: a nonce, Trusted Types, no styles.
//
// Promise: not one violation, and nothing asked of another origin. What the server behind it answers is a stand-in here.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import puppeteer from "puppeteer-core";

const folder = path.resolve(import.meta.dirname, "..", process.argv[2] ?? "dist");
const { entries } = JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8"));
const NONCE = "c21va2U";
const POLICY = `default-src 'none'; script-src 'nonce-${NONCE}'; connect-src 'self'; img-src 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types lit-html`;
// Our own documents hold two bundles with Lit in each, so two policies of that name.
const OWN_POLICY = `${POLICY} 'allow-duplicates'`;
const ASSETS = "/_annex/ui/";
const asked = [];
let isGone = false;

const tokenOf = (userId) => `x.${Buffer.from(JSON.stringify({ userId, tenantId: "home" })).toString("base64url")}.x`;
const token = tokenOf("u");
const boot = (document) => ({
  version: 1, document, principal: "u", nonce: NONCE, language: "en", shortcut: "Alt+Shift+KeyW",
  credential: { kind: "local-storage", accessToken: "at", refreshToken: "rt", user: "us", claims: { principal: "userId", home: "tenantId" } },
  routes: { prefixes: ["/api"], home: ["POST /api/auth/login"], own: ["/api/workspaces", "/api/invitations", "/api/features"] },
  calls: { login: "/api/auth/login", register: "/api/auth/register", logout: "/api/auth/logout", refresh: "/api/auth/refresh", accessTokenField: "accessToken", refreshTokenField: "refreshToken" },
  mount: { anchor: "#menu", header: "header" },
  paths: { login: "/login", register: "/register", start: "/", workspaces: "/workspaces", create: "/workspaces/new", settings: "/settings/workspace", onboarding: "/workspaces/:id/onboarding", invite: "/_annex/invite", admin: "/_annex/admin", pin: "/_annex/w/", probe: "/api/features", steps: {} },
  assets: { switcher: ASSETS + entries.switcher.file, pages: ASSETS + entries.pages.file },
});
const page = (kind, body) => `<!doctype html><html lang="en"><head><title>CRM</title>
<script type="application/json" id="annex-boot" nonce="${NONCE}">${JSON.stringify(boot(kind))}</script>
<script src="${ASSETS + entries.loader.file}" nonce="${NONCE}"></script></head><body>${body}</body></html>`;
const crm = page("crm", `<header><button id="menu">Menu</button></header><main>secret of the workspace</main>`);

const can = { switch: true, leave: true, manageSettings: true, manageMembers: false, delete: false, restore: false };
const seat = (id, name) => ({ id, userId: "u", workspaceId: id, role: "admin", roleName: "Admin", isPrimary: id === "home", status: "active", can, lastAccessedAt: null, workspace: { id, name, logoUrl: null, state: "on" } });
const answers = {
  "/api/workspaces": { workspaces: [seat("home", "Home"), seat("w-1", "Vela")], activeWorkspaceId: "home" },
  "/api/invitations/pending": [],
  "/api/features": { multi_workspace_enabled: true },
  "/api/workspaces/deleted": { data: [], nextCursor: null },
  "/api/workspaces/w-1/switch": { activeWorkspaceId: "w-1" },
};

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://x");
  asked.push({ method: request.method, path: pathname, workspace: request.headers["x-workspace-id"], authorization: request.headers.authorization });
  const send = (type, body, headers = {}) => response.writeHead(200, { "Content-Type": type, ...headers }).end(body);
  const annex = { "X-Annex-Request-Id": "r" };
  if (pathname.startsWith(ASSETS)) return send("text/javascript", readFileSync(path.join(folder, path.basename(pathname))));
  if (!isGone && pathname === "/workspaces") return send("text/html", page("annex", ""), { "Content-Security-Policy": OWN_POLICY });
  if (!isGone && pathname === "/api/workspaces/events") return response.writeHead(200, { "Content-Type": "text/event-stream", ...annex }).write("event: ready\ndata: {}\n\n");
  if (!isGone && answers[pathname]) return send("application/json", JSON.stringify(answers[pathname]), annex);
  if (!isGone && pathname.startsWith("/_annex/w/w-1/api/")) return send("application/json", '{"fine":true}', { ...annex, "X-Annex-Workspace-Id": "w-1" });
  return send("text/html", crm, { "Content-Security-Policy": POLICY });
});

const steps = [];
const step = (name, isTrue) => steps.push([name, Boolean(isTrue)]);

server.listen(0, "127.0.0.1");
await new Promise((done) => server.once("listening", done));
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"], headless: true, timeout: 120_000 });
const said = [];
try {
  const tab = await browser.newPage();
  tab.on("console", (message) => ["error", "warn"].includes(message.type()) && !message.text().includes("favicon") && said.push(message.text()));
  tab.on("pageerror", (error) => said.push(String(error)));
  tab.on("request", (request) => request.url().startsWith(origin) || said.push(`asked of another origin: ${request.url()}`));
  const shows = (what) => tab.waitForFunction(what, { timeout: 60_000 }).then(() => true, () => false);
  const trigger = `document.querySelector("annex-switcher")?.shadowRoot?.querySelector(".trigger")`;

  await tab.goto(origin);
  step("nobody signed in: nothing of ours runs", !(await tab.$("annex-switcher")) && !asked.some(({ path: one }) => one.startsWith("/api/")));
  await tab.evaluate((value) => localStorage.setItem("at", value), tokenOf("somebody else"));
  await tab.reload();
  step("somebody else than the marker names: nothing either", !(await tab.$("annex-switcher")) && !asked.some(({ path: one }) => one.startsWith("/api/")));
  await tab.evaluate((value) => localStorage.setItem("at", value), token);
  await tab.reload();
  step("the switcher stands before the menu", (await shows(trigger)) && (await tab.$eval("#menu", (menu) => menu.previousElementSibling?.localName === "annex-switcher")));
  await tab.evaluate(() => fetch("/api/customers", { headers: { Authorization: "Bearer a" } }));
  step("at home calls stay as they are", asked.some((one) => one.path === "/api/customers" && !one.workspace));
  await tab.evaluate(`${trigger}.click()`);
  const option = `document.querySelector("annex-switcher").shadowRoot.querySelector("annex-workspace-list")?.shadowRoot?.querySelector("#o-w-1")`;
  step("it opens with its list", await shows(option));
  await Promise.all([tab.waitForNavigation(), tab.evaluate(`${option}.click()`)]);
  step("a switch is told to the server", asked.some(({ method, path: one }) => method === "POST" && one === "/api/workspaces/w-1/switch"));
  await shows(trigger);
  const reply = await tab.evaluate(() => fetch("/api/customers", { headers: { Authorization: "Bearer a" } }).then((answer) => answer.json()));
  step("elsewhere calls go to the pinned path, with the header", reply.fine && asked.some((one) => one.path === "/_annex/w/w-1/api/customers" && one.workspace === "w-1" && one.authorization === "Bearer a"));
  await tab.evaluate(() => {
    const header = document.createElement("header");
    const menu = document.createElement("button");
    menu.id = "menu";
    header.append(menu);
    document.querySelector("header").replaceWith(header);
  });
  step("it comes back after the header was made anew", await shows(trigger));
  const post = () => tab.evaluate(() => fetch("/api/customers", { method: "POST", body: "{}" }).then((answer) => answer.status));
  const other = await browser.newPage();
  await other.goto(`${origin}/login`);
  await other.evaluate((value) => localStorage.setItem("at", value), tokenOf("somebody else"));
  await tab.bringToFront();
  step("after somebody else signed in, nothing is sent from here", (await post()) === 409 && !asked.some(({ method, path: one }) => method === "POST" && one.includes("/customers")));
  await other.evaluate((value) => localStorage.setItem("at", value), token);
  await tab.goto(`${origin}/?workspace=w-1`);
  step("a link names the workspace, and the address forgets it", (await shows(trigger)) && !tab.url().includes("workspace="));
  isGone = true;
  const status = await post();
  step("without Annex nothing is written, and the page says so", status === 409 && (await shows(`document.querySelector("annex-lost")?.shadowRoot?.querySelector("annex-dialog")?.shadowRoot?.querySelector("dialog[open]")`)));
  step("and only the pinned path was tried", !asked.some((one) => one.method === "POST" && one.path === "/api/customers"));
  isGone = false;
  await tab.goto(`${origin}/workspaces`);
  step("a page of ours stands by itself", await shows(`document.querySelector("annex-app")?.shadowRoot?.querySelector("annex-mine-page")?.shadowRoot?.querySelector("h1")`));
  step("with the switcher", await shows(`document.querySelector("annex-app").shadowRoot.querySelector("annex-switcher")?.shadowRoot?.querySelector(".trigger")`));
  step("no violation, no other origin", said.length === 0);
} finally {
  await browser.close();
  server.closeAllConnections();
  server.close();
}
for (const [name, isTrue] of steps) console.log(`${isTrue ? "ok    " : "FAILED"} ${name}`);
for (const line of said) console.error(line);
process.exitCode = steps.every(([, isTrue]) => isTrue) ? 0 : 1;
