// How the people of a workspace are shown: a table, and on a narrow screen one card each.

import { css } from "lit";

export const teamStyle = css`
  .tools {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
  }
  .tools .search {
    flex: 1 1 13rem;
  }
  .tools select.input {
    inline-size: auto;
    flex: 1 1 auto;
    max-inline-size: 100%;
  }
  .name {
    display: flex;
    flex-wrap: wrap;
    gap: 0.15rem 0.4rem;
    align-items: center;
    font-weight: 600;
    color: var(--_text);
    font-size: 0.875rem;
    white-space: normal;
  }
  .mail {
    font-weight: 400;
    overflow-wrap: anywhere;
    white-space: normal;
  }
  .invitation .mail {
    font-weight: 600;
  }
  .who {
    border-block-end: 1px solid var(--_line);
    inline-size: 100%;
  }
  .people thead th {
    padding-block: 0.45rem;
  }
  .people td {
    white-space: nowrap;
  }
  .people tr > :not(:first-child) {
    padding-inline: 0.5rem;
  }
  .people tr > :last-child {
    padding-inline-end: 0.9rem;
  }
  section {
    margin-block-start: 1rem;
  }
  .people .actions .button {
    padding-inline: 0.5rem;
  }
  select.input.role {
    inline-size: auto;
    min-inline-size: 8.5rem;
    min-block-size: 2rem;
    padding-block: 0.2rem;
  }
  .people .actions {
    flex-wrap: nowrap;
    gap: 0;
  }
  ul {
    list-style: none;
    margin: 0;
    padding: 0;
  }
  li + li {
    border-block-start: 1px solid var(--_line);
  }
  .invitation {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem 0.75rem;
    align-items: center;
    padding: 0.7rem 0.9rem;
  }
  .invitation .grow {
    flex-basis: 13rem;
  }
  .envelope {
    display: grid;
    place-items: center;
    inline-size: 2rem;
    block-size: 2rem;
    border-radius: 50%;
    background: var(--_hover);
    color: var(--_muted);
  }
  @media (max-width: 60rem) {
    .people,
    .people tbody,
    .people tr {
      display: block;
    }
    .people thead {
      position: absolute;
      clip-path: inset(50%);
    }
    .people tr {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 0.25rem 0.75rem;
      padding: 0.75rem 0.9rem;
      border-block-end: 1px solid var(--_line);
    }
    .people tr:last-child {
      border: 0;
    }
    .people td,
    .people .who {
      border: 0;
      padding: 0;
    }
    .people .who {
      flex: 1 0 100%;
    }
    .people .seen {
      flex: 1;
    }
  }
`;
