// What the loader leaves for the modules that it imports: one object, found by a symbol.
//
// Deliberately absent: anything that a module could do without it. The loader is in every page; modules are not.

import type { Boot } from "./boot.ts";

/** Why a page must not go on in its workspace. */
export type Loss =
  /** The membership ended. */
  | "lost"
  | "suspended"
  | "deleted"
  /** The feature is off there. */
  | "off"
  /** Annex does not answer; somebody else does. */
  | "gone"
  /** Somebody else signed in meanwhile, in another tab. */
  | "person";

/** What modules hear. */
export interface Heard {
  /** The page lost its workspace; nothing is written any more. */
  loss: Loss;
  /** Something changed that lists show. */
  change: { readonly event: string; readonly workspaceId: string | null };
  /** The feature ended for this person. */
  end: undefined;
}

export interface Runtime {
  readonly boot: Boot;
  /** Who is signed in, by the stored token; null: nobody. */
  readonly principal: string | null;
  /** Their own workspace. */
  readonly home: string | null;
  /** The workspace of this document. */
  readonly workspace: string | null;
  /** What was lost, if something was. */
  readonly loss: Loss | null;
  /** The person is about to end their stay themselves. */
  isGivenUp?: boolean;
  /**
   * Asks Annex, as the person: with the bearer, renewed once if need be. Never sent into a workspace. Rejects, and the page
   * stops, if somebody else signed in meanwhile.
   */
  call(path: string, init?: RequestInit): Promise<Response>;
  /** The next documents of this tab, and new tabs, are in this workspace. The server hears of it, unless it was told. */
  choose(workspace: string, told?: "told"): void;
  on<Name extends keyof Heard>(name: Name, listener: (what: Heard[Name]) => void, signal: AbortSignal): void;
}

const KEY = Symbol.for("annex.runtime");

type Holder = Record<symbol, Runtime | undefined>;

export function provide(runtime: Runtime): void {
  (globalThis as unknown as Holder)[KEY] = runtime;
}

/** The loader's object. A module without it has nothing to stand on. */
export function runtime(): Runtime {
  const found = (globalThis as unknown as Holder)[KEY];
  if (!found) throw new Error("the loader did not run");
  return found;
}
