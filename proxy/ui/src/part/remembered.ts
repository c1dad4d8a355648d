// What one person chose in this browser: pinned workspaces, the shortcut. Nothing here is secret, nor needed.

import { runtime } from "../runtime.ts";

const key = (name: string): string => `annex.${name}:${runtime().principal ?? ""}`;

function read(name: string): string | null {
  try {
    return localStorage.getItem(key(name));
  } catch {
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(key(name), value);
  } catch {
    // A full or forbidden storage forgets.
  }
}

export function pinned(): ReadonlySet<string> {
  return new Set((read("pinned") ?? "").split(" ").filter(Boolean));
}

/** Pins, or unpins; tells which it is now. */
export function togglePin(workspace: string): boolean {
  const all = new Set(pinned());
  const isPinned = !all.delete(workspace);
  if (isPinned) all.add(workspace);
  write("pinned", [...all].join(" "));
  return isPinned;
}

export const isShortcutOn = (): boolean => read("shortcut") !== "off";
export const setShortcut = (on: boolean): void => write("shortcut", on ? "on" : "off");
