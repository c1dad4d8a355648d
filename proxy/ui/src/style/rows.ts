// A row in a list of workspaces, wherever it is: a picture, a name, and what one is there.

import { css } from "lit";

export const rows = css`
  ul {
    list-style: none;
    margin: 0;
    padding: 0;
  }
  .heading {
    margin: 0;
    padding: 0.45rem 0.6rem 0.25rem;
    font-size: 0.75rem;
    font-weight: 500;
    color: var(--_muted);
  }
  .entry {
    display: flex;
    align-items: center;
    gap: 0.65rem;
    padding: 0.42rem 0.6rem;
    border-radius: var(--_radius);
  }
  .entry > .text {
    flex: 1;
    min-inline-size: 0;
    display: grid;
    line-height: 1.3;
  }
  .entry .name {
    font-weight: 600;
  }
  .entry .role {
    font-size: 0.75rem;
    font-weight: 400;
    color: var(--_muted);
  }
`;
