// <annex-brand-preview>: a document and a mail, as they will look. Paper is white, whatever the host's theme.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { tokens } from "../style/tokens.ts";
import { spokenLanguage, t } from "../words/index.ts";
import { avatar, avatarStyle } from "./avatar.ts";
import { reading } from "./contrast.ts";
import { AnnexElement, define } from "./element.ts";
import { signature } from "./signature.ts";

export interface Shown {
  readonly primaryColor: string;
  readonly secondaryColor: string;
  readonly pdfHeader: string;
  readonly pdfFooter: string;
  readonly emailSignature: string;
}

export class AnnexBrandPreview extends AnnexElement {
  static override properties: PropertyDeclarations = { shown: { attribute: false }, name: {}, logo: {} };

  static override styles = [
    tokens,
    avatarStyle,
    css`
      :host {
        display: grid;
        gap: 1.25rem;
      }
      figure {
        margin: 0;
        display: grid;
        gap: 0.5rem;
      }
      figcaption {
        color: var(--_muted);
        font-size: 0.8125rem;
        font-weight: 500;
      }
      .paper {
        color-scheme: light;
        background: #fff;
        color: #1b1f27;
        border-radius: 0.4rem;
        box-shadow: 0 0 0 1px rgb(16 24 40 / 10%), 0 8px 24px -8px rgb(16 24 40 / 22%);
        overflow: hidden;
        font-size: 0.75rem;
        overflow-wrap: anywhere;
      }
      .top {
        display: flex;
        gap: 0.75rem;
        align-items: center;
        padding: 1rem 1.25rem;
        background: var(--_primary);
        color: var(--_on);
        white-space: pre-line;
        font-weight: 600;
      }
      .avatar {
        --_size: 1.9rem;
      }
      .sheet {
        padding: 1.1rem 1.25rem 1.4rem;
        display: grid;
        gap: 0.7rem;
      }
      .title {
        font-size: 1rem;
        font-weight: 650;
      }
      .line {
        display: flex;
        justify-content: space-between;
        gap: 1rem;
        padding-block-end: 0.45rem;
        border-block-end: 1px solid #e5e8ed;
      }
      .sum {
        padding: 0.4rem 0.6rem;
        border: 0;
        border-radius: 0.3rem;
        background: var(--_secondary);
        color: var(--_on-secondary);
        font-weight: 650;
      }
      .foot {
        padding: 0.7rem 1.25rem;
        border-block-start: 1px solid #e5e8ed;
        color: #596171;
        font-size: 0.6875rem;
        white-space: pre-line;
        text-align: center;
      }
      .subject {
        padding: 0.7rem 1.25rem;
        border-block-end: 1px solid #e5e8ed;
        font-weight: 600;
      }
      .cta {
        justify-self: start;
        padding: 0.45rem 0.8rem;
        border-radius: 0.35rem;
        background: var(--_primary);
        color: var(--_on);
        font-weight: 600;
      }
      .signature {
        border-block-start: 1px solid #e5e8ed;
        padding-block-start: 0.7rem;
        color: #3a4150;
      }
      @media (forced-colors: active) {
        .paper {
          border: 1px solid CanvasText;
          forced-color-adjust: none;
        }
      }
    `,
  ];

  declare shown: Shown;
  declare name: string;
  declare logo: string | null;

  protected override render(): TemplateResult {
    const { primaryColor, secondaryColor, pdfHeader, pdfFooter, emailSignature } = this.shown;
    const on = (color: string): string => reading(color)?.text ?? "#ffffff";
    const colors = `--_primary:${primaryColor};--_on:${on(primaryColor)};--_secondary:${secondaryColor};--_on-secondary:${on(secondaryColor)}`;
    const sum = (2400).toLocaleString(spokenLanguage(), { minimumFractionDigits: 2 });
    const mark = avatar({ id: this.name, name: this.name, logoUrl: this.logo });
    return html`<figure aria-label=${t("branding.previewPdf")}>
        <figcaption>${t("branding.documents")}</figcaption>
        <div class="paper" .style=${colors}>
          <div class="top">${mark}<span>${pdfHeader || this.name}</span></div>
          <div class="sheet">
            <span class="title">${t("branding.sampleTitle")} QT-00042</span>
            <span class="line"><span>${t("branding.sampleItem")}</span><span>${sum}</span></span>
            <span class="line sum"><span>${t("branding.sampleTotal")}</span><span>${sum}</span></span>
          </div>
          ${pdfFooter ? html`<div class="foot">${pdfFooter}</div>` : nothing}
        </div>
      </figure>
      <figure aria-label=${t("branding.previewMail")}>
        <figcaption>${t("branding.mail")}</figcaption>
        <div class="paper" .style=${colors}>
          <div class="subject">${t("branding.sampleSubject")}</div>
          <div class="sheet">
            <span>${t("branding.sampleHello")}</span>
            <span class="cta">${t("branding.sampleButton")}</span>
            ${emailSignature ? html`<div class="signature">${signature(emailSignature)}</div>` : nothing}
          </div>
        </div>
      </figure>`;
  }
}

define("annex-brand-preview", AnnexBrandPreview);
