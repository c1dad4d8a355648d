// How the rows of the switcher look.

import { css } from "lit";

export const listStyle = css`
  :host {
    display: flex;
    flex-direction: column;
    min-block-size: 0;
  }
  .search {
    display: flex;
    align-items: center;
    gap: 0.6rem;
    padding-inline: 0.95rem;
    border-block-end: 1px solid var(--_line);
    color: var(--_muted);
  }
  .search input {
    flex: 1;
    min-inline-size: 0;
    font: inherit;
    color: var(--_text);
    background: none;
    border: 0;
    padding: 0.75rem 0;
    outline: none;
  }
  .search:focus-within {
    box-shadow: inset 0 -1px 0 var(--_accent);
    border-color: var(--_accent);
  }
  .search input::placeholder {
    color: var(--_muted);
    opacity: 1;
  }
  .list {
    overflow-y: auto;
    padding: 0.375rem;
    max-block-size: min(22rem, 46dvh);
    scrollbar-width: thin;
    scroll-padding: 0.375rem;
    overscroll-behavior: contain;
  }
  .option {
    cursor: pointer;
    scroll-margin: 0.4rem;
  }
  .option.active {
    background: var(--_hover);
  }
  .option:focus-visible {
    outline-offset: -2px;
  }
  .option[aria-disabled="true"] {
    cursor: default;
  }
  .option[aria-disabled="true"] .avatar {
    filter: grayscale(1);
  }
  .unread {
    min-inline-size: 1.25rem;
    padding: 0 0.35rem;
    border-radius: 99px;
    background: var(--_accent-soft);
    color: var(--_accent-text);
    font-size: 0.6875rem;
    font-weight: 650;
    line-height: 1.25rem;
    text-align: center;
    font-variant-numeric: tabular-nums;
  }
  .pin {
    display: grid;
    place-items: center;
    inline-size: 1.5rem;
    block-size: 1.5rem;
    border-radius: 0.35rem;
    color: var(--_muted);
    opacity: 0;
  }
  .pin.on,
  .option:hover .pin,
  .option.active .pin {
    opacity: 1;
  }
  .pin.on svg {
    fill: currentcolor;
  }
  .pin:hover {
    background: var(--_line);
    color: var(--_text);
  }
  .mark {
    inline-size: 1rem;
    display: grid;
    place-items: center;
    color: var(--_accent-text);
  }
  @media (max-height: 30rem) {
    .list {
      max-block-size: none;
    }
  }
  .none {
    margin: 0;
    padding: 0.75rem 1rem 1.5rem;
    text-align: center;
    color: var(--_muted);
    overflow-wrap: anywhere;
  }
  @media (forced-colors: active) {
    .search:focus-within {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
    .option.active {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
  }
`;
