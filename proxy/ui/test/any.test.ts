// The loader where no marker cookie says who has the feature (`ui.inject = "any"`): nothing before the server said so.

import { expect } from "@esm-bundle/chai";
import { BOOT_ID } from "../src/boot.ts";
import { start } from "../src/loader/main.ts";
import { bootWith, token } from "./double.ts";
import { calm, clear, until } from "./fixture.ts";

const REQUEST = { "X-Annex-Request-Id": "r" };
const SERVED = { ...REQUEST, "X-Annex-Workspace-Id": "w-1" };
const features = (has: boolean, tenant: string | null = "w-home"): Response =>
  Response.json({ multi_workspace_enabled: has, tenant_id: tenant }, { headers: REQUEST });

const native = globalThis.fetch;
const xhr = XMLHttpRequest.prototype;
const { open, send, abort, setRequestHeader } = xhr;
let asked: string[] = [];
let sent: string[] = [];
let verdict: () => Promise<Response> = () => Promise.resolve(features(true));

/** What the CRM's page finds: a header, and the loader before its own first call. */
function begin(principal: string | null = null, stored: string | null = token()): void {
  if (stored) localStorage.setItem("crm_access", stored);
  const element = document.createElement("script");
  element.type = "application/json";
  element.id = BOOT_ID;
  const switcher = "data:text/javascript,globalThis.isLoaded=true";
  element.textContent = JSON.stringify(bootWith({ document: "crm", principal, assets: { switcher, pages: "/never.js" } }));
  document.head.append(element);
  const menu = document.createElement("button");
  menu.dataset["testid"] = "button-user-menu";
  document.body.append(menu);
  start();
}

let streams: ReadableStreamDefaultController<Uint8Array>[] = [];
const stream = (): Response =>
  new Response(new ReadableStream<Uint8Array>({ start: (controller) => void streams.push(controller) }), { headers: { "Content-Type": "text/event-stream" } });
/** One document ends before the next begins: each of its loaders would put a switcher before the menu. */
async function end(): Promise<void> {
  await calm(2);
  for (const one of streams) one.enqueue(new TextEncoder().encode('event: end\ndata: {"reason":"feature_lost"}\n\n'));
  streams = [];
  await calm(2);
  document.getElementById(BOOT_ID)?.remove();
}

const elsewhere = (): void => sessionStorage.setItem("annex.workspace:u-ada", "w-1");
const storage = (): string => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]);
const isMounted = (): boolean => document.querySelector("annex-switcher") !== null;
/** The verdict, when the test gives it. */
function later(): (answer: Response | Error) => void {
  let give: (answer: Response | Error) => void = () => null;
  const coming = new Promise<Response>((done, fail) => (give = (answer) => (answer instanceof Response ? done(answer) : fail(answer))));
  verdict = () => coming.then((answer) => answer.clone());
  return give;
}

