// The page's own requests, sent to where this tab is.
//
// Installed only in a tab that is not at home. Invariant: a request that belongs to the workspace goes to its pinned path
// or nowhere; if we fail, it fails. So nothing that was meant for this workspace ever lands in another.
// Until it is known whether the person has the feature (`ui.inject = "any"`), such a request waits.
// Deliberately absent: beacons, sockets, form posts and links: the CRM's calls carry a header, which those cannot.

import type { Boot } from "../boot.ts";
import type { Loss } from "../runtime.ts";
import { matches, pinned } from "./routes.ts";

export const WORKSPACE_HEADER = "X-Workspace-Id";
/** On every answer of Annex. */
export const ANNEX_HEADER = "X-Annex-Request-Id";
/** On what the CRM answered in a workspace. */
const SERVED_HEADER = "X-Annex-Workspace-Id";

const LOSSES: Readonly<Record<string, Loss>> = {
  WORKSPACE_ACCESS_DENIED: "lost",
  WORKSPACE_DELETED: "deleted",
  WORKSPACE_OFF: "off",
  MULTI_WORKSPACE_DISABLED: "off",
};

export interface Watch {
  readonly boot: Boot;
  readonly workspace: string;
  /** Until it is known whether this document is in the workspace; then null, and `hasLeft` says so. Never rejects. */
  undecided(): Promise<unknown> | null;
  /** Why nothing may be sent now; asked before each request. */
  stopped(): Loss | null;
  lose(loss: Loss): void;
  /** The person signed out, or in again, in this document: it is at home from then on. */
  leave(): void;
  hasLeft(): boolean;
}

export function install(watch: Watch): void {
  hookFetch(watch);
  hookXhr(watch);
}

function destination(watch: Watch, method: string, target: URL): string | null {
  return watch.hasLeft() ? null : pinned(watch.boot, watch.workspace, method, target, location.origin);
}

function hookFetch(watch: Watch): void {
  const native = globalThis.fetch;
  globalThis.fetch = async function fetch(input, init) {
    const method = init?.method ?? (input instanceof Request ? input.method : "GET");
    const target = new URL(input instanceof Request ? input.url : input, document.baseURI);
    if (destination(watch, method, target) !== null) await watch.undecided();
    const path = destination(watch, method, target);
    if (path === null) {
      const answer = await native.call(globalThis, input, init);
      if (answer.ok && changesPerson(watch.boot, method, target)) watch.leave();
      return answer;
    }
    const stopped = watch.stopped();
    if (stopped) return refusal(stopped);
    const sent = await redirected(input, init, path);
    sent.headers.set(WORKSPACE_HEADER, watch.workspace);
    const answer = await native.call(globalThis, sent);
    const loss = judge(answer.status, answer.headers.get(SERVED_HEADER), watch.workspace, await codeOf(answer));
    if (!loss) return answer;
    watch.lose(loss);
    return loss === "gone" ? refusal(loss) : answer;
  };
}

/** The same request to another path. Not every browser copies a body from one request to another, so it is read. */
async function redirected(input: RequestInfo | URL, init: RequestInit | undefined, path: string): Promise<Request> {
  if (!(input instanceof Request)) return new Request(path, init);
  const whole = new Request(input, init);
  const { method, headers, credentials, cache, redirect, referrerPolicy, integrity, keepalive, signal } = whole;
  const hasBody = method !== "GET" && method !== "HEAD";
  const body = hasBody ? await whole.arrayBuffer() : null;
  return new Request(path, { method, headers, credentials, cache, redirect, referrerPolicy, integrity, keepalive, signal, body });
}

/** What an answer on the pinned path says of the workspace. */
function judge(status: number, served: string | null, workspace: string, code: string | undefined): Loss | null {
  // Without Annex the CRM answers its own page for a path that it does not know.
  if ((status >= 200 && status < 300) || status === 304) return served === workspace ? null : "gone";
  return LOSSES[code ?? ""] ?? null;
}

