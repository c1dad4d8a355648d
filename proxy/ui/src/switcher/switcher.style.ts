// How the switcher looks.

import { css } from "lit";
import { cut, spinner } from "../style/bits.ts";

export const switcherStyle = css`
  :host {
    display: inline-flex;
    vertical-align: middle;
    min-inline-size: 0;
    /* Where the header's row is full we give way, and what is the CRM's keeps its width. */
    flex-shrink: 9999;
  }
  .trigger {
    display: inline-flex;
    align-items: center;
    gap: 0.55rem;
    max-inline-size: 15rem;
    min-inline-size: 0;
    min-block-size: 2.5rem;
    padding-block: 0.25rem;
    padding-inline: 0.35rem 0.5rem;
    margin-inline-end: 0.5rem;
    border: 1px solid transparent;
    border-radius: var(--_radius);
    background: transparent;
    color: var(--_text);
    text-align: start;
    cursor: pointer;
    transition: background var(--_fast), border-color var(--_fast);
  }
  .trigger:hover,
  .trigger[aria-expanded="true"] {
    background: var(--_hover);
    border-color: var(--_line);
  }
  .trigger > svg {
    color: var(--_muted);
  }
  .avatar.small {
    --_size: 1.75rem;
  }
  .where {
    display: grid;
    min-inline-size: 0;
    line-height: 1.2;
  }
  .name {
    font-weight: 600;
    font-size: 0.8125rem;
  }
  .role {
    font-size: 0.6875rem;
    color: var(--_muted);
  }
  .dot {
    inline-size: 0.5rem;
    block-size: 0.5rem;
    border-radius: 50%;
    background: var(--_accent);
    flex: none;
  }
  .panel {
    position: fixed;
    inset: auto;
    margin: 0;
    padding: 0;
    border: 0;
    border-radius: var(--_radius-large);
    background: var(--_surface);
    color: var(--_text);
    box-shadow: var(--_shadow);
    overflow: hidden;
  }
  .panel:popover-open {
    display: flex;
    flex-direction: column;
    animation: drop var(--_fast);
  }
  @keyframes drop {
    from {
      opacity: 0;
      transform: translateY(-4px) scale(0.985);
    }
  }
  annex-workspace-list {
    flex: 0 1 auto;
  }
  .said {
    margin: 0;
    padding: 0 0.95rem 0.6rem;
    font-size: 0.8125rem;
    color: var(--_muted);
  }
  .said:empty {
    display: none;
  }
  .footer {
    display: grid;
    padding: 0.375rem;
    border-block-start: 1px solid var(--_line);
    background: var(--_sunken);
  }
  .way {
    display: flex;
    align-items: center;
    gap: 0.65rem;
    padding: 0.45rem 0.6rem;
    min-block-size: 2.1rem;
    border-radius: var(--_radius);
    color: var(--_text);
    text-decoration: none;
  }
  .way:hover {
    background: var(--_hover);
  }
  .way:focus-visible {
    outline-offset: -2px;
  }
  .way svg {
    color: var(--_muted);
    margin-inline: 0.5rem;
  }
  .failed {
    display: grid;
    justify-items: start;
    gap: 0.75rem;
    padding: 1.1rem;
    color: var(--_muted);
  }
  .failed p {
    margin: 0;
  }
  button {
    font: inherit;
  }
  .again {
    padding: 0.3rem 0.8rem;
    border: 1px solid var(--_edge);
    border-radius: var(--_radius);
    background: none;
    color: var(--_text);
    cursor: pointer;
  }
  ${spinner} ${cut}
  @media (max-width: 40rem) {
    .where {
      position: absolute;
      clip-path: inset(50%);
      inline-size: 1px;
      overflow: hidden;
    }
    .trigger {
      gap: 0.2rem;
    }
  }
  /** A short window, as at 400 %: the panel scrolls as a whole. */
  @media (max-height: 30rem) {
    .panel:popover-open {
      display: block;
      overflow-y: auto;
    }
  }
  @media (forced-colors: active) {
    .panel {
      border: 1px solid CanvasText;
    }
    .dot {
      background: Highlight;
    }
  }
`;
