// The icons of the opened switcher, apart from its trigger's: they come with what shows them.

import { svg, type TemplateResult } from "lit";
import { icon } from "./icon.ts";

export const check = (): TemplateResult => icon(svg`<path d="m3 8.5 3.2 3.2L13 5" />`);
export const plus = (): TemplateResult => icon(svg`<path d="M8 3v10M3 8h10" />`);
export const gear = (): TemplateResult =>
  icon(svg`<path d="M2 4.5h5M11 4.5h3M2 11.5h3M9 11.5h5" /><circle cx="9" cy="4.5" r="1.8" /><circle cx="7" cy="11.5" r="1.8" />`);
export const grid = (): TemplateResult =>
  icon(svg`<rect x="2.5" y="2.5" width="4.5" height="4.5" rx="1.2" /><rect x="9" y="2.5" width="4.5" height="4.5" rx="1.2" /><rect x="2.5" y="9" width="4.5" height="4.5" rx="1.2" /><rect x="9" y="9" width="4.5" height="4.5" rx="1.2" />`);
export const search = (): TemplateResult => icon(svg`<circle cx="7" cy="7" r="4.2" /><path d="m10.2 10.2 3.3 3.3" />`);
export const pin = (): TemplateResult => icon(svg`<path d="M5.5 2.5h5l-.6 4.2 2.1 2.3v1H4V9l2.1-2.3zM8 10v3.5" />`, 14);
