// Buttons, links and fields.
//
// Deliberately absent: an element for each. Native controls in one shadow root keep labels, errors and forms together.

import { css } from "lit";
import { spinner } from "./bits.ts";

export const buttons = css`
  button,
  .button {
    font: inherit;
    color: inherit;
  }
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.4rem;
    min-block-size: 2.25rem;
    padding: 0.3rem 0.85rem;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_surface);
    color: var(--_text);
    font-weight: 500;
    text-decoration: none;
    text-align: center;
    cursor: pointer;
    transition: background var(--_fast), border-color var(--_fast), color var(--_fast);
  }
  .button:hover {
    background: var(--_hover);
  }
  .button:active {
    transform: translateY(0.5px);
  }
  .button.primary {
    background: var(--_accent);
    border-color: transparent;
    color: var(--_on-accent);
  }
  .button.primary:hover {
    background: var(--_accent-hover);
  }
  .button.danger {
    background: var(--_danger);
    border-color: transparent;
    color: var(--_on-danger);
  }
  .button.danger:hover {
    background: var(--_danger-hover);
  }
  .button.quiet {
    border-color: transparent;
    background: transparent;
    color: var(--_muted);
  }
  .button.quiet:hover {
    background: var(--_hover);
    color: var(--_text);
  }
  .button.small {
    min-block-size: 1.75rem;
    padding: 0.15rem 0.6rem;
    font-size: 0.8125rem;
  }
  .button.icon {
    padding: 0;
    inline-size: 2.25rem;
  }
  .button.icon.small {
    inline-size: 1.75rem;
  }
  .button[disabled],
  .button[aria-disabled="true"] {
    background: var(--_sunken);
    border-color: var(--_line);
    color: var(--_muted);
    cursor: not-allowed;
  }
  .button[aria-busy="true"] {
    cursor: progress;
  }
  ${spinner}
  a.link,
  button.link {
    padding: 0;
    border: 0;
    background: none;
    color: var(--_accent-text);
    font-weight: 500;
    text-decoration: underline;
    text-decoration-color: color-mix(in srgb, currentcolor 35%, transparent);
    text-underline-offset: 0.2em;
    min-block-size: 1.5rem;
    cursor: pointer;
  }
  a.link:hover,
  button.link:hover {
    text-decoration-color: currentcolor;
  }
  @media (forced-colors: active) {
    .button {
      border-color: ButtonBorder;
    }
    .button[disabled] {
      color: GrayText;
    }
  }
`;

export const fields = css`
  .field {
    display: grid;
    gap: 0.35rem;
    align-content: start;
    min-inline-size: 0;
  }
  .field > label,
  legend,
  .label {
    padding: 0;
    font-weight: 500;
    color: var(--_text);
  }
  .optional {
    color: var(--_muted);
    font-weight: 400;
  }
  .input,
  select.input {
    font: inherit;
    color: var(--_text);
    background: var(--_ground);
    border: 1px solid var(--_edge);
    border-radius: var(--_radius);
    padding: 0.4rem 0.65rem;
    min-block-size: 2.25rem;
    inline-size: 100%;
    min-inline-size: 0;
    transition: border-color var(--_fast), box-shadow var(--_fast);
  }
  select.input:not([multiple]) {
    appearance: none;
    padding-inline-end: 2rem;
    text-overflow: ellipsis;
    --_stroke: var(--_muted) calc(50% - 0.6px) calc(50% + 0.6px);
    background-image: linear-gradient(45deg, transparent calc(50% - 0.9px), var(--_stroke), transparent calc(50% + 0.9px)),
      linear-gradient(-45deg, transparent calc(50% - 0.9px), var(--_stroke), transparent calc(50% + 0.9px));
    background-size: 5px 5px;
    background-position: right calc(0.8rem + 4px) center, right 0.8rem center;
    background-repeat: no-repeat;
  }
  select.input:dir(rtl) {
    background-position: left 0.8rem center, left calc(0.8rem + 4px) center;
  }
  textarea.input {
    resize: vertical;
    min-block-size: 5rem;
    line-height: 1.5;
  }
  .input::placeholder {
    color: var(--_muted);
    opacity: 1;
  }
  .input:hover {
    border-color: var(--_muted);
  }
  .input:focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: -1px;
    border-color: var(--_accent);
  }
  .input[aria-invalid="true"] {
    border-color: var(--_danger);
  }
  .input:disabled,
  .input[readonly] {
    background: var(--_sunken);
    color: var(--_muted);
    border-color: var(--_line);
  }
  .hint {
    color: var(--_muted);
    font-size: 0.8125rem;
    margin: 0;
  }
  .error {
    display: flex;
    gap: 0.35rem;
    color: var(--_danger-text);
    font-size: 0.8125rem;
    margin: 0;
  }
  fieldset {
    border: 0;
    margin: 0;
    padding: 0;
    min-inline-size: 0;
  }
  .check {
    display: inline-flex;
    align-items: center;
    gap: 0.5rem;
    min-block-size: 1.5rem;
  }
  input[type="checkbox"],
  input[type="radio"] {
    inline-size: 1.05rem;
    block-size: 1.05rem;
    margin: 0.2rem;
    accent-color: var(--_accent);
    flex: none;
  }
  input[type="color"] {
    inline-size: 2.75rem;
    block-size: 2.25rem;
    padding: 0.2rem;
    border: 1px solid var(--_edge);
    border-radius: var(--_radius);
    background: var(--_ground);
    flex: none;
    cursor: pointer;
  }
  .grid {
    display: grid;
    gap: 1.1rem 1rem;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr));
  }
  .wide {
    grid-column: 1 / -1;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
    align-items: center;
  }
  .actions.end {
    justify-content: flex-end;
  }
  @media (forced-colors: active) {
    select.input:not([multiple]) {
      appearance: auto;
    }
  }
`;
