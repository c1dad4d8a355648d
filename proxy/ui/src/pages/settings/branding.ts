// <annex-branding-section>: colours, documents and mails, as a draft and as they are live, with what they will look like.
//
// Invariant: what others see changes by Publish alone, and by what says so of itself (the logo, Remove).

import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { deleteLogo, discardDraft, publishDraft, putLogo, readBranding, readWorkspace, resetBranding, saveDraft } from "../../api.ts";
import "../../part/brand-preview.ts";
import type { Shown } from "../../part/brand-preview.ts";
import { reading } from "../../part/contrast.ts";
import "../../part/dialog.ts";
import { define } from "../../part/element.ts";
import { textArea } from "../../part/field.ts";
import { since } from "../../part/format.ts";
import { check, information, warning } from "../../part/icons.ts";
import "../../part/logo-field.ts";
import type { About, Branding, Look } from "../../shapes.ts";
import { maybe, spokenLanguage, t, type Key } from "../../words/index.ts";
import { PageElement, bones, pageStyles } from "../page.ts";
import { brandingStyle } from "./branding.style.ts";

type ColorName = "primaryColor" | "secondaryColor";
type Question = "discard" | "remove";
const DEFAULTS = { primaryColor: "#4451d6", secondaryColor: "#eef0ff" } as const;
/** WCAG 2.2: text, large text, and what must be told apart from paper. */
const TEXT_RATIO = 4.5;
const LARGE_RATIO = 3;
const VISIBLE_RATIO = 1.35;

export class AnnexBrandingSection extends PageElement {
  static override properties: PropertyDeclarations = {
    about: { attribute: false }, branding: { state: true }, look: { state: true }, showsLive: { state: true }, question: { state: true },
  };

  static override styles = [pageStyles, brandingStyle];

  declare about: About;
  declare branding: Branding | null;
  /** What stands in the form. */
  declare look: Look | null;
  /** The preview shows what is live, not what stands in the form. */
  declare showsLive: boolean;
  declare question: Question | null;
  /** How many were picked. */
  #logos = 0;

  constructor() {
    super();
    this.branding = null;
    this.look = null;
    this.showsLive = false;
    this.question = null;
  }

  protected override whenPresent(): void {
    void this.load("branding", (signal) => readBranding(this.about.id, signal), (branding) => this.#take(branding));
  }

  /** What was typed since `look` stays in the form. */
  #take(branding: Branding, look = this.look): void {
    this.branding = branding;
    if (this.look !== look) return;
    this.look = { ...(branding.draft ?? branding.live) };
    this.showsLive = false;
  }

  override isDirty(): boolean {
    const { branding, look } = this;
    return branding !== null && look !== null && !isSame(look, branding.draft ?? branding.live);
  }

