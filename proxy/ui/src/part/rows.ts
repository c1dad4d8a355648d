// Addresses as people paste them, and as a CSV file has them.

import type { NewInvitation } from "../shapes.ts";

/** The most that one request takes. */
export const MOST_ROWS = 100;

/**
 * One address a line, or several with commas, semicolons or spaces; after an address its line may say a role.
 * Empty lines and a head line vanish, and so does an address that stood before.
 */
export function readRows(text: string, roles: readonly string[], otherwise: string): NewInvitation[] {
  const rows = new Map<string, NewInvitation>();
  for (const line of text.split(/\r?\n/)) {
    const cells = cellsOf(line);
    if (cells[0]?.toLowerCase() === "email" || cells[0]?.toLowerCase() === "e-mail") continue;
    const last = cells.at(-1)?.toLowerCase() ?? "";
    const role = cells.length > 1 && roles.includes(last) ? last : undefined;
    for (const email of role ? cells.slice(0, -1) : cells) {
      const key = email.toLowerCase();
      if (!rows.has(key)) rows.set(key, { email, role: role ?? otherwise });
    }
  }
  return [...rows.values()];
}

/** Cells of one line; quotes hold a cell together. A name before `<address>` is not part of it. */
function cellsOf(line: string): string[] {
  const cells: string[] = [];
  for (const [, quoted, bare] of line.matchAll(/"((?:[^"]|"")*)"|([^,;\t]+)/g)) {
    const text = (quoted?.replaceAll('""', '"') ?? bare ?? "").trim();
    const address = /<([^<>\s]+@[^<>\s]+)>/.exec(text)?.[1];
    // Several addresses with nothing but spaces between them are several.
    if (address) cells.push(address);
    else if (/\S@\S+\s+\S+@\S/.test(text)) cells.push(...text.split(/\s+/));
    else if (text) cells.push(text);
  }
  return cells;
}
