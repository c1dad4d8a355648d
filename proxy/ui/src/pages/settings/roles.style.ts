// How roles and their grid look.

import { css } from "lit";

export const rolesStyle = css`
  .tabs {
    display: flex;
    flex-wrap: wrap;
    gap: 0.4rem;
  }
  .tab {
    display: inline-flex;
    align-items: center;
    gap: 0.45rem;
    min-block-size: 2rem;
    padding: 0.2rem 0.75rem;
    border: 1px solid var(--_line);
    border-radius: 99px;
    background: var(--_surface);
    color: var(--_text);
    font-weight: 500;
    cursor: pointer;
  }
  .tab:hover {
    background: var(--_hover);
  }
  .tab[aria-pressed="true"] {
    background: var(--_accent-soft);
    border-color: var(--_accent);
    color: var(--_accent-text);
  }
  .tab.new {
    border-style: dashed;
    border-color: var(--_edge);
  }
  .count {
    color: var(--_muted);
    font-size: 0.75rem;
    font-weight: 500;
  }
  .tab[aria-pressed="true"] .count {
    color: inherit;
  }
  .cell {
    text-align: center;
    inline-size: 6rem;
    padding-inline: 0.4rem;
  }
  td.cell {
    padding-block: 0.3rem;
  }
  tbody th {
    color: var(--_text);
    font-size: 0.875rem;
    font-weight: 500;
    padding-block: 0.3rem;
  }
  tbody tr:hover > * {
    background: var(--_sunken);
  }
  .tick {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.15rem;
    min-block-size: 1.75rem;
    min-inline-size: 1.75rem;
    cursor: pointer;
    color: var(--_muted);
  }
  .fixed {
    display: inline-grid;
    place-items: center;
    min-block-size: 1.75rem;
    color: var(--_muted);
  }
  .fixed.on {
    color: var(--_good-text);
  }
  @media (forced-colors: active) {
    .tab[aria-pressed="true"] {
      border-color: Highlight;
    }
    .tab[aria-pressed="true"]:not(:focus-visible) {
      outline: 1px solid Highlight;
    }
  }
  @media (max-width: 40rem) {
    .cell {
      inline-size: auto;
    }
    th,
    td {
      padding-inline: 0.5rem;
    }
  }
`;
