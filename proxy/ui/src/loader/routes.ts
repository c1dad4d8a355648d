// Which of the page's requests belong to a workspace.
//
// Invariant: matching sees what Express sees: case-insensitive, a trailing slash ignored. Where it is in doubt, the
// request goes into the workspace, and the server decides.

import type { Boot } from "../boot.ts";

/** Where a request goes instead; null: where it wanted to. */
export function pinned(boot: Boot, workspace: string, method: string, target: URL, origin: string): string | null {
  if (target.origin !== origin) return null;
  const path = target.pathname;
  const { prefixes, own, home } = boot.routes;
  if (!begins(path, prefixes) || begins(path, own) || home.some((route) => matches(route, method, path))) return null;
  return boot.paths.pin + encodeURIComponent(workspace) + path + target.search;
}

function begins(path: string, prefixes: readonly string[]): boolean {
  const lower = path.toLowerCase();
  return prefixes.some((prefix) => {
    const whole = prefix.toLowerCase().replace(/\/$/, "");
    return lower === whole || lower.startsWith(whole + "/");
  });
}

/** Whether a route such as `GET /api/public/:token` is meant. A HEAD decides as a GET. */
export function matches(route: string, method: string, path: string): boolean {
  const [verb, pattern] = route.split(" ");
  const asked = method.toUpperCase();
  if (!pattern || verb !== (asked === "HEAD" ? "GET" : asked)) return false;
  const wanted = parts(pattern);
  const given = parts(path);
  return wanted.length === given.length && wanted.every((part, at) => part.startsWith(":") || part === given[at]);
}

function parts(path: string): string[] {
  return path.toLowerCase().replace(/\/$/, "").split("/");
}
