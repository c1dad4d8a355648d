// A workspace's or a person's picture: the logo, or initials on a colour of their own.

import { css, html, type TemplateResult } from "lit";
import { runtime } from "../runtime.ts";

export const avatarStyle = css`
  .avatar {
    --_hue: 220;
    inline-size: var(--_size, 2rem);
    block-size: var(--_size, 2rem);
    flex: none;
    display: grid;
    place-items: center;
    overflow: hidden;
    border-radius: calc(var(--_size, 2rem) * 0.27);
    background: light-dark(oklch(93% 0.045 var(--_hue)), oklch(34% 0.06 var(--_hue)));
    color: light-dark(oklch(40% 0.12 var(--_hue)), oklch(92% 0.05 var(--_hue)));
    font-size: calc(var(--_size, 2rem) * 0.39);
    font-weight: 650;
    line-height: 1;
    letter-spacing: 0.01em;
    user-select: none;
  }
  .avatar.round {
    border-radius: 50%;
  }
  .avatar.tiny {
    --_size: 1.5rem;
  }
  .avatar.large {
    --_size: 3.5rem;
  }
  .avatar img {
    inline-size: 100%;
    block-size: 100%;
    object-fit: contain;
    background: #fff;
  }
  @media (forced-colors: active) {
    .avatar {
      border: 1px solid CanvasText;
    }
  }
`;

export interface Portrait {
  readonly id: string;
  readonly name: string;
  readonly logoUrl?: string | null;
}

/** Decoration: the name always stands beside it. */
export function avatar({ id, name, logoUrl }: Portrait, look = ""): TemplateResult {
  return html`<span class="avatar ${look}" part="avatar" .style=${`--_hue:${hue(id)}`} aria-hidden="true"
    >${logoUrl && runtime().boot.pictures && isOurs(logoUrl) ? html`<img src=${logoUrl} alt="" loading="lazy" />` : initials(name)}</span
  >`;
}

/** Pictures come from this site alone. */
function isOurs(url: string): boolean {
  return URL.canParse(url, location.href) && new URL(url, location.href).origin === location.origin;
}

/** The first letters of the first and the last word. */
export function initials(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters = (word: string): string[] => Array.from(new Intl.Segmenter().segment(word), ({ segment }) => segment);
  const first = letters(words[0] ?? "?");
  const last = words.length > 1 ? letters(words.at(-1) ?? "") : [];
  return [...first.slice(0, last.length ? 1 : 2), ...last.slice(0, 1)].join("").toLocaleUpperCase();
}

/** Keeps its place for an id; neighbours differ. */
function hue(id: string): number {
  let sum = 7;
  for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return Math.round((sum * 137.5) % 360);
}
