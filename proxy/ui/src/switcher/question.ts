// <annex-unsaved>: asks before a switch throws unsaved input away. Fires `annex-close`, or `annex-leave`.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import "../part/dialog.ts";
import { AnnexElement, define } from "../part/element.ts";
import { buttons } from "../style/controls.ts";
import { tokens } from "../style/tokens.ts";
import { t } from "../words/index.ts";

export class AnnexUnsaved extends AnnexElement {
  static override properties: PropertyDeclarations = { name: {}, scheme: { reflect: true } };

  static override styles = [
    tokens,
    buttons,
    css`
      p {
        margin: 0;
        color: var(--_muted);
      }
    `,
  ];

  /** Of the workspace that was chosen. */
  declare name: string;
  declare scheme: string | null;

  constructor() {
    super();
    this.name = "";
    this.scheme = null;
  }

  protected override render(): TemplateResult {
    return html`<annex-dialog heading=${t("unsaved.title")} scheme=${this.scheme ?? nothing}>
      <p>${t("unsaved.text", { name: this.name })}</p>
      <button slot="actions" class="button" type="button" @click=${() => this.#fire("annex-close")}>${t("unsaved.stay")}</button>
      <button slot="actions" class="button danger" type="button" @click=${() => this.#fire("annex-leave")}>${t("unsaved.leave")}</button>
    </annex-dialog>`;
  }

  #fire(name: string): void {
    this.dispatchEvent(new CustomEvent(name));
  }
}

define("annex-unsaved", AnnexUnsaved);
