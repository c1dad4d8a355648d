// Which workspace a tab is in.
//
// A tab owns its workspace (sessionStorage). A new tab takes the one that was used last; `?workspace=` in a link wins.
// Invariant: what one person chose is not another's: every key ends with whose it is (`annex.<name>:<principal>`).

/** Of the entry, and of the parameter of a link. */
const TAB = "workspace";
const LAST = "last";

/** What an id may look like: it becomes part of a path and of a header. With the mark the server was not told yet. */
const ENTRY = /^([\w-]{1,128})\*?$/;
export const UNTOLD = "*";

const key = (name: string, whose: string): string => `annex.${name}:${whose}`;

/** Where a tab of this person is. Changes nothing. */
export function look(principal: string, home: string): string {
  return linked() ?? id(sessionStorage.getItem(key(TAB, principal))) ?? id(localStorage.getItem(key(LAST, principal))) ?? home;
}

/**
 * From now on the workspace is the tab's own, whatever other tabs use; true: the server is yet to be told. A link's parameter
 * leaves the address, so that a copied one does not carry it on. What is stored of other people goes.
 */
export function settle(principal: string, home: string, workspace: string): boolean {
  const isLinked = linked() !== null;
  const before = sessionStorage.getItem(key(TAB, principal)) ?? (isLinked ? null : home);
  keep(principal);
  own(principal, workspace);
  if (isLinked) {
    const url = new URL(location.href);
    url.searchParams.delete(TAB);
    history.replaceState(history.state, "", url);
  }
  return before !== workspace;
}

/** This tab, and new ones. With `UNTOLD` the server hears of it from the document that comes next. */
export function choose(principal: string, workspace: string, mark = ""): void {
  own(principal, workspace + mark);
  localStorage.setItem(key(LAST, principal), workspace);
}

/** This tab alone. */
export function own(principal: string, entry: string): void {
  sessionStorage.setItem(key(TAB, principal), entry);
}

/** The tab is nobody's any more, and a sign-in begins at home. */
export function forget(principal: string): void {
  sessionStorage.removeItem(key(TAB, principal));
  localStorage.removeItem(key(LAST, principal));
}

/** Of all that is stored only this person's stays; of nobody: nothing. */
export function keep(principal: string | null): void {
  for (const storage of [sessionStorage, localStorage]) {
    for (const one of Object.keys(storage)) {
      const whose = /^annex\.\w+:(.*)/s.exec(one)?.[1];
      if (whose !== undefined && whose !== principal) storage.removeItem(one);
    }
  }
}

function id(entry: string | null): string | null {
  return ENTRY.exec(entry ?? "")?.[1] ?? null;
}

/** What a link names. */
function linked(): string | null {
  return id(new URL(location.href).searchParams.get(TAB));
}
