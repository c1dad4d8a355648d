// The order in which workspaces are shown, and what a search finds.
//
// Invariant: each workspace stands in exactly one group.

import type { Seat } from "../shapes.ts";
import type { Key } from "../words/index.ts";

export interface Group {
  readonly key: Key;
  readonly seats: readonly Seat[];
}

/** Above this many there is a search box, and the recent ones get a group. */
export const MANY = 7;
const MOST_RECENT = 3;

export function arrange(seats: readonly Seat[], pinned: ReadonlySet<string>, current: string | null): Group[] {
  const left = new Set(seats);
  const take = (from: readonly Seat[]): readonly Seat[] => from.filter((seat) => left.delete(seat));
  const chosen = take(seats.filter((seat) => pinned.has(seat.workspaceId)));
  const isMany = seats.length > MANY;
  const used = seats.filter((seat) => seat.lastAccessedAt && seat.workspaceId !== current && left.has(seat));
  const byUse = used.toSorted((one, other) => (other.lastAccessedAt ?? "").localeCompare(one.lastAccessedAt ?? ""));
  const recent = isMany ? take(byUse.slice(0, MOST_RECENT)) : [];
  const groups: Group[] = [
    { key: "switcher.pinned", seats: chosen },
    { key: "switcher.recent", seats: recent },
    { key: "switcher.all", seats: [...left] },
  ];
  return groups.filter((group) => group.seats.length > 0);
}

/** Those whose name holds every word of the query; names that begin with it first. */
export function find(seats: readonly Seat[], query: string): Seat[] {
  const words = plain(query).split(/\s+/).filter(Boolean);
  const found = seats.filter((seat) => words.every((word) => plain(seat.workspace.name).includes(word)));
  const begins = (seat: Seat): boolean => plain(seat.workspace.name).startsWith(plain(query).trim());
  return found.toSorted((one, other) => Number(begins(other)) - Number(begins(one)));
}

/** Without case and diacritics: `Zürich` is found by `zurich`. */
export function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/ß/g, "ss");
}
