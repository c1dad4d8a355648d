// What changes for this person, as it happens: server-sent events by `fetch`, with the bearer.
//
// A stream is open only while the page is seen, so that many tabs do not use up a browser's connections. On every new
// one the standing is asked for, because a stream tells only what changes from then on.
// Invariant: that Annex is gone is said only when somebody answers and it is not Annex.

import type { Boot } from "../boot.ts";
import type { Loss } from "../runtime.ts";
import { ANNEX_HEADER } from "./hook.ts";

export interface Listener {
  readonly boot: Boot;
  readonly workspace: string;
  readonly home: string;
  /** Whether the person of this page is still signed in; while not, nothing is asked. */
  isSignedIn(): boolean;
  call(path: string, init?: RequestInit): Promise<Response>;
  probe(): Promise<Response>;
  lose(loss: Loss): void;
  change(event: string, workspaceId: string | null): void;
  end(): void;
}

interface Said {
  readonly workspaceId?: string | null;
  readonly enabled?: boolean;
  readonly change?: string;
  readonly reason?: string;
}

const EVENTS = "/api/workspaces/events";
const WORKSPACES = "/api/workspaces";
/** The server says something every 20 s. */
const SILENCE_MS = 30_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** Follows until the signal; never rejects. */
export async function follow(listener: Listener, signal: AbortSignal): Promise<void> {
  let wait = FIRST_WAIT_MS;
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    await seen(signal);
    if (isOver()) return;
    if (!listener.isSignedIn()) {
      await sleep(LONGEST_WAIT_MS, signal);
      continue;
    }
    try {
      if (await standing(listener)) wait = FIRST_WAIT_MS;
      const over = await stream(listener, signal);
      if (over === "end") return;
    } catch {
      // The probe below says what it means.
    }
    if (isOver() || (await isGone(listener))) return;
    await sleep(wait * (0.75 + Math.random() / 2), signal);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

/** Whether the person may still be where this page is; says so if not. */
async function standing(listener: Listener): Promise<boolean> {
  const answer = await listener.call(WORKSPACES);
  if (answer.status === 403 && listener.workspace !== listener.home) listener.lose("off");
  if (!answer.ok || !answer.headers.has(ANNEX_HEADER)) return false;
  const { workspaces } = (await answer.json()) as {
    workspaces: { workspaceId: string; can: { switch: boolean }; workspace: { state: string } }[];
  };
  const seat = workspaces.find((one) => one.workspaceId === listener.workspace);
  if (listener.workspace === listener.home) return true;
  if (!seat) listener.lose("lost");
  else if (seat.workspace.state === "deleted") listener.lose("deleted");
  else if (!seat.can.switch) listener.lose("off");
  return true;
}

async function stream(listener: Listener, signal: AbortSignal): Promise<"end" | "again"> {
  const ended = new AbortController();
  const stop = (): void => ended.abort();
  const hidden = (): void => {
    if (document.hidden) stop();
  };
  signal.addEventListener("abort", stop, { signal: ended.signal });
  document.addEventListener("visibilitychange", hidden, { signal: ended.signal });
  let silent = setTimeout(stop, SILENCE_MS);
  try {
    const answer = await listener.call(EVENTS, { headers: { Accept: "text/event-stream" }, signal: ended.signal });
    if (!answer.ok || !answer.body || !answer.headers.get("Content-Type")?.startsWith("text/event-stream")) return "again";
    let text = "";
    const decoder = new TextDecoder();
    for (const reader = answer.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return "again";
      clearTimeout(silent);
      silent = setTimeout(stop, SILENCE_MS);
      const blocks = (text + decoder.decode(value, { stream: true })).split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) if (!hear(listener, block)) return "end";
    }
  } finally {
    clearTimeout(silent);
    stop();
  }
}

/** False: the stream was the last one. */
function hear(listener: Listener, block: string): boolean {
  const field = (name: string): string => new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1] ?? "";
  const event = field("event");
  if (!event) return true;
  const said = JSON.parse(field("data") || "{}") as Said;
  const here = said.workspaceId === listener.workspace;
  const isElsewhere = listener.workspace !== listener.home;
  if (event === "end" && said.reason === "feature_lost") {
    if (isElsewhere) listener.lose("off");
    listener.end();
    return false;
  }
  if (here && isElsewhere) {
    if (event === "access" && said.change === "lost") listener.lose("lost");
    if (event === "access" && said.change === "suspended") listener.lose("suspended");
    if (event === "workspace" && said.change === "deleted") listener.lose("deleted");
    if (event === "flag" && said.enabled === false) listener.lose("off");
  }
  listener.change(event, said.workspaceId ?? null);
  return true;
}

/** Asks who answers. Nobody: it may come back. Somebody else than Annex: it was taken away. */
async function isGone(listener: Listener): Promise<boolean> {
  const answer = await listener.probe().catch(() => null);
  if (!answer || answer.status >= 500 || answer.headers.has(ANNEX_HEADER)) return false;
  if (listener.workspace === listener.home) listener.end();
  else listener.lose("gone");
  return true;
}

function seen(signal: AbortSignal): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((done) => {
    const woken = (): void => {
      if (!document.hidden) finish();
    };
    const finish = (): void => {
      document.removeEventListener("visibilitychange", woken);
      signal.removeEventListener("abort", finish);
      done();
    };
    document.addEventListener("visibilitychange", woken);
    signal.addEventListener("abort", finish);
  });
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      done();
    }, { once: true });
  });
}
