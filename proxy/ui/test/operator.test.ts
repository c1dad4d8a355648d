// The admin listener's page: it shows without a token, and writes with it alone.

import { expect } from "@esm-bundle/chai";
import { Listener } from "../src/operator/main.ts";
import { AnnexOperator } from "../src/operator/operator.ts";
import { provide } from "../src/runtime.ts";
import * as english from "../src/words/english.ts";
import { learn } from "../src/words/index.ts";
import { accessible } from "./axe.ts";
import { Double, Status, bootWith, type Replies } from "./double.ts";
import { all, calm, clear, find, maybe, text } from "./fixture.ts";
import { replies } from "./world.ts";

const TOKEN = "the-token-of-this-listener";

/** The page on a listener that judges tokens; `double.asked` tells what it got. */
async function shown(canOpen: boolean, more: Replies = {}): Promise<{ element: AnnexOperator; double: Double }> {
  clear();
  for (const part of Object.values(english)) learn(part);
  const double = new Double({ ...replies(4), ...more });
  const listener = new Listener(bootWith({}));
  listener.call = (path, init) => {
    const headers = new Headers(init?.headers);
    if (listener.token !== null) headers.set("Authorization", `Bearer ${listener.token}`);
    const isRefused = headers.has("Authorization") ? headers.get("Authorization") !== `Bearer ${TOKEN}` : (init?.method ?? "GET") !== "GET";
    if (isRefused) return Promise.resolve(new Response(JSON.stringify({ code: "UNAUTHENTICATED", status: 401 }), { status: 401 }));
    return double.call(path, { ...init, headers });
  };
  provide(listener);
  const element = new AnnexOperator(listener, canOpen);
  document.body.append(element);
  await calm();
  return { element, double };
}

const buttons = (element: Element): string[] => all(element, "annex-admin-page >>> button").map(text);

async function unlock(element: Element, token: string): Promise<void> {
  find<HTMLInputElement>(element, "#f-token").value = token;
  find<HTMLFormElement>(element, "form").requestSubmit();
  await calm();
}

describe("the admin listener's page", () => {
  it("shows flags, rollout and health, and nothing to change them with", async () => {
    const { element, double } = await shown(true);
    expect(text(find(element, "annex-admin-page >>> table"))).to.contain("t-acme-0001");
    expect(buttons(element)).to.deep.equal([]);
    expect(maybe(element, "annex-admin-page >>> form.add")).to.equal(null);
    expect(find<HTMLSelectElement>(element, "annex-admin-page >>> #f-mode").disabled).to.equal(true);
    expect(double.asked.every((one) => one.method === "GET" && !one.headers.has("Authorization"))).to.equal(true);
    await accessible(element);
  });
  it("says that a listener without a token only shows", async () => {
    const { element } = await shown(false);
    expect(maybe(element, "form")).to.equal(null);
    expect(text(find(element, "section"))).to.contain("ANNEX_ADMIN_TOKEN");
    await accessible(element);
  });
  it("refuses another token, and keeps none", async () => {
    const { element } = await shown(true);
    await unlock(element, "guess");
    expect(text(find(element, ".error"))).to.contain("not the token");
    expect(element.listener.token).to.equal(null);
    expect(buttons(element)).to.deep.equal([]);
    await accessible(element);
  });
  it("writes with the token, which stands in no storage, and locks again", async () => {
    const { element, double } = await shown(true);
    await unlock(element, TOKEN);
    expect(buttons(element)).to.include("Turn off");
    find<HTMLButtonElement>(element, "annex-admin-page >>> tbody tr:nth-child(2) button").click();
    await calm();
    find<HTMLButtonElement>(element, "annex-admin-page >>> annex-dialog .danger").click();
    await calm();
    const [written] = double.asked.filter((one) => one.method === "POST");
    expect(written?.path).to.equal("/api/admin/tenants/t-acme-0001/disable-multi-workspace");
    expect(written?.headers.get("Authorization")).to.equal(`Bearer ${TOKEN}`);
    expect(localStorage.length + sessionStorage.length).to.equal(0);
    expect(maybe(element, "#f-token")).to.equal(null);
    await accessible(element);
    [...all<HTMLButtonElement>(element, "section button")].find((one) => text(one) === "Lock again")?.click();
    await calm();
    expect([element.listener.token, ...buttons(element)]).to.deep.equal([null]);
  });
  it("tells the lag, the node and its version, and refusals in words", async () => {
    const { element } = await shown(true, {
      "GET /api/admin/health": () => ({ status: "ok", parts: [{ name: "postgresql", status: "ok" }], snapshot: { revision: 3, ageMs: 120 }, node: "annex-7", version: "0.1.0", decisions: { allowed: 1, denied: 2, sinceS: 9 }, denials: [{ reason: "access_denied", count: 2 }] }),
    });
    const said = text(find(element, "annex-admin-page >>> [aria-labelledby=health]"));
    for (const wanted of ["120 ms ago", "annex-7", "0.1.0", "Not a member", "2 times"]) expect(said).to.contain(wanted);
  });
  it("says how the node is where its database does not answer", async () => {
    const { element } = await shown(true, { "GET /api/admin/feature-flags": () => new Status(503, "CONTEXT_UNAVAILABLE") });
    expect(text(find(element, "annex-admin-page >>> .fault"))).to.contain("cannot be answered right now");
    expect(text(find(element, "annex-admin-page >>> [aria-labelledby=health]"))).to.contain("Redis");
    await accessible(element);
  });
  it("asks for everything anew", async () => {
    const { element, double } = await shown(true);
    const before = double.asked.length;
    find<HTMLButtonElement>(element, "section button.small").click();
    await calm();
    expect(double.asked.length).to.equal(before * 2);
  });
  it("says that the listener did not answer", async () => {
    const { element } = await shown(true, { "GET /api/admin/health": () => new Status(503, "INTERNAL") });
    await unlock(element, TOKEN);
    expect(text(find(element, ".error"))).to.contain("did not answer");
    expect(element.listener.token).to.equal(null);
  });
});
