// The loader, whole, in a frame with its own storage: what it changes at home (nothing), elsewhere, and when all is lost.

import { expect } from "@esm-bundle/chai";
import { BOOT_ID, readBoot } from "../src/boot.ts";
import { accessToken, claims, renew } from "../src/loader/credential.ts";
import { follow, type Listener } from "../src/loader/events.ts";
import { install } from "../src/loader/hook.ts";
import { keepMounted } from "../src/loader/mount.ts";
import { pinned } from "../src/loader/routes.ts";
import { UNTOLD, choose, keep, look, own, settle } from "../src/loader/tab.ts";
import type { Loss } from "../src/runtime.ts";
import { boot, bootWith, token } from "./double.ts";
import { calm, clear, until } from "./fixture.ts";

const to = (path: string, method = "GET"): string | null => pinned(boot, "w-1", method, new URL(path, location.origin), location.origin);

describe("which requests belong to the workspace", () => {
  const inside: [string, string, string][] = [
    ["GET", "/api/customers?q=a%20b", "/_annex/w/w-1/api/customers?q=a%20b"],
    ["POST", "/api/auth/me/", "/_annex/w/w-1/api/auth/me/"],
    ["GET", "/API/Customers", "/_annex/w/w-1/API/Customers"],
    ["GET", "/api/auth/login", "/_annex/w/w-1/api/auth/login"],
    ["GET", "/api/workspacesome", "/_annex/w/w-1/api/workspacesome"],
  ];
  for (const [method, path, wanted] of inside) it(`${method} ${path} does`, () => expect(to(path, method)).to.equal(wanted));

  const outside: [string, string][] = [
    ["POST", "/api/auth/login"],
    ["post", "/API/auth/Login/"],
    ["HEAD", "/api/public/proposal/abc"],
    ["GET", "/api/workspaces"],
    ["POST", "/api/workspaces/w-1/switch"],
    ["GET", "/assets/app.js"],
    ["GET", "/apiary"],
    ["GET", "https://elsewhere.example/api/customers"],
  ];
  for (const [method, path] of outside) it(`${method} ${path} does not`, () => expect(to(path, method)).to.equal(null));
});

describe("the configuration", () => {
  const write = (content: string): void => {
    document.getElementById(BOOT_ID)?.remove();
    const element = document.createElement("script");
    element.type = "application/json";
    element.id = BOOT_ID;
    element.textContent = content;
    document.head.append(element);
  };
  it("is read from one element", () => {
    write(JSON.stringify(boot));
    expect(readBoot(document)).to.deep.equal(boot);
    write(JSON.stringify({ ...boot, version: 2 }));
    expect(readBoot(document)).to.equal(null);
    write("null");
    expect(readBoot(document)).to.equal(null);
    document.getElementById(BOOT_ID)?.remove();
    expect(readBoot(document)).to.equal(null);
  });
});

describe("the credential", () => {
  beforeEach(clear);
  it("is read where the CRM keeps it, each time", () => {
    expect(claims(boot)).to.equal(null);
    localStorage.setItem("crm_access", token("u-1", "w-9"));
    expect(claims(boot)).to.deep.equal({ principal: "u-1", home: "w-9" });
    localStorage.setItem("crm_access", "nonsense");
    expect(claims(boot)).to.equal(null);
  });

  it("may be a cookie", () => {
    document.cookie = "crm=abc%20d; path=/";
    expect(accessToken(bootWith({ credential: { ...boot.credential, kind: "cookie", accessToken: "crm" } }))).to.equal("abc d");
    document.cookie = "crm=; path=/; max-age=0";
  });

  it("is renewed by the CRM's call, once for all who ask", async () => {
    localStorage.setItem("crm_refresh", "r-1");
    let asked = 0;
    const ask: typeof fetch = (_, init) => {
      asked += 1;
      expect(init?.body).to.equal('{"refreshToken":"r-1"}');
      return Promise.resolve(Response.json({ accessToken: "new" }));
    };
    expect(await Promise.all([renew(boot, ask), renew(boot, ask)])).to.deep.equal([true, true]);
    expect(asked).to.equal(1);
    expect(localStorage.getItem("crm_access")).to.equal("new");
  });

  it("does not come back after a sign-out meanwhile", async () => {
    localStorage.setItem("crm_refresh", "r-1");
    const ask: typeof fetch = () => {
      localStorage.clear();
      return Promise.resolve(Response.json({ accessToken: "new" }));
    };
    expect(await renew(boot, ask)).to.equal(false);
    expect(localStorage.getItem("crm_access")).to.equal(null);
  });
});

