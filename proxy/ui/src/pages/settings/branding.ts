// <annex-branding-section>: colours, documents and mails, with what they will look like and how they read.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { readBranding, writeBranding } from "../../api.ts";
import "../../part/brand-preview.ts";
import type { Shown } from "../../part/brand-preview.ts";
import { reading } from "../../part/contrast.ts";
import { define } from "../../part/element.ts";
import { textArea } from "../../part/field.ts";
import { check, information, warning } from "../../part/icons.ts";
import type { About, Branding, Look } from "../../shapes.ts";
import { spokenLanguage, t } from "../../words/index.ts";
import { PageElement, bones, pageStyles } from "../page.ts";

type ColorName = "primaryColor" | "secondaryColor";
const DEFAULTS = { primaryColor: "#4451d6", secondaryColor: "#eef0ff" } as const;
/** WCAG 2.2: text, large text, and what must be told apart from paper. */
const TEXT_RATIO = 4.5;
const LARGE_RATIO = 3;
const VISIBLE_RATIO = 1.35;

export class AnnexBrandingSection extends PageElement {
  static override properties: PropertyDeclarations = { about: { attribute: false }, branding: { state: true }, look: { state: true }, fault: { state: true } };

  static override styles = [
    pageStyles,
    css`
      .halves {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr));
        gap: 1.5rem;
        align-items: start;
      }
      form {
        display: grid;
        gap: 1.25rem;
      }
      .color {
        display: flex;
        gap: 0.5rem;
        align-items: center;
      }
      .reading {
        display: flex;
        gap: 0.4rem;
        align-items: flex-start;
        margin: 0;
        font-size: 0.8125rem;
      }
      .reading svg {
        margin-block-start: 0.1rem;
      }
      .reading.good {
        color: var(--_good-text);
      }
      .reading.warn {
        color: var(--_warn-text);
      }
    `,
  ];

  declare about: About;
  declare branding: Branding | null;
  declare look: Look | null;

  constructor() {
    super();
    this.branding = null;
    this.look = null;
  }

  protected override whenPresent(): void {
    void this.attempt("load", async () => {
      this.branding = await readBranding(this.about.id);
      this.look = { ...this.branding.live };
    });
  }

  protected override render(): TemplateResult {
    const { look } = this;
    if (!look) return html`<div class="card">${this.fault ? this.faultNotice() : bones(5)}</div>`;
    const isFixed = !this.about.can.manageSettings;
    return html`<div class="halves">
      <form class="card" novalidate @submit=${this.#submit} @input=${this.#typed}>
        ${isFixed ? html`<div class="notice">${information()}<span>${t("settings.readOnly")}</span></div>` : nothing} ${this.faultNotice()}
        <h3>${t("branding.colors")}</h3>
        ${this.#color("primaryColor", t("branding.primary"), isFixed)} ${this.#color("secondaryColor", t("branding.secondary"), isFixed)}
        <h3>${t("branding.documents")}</h3>
        ${this.#text("pdfHeader", t("branding.header"), t("branding.lines"), isFixed, 500)}
        ${this.#text("pdfFooter", t("branding.footer"), t("branding.lines"), isFixed, 500)}
        <h3>${t("branding.mail")}</h3>
        ${this.#text("emailSignature", t("branding.signature"), t("branding.signatureHint"), isFixed, 10_000)}
        <label class="check"><input type="checkbox" name="showInCrm" .checked=${look.showInCrm} ?disabled=${isFixed} />${t("branding.show")}</label>
        ${isFixed ? nothing : html`<div class="actions end">
          <button class="button" type="button" @click=${this.#reset}>${t("branding.reset")}</button>
          ${this.busyButton("save", t("action.save"), t("action.saving"))}
        </div>`}
      </form>
      <section class="stack" aria-label=${t("branding.preview")}>
        <annex-brand-preview .shown=${shown(look)} .name=${this.about.name} .logo=${this.branding?.logo?.url ?? null}></annex-brand-preview>
      </section>
    </div>`;
  }

  #color(name: ColorName, label: string, isFixed: boolean): TemplateResult {
    const value = this.look?.[name] ?? "";
    const error = this.fieldFault(name);
    const id = `f-${name}`;
    const safe = reading(value) ? value : DEFAULTS[name];
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <div class="color">
        <input type="color" data-for=${name} .value=${safe} aria-label=${t("branding.pick", { name: label })} ?disabled=${isFixed} />
        <input class="input mono" id=${id} name=${name} .value=${value} placeholder=${DEFAULTS[name]} maxlength="7" spellcheck="false" autocomplete="off" aria-describedby="${id}-reading" aria-invalid=${error ? "true" : nothing} ?disabled=${isFixed} />
      </div>
      ${error ? html`<p class="error">${error}</p>` : nothing}
      <div id="${id}-reading" aria-live="polite">${verdict(value)}</div>
    </div>`;
  }

  #text(name: "pdfHeader" | "pdfFooter" | "emailSignature", label: string, hint: string, disabled: boolean, maxlength: number): TemplateResult {
    return textArea({ name, label, hint, maxlength, disabled, value: this.look?.[name] ?? "", error: this.fieldFault(name), rows: 3 });
  }

  readonly #typed = (event: Event): void => {
    const target = event.target;
    if (!this.look || !(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement)) return;
    const picked = target.dataset["for"] as ColorName | undefined;
    if (picked) this.look = { ...this.look, [picked]: target.value };
    else if (target.type === "checkbox") this.look = { ...this.look, showInCrm: (target as HTMLInputElement).checked };
    else this.look = { ...this.look, [target.name]: target.value };
  };

  readonly #reset = (): void => {
    if (this.branding) this.look = { ...this.branding.live };
  };

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    await this.attempt("save", async () => {
      if (!this.branding || !this.look) return;
      const { primaryColor, secondaryColor, pdfHeader, pdfFooter, emailSignature, showInCrm } = this.look;
      const orNull = (text: string | null): string | null => (text?.trim() ? text.trim() : null);
      const next: Look = {
        primaryColor: orNull(primaryColor), secondaryColor: orNull(secondaryColor), pdfHeader: orNull(pdfHeader),
        pdfFooter: orNull(pdfFooter), emailSignature: orNull(emailSignature), showInCrm,
      };
      this.branding = await writeBranding(this.about.id, next, this.branding.version);
      this.look = { ...this.branding.live };
      this.toast(t("action.saved"));
    });
  };
}

function verdict(color: string): TemplateResult | typeof nothing {
  const read = reading(color);
  if (!read) return nothing;
  const number = (ratio: number): string => ratio.toLocaleString(spokenLanguage(), { maximumFractionDigits: 1 });
  const ratio = number(read.ratio);
  if (read.onPaper < VISIBLE_RATIO) {
    return html`<p class="reading warn">${warning()}${t("branding.pale", { ratio: number(read.onPaper) })}</p>`;
  }
  if (read.ratio >= TEXT_RATIO) return html`<p class="reading good">${check()}${t("branding.good", { ratio })}</p>`;
  return html`<p class="reading warn">${warning()}${t(read.ratio >= LARGE_RATIO ? "branding.large" : "branding.poor", { ratio })}</p>`;
}

function shown(look: Look): Shown {
  const color = (name: ColorName): string => (reading(look[name] ?? "") ? (look[name] ?? "") : DEFAULTS[name]);
  return {
    primaryColor: color("primaryColor"), secondaryColor: color("secondaryColor"), pdfHeader: look.pdfHeader ?? "",
    pdfFooter: look.pdfFooter ?? "", emailSignature: look.emailSignature ?? "",
  };
}

define("annex-branding-section", AnnexBrandingSection);
