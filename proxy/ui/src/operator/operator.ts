// <annex-operator>: the bar of the admin listener's page with its token, and the administrators' page below.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { Listener } from "./main.ts";
import { AnnexElement, define } from "../part/element.ts";
import { textField, valuesOf } from "../part/field.ts";
import { lock } from "../part/icons.ts";
import "../pages/admin.ts";
import { pageStyles } from "../pages/page.ts";
import { t } from "../words/index.ts";

const TOAST_MS = 6_000;

type Fault = "wrong" | "unreachable" | null;

export class AnnexOperator extends AnnexElement {
  static override properties: PropertyDeclarations = { isOpen: { state: true }, fault: { state: true }, isChecking: { state: true }, said: { state: true }, turn: { state: true } };

  static override styles = [
    pageStyles,
    css`
      :host {
        display: block;
        min-block-size: 100dvh;
        background: var(--annex-page, light-dark(#fafbfc, #0d0f13));
      }
      main {
        max-inline-size: 68rem;
        margin-inline: auto;
        padding: clamp(1.25rem, 4vw, 2.75rem) clamp(1rem, 4vw, 2rem) 5rem;
      }
      form {
        display: flex;
        flex-wrap: wrap;
        gap: 0.75rem;
        align-items: end;
      }
      form .field {
        flex: 1 1 16rem;
      }
      .toast {
        position: fixed;
        inset-block-end: 1rem;
        inset-inline: 1rem;
        display: grid;
        justify-items: center;
        pointer-events: none;
      }
      .toast span {
        padding: 0.6rem 1rem;
        border-radius: 99px;
        border: 1px solid transparent;
        background: light-dark(#1b1f27, #eceef2);
        color: light-dark(#fff, #14171d);
        font-weight: 500;
      }
    `,
  ];

  declare isOpen: boolean;
  declare fault: Fault;
  declare isChecking: boolean;
  declare said: string;
  /** Rises when everything is asked for anew. */
  declare turn: number;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly listener: Listener,
    /** Whether the listener has a token at all. */
    readonly canOpen: boolean,
  ) {
    super();
    this.isOpen = false;
    this.fault = null;
    this.isChecking = false;
    this.said = "";
    this.turn = 0;
  }

  protected override whenPresent(signal: AbortSignal): void {
    document.addEventListener("annex-toast", (event) => this.#say((event as CustomEvent<string>).detail), { signal });
  }

  protected override render(): TemplateResult {
    return html`<main class="stack loose">
      <section class="card stack" aria-labelledby="door">
        <div class="row wrap">
          <h2 id="door" class="grow">${t("operator.title")}</h2>
          ${this.isOpen ? nothing : html`<span class="badge">${lock()} ${t("operator.reading")}</span>`}
          <button class="button small" type="button" @click=${() => (this.turn += 1)}>${t("operator.again")}</button>
        </div>
        ${this.#door()}
      </section>
      <annex-admin-page .turn=${this.turn} ?locked=${!this.isOpen}></annex-admin-page>
    </main>
    <div class="toast" role="status">${this.said ? html`<span>${this.said}</span>` : nothing}</div>`;
  }

  #door(): TemplateResult {
    if (!this.canOpen) return html`<p class="muted small">${t("operator.never")}</p>`;
    if (this.isOpen) {
      return html`<div class="row wrap"><p class="muted small grow">${t("operator.unlocked")}</p><button class="button small" type="button" @click=${this.#close}>${t("operator.lock")}</button></div>`;
    }
    const error = this.fault && t(`operator.${this.fault}`);
    return html`<p class="muted small">${t("operator.tokenText")}</p>
      <form novalidate @submit=${this.#open}>
        ${textField({ name: "token", label: t("operator.token"), type: "password", autocomplete: "off", required: true, error })}
        <button class="button primary" type="submit" aria-busy=${this.isChecking}>${this.isChecking ? html`<span class="spinner"></span>${t("operator.unlocking")}` : t("operator.unlock")}</button>
      </form>`;
  }

  readonly #open = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { token = "" } = valuesOf(event.currentTarget as HTMLFormElement);
    if (!token || this.isChecking) return;
    this.isChecking = true;
    this.listener.token = token;
    // A token that is said is judged, for reading too.
    const status = await this.listener.call("/api/admin/health").then((answer) => answer.status, () => 0);
    this.isChecking = false;
    this.fault = status === 200 ? null : status === 401 ? "wrong" : "unreachable";
    this.isOpen = this.fault === null;
    if (!this.isOpen) {
      this.listener.token = null;
      await this.updateComplete;
      this.renderRoot.querySelector<HTMLElement>("#f-token")?.focus();
    }
  };

  readonly #close = (): void => {
    this.listener.token = null;
    this.isOpen = false;
  };

  #say(text: string): void {
    this.said = text;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => (this.said = ""), TOAST_MS);
  }
}

define("annex-operator", AnnexOperator);
