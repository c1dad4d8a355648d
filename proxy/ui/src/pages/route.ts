// Which page an address is.

import { html, type TemplateResult } from "lit";
import type { Paths } from "../boot.ts";
import { t } from "../words/index.ts";

export interface Route {
  readonly title: string;
  readonly width: "narrow" | "wide";
  /** Whether it is shown to somebody who is not signed in. */
  readonly isPublic: boolean;
  load(): Promise<unknown>;
  render(): TemplateResult;
}

const page = (title: string, width: Route["width"], load: Route["load"], render: Route["render"], isPublic = false): Route => ({
  title, width, isPublic, load, render,
});

export function route(path: string, paths: Paths): Route | null {
  const here = path.replace(/\/$/, "") || "/";
  if (here === paths.workspaces) {
    return page(t("mine.title"), "wide", () => import("./mine.ts"), () => html`<annex-mine-page></annex-mine-page>`);
  }
  if (here === paths.create) {
    return page(t("create.title"), "narrow", () => import("./create.ts"), () => html`<annex-create-page></annex-create-page>`);
  }
  if (here === paths.settings) {
    return page(t("settings.title"), "wide", () => import("./settings/settings.ts"), () => html`<annex-settings-page></annex-settings-page>`);
  }
  if (here === paths.invite) {
    return page(t("switcher.invitations"), "narrow", () => import("./accept.ts"), () => html`<annex-accept-page></annex-accept-page>`, true);
  }
  if (here === paths.admin) {
    return page(t("admin.title"), "wide", () => import("./admin.ts"), () => html`<annex-admin-page></annex-admin-page>`);
  }
  const workspace = named(paths.onboarding, here);
  if (workspace !== null) {
    const render = (): TemplateResult => html`<annex-onboarding-page workspace=${workspace}></annex-onboarding-page>`;
    return page(t("settings.title"), "narrow", () => import("./onboarding.ts"), render);
  }
  return null;
}

/** What stands in the place of `:id`. */
function named(pattern: string, path: string): string | null {
  const [before = "", after = ""] = pattern.split(":id");
  const fits = path.startsWith(before) && path.endsWith(after) && path.length > before.length + after.length;
  const id = fits ? path.slice(before.length, path.length - after.length) : "";
  return id && !id.includes("/") ? decodeURIComponent(id) : null;
}
