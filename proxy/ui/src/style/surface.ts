// What stands on a page: cards, badges, notices, tables, placeholders.

import { css } from "lit";
import { cut } from "./bits.ts";

export const surfaces = css`
  h1,
  h2,
  h3 {
    margin: 0;
    line-height: 1.25;
    letter-spacing: -0.011em;
    text-wrap: balance;
  }
  h1 {
    font-size: 1.5rem;
    font-weight: 650;
  }
  h2 {
    font-size: 1.0625rem;
    font-weight: 620;
  }
  h3 {
    font-size: 0.9375rem;
    font-weight: 620;
  }
  p {
    margin: 0;
    text-wrap: pretty;
  }
  .muted {
    color: var(--_muted);
  }
  .small {
    font-size: 0.8125rem;
  }
  .stack {
    display: grid;
    gap: 1rem;
    align-content: start;
  }
  .stack > *,
  .tight > * {
    min-inline-size: 0;
  }
  .stack.loose {
    gap: 1.5rem;
  }
  .tight {
    display: grid;
    gap: 0.25rem;
  }
  .row {
    display: flex;
    gap: 0.75rem;
    align-items: center;
    min-inline-size: 0;
  }
  .row.wrap {
    flex-wrap: wrap;
  }
  .grow {
    flex: 1 1 auto;
    min-inline-size: 0;
  }
  ${cut}
  .card {
    background: var(--_surface);
    border: 1px solid var(--_line);
    border-radius: var(--_radius-large);
    padding: 1.25rem;
    min-inline-size: 0;
  }
  .card.flush {
    padding: 0;
    overflow: hidden;
  }
  /* Fetched anew: what is shown stays, and fades if that takes longer. */
  .card[aria-busy="true"] {
    opacity: 0.55;
    transition: opacity 150ms 200ms;
  }
  .card.danger {
    border-color: color-mix(in srgb, var(--_danger) 35%, var(--_line));
  }
  .badge {
    display: inline-flex;
    align-items: center;
    gap: 0.3rem;
    padding: 0.05rem 0.5rem;
    border-radius: 99px;
    background: var(--_hover);
    color: var(--_muted);
    border: 1px solid transparent;
    font-size: 0.75rem;
    font-weight: 500;
    white-space: nowrap;
  }
  .badge.good {
    background: var(--_good-soft);
    color: var(--_good-text);
  }
  .badge.warn {
    background: var(--_warn-soft);
    color: var(--_warn-text);
  }
  .badge.bad {
    background: var(--_danger-soft);
    color: var(--_danger-text);
  }
  .badge.accent {
    background: var(--_accent-soft);
    color: var(--_accent-text);
  }
  .notice {
    display: flex;
    gap: 0.6rem;
    align-items: flex-start;
    padding: 0.7rem 0.9rem;
    border: 1px solid transparent;
    border-radius: var(--_radius);
    background: var(--_accent-soft);
    color: var(--_text);
  }
  .notice .link {
    display: inline-flex;
    align-items: center;
  }
  .notice > svg {
    margin-block-start: 0.15rem;
    color: var(--_accent-text);
  }
  .notice.bad {
    background: var(--_danger-soft);
  }
  .notice.bad > svg {
    color: var(--_danger-text);
  }
  .notice.warn {
    background: var(--_warn-soft);
  }
  .notice.warn > svg {
    color: var(--_warn-text);
  }
  .notice.good {
    background: var(--_good-soft);
  }
  .notice.good > svg {
    color: var(--_good-text);
  }
  .empty {
    display: grid;
    justify-items: center;
    gap: 0.4rem;
    padding: 2.5rem 1.25rem;
    text-align: center;
    color: var(--_muted);
  }
  .bone {
    display: block;
    block-size: 0.8rem;
    border-radius: 0.3rem;
    background: var(--_hover);
    animation: breathe 1.4s ease-in-out infinite alternate;
  }
  @keyframes breathe {
    to {
      opacity: 0.45;
    }
  }
  code,
  .mono {
    font-family: var(--_mono);
    font-size: 0.92em;
  }
  .card.flush.scroll {
    overflow: auto;
  }
  .scroll {
    position: relative;
    overflow-x: auto;
    scrollbar-width: thin;
  }
  table {
    border-collapse: collapse;
    inline-size: 100%;
  }
  th {
    text-align: start;
    font-weight: 500;
    font-size: 0.8125rem;
    color: var(--_muted);
    padding: 0.55rem 0.9rem;
    border-block-end: 1px solid var(--_line);
    white-space: nowrap;
  }
  td {
    padding: 0.65rem 0.9rem;
    border-block-end: 1px solid var(--_line);
    vertical-align: middle;
  }
  tbody th {
    color: var(--_text);
    font-size: 0.875rem;
  }
  tbody tr:last-child > * {
    border-block-end: 0;
  }
  .numeric {
    font-variant-numeric: tabular-nums;
  }
  @media (forced-colors: active) {
    .badge,
    .notice,
    .bone {
      border: 1px solid CanvasText;
    }
  }
`;
