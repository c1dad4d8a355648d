// <annex-app>: a document of ours. A bar with the way back and the switcher, one page, and what is said in passing.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { AnnexElement, define } from "../part/element.ts";
import { back } from "../part/icons.ts";
import { followScheme } from "../part/scheme.ts";
import { runtime } from "../runtime.ts";
import { buttons } from "../style/controls.ts";
import { surfaces } from "../style/surface.ts";
import { tokens } from "../style/tokens.ts";
import { navigation } from "../switcher/switching.ts";
import { t } from "../words/index.ts";
import { route, type Route } from "./route.ts";

const TOAST_MS = 6_000;

export class AnnexApp extends AnnexElement {
  static override properties: PropertyDeclarations = { route: { state: true }, isThere: { attribute: false }, said: { state: true }, state: { state: true } };

  static override styles = [
    tokens,
    buttons,
    surfaces,
    css`
      :host {
        display: block;
        min-block-size: 100dvh;
        background: var(--annex-page, light-dark(#fafbfc, #0d0f13));
      }
      .bar {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 0.5rem;
        padding: 0.5rem clamp(0.75rem, 3vw, 1.5rem);
        min-block-size: 3.5rem;
        border-block-end: 1px solid var(--_line);
        background: var(--_surface);
        position: sticky;
        inset-block-start: 0;
        z-index: 5;
      }
      .back {
        min-inline-size: 0;
      }
      .back:dir(rtl) svg {
        transform: scaleX(-1);
      }
      .skip {
        position: absolute;
        inset-block-start: 0.5rem;
        inset-inline-start: 0.5rem;
        z-index: 10;
      }
      .skip:not(:focus) {
        clip-path: inset(50%);
        inline-size: 1px;
        block-size: 1px;
        min-block-size: 0;
        padding: 0;
        overflow: hidden;
      }
      main {
        max-inline-size: var(--_page, 68rem);
        margin-inline: auto;
        padding: clamp(1.25rem, 4vw, 2.75rem) clamp(1rem, 4vw, 2rem) 5rem;
        outline: none;
      }
      main.narrow {
        --_page: 35rem;
      }
      .toast {
        position: fixed;
        inset-block-end: max(1rem, env(safe-area-inset-bottom));
        inset-inline: 1rem;
        z-index: 20;
        display: grid;
        justify-items: center;
        pointer-events: none;
      }
      .toast span {
        max-inline-size: 30rem;
        padding: 0.6rem 1rem;
        border-radius: 99px;
        background: light-dark(#1b1f27, #eceef2);
        color: light-dark(#fff, #14171d);
        box-shadow: var(--_shadow);
        font-weight: 500;
        animation: rise 160ms cubic-bezier(0.2, 0, 0, 1);
      }
      @keyframes rise {
        from {
          opacity: 0;
          transform: translateY(8px);
        }
      }
      @media (forced-colors: active) {
        .toast span {
          border: 1px solid CanvasText;
        }
      }
    `,
  ];

  declare route: Route | null;
  /** Whether the page's module came. */
  declare isThere: boolean;
  declare said: string;
  declare state: "shown" | "signed out";
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.route = route(location.pathname, runtime().boot.paths);
    this.isThere = true;
    this.said = "";
    this.state = "shown";
  }

  protected override whenPresent(signal: AbortSignal): void {
    followScheme(this, signal);
    document.addEventListener("annex-toast", (event) => this.#say((event as CustomEvent<string>).detail), { signal });
    if (runtime().principal === null && !this.route?.isPublic) this.state = "signed out";
  }

  protected override render(): TemplateResult {
    const { paths } = runtime().boot;
    const showsSwitcher = runtime().principal !== null && !this.route?.isPublic;
    return html`<header class="bar">
        <a class="button skip" href="#main" @click=${this.#skip}>${t("app.skip")}</a>
        <a class="button quiet back" href=${paths.start}>${back()}<span class="cut">${t("app.back")}</span></a>
        ${showsSwitcher ? html`<annex-switcher></annex-switcher>` : nothing}
      </header>
      <main id="main" class=${this.route?.width ?? "narrow"} tabindex="-1">${this.#page()}</main>
      <div class="toast" role="status">${this.said ? html`<span>${this.said}</span>` : nothing}</div>`;
  }

  #page(): TemplateResult {
    if (this.state === "signed out") {
      return html`<div class="card stack">
        <h1>${t("app.signIn")}</h1>
        <p class="muted">${t("app.signInText")}</p>
        <div><a class="button primary" href=${runtime().boot.paths.login}>${t("app.toSignIn")}</a></div>
      </div>`;
    }
    if (!this.route) return html`<div class="card"><h1>${t("app.nothing")}</h1></div>`;
    if (!this.isThere) {
      return html`<div class="card stack" role="alert">
        <h1>${t("app.failed")}</h1>
        <p class="muted">${t("error.MODULE_MISSING")}</p>
        <div><button class="button primary" type="button" @click=${() => navigation.reload()}>${t("app.retry")}</button></div>
      </div>`;
    }
    return this.route.render();
  }

  readonly #skip = (event: Event): void => {
    event.preventDefault();
    this.renderRoot.querySelector<HTMLElement>("main")?.focus();
  };

  #say(text: string): void {
    this.said = text;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => (this.said = ""), TOAST_MS);
  }
}

define("annex-app", AnnexApp);
