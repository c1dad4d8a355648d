// A modal question: the browser's own dialog, so that the rest of the page is inert and Escape works.
//
//   <annex-dialog heading="…" @annex-close=${…}> … <div slot="actions"> … </div> </annex-dialog>
//
// It opens when it comes into the page. Fires `annex-close` when the person closes it; whoever put it there takes it away.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { buttons } from "../style/controls.ts";
import { tokens } from "../style/tokens.ts";
import { t } from "../words/index.ts";
import { AnnexElement, define } from "./element.ts";
import { cross } from "./icons.ts";

export class AnnexDialog extends AnnexElement {
  static override properties: PropertyDeclarations = {
    heading: {},
    size: { reflect: true },
    isFixed: { type: Boolean, attribute: "fixed", reflect: true },
  };

  static override styles = [
    tokens,
    buttons,
    css`
      dialog {
        inline-size: min(var(--_wide, 28rem), calc(100vw - 2rem));
        max-block-size: calc(100dvh - 2rem);
        padding: 0;
        border: 0;
        border-radius: calc(var(--_radius) * 1.75);
        background: var(--_surface);
        color: var(--_text);
        box-shadow: var(--_shadow);
        overflow: auto;
        overscroll-behavior: contain;
      }
      :host([size="wide"]) {
        --_wide: 44rem;
      }
      dialog[open] {
        animation: rise 160ms cubic-bezier(0.2, 0, 0, 1);
      }
      dialog::backdrop {
        background: rgb(10 12 18 / 45%);
        animation: fade 160ms;
      }
      :host([fixed]) dialog::backdrop {
        background: var(--annex-veil, light-dark(#f6f7f9, #101216));
      }
      @keyframes rise {
        from {
          opacity: 0;
          transform: translateY(6px) scale(0.985);
        }
      }
      @keyframes fade {
        from {
          opacity: 0;
        }
      }
      .head {
        display: flex;
        align-items: start;
        gap: 1rem;
        padding: 1.25rem 1.25rem 0.25rem 1.5rem;
      }
      h2 {
        flex: 1;
        margin: 0.2rem 0 0;
        font-size: 1.0625rem;
        font-weight: 620;
        line-height: 1.3;
        letter-spacing: -0.011em;
        text-wrap: balance;
      }
      .body {
        padding: 0.25rem 1.5rem 1.25rem;
      }
      slot[name="actions"] {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: 0.5rem;
        padding: 0.9rem 1.5rem;
        border-block-start: 1px solid var(--_line);
        background: var(--_sunken);
        position: sticky;
        inset-block-end: 0;
      }
      @media (max-width: 30rem) {
        .head {
          padding-inline: 1.1rem 0.8rem;
        }
        .body,
        slot[name="actions"] {
          padding-inline: 1.1rem;
        }
      }
      @media (forced-colors: active) {
        dialog {
          border: 1px solid CanvasText;
        }
      }
    `,
  ];

  declare heading: string;
  declare size: "" | "wide";
  /** The person cannot close it, and does not see what is behind. */
  declare isFixed: boolean;

  constructor() {
    super();
    this.heading = "";
    this.size = "";
    this.isFixed = false;
  }

  protected override firstUpdated(): void {
    this.renderRoot.querySelector("dialog")?.showModal();
    // The first thing to fill in, else the first answer, which is the one that changes nothing.
    const first = this.querySelector<HTMLElement>('input:not([type="file"]), textarea, select') ?? this.querySelector<HTMLElement>('[slot="actions"]');
    first?.focus();
  }

  protected override render(): TemplateResult {
    return html`<dialog part="dialog" aria-labelledby="heading" @cancel=${this.#cancel} @close=${this.#close} @click=${this.#veil}>
      <div class="head">
        <h2 id="heading">${this.heading}</h2>
        ${this.isFixed
          ? nothing
          : html`<button class="button quiet icon small" type="button" aria-label=${t("action.close")} @click=${this.#close}>${cross()}</button>`}
      </div>
      <div class="body"><slot></slot></div>
      <slot name="actions"></slot>
    </dialog>`;
  }

  readonly #cancel = (event: Event): void => {
    if (this.isFixed) event.preventDefault();
  };

  readonly #close = (): void => {
    if (this.isFixed) this.renderRoot.querySelector("dialog")?.showModal();
    else this.dispatchEvent(new CustomEvent("annex-close", { bubbles: true, composed: true }));
  };

  readonly #veil = (event: MouseEvent): void => {
    if (event.target instanceof HTMLDialogElement && !this.isFixed && event.offsetY < 0) this.#close();
  };
}

define("annex-dialog", AnnexDialog);