describe("a page of which nobody knows whether its person has the feature", () => {
  const address = location.href;
  beforeEach(() => {
    clear();
    [asked, sent] = [[], []];
    verdict = () => Promise.resolve(features(true));
    globalThis.fetch = (input, init) => {
      const request = input instanceof Request ? input : new Request(new URL(input, location.href), init);
      const { pathname } = new URL(request.url);
      asked.push(`${request.method} ${pathname}`);
      if (pathname === "/api/features") return verdict();
      if (pathname === "/api/auth/refresh") return Promise.resolve(Response.json({ accessToken: `${token()}new` }));
      if (pathname === "/api/workspaces/events") return Promise.resolve(stream());
      return Promise.resolve(Response.json({ workspaces: [{ workspaceId: "w-1", can: { switch: true }, workspace: { state: "on" } }] }, { headers: SERVED }));
    };
    xhr.open = (method: string, url: string | URL) => void sent.push(`open ${method} ${String(url)}`);
    xhr.setRequestHeader = (name, value) => void sent.push(`${name}: ${value}`);
    xhr.send = (body) => void sent.push(`send ${typeof body === "string" ? body : ""}`);
  });
  afterEach(async () => {
    await end();
    globalThis.fetch = native;
    Object.assign(xhr, { open, send, abort, setRequestHeader });
    history.replaceState(null, "", address);
  });

  it("asks nothing where nobody is signed in, or somebody else than the marker names", async () => {
    begin(null, null);
    await end();
    begin("u-other");
    await calm();
    expect([asked, isMounted()]).to.deep.equal([[], false]);
  });

  it("without the feature: one question, and nothing seen, stored, or taken out of the address", async () => {
    verdict = () => Promise.resolve(features(false));
    localStorage.setItem("crm_access", token());
    const before = storage();
    history.replaceState(null, "", "?workspace=w-1");
    begin();
    await fetch("/api/customers", { method: "POST", body: "{}" });
    await calm();
    dispatchEvent(new Event("focus"));
    expect(asked).to.deep.equal(["GET /api/features", "POST /api/customers"]);
    expect([storage(), isMounted(), location.search]).to.deep.equal([before, false, "?workspace=w-1"]);
    await fetch("/api/auth/logout", { method: "POST" });
    dispatchEvent(new Event("pagehide"));
    expect(storage()).to.equal(before);
  });

  it("with the feature: the switcher stands, and only now the tab is somewhere", async () => {
    const give = later();
    begin();
    await calm();
    expect([isMounted(), sessionStorage.length]).to.deep.equal([false, 0]);
    give(features(true));
    await until(isMounted);
    expect(sessionStorage.getItem("annex.workspace:u-ada")).to.equal("w-home");
  });

  it("a tab that is elsewhere sends nothing before the answer, then all of it to its pinned path", async () => {
    elsewhere();
    const give = later();
    begin();
    const answer = fetch("/api/customers", { method: "POST", body: "{}" });
    await fetch("/assets/a.js");
    await calm();
    expect(asked).to.deep.equal(["GET /api/features", "GET /assets/a.js"]);
    give(features(true));
    expect((await answer).status).to.equal(200);
    expect(asked).to.include("POST /_annex/w/w-1/api/customers").and.not.to.include("POST /api/customers");
    await until(isMounted);
  });

  it("nor an XMLHttpRequest: there or, without the feature, as the page meant it", async () => {
    for (const [has, wanted] of [
      [true, ["open POST /_annex/w/w-1/api/deals", "A: b", "X-Workspace-Id: w-1", "send {}"]],
      [false, ["open POST /_annex/w/w-1/api/deals", "A: b", "open POST /api/deals", "A: b", "send {}"]],
    ] as const) {
      sent = [];
      elsewhere();
      const give = later();
      begin();
      const [kept, given] = [new XMLHttpRequest(), new XMLHttpRequest()];
      kept.open("POST", "/api/deals");
      kept.setRequestHeader("A", "b");
      kept.send("{}");
      await calm();
      expect(sent).to.deep.equal(wanted.slice(0, 2));
      given.open("POST", "/api/tasks");
      given.send("{}");
      given.abort();
      give(features(has));
      await calm();
      expect(sent.filter((one) => !one.includes("tasks"))).to.deep.equal(wanted);
      Object.assign(xhr, { abort });
      await end();
      // The next round hooks anew what stands for the browser's own.
      xhr.open = (method: string, url: string | URL) => void sent.push(`open ${method} ${String(url)}`);
      xhr.setRequestHeader = (name, value) => void sent.push(`${name}: ${value}`);
      xhr.send = (content) => void sent.push(`send ${typeof content === "string" ? content : ""}`);
    }
  });

  it("elsewhere and nobody answers: what belongs there goes there or nowhere, and never home", async () => {
    elsewhere();
    verdict = () => Promise.reject(new Error("no connection"));
    begin();
    await fetch("/api/customers", { method: "POST", body: "{}" });
    expect(asked).to.include("POST /_annex/w/w-1/api/customers").and.not.to.include("POST /api/customers");
    expect(isMounted()).to.equal(false);
  });

  it("elsewhere and somebody else answers: the same", async () => {
    elsewhere();
    verdict = () => Promise.resolve(new Response("<!doctype html>"));
    begin();
    await fetch("/api/customers", { method: "POST", body: "{}" });
    expect(asked.filter((one) => one.includes("customers"))).to.deep.equal(["POST /_annex/w/w-1/api/customers"]);
    await calm();
    expect([isMounted(), asked.filter((one) => one.includes("features")).length]).to.deep.equal([false, 1]);
  });

  it("a token that ran out is renewed by the CRM's call where the page waits for us, else by the CRM", async () => {
    localStorage.setItem("crm_refresh", "r");
    let questions = 0;
    verdict = () => Promise.resolve((questions += 1) === 1 ? features(false, null) : features(true));
    elsewhere();
    begin();
    await until(isMounted);
    expect(asked.slice(0, 3)).to.deep.equal(["GET /api/features", "POST /api/auth/refresh", "GET /api/features"]);

    await end();
    clear();
    [asked, questions] = [[], 0];
    localStorage.setItem("crm_refresh", "r");
    begin();
    await calm();
    expect(asked).to.deep.equal(["GET /api/features"]);
    localStorage.setItem("crm_access", `${token()}renewed`);
    await until(isMounted);
    expect(asked).not.to.include("POST /api/auth/refresh");
  });
});
