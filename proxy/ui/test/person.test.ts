// The loader and the person of its document: what is done when somebody else signs in, what is left of whom, and what the
// server is told of where a tab is.

import { expect } from "@esm-bundle/chai";
import { BOOT_ID } from "../src/boot.ts";
import { start } from "../src/loader/main.ts";
import { signOut } from "../src/pages/sign-out.ts";
import { runtime } from "../src/runtime.ts";
import { boot, bootWith, token } from "./double.ts";
import { calm, clear, until } from "./fixture.ts";

const REQUEST = { "X-Annex-Request-Id": "r" };
const native = globalThis.fetch;
const xhr = XMLHttpRequest.prototype;
const { open, send, abort, setRequestHeader } = xhr;
const address = location.href;
let asked: { line: string; bearer: string | null }[] = [];
let answers: Record<string, () => Response> = {};
let streams: ReadableStreamDefaultController<Uint8Array>[] = [];

const lines = (): string[] => asked.map(({ line }) => line);
const ours = (): string[] => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter((key) => key.startsWith("annex.")).sort();
const signIn = (principal: string, home = `w-${principal}`): void => localStorage.setItem("crm_access", token(principal, home));
const hears = (event: string, said: object): void => streams.forEach((one) => one.enqueue(new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(said)}\n\n`)));

/** A document of the CRM ends, and what is stored stays. */
async function end(): Promise<void> {
  const before = [sessionStorage, localStorage].map((storage) => ({ storage, entries: Object.entries(storage) as [string, string][] }));
  signIn("ada");
  hears("end", { reason: "feature_lost" });
  await calm(2);
  streams = [];
  document.getElementById(BOOT_ID)?.remove();
  clear();
  for (const { storage, entries } of before) for (const [key, value] of entries) storage.setItem(key, value);
}

/** A document of the CRM, for Ada. */
async function begin(search = ""): Promise<void> {
  // The test runner knows its page by its own parameters.
  history.replaceState(null, "", address + search);
  signIn("ada");
  const element = document.createElement("script");
  element.type = "application/json";
  element.id = BOOT_ID;
  const assets = { switcher: "data:text/javascript,globalThis.isLoaded=true", pages: "/never.js" };
  element.textContent = JSON.stringify(bootWith({ document: "crm", principal: "ada", assets, paths: { ...boot.paths, start: "#start" } }));
  document.head.append(element);
  // Without a place for the switcher: two loaders in one page would never agree on it.
  start();
  await until(() => streams.length > 0);
}

describe("the person of a document", () => {
  beforeEach(() => {
    clear();
    asked = [];
    answers = {};
    globalThis.fetch = (input, init) => {
      const request = input instanceof Request ? input : new Request(new URL(input, location.href), init);
      const line = `${request.method} ${new URL(request.url).pathname}`;
      asked.push({ line, bearer: request.headers.get("Authorization") });
      const answer = answers[line];
      if (answer) return Promise.resolve(answer());
      if (line.endsWith("/events")) {
        const body = new ReadableStream<Uint8Array>({ start: (controller) => void streams.push(controller) });
        return Promise.resolve(new Response(body, { headers: { "Content-Type": "text/event-stream" } }));
      }
      const seat = { workspaceId: "w-1", can: { switch: true }, workspace: { state: "on" } };
      return Promise.resolve(Response.json({ workspaces: [seat] }, { headers: { ...REQUEST, "X-Annex-Workspace-Id": "w-1" } }));
    };
  });
  afterEach(async () => {
    await end();
    globalThis.fetch = native;
    Object.assign(xhr, { open, send, abort, setRequestHeader });
    history.replaceState(null, "", address);
  });

  for (const place of ["", "&workspace=w-1"]) {
    const where = place ? "in a workspace" : "at home";
    it(`${where}: once somebody else signed in nothing is asked in their name, and the page says so`, async () => {
      await begin(place);
      signIn("cleo");
      const before = asked.length;
      const failed = await runtime().call("/api/workspaces", { method: "POST", body: "{}" }).then(() => "sent", () => "not sent");
      expect([failed, runtime().loss, lines().slice(before)]).to.deep.equal(["not sent", "person", []]);
    });
  }

  it("nor after a token was renewed that turns out to be somebody else's", async () => {
    await begin();
    localStorage.setItem("crm_refresh", "r");
    answers["PATCH /api/workspaces/w-1"] = () => new Response("{}", { status: 401 });
    answers["POST /api/auth/refresh"] = () => Response.json({ accessToken: token("cleo", "w-cleo") });
    const failed = await runtime().call("/api/workspaces/w-1", { method: "PATCH", body: "{}" }).then(() => "sent", () => "not sent");
    expect([failed, lines().filter((line) => line.startsWith("PATCH")).length]).to.deep.equal(["not sent", 1]);
  });

  it("signing out tells the CRM and empties its storage, whether it answers or not; and of nobody else", async () => {
    await begin();
    for (const key of ["crm_refresh", "crm_user"]) localStorage.setItem(key, "x");
    answers["POST /api/auth/logout"] = () => { throw new TypeError("no connection"); };
    await signOut();
    expect([lines().includes("POST /api/auth/logout"), Object.keys(localStorage).filter((key) => key.startsWith("crm_"))]).to.deep.equal([true, []]);
    signIn("cleo");
    await signOut();
    expect(localStorage.getItem("crm_access")).to.equal(token("cleo", "w-cleo"));
  });

  it("whoever signs out at home leaves no place behind, but what they pinned", async () => {
    localStorage.setItem("annex.pinned:ada", "w-1");
    await begin();
    dispatchEvent(new Event("focus"));
    expect(ours()).to.deep.equal(["annex.last:ada", "annex.pinned:ada", "annex.workspace:ada"]);
    localStorage.removeItem("crm_access");
    document.body.append(document.createElement("p"));
    await until(() => ours().length === 1);
    dispatchEvent(new Event("focus"));
    expect(ours()).to.deep.equal(["annex.pinned:ada"]);
  });

  for (const event of ["storage", "pagehide", "focus"]) {
    it(`when somebody else signed in nothing is left of the first, and what is theirs stays (${event})`, async () => {
      localStorage.setItem("annex.shortcut:ada", "off");
      await begin("&workspace=w-1");
      dispatchEvent(new Event("focus"));
      localStorage.setItem("annex.last:cleo", "w-2");
      signIn("cleo");
      dispatchEvent(new Event(event));
      expect(ours()).to.deep.equal(["annex.last:cleo"]);
      runtime().choose("w-1");
      expect(ours()).to.deep.equal(["annex.last:cleo"]);
    });
  }

  it("what was chosen for the next document is not undone while that one is on its way", async () => {
    await begin("&workspace=w-1");
    runtime().choose("w-2");
    dispatchEvent(new Event("focus"));
    expect([sessionStorage.getItem("annex.workspace:ada"), localStorage.getItem("annex.last:ada")]).to.deep.equal(["w-2*", "w-2"]);
  });

  it("a membership that ended before the stream began is told", async () => {
    let isMember = true;
    answers["GET /api/workspaces/events"] = () => {
      isMember = false;
      return new Response(new ReadableStream<Uint8Array>({ start: (controller) => void streams.push(controller) }), { headers: { ...REQUEST, "Content-Type": "text/event-stream" } });
    };
    const seat = { workspaceId: "w-1", can: { switch: true }, workspace: { state: "on" } };
    answers["GET /api/workspaces"] = () => Response.json({ workspaces: isMember ? [seat] : [] }, { headers: REQUEST });
    await begin("&workspace=w-1");
    await until(() => runtime().loss === "lost");
  });

  it("when the feature ends the storage is the CRM's alone, at home and elsewhere", async () => {
    for (const place of ["", "&workspace=w-1"]) {
      localStorage.setItem("annex.pinned:ada", "w-1");
      await begin(place);
      dispatchEvent(new Event("focus"));
      hears("end", { reason: "feature_lost" });
      await until(() => ours().length === 0);
      runtime().choose("w-2");
      expect(ours()).to.deep.equal([]);
      await end();
    }
  });

  it("nor is it anything else when the server says so before the stream does", async () => {
    answers["GET /api/workspaces"] = () => Response.json({ code: "MULTI_WORKSPACE_DISABLED" }, { status: 403, headers: REQUEST });
    const begun = begin().catch(() => null);
    await until(() => lines().includes("GET /api/workspaces") && ours().length === 0);
    await begun;
    expect(lines().filter((line) => line === "GET /api/workspaces").length).to.equal(1);
  });

  it("a link and a new tab are told to the server, once; a tab that stays where it is, and home, are not", async () => {
    const told = (): string[] => lines().filter((line) => line.endsWith("/switch"));
    const again = async (search = ""): Promise<string[]> => {
      await end();
      asked = [];
      await begin(search);
      return told();
    };
    expect(await again()).to.deep.equal([]);
    expect(await again("&workspace=w-1")).to.deep.equal(["POST /api/workspaces/w-1/switch"]);
    expect(await again()).to.deep.equal([]);
    sessionStorage.clear();
    expect(await again("&workspace=w-ada"), "home, by a link").to.deep.equal(["POST /api/workspaces/w-ada/switch"]);
    sessionStorage.clear();
    localStorage.setItem("annex.last:ada", "w-2");
    expect(await again()).to.deep.equal(["POST /api/workspaces/w-2/switch"]);
    runtime().choose("w-3");
    expect(await again()).to.deep.equal(["POST /api/workspaces/w-3/switch"]);
    runtime().choose("w-1", "told");
    expect(await again()).to.deep.equal([]);
  });
});
