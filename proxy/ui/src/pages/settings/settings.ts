// <annex-settings-page>: the sections of a workspace's settings, one at a time, named by the address's fragment.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { readWorkspace } from "../../api.ts";
import { avatar } from "../../part/avatar.ts";
import { define } from "../../part/element.ts";
import { plus } from "../../part/icons.ts";
import { runtime } from "../../runtime.ts";
import type { About } from "../../shapes.ts";
import { t, type Key } from "../../words/index.ts";
import { PageElement, bones, fetched, pageStyles, unsavedQuestion } from "../page.ts";

const SECTIONS = ["info", "branding", "team", "roles", "activity", "danger"] as const;
type Section = (typeof SECTIONS)[number];

/** How each is fetched. Tests put something else here. */
export const modules: Record<Section, () => Promise<unknown>> = {
  info: () => import("./info.ts"),
  branding: () => import("./branding.ts"),
  team: () => import("./team.ts"),
  roles: () => import("./roles.ts"),
  activity: () => import("./activity.ts"),
  danger: () => import("./danger.ts"),
};

export class AnnexSettingsPage extends PageElement {
  static override properties: PropertyDeclarations = { about: { state: true }, section: { state: true }, wanted: { state: true } };

  static override styles = [
    pageStyles,
    css`
      .layout {
        display: grid;
        grid-template-columns: 11rem minmax(0, 1fr);
        gap: clamp(1.5rem, 4vw, 3rem);
        align-items: start;
      }
      nav {
        display: grid;
        gap: 0.15rem;
        position: sticky;
        inset-block-start: 5rem;
      }
      nav a {
        display: flex;
        align-items: center;
        min-block-size: 2.1rem;
        padding: 0.35rem 0.75rem;
        border-radius: var(--_radius);
        color: var(--_muted);
        font-weight: 500;
        text-decoration: none;
        white-space: nowrap;
      }
      nav .create {
        gap: 0.4rem;
        margin-block-start: 0.6rem;
      }
      nav .spinner {
        margin-inline-start: auto;
      }
      nav a:hover {
        background: var(--_hover);
        color: var(--_text);
      }
      nav a[aria-current] {
        background: var(--_hover);
        color: var(--_text);
      }
      @media (max-width: 48rem) {
        .layout {
          grid-template-columns: minmax(0, 1fr);
        }
        nav {
          display: flex;
          position: static;
          overflow-x: auto;
          scrollbar-width: none;
          margin-inline: -0.25rem;
          padding: 0.25rem;
        }
        nav .create {
          margin-block-start: 0;
        }
      }
      @media (forced-colors: active) {
        nav a[aria-current]:not(:focus-visible) {
          outline: 1px solid Highlight;
        }
      }
    `,
  ];

  declare about: About | null;
  declare section: Section;
  /** Where the person wanted to go, away from what is not saved. */
  declare wanted: Section | null;

  constructor() {
    super();
    this.about = null;
    this.wanted = null;
    this.section = sectionOf(location.hash);
  }

  protected override whenPresent(signal: AbortSignal): void {
    addEventListener("hashchange", () => this.#go(sectionOf(location.hash)), { signal });
    document.addEventListener("annex-about", (event) => (this.about = (event as CustomEvent<About>).detail), { signal });
    void this.#load();
  }

  async #load(): Promise<void> {
    const id = runtime().workspace ?? "";
    await this.load("settings", (signal) => Promise.all([readWorkspace(id, signal), fetched(modules[this.section]())]), ([about]) => (this.about = about));
  }

  #go(next: Section): void {
    if (next === this.section && !this.isDoing("section")) return;
    const shown = this.renderRoot.querySelector("#section")?.lastElementChild;
    if (!(shown instanceof PageElement && shown.isDirty())) {
      void this.#show(next);
      return;
    }
    history.replaceState(null, "", `#${this.section}`);
    this.wanted = next;
  }

  /** The last one that was wanted is shown. Until then, and if it does not come, the one before stays. */
  async #show(next: Section): Promise<void> {
    this.wanted = null;
    const isShown = await this.load("section", () => fetched(modules[next]()), () => (this.section = next), `section ${next}`);
    if (!isShown || this.section !== next) return;
    history.replaceState(null, "", `#${next}`);
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>("#section")?.focus();
  }

  protected override render(): TemplateResult {
    const { about } = this;
    if (!about) return html`<div class="card">${this.fault ? this.faultNotice() : bones(5)}</div>`;
    return html`<div class="stack loose">
      <div class="row">
        ${avatar(about)}
        <h1>${t("settings.title")}</h1>
      </div>
      <div class="layout">
        <nav aria-label=${t("settings.sections")}>
          ${SECTIONS.map((one) => this.#tab(one))}
          <a class="create" href=${runtime().boot.paths.create}>${plus()}${t("mine.create")}</a>
        </nav>
        <section id="section" class="stack loose" tabindex="-1" aria-labelledby="heading">
          <div class="tight">
            <h2 id="heading">${t(`settings.${this.section}`)}</h2>
            <p class="muted">${t(`${this.section}.text` as Key, { name: about.name })}</p>
          </div>
          ${this.faultNotice()} ${this.#section(about)}
        </section>
      </div>
      ${this.wanted ? this.#question(this.wanted) : nothing}
    </div>`;
  }

  #tab(one: Section): TemplateResult {
    const isComing = this.isDoing(`section ${one}`);
    // What did not come before is wanted anew, though the address names it already.
    const click = (): void => {
      if (location.hash === `#${one}`) this.#go(one);
    };
    return html`<a href="#${one}" aria-current=${one === this.section ? "page" : nothing} aria-busy=${isComing} @click=${click}>
      ${t(`settings.${one}`)}${isComing ? html`<span class="spinner"></span>` : nothing}
    </a>`;
  }

  #question(wanted: Section): TemplateResult {
    return unsavedQuestion(() => (this.wanted = null), () => void this.#show(wanted));
  }

  #section(about: About): TemplateResult {
    switch (this.section) {
      case "info":
        return html`<annex-info-section .about=${about}></annex-info-section>`;
      case "branding":
        return html`<annex-branding-section .about=${about}></annex-branding-section>`;
      case "team":
        return html`<annex-team-section .about=${about}></annex-team-section>`;
      case "roles":
        return html`<annex-roles-section .about=${about}></annex-roles-section>`;
      case "activity":
        return html`<annex-activity-section .about=${about}></annex-activity-section>`;
      case "danger":
        return html`<annex-danger-section .about=${about}></annex-danger-section>`;
    }
  }
}

function sectionOf(hash: string): Section {
  return SECTIONS.find((one) => `#${one}` === hash) ?? "info";
}

define("annex-settings-page", AnnexSettingsPage);
