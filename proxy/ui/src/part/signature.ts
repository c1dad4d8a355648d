// A mail's signature as it will look, without ever being HTML here: known tags become templates, others vanish.

import { html, nothing, type TemplateResult } from "lit";

type Piece = TemplateResult | string | typeof nothing;

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: "\u00a0" };
const DROPPED = ["script", "style", "title", "head"];

export function signature(source: string): readonly Piece[] {
  const pieces: Piece[] = [];
  const open = { bold: 0, italic: 0, link: 0, dropped: 0 };
  for (const [, slash, name = "", text = ""] of source.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>|([^<]+|<)/gi)) {
    const tag = name.toLowerCase();
    const step = slash ? -1 : 1;
    if (DROPPED.includes(tag)) open.dropped = Math.max(0, open.dropped + step);
    else if (tag === "b" || tag === "strong") open.bold = Math.max(0, open.bold + step);
    else if (tag === "i" || tag === "em") open.italic = Math.max(0, open.italic + step);
    else if (tag === "a") open.link = Math.max(0, open.link + step);
    else if (tag === "br" || (slash && ["p", "div", "li", "tr"].includes(tag))) pieces.push(html`<br />`);
    if (text && open.dropped === 0) pieces.push(dressed(plain(text), open));
  }
  return pieces;
}

function plain(text: string): string {
  return text.replace(/\s+/g, " ").replace(/&(#?\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}

function dressed(text: string, open: { bold: number; italic: number; link: number }): Piece {
  let piece: Piece = text;
  if (open.link) piece = html`<u>${piece}</u>`;
  if (open.italic) piece = html`<em>${piece}</em>`;
  if (open.bold) piece = html`<strong>${piece}</strong>`;
  return piece;
}
