// <annex-logo-field>: a picture to be chosen, with a preview. Fires `annex-picked` with the file, or null.

import { css, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { buttons, fields } from "../style/controls.ts";
import { tokens } from "../style/tokens.ts";
import { t } from "../words/index.ts";
import { avatar, avatarStyle } from "./avatar.ts";
import { AnnexElement, define } from "./element.ts";
import { picture, upload } from "./icons.ts";

const KINDS = ["image/png", "image/jpeg", "image/webp"];
const MOST_BYTES = 1_048_576;

export class AnnexLogoField extends AnnexElement {
  static override properties: PropertyDeclarations = {
    name: {},
    url: {},
    error: {},
    disabled: { type: Boolean },
    optional: { type: Boolean },
    shown: { state: true },
    own: { state: true },
  };

  static override styles = [
    tokens,
    buttons,
    fields,
    avatarStyle,
    css`
      .picture {
        display: flex;
        flex-wrap: wrap;
        gap: 0.75rem 1rem;
        align-items: center;
      }
      input {
        position: absolute;
        opacity: 0;
        inline-size: 1px;
        block-size: 1px;
      }
      canvas {
        inline-size: 3.5rem;
        block-size: 3.5rem;
        border-radius: 0.95rem;
        border: 1px solid var(--_line);
        background: #fff;
      }
      .field {
        justify-items: start;
      }
      .avatar.none {
        background: var(--_sunken);
        border: 1px dashed var(--_edge);
        color: var(--_muted);
      }
    `,
  ];

  /** For the initials. */
  declare name: string;
  declare url: string | null;
  declare error: string | null;
  declare disabled: boolean;
  /** Says that nobody needs one. */
  declare optional: boolean;
  /** The chosen file, drawn. */
  declare shown: ImageBitmap | null;
  declare own: string | null;

  constructor() {
    super();
    this.name = "";
    this.url = null;
    this.error = null;
    this.disabled = false;
    this.optional = false;
    this.shown = null;
    this.own = null;
  }

  /** Another picture is kept now: that one is shown. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("url")) this.shown = null;
  }

  protected override render(): TemplateResult {
    const error = this.own ?? this.error;
    return html`<div class="field">
      <span class="label" id="label">${t("create.logo")} ${this.optional ? html`<span class="optional">(${t("field.optional")})</span>` : nothing}</span>
      <div class="picture">
        ${this.shown ? html`<canvas width="112" height="112" aria-hidden="true"></canvas>` : this.name || this.url ? avatar({ id: this.name, name: this.name, logoUrl: this.url }, "large") : html`<span class="avatar large none" aria-hidden="true">${picture()}</span>`}
        ${this.disabled ? nothing : this.#buttons()}
      </div>
      ${error ? html`<p class="error" role="alert">${error}</p>` : nothing}
      <p class="hint" id="hint">${t("create.logoHint")}</p>
    </div>`;
  }

  #buttons(): TemplateResult {
    return html`<div class="actions">
      <button class="button small" type="button" aria-describedby="hint" @click=${this.#pick}>${upload()}${t("create.logoPick")}</button>
      <input type="file" tabindex="-1" aria-labelledby="label" accept=${KINDS.join(",")} @change=${this.#picked} />
      ${this.shown || this.url ? html`<button class="button quiet small" type="button" @click=${this.#remove}>${t("create.logoRemove")}</button>` : nothing}
    </div>`;
  }

  protected override updated(): void {
    const canvas = this.renderRoot.querySelector("canvas");
    if (!canvas || !this.shown) return;
    const { width, height } = this.shown;
    const scale = Math.min(canvas.width / width, canvas.height / height);
    const [w, h] = [width * scale, height * scale];
    const context = canvas.getContext("2d");
    context?.clearRect(0, 0, canvas.width, canvas.height);
    context?.drawImage(this.shown, (canvas.width - w) / 2, (canvas.height - h) / 2, w, h);
  }

  readonly #pick = (): void => this.renderRoot.querySelector("input")?.click();

  readonly #picked = async (event: Event): Promise<void> => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    input.value = "";
    if (!file) return;
    this.own = !KINDS.includes(file.type) ? t("field.not_png_jpeg_or_webp") : file.size > MOST_BYTES ? t("field.too_large") : null;
    if (this.own) return;
    // Drawn, not linked: a policy may forbid pictures from `blob:`.
    this.shown = await createImageBitmap(file).catch(() => null);
    if (this.shown) this.#fire(file);
    else this.own = t("field.unreadable");
  };

  readonly #remove = (): void => {
    this.shown = null;
    this.url = null;
    this.#fire(null);
  };

  #fire(file: File | null): void {
    this.dispatchEvent(new CustomEvent("annex-picked", { detail: file, bubbles: true, composed: true }));
  }
}

define("annex-logo-field", AnnexLogoField);
