// The small things that stand everywhere. Apart from the rest, because the switcher's first module carries them.

import { css } from "lit";

/** One line, cut off where the space ends. */
export const cut = css`
  .cut {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
`;

export const spinner = css`
  .spinner {
    inline-size: 0.9rem;
    block-size: 0.9rem;
    border: 2px solid currentcolor;
    border-inline-end-color: transparent;
    border-radius: 50%;
    flex: none;
    animation: turn 0.7s linear infinite;
  }
  @keyframes turn {
    to {
      rotate: 1turn;
    }
  }
`;