describe("a tab's workspace", () => {
  beforeEach(clear);
  it("is home at first, then the tab's own, whatever other tabs choose", () => {
    expect(look("u", "home")).to.equal("home");
    expect(settle("u", "home", "home"), "there is nothing to tell").to.equal(false);
    localStorage.setItem("annex.last:u", "w-2");
    expect(look("u", "home")).to.equal("home");
  });
  it("of a new tab is the last used one, of the same person only", () => {
    choose("u", "w-2");
    sessionStorage.clear();
    expect(look("u", "home")).to.equal("w-2");
    sessionStorage.clear();
    expect(look("other", "home-2")).to.equal("home-2");
    expect(settle("u", "home", "w-2"), "the server did not hear of this tab").to.equal(true);
  });
  it("that was chosen is told by the next document, unless the server was told before", () => {
    choose("u", "w-2");
    expect(settle("u", "home", "w-2")).to.equal(false);
    choose("u", "home", UNTOLD);
    expect(look("u", "home")).to.equal("home");
    expect(settle("u", "home", "home")).to.equal(true);
  });
  it("and all else that is stored goes, of other people at once", () => {
    const mine = ["annex.last:u", "annex.pinned:u", "annex.shortcut:u"];
    for (const key of [...mine, "annex.last:v", "annex.pinned:v", "annex.pinned:u:v", "crm_user", "annex.invite"]) localStorage.setItem(key, "x");
    sessionStorage.setItem("annex.workspace:v", "w-9");
    settle("u", "home", "home");
    expect(Object.keys(localStorage).sort()).to.deep.equal(["annex.invite", ...mine, "crm_user"]);
    expect(Object.keys(sessionStorage)).to.deep.equal(["annex.workspace:u"]);
    keep(null);
    expect([Object.keys(localStorage).sort(), sessionStorage.length]).to.deep.equal([["annex.invite", "crm_user"], 0]);
  });
  it("in a link wins, and leaves the address", () => {
    own("u", "w-2");
    const before = location.href;
    history.replaceState(null, "", "?a=1&workspace=w-3");
    expect(look("u", "home")).to.equal("w-3");
    expect(location.search).to.equal("?a=1&workspace=w-3");
    expect(settle("u", "home", "w-3"), "the server does not know").to.equal(true);
    expect(location.search).to.equal("?a=1");
    expect(settle("u", "home", "w-3"), "once").to.equal(false);
    history.replaceState(null, "", "?workspace=../../evil");
    expect(look("u", "home")).to.equal("w-3");
    history.replaceState(null, "", before);
  });
});

