// What changes for this person, as it happens: server-sent events by `fetch`, with the bearer.
//
// A stream is open only while the page is seen, so that many tabs do not use up a browser's connections. On every new
// one the standing is asked for, because a stream tells only what changes from then on.
// Invariant: that Annex is gone is said only when somebody answers and it is not Annex.

import type { Boot } from "../boot.ts";
import type { Loss } from "../runtime.ts";
import { ANNEX_HEADER } from "./hook.ts";
import { sleep } from "./sleep.ts";

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
  /** The feature ended; the signal is aborted. */
  end(): void;
}

interface Said {
  readonly workspaceId?: string | null;
  readonly enabled?: boolean;
  readonly change?: string;
  readonly reason?: string;
}

/** Where the person's workspaces are, and the stream below it. */
export const WORKSPACES = "/api/workspaces";
/** What happens to the workspace that ends the page's stay. */
const LOSSES: Readonly<Record<string, Loss>> = {
  "access lost": "lost",
  "access suspended": "suspended",
  "workspace deleted": "deleted",
  "flag false": "off",
};
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
    if (listener.isSignedIn()) {
      try {
        await stream(listener, signal, () => (wait = FIRST_WAIT_MS));
      } catch {
        // The probe below says what it means.
      }
      if (isOver() || (await isGone(listener))) return;
    }
    await sleep(wait * (0.75 + Math.random() / 2), signal);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

/** Whether the person may still be where this page is; says so if not. */
async function standing(listener: Listener): Promise<boolean> {
  const answer = await listener.call(WORKSPACES);
  if (!answer.ok || !answer.headers.has(ANNEX_HEADER)) return false;
  const { workspaces } = (await answer.json()) as {
    workspaces: { workspaceId: string; can: { switch: boolean }; workspace: { state: string } }[];
  };
  const seat = workspaces.find((one) => one.workspaceId === listener.workspace);
  const loss = !seat ? "lost" : seat.workspace.state === "deleted" ? "deleted" : seat.can.switch ? null : "off";
  if (loss && listener.workspace !== listener.home) listener.lose(loss);
  return true;
}

async function stream(listener: Listener, signal: AbortSignal, answered: () => void): Promise<void> {
  const ended = new AbortController();
  const stop = (): void => ended.abort();
  const hidden = (): unknown => document.hidden && stop();
  signal.addEventListener("abort", stop, { signal: ended.signal });
  document.addEventListener("visibilitychange", hidden, { signal: ended.signal });
  let silent = setTimeout(stop, SILENCE_MS);
  try {
    const answer = await listener.call(WORKSPACES + "/events", { headers: { Accept: "text/event-stream" }, signal: ended.signal });
    // Asked for once the stream is open: what happened before is in the answer, and the stream tells what happens from now on.
    if (!signal.aborted && (await standing(listener))) answered();
    if (!answer.ok || !answer.body || !answer.headers.get("Content-Type")?.startsWith("text/event-stream")) return;
    let text = "";
    const decoder = new TextDecoder();
    for (const reader = answer.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(silent);
      silent = setTimeout(stop, SILENCE_MS);
      const blocks = (text + decoder.decode(value, { stream: true })).split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) hear(listener, block);
    }
  } finally {
    clearTimeout(silent);
    stop();
  }
}

function hear(listener: Listener, block: string): void {
  const field = (name: string): string => new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1] ?? "";
  const event = field("event");
  if (!event) return;
  const said = JSON.parse(field("data") || "{}") as Said;
  const isElsewhere = listener.workspace !== listener.home;
  if (event === "end" && said.reason === "feature_lost") {
    if (isElsewhere) listener.lose("off");
    listener.end();
    return;
  }
  const loss = LOSSES[`${event} ${said.change ?? said.enabled}`];
  if (loss && isElsewhere && said.workspaceId === listener.workspace) listener.lose(loss);
  listener.change(event, said.workspaceId ?? null);
}

/** Asks who answers. Nobody: it may come back. Somebody else than Annex: it was taken away. */
async function isGone(listener: Listener): Promise<boolean> {
  const answer = await listener.probe().catch(() => null);
  if (!answer || answer.status >= 500 || answer.headers.has(ANNEX_HEADER)) return false;
  if (listener.workspace === listener.home) listener.end();
  else listener.lose("gone");
  return true;
}

async function seen(signal: AbortSignal): Promise<void> {
  while (document.hidden && !signal.aborted) {
    await new Promise((done) => {
      document.addEventListener("visibilitychange", done, { once: true });
      signal.addEventListener("abort", done, { once: true });
    });
  }
}
