// The look, as custom properties. A host sets `--annex-*` on `:root`; everything of ours reads `--_*`.
//
// Light and dark are one declaration each (`light-dark`); `color-scheme` decides. The outermost element of ours follows
// the host (`scheme`), and those inside inherit it.

import { css } from "lit";

export const tokens = css`
  :host {
    --_font: var(--annex-font, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif);
    --_mono: var(--annex-font-mono, ui-monospace, "SF Mono", Menlo, Consolas, monospace);
    --_ground: var(--annex-ground, light-dark(#ffffff, #101216));
    --_surface: var(--annex-surface, light-dark(#ffffff, #191c22));
    --_sunken: var(--annex-sunken, light-dark(#f6f7f9, #14161b));
    --_hover: var(--annex-hover, light-dark(#f1f3f6, #23272f));
    --_line: var(--annex-line, light-dark(#e5e8ed, #2b303a));
    --_edge: var(--annex-edge, light-dark(#868e9c, #717b8c));
    --_text: var(--annex-text, light-dark(#14171d, #f0f2f5));
    --_muted: var(--annex-muted, light-dark(#596171, #a0a9b8));
    --_accent: var(--annex-accent, light-dark(#4451d6, #8c98ff));
    --_accent-hover: var(--annex-accent-hover, light-dark(#3743be, #a3adff));
    --_on-accent: var(--annex-on-accent, light-dark(#ffffff, #10132e));
    --_accent-soft: var(--annex-accent-soft, light-dark(#eef0ff, #23284a));
    --_accent-text: var(--annex-accent-text, light-dark(#3a46c4, #b3bbff));
    --_danger: var(--annex-danger, light-dark(#c3262f, #ff8b8b));
    --_danger-hover: var(--annex-danger-hover, light-dark(#a81d26, #ffa5a5));
    --_on-danger: var(--annex-on-danger, light-dark(#ffffff, #300a0c));
    --_danger-soft: var(--annex-danger-soft, light-dark(#fdf0f0, #3a1d20));
    --_danger-text: var(--annex-danger-text, light-dark(#b01f28, #ffa5a5));
    --_warn-soft: var(--annex-warn-soft, light-dark(#fef6e4, #38300f));
    --_warn-text: var(--annex-warn-text, light-dark(#7d4d00, #f5cf7a));
    --_good-soft: var(--annex-good-soft, light-dark(#e9f8ef, #14331f));
    --_good-text: var(--annex-good-text, light-dark(#14693a, #83dca6));
    --_radius: var(--annex-radius, 0.5rem);
    --_radius-large: calc(var(--_radius) * 1.5);
    --_shadow: var(
      --annex-shadow,
      0 0 0 1px light-dark(rgb(16 24 40 / 7%), rgb(255 255 255 / 9%)),
      0 1px 2px light-dark(rgb(16 24 40 / 4%), rgb(0 0 0 / 40%)),
      0 12px 32px -6px light-dark(rgb(16 24 40 / 18%), rgb(0 0 0 / 70%))
    );
    --_ring: 0 0 0 2px var(--_surface), 0 0 0 4px var(--_accent);
    --_fast: 120ms cubic-bezier(0.2, 0, 0, 1);
    font-family: var(--_font);
    font-size: 0.875rem;
    line-height: 1.45;
    color: var(--_text);
    text-align: start;
    letter-spacing: normal;
    -webkit-font-smoothing: antialiased;
  }
  :host([scheme="light"]) {
    color-scheme: light;
  }
  :host([scheme="dark"]) {
    color-scheme: dark;
  }
  :host([hidden]) {
    display: none;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  :focus {
    outline: none;
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  .sr {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  svg {
    display: block;
    flex: none;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after,
    ::backdrop {
      transition-duration: 0.01ms !important;
      animation-duration: 0.01ms !important;
      animation-iteration-count: 1 !important;
    }
  }
`;