describe("the hook", () => {
  const native = globalThis.fetch;
  const { open, send, abort, setRequestHeader } = XMLHttpRequest.prototype;
  let sent: Request[] = [];
  let losses: Loss[] = [];
  let stopped: Loss | null = null;
  let left = false;
  let answer: () => Response = () => served({});

  const served = (body: unknown, status = 200, headers: Record<string, string> = { "X-Annex-Workspace-Id": "w-1", "X-Annex-Request-Id": "r" }): Response =>
    new Response(JSON.stringify(body), { status, headers });

  beforeEach(() => {
    [sent, losses, stopped, left] = [[], [], null, false];
    answer = () => served({ fine: true });
    globalThis.fetch = (input, init) => {
      sent.push(input instanceof Request ? input : new Request(new URL(input, location.href), init));
      return Promise.resolve(answer());
    };
    install({ boot, workspace: "w-1", stopped: () => stopped, undecided: () => null, lose: (loss) => losses.push(loss), leave: () => (left = true), hasLeft: () => left });
  });
  afterEach(() => {
    globalThis.fetch = native;
    Object.assign(XMLHttpRequest.prototype, { open, send, abort, setRequestHeader });
  });
  const path = (at = 0): string => new URL(sent[at]!.url).pathname;

  it("sends calls to the pinned path with the header, method, body and credential", async () => {
    await fetch("/api/customers", { method: "POST", body: '{"name":"A"}', headers: { Authorization: "Bearer t" } });
    expect(path()).to.equal("/_annex/w/w-1/api/customers");
    expect(sent[0]!.method).to.equal("POST");
    expect(sent[0]!.headers.get("X-Workspace-Id")).to.equal("w-1");
    expect(sent[0]!.headers.get("Authorization")).to.equal("Bearer t");
    expect(await sent[0]!.text()).to.equal('{"name":"A"}');
  });

  it("takes requests and addresses too", async () => {
    await fetch(new Request("/api/deals", { method: "PATCH", body: "{}" }));
    await fetch(new URL("/api/tasks", location.origin));
    await fetch(new Request("/api/deals"), { method: "DELETE" });
    expect([path(0), path(1), path(2)]).to.deep.equal(["/_annex/w/w-1/api/deals", "/_annex/w/w-1/api/tasks", "/_annex/w/w-1/api/deals"]);
    expect(sent.map((one) => one.method)).to.deep.equal(["PATCH", "GET", "DELETE"]);
    expect(await sent[0]!.text()).to.equal("{}");
  });

  it("leaves all others as they are", async () => {
    await fetch("/assets/a.js");
    await fetch("/api/auth/refresh", { method: "POST" });
    expect([path(0), path(1)]).to.deep.equal(["/assets/a.js", "/api/auth/refresh"]);
    expect(sent[0]!.headers.has("X-Workspace-Id")).to.equal(false);
  });

  const refusals: [number, string, Loss][] = [
    [403, "WORKSPACE_ACCESS_DENIED", "lost"],
    [410, "WORKSPACE_DELETED", "deleted"],
    [409, "WORKSPACE_OFF", "off"],
  ];
  for (const [status, code, loss] of refusals) {
    it(`a refusal ${code} loses the workspace: ${loss}`, async () => {
      answer = () => served({ code }, status);
      expect((await fetch("/api/customers")).status).to.equal(status);
      expect(losses).to.deep.equal([loss]);
    });
  }

  it("a refusal of one action, and of the CRM itself, loses nothing", async () => {
    answer = () => served({ code: "WORKSPACE_PERMISSION_DENIED" }, 403);
    await fetch("/api/customers");
    answer = () => served({ code: "WORKSPACE_OFF" }, 403, {});
    await fetch("/api/customers");
    expect(losses).to.deep.equal([]);
  });

  it("an answer that is not Annex's is none: the CRM's page never sees it", async () => {
    answer = () => new Response("<!doctype html>", { status: 200, headers: { "Content-Type": "text/html" } });
    const said = await fetch("/api/customers", { method: "POST", body: "{}" });
    expect(said.status).to.equal(409);
    expect(((await said.json()) as { code: string }).code).to.equal("WORKSPACE_LOST");
    expect(losses).to.deep.equal(["gone"]);
  });

  it("sends nothing once the workspace is lost", async () => {
    stopped = "lost";
    expect((await fetch("/api/customers", { method: "POST" })).status).to.equal(409);
    const request = new XMLHttpRequest();
    const failed = new Promise((done) => (request.onerror = done));
    request.open("POST", "/api/customers");
    request.send("{}");
    await failed;
    expect(sent).to.deep.equal([]);
  });

  it("signing out or in ends the tab's stay: what follows is at home", async () => {
    answer = () => new Response("{}");
    await fetch("/api/auth/logout", { method: "POST" });
    expect(left).to.equal(true);
    await fetch("/api/customers");
    expect(path(1)).to.equal("/api/customers");
  });

  it("one XMLHttpRequest that carries another request afterwards is not judged by the first", async () => {
    const request = new XMLHttpRequest();
    const ended = async (path: string): Promise<void> => {
      const done = new Promise((heard) => (request.onloadend = heard));
      request.open("GET", path);
      request.send();
      await done;
    };
    await ended("/api/nothing-here");
    await ended("/package.json");
    expect([request.status, losses]).to.deep.equal([200, []]);
  });

  it("XMLHttpRequest goes there too, and hears of the loss", async () => {
    const request = new XMLHttpRequest();
    const done = new Promise((heard) => (request.onloadend = heard));
    request.open("GET", "/api/nothing-here");
    request.send();
    await done;
    expect(new URL(request.responseURL).pathname).to.equal("/_annex/w/w-1/api/nothing-here");
  });
});

