// A stand-in for the server, in the page: for the tests of single elements and for `npm run dev` alone. What the real
// service answers is tested in tests/browser.

import type { Boot } from "../src/boot.ts";
import { provide, type Heard, type Loss, type Runtime } from "../src/runtime.ts";
import { learn, speak, type Language } from "../src/words/index.ts";

export type Reply = (request: { method: string; path: string; query: URLSearchParams; body: unknown }) => unknown;
/** `METHOD /path` with `:part`, or with `*` at its end. */
export type Replies = Record<string, Reply>;

export class Status {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly more: Record<string, unknown> = {},
  ) {}
}

/** Answers after this long. */
export class Late {
  constructor(
    readonly ms: number,
    readonly body: unknown,
  ) {}
}

export const boot: Boot = {
  version: 1,
  document: "annex",
  principal: "u-ada",
  pictures: true,
  language: null,
  shortcut: "Alt+Shift+KeyW",
  credential: {
    kind: "local-storage",
    accessToken: "crm_access",
    refreshToken: "crm_refresh",
    user: "crm_user",
    claims: { principal: "userId", home: "tenantId" },
  },
  routes: {
    prefixes: ["/api"],
    home: ["POST /api/auth/login", "POST /api/auth/refresh", "POST /api/auth/logout", "GET /api/public/proposal/:token"],
    own: ["/api/workspaces", "/api/invitations", "/api/features", "/api/permissions", "/api/admin/feature-flags"],
  },
  calls: {
    login: "/api/auth/login",
    register: "/api/auth/register",
    logout: "/api/auth/logout",
    refresh: "/api/auth/refresh",
    accessTokenField: "accessToken",
    refreshTokenField: "refreshToken",
  },
  mount: { anchor: '[data-testid="button-user-menu"]', header: "header.h-16" },
  paths: {
    login: "/login",
    register: "/register",
    start: "/",
    workspaces: "/workspaces",
    create: "/workspaces/new",
    settings: "/settings/workspace",
    onboarding: "/workspaces/:id/onboarding",
    invite: "/_annex/invite",
    admin: "/_annex/admin",
    pin: "/_annex/w/",
    probe: "/api/features",
    steps: { create_customer: "/customers", create_product: "/products", create_proposal: "/proposals" },
  },
  assets: { switcher: "/never.js", pages: "/never.js" },
};

export function token(principal = "u-ada", home = "w-home"): string {
  const part = (value: unknown): string => btoa(JSON.stringify(value)).replace(/=+$/, "");
  return `${part({ alg: "HS256" })}.${part({ userId: principal, tenantId: home, exp: 4e9 })}.x`;
}

export class Double implements Runtime {
  readonly asked: { method: string; path: string; body: unknown; headers: Headers }[] = [];
  readonly chosen: string[] = [];
  loss: Loss | null = null;
  #heard = new EventTarget();

  constructor(
    readonly replies: Replies,
    public workspace: string | null = "w-home",
    readonly home: string | null = "w-home",
    readonly principal: string | null = "u-ada",
    readonly boot: Boot = bootWith({}),
  ) {}

  async call(path: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(path, location.origin);
    const method = init.method ?? "GET";
    const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : init.body;
    this.asked.push({ method, path, body, headers: new Headers(init.headers) });
    const reply = find(this.replies, method, url.pathname);
    let said = reply ? await reply({ method, path: url.pathname, query: url.searchParams, body }) : new Status(404, "NOT_FOUND");
    if (said instanceof Late) {
      await new Promise((done) => setTimeout(done, (said as Late).ms));
      said = said.body;
    }
    init.signal?.throwIfAborted();
    if (said instanceof Response) return said;
    const headers = { "Content-Type": "application/json", "X-Annex-Request-Id": "r-1" };
    if (!(said instanceof Status)) return new Response(JSON.stringify(said ?? null), { headers });
    const error = { code: said.code, message: said.code, status: said.status, requestId: "r-1", ...said.more };
    return new Response(JSON.stringify(error), { status: said.status, headers });
  }

  choose(workspace: string): void {
    this.chosen.push(workspace);
  }

  on<Name extends keyof Heard>(name: Name, listener: (what: Heard[Name]) => void, signal: AbortSignal): void {
    this.#heard.addEventListener(name, (event) => listener((event as CustomEvent<Heard[Name]>).detail), { signal });
  }

  tell<Name extends keyof Heard>(name: Name, detail: Heard[Name]): void {
    this.#heard.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

export function bootWith(changes: Partial<Boot>): Boot {
  return { ...boot, ...changes };
}

function find(replies: Replies, method: string, path: string): Reply | undefined {
  for (const [route, reply] of Object.entries(replies)) {
    const [verb, pattern = ""] = route.split(" ");
    const expression = pattern.replace(/:\w+/g, "[^/]+").replace(/\*$/, ".*");
    if (verb === method && new RegExp(`^${expression}$`).test(path)) return reply;
  }
  return undefined;
}

/** Puts a stand-in into the page, in one language, with the whole catalogue. */
export async function standIn(double: Double, language: Language = "en"): Promise<Double> {
  provide(double);
  const parts = await Promise.all(
    language === "de"
      ? [import("../src/words/switcher.de.ts"), import("../src/words/pages.de.ts"), import("../src/words/settings.de.ts"), import("../src/words/errors.de.ts"), import("../src/words/operator.de.ts")]
      : [import("../src/words/switcher.en.ts"), import("../src/words/pages.en.ts"), import("../src/words/settings.en.ts"), import("../src/words/errors.en.ts"), import("../src/words/operator.en.ts")],
  );
  for (const part of parts) for (const words of Object.values(part)) learn(words as never);
  const { chooseLanguage } = await import("../src/part/element.ts");
  chooseLanguage();
  speak(language);
  return double;
}
