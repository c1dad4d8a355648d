// How branding is edited: the form, and beside it, in sight while one types, what it will look like.

import { css } from "lit";

export const brandingStyle = css`
  .standing {
    display: flex;
    flex-wrap: wrap;
    gap: 0.35rem 0.75rem;
    align-items: center;
    padding: 0.6rem 0.9rem;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_surface);
  }
  .standing .grow {
    flex-basis: 12rem;
  }
  .halves {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr));
    gap: 1.5rem;
    align-items: start;
  }
  form {
    display: grid;
    gap: 1.25rem;
  }
  h3:not(:first-of-type) {
    padding-block-start: 1.25rem;
    border-block-start: 1px solid var(--_line);
  }
  annex-logo-field + .hint {
    margin-block-start: -0.9rem;
  }
  .color {
    display: flex;
    gap: 0.5rem;
    align-items: center;
  }
  .reading {
    display: flex;
    gap: 0.4rem;
    align-items: flex-start;
    margin: 0;
    font-size: 0.8125rem;
  }
  .reading svg {
    margin-block-start: 0.1rem;
  }
  .reading.good {
    color: var(--_good-text);
  }
  .reading.warn {
    color: var(--_warn-text);
  }
  .preview {
    display: grid;
    gap: 1rem;
    position: sticky;
    inset-block-start: 5rem;
  }
  .switch {
    display: flex;
    justify-self: start;
    padding: 2px;
    border: 1px solid var(--_line);
    border-radius: calc(var(--_radius) + 2px);
    background: var(--_sunken);
  }
  .switch button {
    min-block-size: 1.75rem;
    padding: 0.15rem 0.75rem;
    border: 1px solid transparent;
    border-radius: var(--_radius);
    background: none;
    color: var(--_muted);
    font-size: 0.8125rem;
    font-weight: 500;
    cursor: pointer;
  }
  .switch [aria-pressed="true"] {
    border-color: var(--_line);
    background: var(--_surface);
    color: var(--_text);
    box-shadow: 0 1px 2px rgb(16 24 40 / 6%);
  }
  .removal {
    padding-block-start: 1rem;
    border-block-start: 1px solid var(--_line);
  }
  @media (max-width: 48rem) {
    .preview {
      position: static;
    }
  }
  @media (forced-colors: active) {
    .switch [aria-pressed="true"] {
      border-color: Highlight;
    }
  }
`;
