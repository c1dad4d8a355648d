// How an icon is drawn: with lines, and as decoration: the text beside it says what it means.

import { html, type SVGTemplateResult, type TemplateResult } from "lit";

export const icon = (paths: SVGTemplateResult, size = 16): TemplateResult => html`<svg
  width=${size}
  height=${size}
  viewBox="0 0 16 16"
  fill="none"
  stroke="currentColor"
  stroke-width="1.5"
  stroke-linecap="round"
  stroke-linejoin="round"
  aria-hidden="true"
>
  ${paths}
</svg>`;
