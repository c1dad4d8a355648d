// The ways out of the opened switcher: a new workspace, the settings of this one for whoever may see them, all of them.

import { html, nothing, type TemplateResult } from "lit";
import { gear, grid, plus } from "../part/icons.ts";
import { runtime } from "../runtime.ts";
import type { Seat } from "../shapes.ts";
import { t } from "../words/index.ts";

export function ways(here: Seat | undefined): TemplateResult {
  const { paths } = runtime().boot;
  const link = (href: string, icon: TemplateResult, text: string): TemplateResult => html`<a class="way" href=${href}>${icon}${text}</a>`;
  return html`<nav class="footer" part="footer">
    ${link(paths.create, plus(), t("switcher.create"))}
    ${here?.can.manageSettings || here?.can.manageMembers ? link(paths.settings, gear(), t("switcher.settings")) : nothing}
    ${link(paths.workspaces, grid(), t("switcher.mine"))}
  </nav>`;
}