describe("the event stream", () => {
  function listener(pieces: string[], more: Partial<Listener> = {}): { listener: Listener; heard: string[]; over: AbortController } {
    const heard: string[] = [];
    const over = new AbortController();
    const body = { workspaces: [{ workspaceId: "w-1", can: { switch: true }, workspace: { state: "on" } }] };
    const json = { headers: { "X-Annex-Request-Id": "r" } };
    return {
      heard,
      over,
      listener: {
        boot,
        workspace: "w-1",
        home: "w-home",
        isSignedIn: () => true,
        call: (path) => Promise.resolve(path.endsWith("/events") ? stream(pieces) : Response.json(body, json)),
        probe: () => Promise.resolve(new Response("{}", json)),
        lose: (loss) => void heard.push(`lose ${loss}`),
        change: (event, id) => void heard.push(`${event} ${id ?? ""}`),
        end: () => void heard.push("end"),
        ...more,
      },
    };
  }
  const stream = (pieces: string[]): Response => {
    const encoder = new TextEncoder();
    const body = new ReadableStream({
      start(controller) {
        for (const piece of pieces) controller.enqueue(encoder.encode(piece));
        controller.close();
      },
    });
    return new Response(body, { headers: { "Content-Type": "text/event-stream; charset=utf-8" } });
  };
  const run = async (scene: ReturnType<typeof listener>, wanted: string): Promise<string[]> => {
    const running = follow(scene.listener, scene.over.signal);
    await until(() => scene.heard.includes(wanted));
    scene.over.abort();
    await running;
    return scene.heard;
  };

  it("tells of what happens here, over pieces cut anywhere", async () => {
    const scene = listener(["retry: 3000\n\nid: 1.1\nevent: ready\nda", 'ta: {"revision":1}\n\nevent: access\ndata: {"workspaceId":"w-1","change":"lo', 'st"}\n\n']);
    expect(await run(scene, "lose lost")).to.include("access w-1");
  });
  const losing: [string, string, Loss][] = [
    ["access", '{"workspaceId":"w-1","change":"suspended"}', "suspended"],
    ["workspace", '{"workspaceId":"w-1","change":"deleted"}', "deleted"],
    ["flag", '{"workspaceId":"w-1","enabled":false}', "off"],
    ["end", '{"reason":"feature_lost"}', "off"],
  ];
  for (const [event, data, loss] of losing) {
    it(`${event} ${data} loses it: ${loss}`, () => run(listener([`event: ${event}\ndata: ${data}\n\n`]), `lose ${loss}`));
  }
  it("of another workspace only says that lists changed", async () => {
    expect(await run(listener(['event: access\ndata: {"workspaceId":"w-7","change":"lost"}\n\n']), "access w-7")).not.to.include("lose lost");
  });
  it("asks for its standing first: what was lost before is noticed", async () => {
    const none = { call: () => Promise.resolve(Response.json({ workspaces: [] }, { headers: { "X-Annex-Request-Id": "r" } })) };
    await run(listener([], none), "lose lost");
  });
  it("ended, and somebody else answers: Annex is gone", async () => {
    const broken = { call: () => Promise.reject(new Error("cut")), probe: () => Promise.resolve(new Response("<!doctype html>")) };
    await run(listener([], broken), "lose gone");
  });
  it("ended, and nobody answers: it waits", async () => {
    let probes = 0;
    const down = {
      call: () => Promise.reject(new Error("cut")),
      probe: () => {
        probes += 1;
        return Promise.reject(new Error("down"));
      },
    };
    const scene = listener([], down);
    const running = follow(scene.listener, scene.over.signal);
    await until(() => probes > 0);
    await calm();
    scene.over.abort();
    await running;
    expect(scene.heard).to.deep.equal([]);
  });
});

describe("the switcher's place", () => {
  beforeEach(clear);
  const header = (): HTMLElement => {
    const made = document.createElement("header");
    const menu = document.createElement("button");
    menu.dataset["testid"] = "button-user-menu";
    made.append(menu);
    return made;
  };
  const mount = (isTheirs = (): boolean => true, load = (): Promise<unknown> => Promise.resolve()): AbortController => {
    const over = new AbortController();
    keepMounted(boot, isTheirs, load, over.signal);
    return over;
  };

  it("is before the anchor, again after the CRM made its header anew, and the same element", async () => {
    const over = mount();
    document.body.append(header());
    await until(() => document.querySelector("annex-switcher"));
    const first = document.querySelector("annex-switcher");
    expect(first?.nextElementSibling?.matches('[data-testid="button-user-menu"]')).to.equal(true);
    document.body.replaceChildren(header());
    await until(() => document.querySelector("annex-switcher"));
    expect(document.querySelector("annex-switcher")).to.equal(first);
    expect(document.querySelectorAll("annex-switcher").length).to.equal(1);
    over.abort();
    expect(document.querySelector("annex-switcher")).to.equal(null);
  });

  it("is in the header's row, where the menu stands in a box of its own", async () => {
    const over = mount();
    const made = header();
    const [box, row] = [document.createElement("div"), document.createElement("div")];
    row.style.display = "flex";
    box.append(...made.childNodes);
    row.append(box);
    made.append(row);
    document.body.append(made);
    await until(() => document.querySelector("annex-switcher"));
    expect(document.querySelector("annex-switcher")?.nextElementSibling).to.equal(box);
    over.abort();
  });

  it("a module that does not come is asked for again later, and not with every change of the page", async () => {
    let tries = 0;
    const over = mount(undefined, () => ((tries += 1) === 1 ? Promise.reject(new Error("404")) : Promise.resolve()));
    document.body.append(header());
    for (let change = 0; change < 5; change += 1) {
      document.body.append(document.createElement("p"));
      await calm(1);
    }
    expect(tries).to.equal(1);
    // Nothing changes any more: it comes by itself.
    await until(() => document.querySelector("annex-switcher"));
    expect(tries).to.equal(2);
    over.abort();
  });

  it("is nowhere for somebody else, nor when its module does not come", async () => {
    const overs = [mount(() => false), mount(undefined, () => Promise.reject(new Error("no module")))];
    document.body.append(header());
    await calm();
    expect(document.querySelector("annex-switcher")).to.equal(null);
    for (const over of overs) over.abort();
  });
});