/** The code of a refusal of Annex's own; empty, if it is none. */
export async function codeOf(answer: Response): Promise<string> {
  if (![403, 409, 410].includes(answer.status) || !answer.headers.has(ANNEX_HEADER)) return "";
  const said = (await answer.clone().json().catch(() => null)) as { code?: string } | null;
  return said?.code ?? "";
}

/** What the CRM's page gets for a request that was not sent: JSON, as it expects, and no status that signs out. */
function refusal(loss: Loss): Response {
  const status = 409;
  return Response.json({ message: "Not sent", code: "WORKSPACE_LOST", reason: loss, status }, { status });
}

function changesPerson({ calls }: Boot, method: string, target: URL): boolean {
  const here = target.origin === location.origin;
  return here && [calls.login, calls.register, calls.logout].some((path) => matches(`POST ${path}`, method, target.pathname));
}

/** A request between `open` and `send`: what the page asked for, as it did. */
interface Opened {
  readonly asked: unknown[];
  readonly headers: [string, string][];
}

function hookXhr(watch: Watch): void {
  const prototype = XMLHttpRequest.prototype;
  const { open, send, abort, setRequestHeader } = prototype;
  const hooked = new WeakMap<XMLHttpRequest, Opened>();
  // Both spellings of the real one: without `async` it is true, and undefined would make it false.
  prototype.open = function (this: XMLHttpRequest, method: string, url: string | URL, ...rest: unknown[]) {
    const path = destination(watch, method, new URL(url, document.baseURI));
    hooked.delete(this);
    if (path !== null) hooked.set(this, { asked: [method, url, ...rest], headers: [] });
    Reflect.apply(open, this, [method, path ?? url, ...rest]);
  };
  prototype.setRequestHeader = function (this: XMLHttpRequest, name, value) {
    setRequestHeader.call(this, name, value);
    hooked.get(this)?.headers.push([name, value]);
  };
  prototype.abort = function (this: XMLHttpRequest) {
    hooked.delete(this);
    abort.call(this);
  };
  prototype.send = function (this: XMLHttpRequest, body) {
    const opened = hooked.get(this);
    if (!opened) {
      send.call(this, body);
      return;
    }
    const undecided = watch.undecided();
    // A synchronous one cannot wait: the server judges it.
    if (!undecided || opened.asked[2] === false) {
      sendThere(this, opened, body);
      return;
    }
    void undecided.then(() => {
      // Opened again or given up meanwhile: it is another one, or none.
      if (hooked.get(this) !== opened) return;
      if (!watch.hasLeft()) {
        sendThere(this, opened, body);
        return;
      }
      hooked.delete(this);
      Reflect.apply(open, this, opened.asked);
      for (const [name, value] of opened.headers) setRequestHeader.call(this, name, value);
      send.call(this, body);
    });
  };
  const sendThere = (request: XMLHttpRequest, opened: Opened, body?: Document | XMLHttpRequestBodyInit | null): void => {
    if (watch.stopped()) {
      queueMicrotask(() => ["error", "loadend"].forEach((name) => request.dispatchEvent(new ProgressEvent(name))));
      return;
    }
    setRequestHeader.call(request, WORKSPACE_HEADER, watch.workspace);
    request.addEventListener("load", () => {
      // One object may carry several requests: only what went there is judged.
      const loss = hooked.get(request) === opened ? judgeXhr(request, watch.workspace) : null;
      if (loss) watch.lose(loss);
    }, { once: true });
    send.call(request, body);
  };
}

function judgeXhr(request: XMLHttpRequest, workspace: string): Loss | null {
  const { status, responseType } = request;
  const isRead = status >= 400 && request.getResponseHeader(ANNEX_HEADER) && (responseType === "" || responseType === "text");
  const code = isRead ? /"code":\s*"(\w+)"/.exec(request.responseText)?.[1] : "";
  return judge(status, request.getResponseHeader(SERVED_HEADER), workspace, code);
}