  get #differs(): boolean {
    return this.branding !== null && this.look !== null && !isSame(this.look, this.branding.live);
  }

  protected override render(): TemplateResult {
    const { look, branding } = this;
    if (!look || !branding) return html`<div class="card">${this.fault ? this.faultNotice() : bones(5)}</div>`;
    const isFixed = !this.about.can.manageSettings;
    return html`<div class="stack">
      ${isFixed ? html`<div class="notice">${information()}<span>${t("settings.readOnly")}</span></div>` : this.#standing(branding)}
      <div class="halves">${this.#form(look, branding, isFixed)} ${this.#preview(look, branding)}</div>
      ${isFixed ? nothing : this.#removal()}
    </div>
    ${this.question ? this.#dialog(this.question) : nothing}`;
  }

  /** What is live, what is kept, and what is only here. */
  #standing(branding: Branding): TemplateResult {
    const state = this.isDirty() ? "unsaved" : branding.draft ? "draft" : "live";
    const look = { unsaved: "warn", draft: "accent", live: "good" }[state];
    return html`<div class="standing" role="status">
      <span class="badge ${look}">${t(`branding.is.${state}`)}</span>
      <span class="grow">${t(`branding.is.${state}.text`)}</span>
      ${branding.updatedAt && state !== "unsaved" ? html`<span class="muted small">${t("branding.changed", { when: since(branding.updatedAt) })}</span>` : nothing}
    </div>`;
  }

  #form(look: Look, branding: Branding, isFixed: boolean): TemplateResult {
    const logo = (event: CustomEvent<File | null>): void => void this.#logo(event.detail);
    return html`<form class="card" novalidate @submit=${this.#save} @input=${this.#typed}>
      ${this.question ? nothing : this.faultNotice()}
      <annex-logo-field .name=${this.about.name} .url=${branding.logo?.url ?? null} ?disabled=${isFixed} .error=${this.fieldFault("logo")} @annex-picked=${logo}></annex-logo-field>
      ${isFixed ? nothing : html`<p class="hint">${t("branding.logoAtOnce")}</p>`}
      <h3>${t("branding.colors")}</h3>
      ${this.#color("primaryColor", t("branding.primary"), isFixed)} ${this.#color("secondaryColor", t("branding.secondary"), isFixed)}
      <h3>${t("branding.documents")}</h3>
      ${this.#text("pdfHeader", t("branding.header"), t("branding.lines"), isFixed, 500)}
      ${this.#text("pdfFooter", t("branding.footer"), t("branding.lines"), isFixed, 500)}
      <h3>${t("branding.mail")}</h3>
      ${this.#text("emailSignature", t("branding.signature"), t("branding.signatureHint"), isFixed, 10_000)}
      <div class="tight">
        <label class="check"><input type="checkbox" name="showInCrm" .checked=${look.showInCrm} ?disabled=${isFixed} aria-describedby="crm" />${t("branding.show")}</label>
        <p class="hint" id="crm">${inCrm(branding)}</p>
      </div>
      ${isFixed ? nothing : this.#actions(branding)}
    </form>`;
  }

  #actions(branding: Branding): TemplateResult {
    const canDiscard = this.isDirty() || branding.draft !== null;
    return html`<div class="actions end bar">
      <button class="button quiet" type="button" ?disabled=${!canDiscard} @click=${this.#discard}>${t("branding.discard")}</button>
      ${this.busyButton("save", t("branding.save"), t("action.saving"), "", "submit", undefined, !this.isDirty())}
      ${this.busyButton("publish", t("branding.publish"), t("branding.publishing"), "primary", "button", () => this.#publish(), !this.#differs && !branding.draft)}
    </div>`;
  }

  #preview(look: Look, branding: Branding): TemplateResult {
    const pick = (live: boolean, key: Key): TemplateResult =>
      html`<button type="button" aria-pressed=${this.showsLive === live} @click=${() => (this.showsLive = live)}>${t(key)}</button>`;
    return html`<section class="preview" aria-label=${t("branding.preview")}>
      ${this.#differs ? html`<div class="switch" role="group" aria-label=${t("branding.preview")}>${pick(false, "branding.previewNext")}${pick(true, "branding.previewLive")}</div>` : nothing}
      <annex-brand-preview .shown=${shown(this.#differs && this.showsLive ? branding.live : look)} .name=${this.about.name} .logo=${branding.logo?.url ?? null}></annex-brand-preview>
    </section>`;
  }

  #removal(): TemplateResult {
    return html`<div class="row wrap removal">
      <p class="muted small grow">${t("branding.removeHint")}</p>
      <button class="button small" type="button" @click=${() => this.#ask("remove")}>${t("branding.remove")}</button>
    </div>`;
  }

  #dialog(question: Question): TemplateResult {
    const deed = question === "discard" ? discardDraft : resetBranding;
    const run = (): void => void this.#change(question, deed, `branding.${question}.done`);
    return html`<annex-dialog heading=${t(`branding.${question}.title`)} @annex-close=${() => this.#ask(null)}>
      <div class="stack"><p class="muted">${t(`branding.${question}.text`)}</p>${this.faultNotice()}</div>
      <button slot="actions" class="button" type="button" @click=${() => this.#ask(null)}>${t("action.cancel")}</button>
      <span slot="actions">${this.busyButton(question, t(`branding.${question}`), t("action.saving"), "danger", "button", run)}</span>
    </annex-dialog>`;
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
    this.showsLive = false;
    const picked = target.dataset["for"] as ColorName | undefined;
    if (picked) this.look = { ...this.look, [picked]: target.value };
    else if (target.type === "checkbox") this.look = { ...this.look, showInCrm: (target as HTMLInputElement).checked };
    else this.look = { ...this.look, [target.name]: target.value };
  };

  #ask(question: Question | null): void {
    this.fault = null;
    this.question = question;
  }

  /** What is only here goes at once; a draft that is kept, after a question. */
  readonly #discard = (): void => {
    if (this.branding?.draft) this.#ask("discard");
    else if (this.branding) this.#take(this.branding);
  };

  readonly #save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { look } = this;
    if (look) await this.#change("save", (id, version) => saveDraft(id, kept(look), version), "branding.saved");
  };

  async #publish(): Promise<void> {
    const { look } = this;
    const isDirty = this.isDirty();
    if (!look) return;
    await this.#change("publish", async (id, version) => {
      if (!isDirty) return publishDraft(id, version);
      const saved = await saveDraft(id, kept(look), version);
      // If publishing fails, the draft is kept all the same.
      this.#take(saved, look);
      return publishDraft(id, saved.version);
    }, "branding.published");
  }

  async #change(what: string, deed: (id: string, version: number) => Promise<Branding>, done: Key): Promise<void> {
    await this.attempt(what, async () => {
      if (!this.branding) return;
      const { look } = this;
      this.#take(await deed(this.about.id, this.branding.version), look);
      this.question = null;
      this.toast(t(done));
      if (what === "remove") await this.#tellLogo();
    });
  }

  /** A logo has no draft: it is there, or gone, at once. What stands in the form stays. */
  async #logo(file: File | null): Promise<void> {
    // Each is done: what was picked last stands.
    await this.attempt(`logo ${++this.#logos}`, async () => {
      const { id } = this.about;
      this.branding = await (file ? putLogo(id, file) : deleteLogo(id));
      this.toast(t("action.saved"));
      await this.#tellLogo();
    });
  }

  async #tellLogo(): Promise<void> {
    const detail = await readWorkspace(this.about.id);
    this.say("annex-about", detail);
  }
}

/** A look as the server keeps it: nothing instead of nothing but white space. */
function kept({ primaryColor, secondaryColor, pdfHeader, pdfFooter, emailSignature, showInCrm }: Look): Look {
  const orNull = (text: string | null): string | null => (text?.trim() ? text.trim() : null);
  return {
    primaryColor: orNull(primaryColor)?.toLowerCase() ?? null, secondaryColor: orNull(secondaryColor)?.toLowerCase() ?? null,
    pdfHeader: orNull(pdfHeader), pdfFooter: orNull(pdfFooter), emailSignature: orNull(emailSignature), showInCrm,
  };
}

function isSame(one: Look, other: Look): boolean {
  return JSON.stringify(kept(one)) === JSON.stringify(kept(other));
}

function inCrm({ crm }: Branding): string {
  const names = (values: readonly string[]): string =>
    new Intl.ListFormat(spokenLanguage()).format(values.map((value) => maybe(`branding.value.${value}`, value)));
  if (crm.maps.length === 0) return t("branding.crmNothing");
  const maps = t("branding.crmMaps", { what: names(crm.maps) });
  return crm.shows.length ? `${maps} ${t("branding.crmShows", { what: names(crm.shows) })}` : maps;
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
