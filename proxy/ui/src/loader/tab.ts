// Which workspace a tab is in.
//
// A tab owns its workspace (sessionStorage). A new tab takes the one that was used last; `?workspace=` in a link wins.
// Invariant: what one person chose is not another's: every entry names whose it is.

const TAB = "annex.workspace";
const LAST = "annex.last";
export const PARAMETER = "workspace";

/** What an id may look like: it becomes part of a path and of a header. */
const ID = /^[A-Za-z0-9_-]{1,128}$/;

/** Where a tab of this person is. Changes nothing. */
export function look(principal: string, home: string): string {
  return linked() ?? entry(sessionStorage, TAB, principal) ?? entry(localStorage, LAST, principal) ?? home;
}

/**
 * From now on the workspace is the tab's own, whatever other tabs use. A link's parameter leaves the address, so that a copied
 * one does not carry it on.
 */
export function settle(principal: string, workspace: string): void {
  own(principal, workspace);
  if (linked() === null) return;
  const url = new URL(location.href);
  url.searchParams.delete(PARAMETER);
  history.replaceState(history.state, "", url);
}

/** This tab, and new ones. */
export function choose(principal: string, workspace: string): void {
  own(principal, workspace);
  localStorage.setItem(LAST, JSON.stringify([principal, workspace]));
}

/** This tab alone. */
export function own(principal: string, workspace: string): void {
  sessionStorage.setItem(TAB, JSON.stringify([principal, workspace]));
}

/** The tab is nobody's any more, and a sign-in begins at home. */
export function forget(): void {
  sessionStorage.removeItem(TAB);
  localStorage.removeItem(LAST);
}

function entry(storage: Storage, key: string, principal: string): string | null {
  try {
    const [whose, workspace] = JSON.parse(storage.getItem(key) ?? "[]") as unknown[];
    return whose === principal && typeof workspace === "string" && ID.test(workspace) ? workspace : null;
  } catch {
    return null;
  }
}

/** What a link names. */
function linked(): string | null {
  const named = new URL(location.href).searchParams.get(PARAMETER);
  return named !== null && ID.test(named) ? named : null;
}
