// The few icons.

import { svg, type TemplateResult } from "lit";
import { icon } from "./icon.ts";

export { check, gear, grid, pin, plus, search } from "./icons.panel.ts";
export const chevrons = (): TemplateResult => icon(svg`<path d="m5 6 3-3 3 3M5 10l3 3 3-3" />`);
export const warning = (): TemplateResult => icon(svg`<path d="M8 2.2 14.2 13H1.8zM8 6.5v3M8 11.4v.1" />`);
export const cross = (): TemplateResult => icon(svg`<path d="m4 4 8 8M12 4l-8 8" />`);
export const mail = (): TemplateResult => icon(svg`<rect x="2" y="3.5" width="12" height="9" rx="1.6" /><path d="m2.5 5 5.5 4 5.5-4" />`);
export const back = (): TemplateResult => icon(svg`<path d="M13 8H3.5M7 4 3 8l4 4" />`);
export const copy = (): TemplateResult => icon(svg`<rect x="5.5" y="5.5" width="8" height="8" rx="1.5" /><path d="M3.5 10.5h-1v-7a1 1 0 0 1 1-1h7v1" />`);
export const upload = (): TemplateResult => icon(svg`<path d="M8 10.5v-8M4.8 5.5 8 2.3l3.2 3.2M2.5 10.5v2a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1v-2" />`);
export const download = (): TemplateResult => icon(svg`<path d="M8 2.5v8M4.8 7.5 8 10.7l3.2-3.2M2.5 10.5v2a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1v-2" />`);
export const lock = (): TemplateResult => icon(svg`<rect x="3" y="7" width="10" height="6.5" rx="1.5" /><path d="M5.2 7V5a2.8 2.8 0 0 1 5.6 0v2" />`, 14);
export const people = (): TemplateResult => icon(svg`<circle cx="6" cy="5.5" r="2.3" /><path d="M1.8 13c.3-2.5 2-3.8 4.2-3.8s3.9 1.3 4.2 3.8M10.5 3.4a2.3 2.3 0 0 1 0 4.2M12 9.6c1.3.5 2.1 1.7 2.3 3.4" />`);
export const history = (): TemplateResult => icon(svg`<path d="M2.5 8a5.5 5.5 0 1 0 1.6-3.9L2.5 5.7M2.5 2.5v3.2h3.2M8 5.2V8l2 1.3" />`, 20);
export const picture = (): TemplateResult => icon(svg`<rect x="2" y="3" width="12" height="10" rx="1.6" /><circle cx="5.5" cy="6.5" r="1.1" /><path d="m2.5 12 3.6-3.4 2.3 2 2.4-2.6 3 3.2" />`, 20);
export const information = (): TemplateResult => icon(svg`<circle cx="8" cy="8" r="6" /><path d="M8 7.3v3.5M8 5.1v.1" />`);
