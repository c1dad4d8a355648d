// <annex-info-section>: what a workspace says of itself.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { deleteLogo, editWorkspace, putLogo, readOnboarding, readWorkspace, reopenOnboarding } from "../../api.ts";
import { define } from "../../part/element.ts";
import { selectField, textArea, textField, valuesOf, type Field } from "../../part/field.ts";
import { currencies, timeZones } from "../../part/format.ts";
import { information } from "../../part/icons.ts";
import "../../part/logo-field.ts";
import { runtime } from "../../runtime.ts";
import type { About, Edit, Onboarding } from "../../shapes.ts";
import { navigation } from "../../switcher/switching.ts";
import { t } from "../../words/index.ts";
import { PageElement, pageStyles } from "../page.ts";

const FIELDS = ["name", "businessType", "industry", "address", "email", "phone", "defaultCurrency", "timeZone"] as const;

export class AnnexInfoSection extends PageElement {
  static override properties: PropertyDeclarations = { about: { attribute: false }, firstSteps: { state: true } };
  static override styles = [
    pageStyles,
    css`
      form {
        display: grid;
        gap: 1.25rem;
      }
      .steps {
        padding-block: 0.7rem;
      }
      .grid {
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr));
      }
    `,
  ];

  declare about: About;
  /** Null: none were ever begun here, or they are not for the person to do. */
  declare firstSteps: Onboarding | null;
  /** Undefined: it stays as it is. */
  #logo: File | null | undefined;

  constructor() {
    super();
    this.firstSteps = null;
  }

  protected override whenPresent(): void {
    if (!this.about.can.manageSettings) return;
    void this.load("first steps", (signal) => readOnboarding(this.about.id, signal).catch(() => null), (said) => (this.firstSteps = said?.startedAt ? said : null));
  }

  protected override render(): TemplateResult {
    return html`<div class="stack">${this.firstSteps ? this.#firstSteps(this.firstSteps) : nothing} ${this.#form()}</div>`;
  }

  /** Where the first steps are found again, whoever put them away. */
  #firstSteps({ steps, isCompleted, isDismissed }: Onboarding): TemplateResult {
    const done = steps.filter((one) => one.status === "completed").length;
    const way = html`<a class="button small" href=${this.#wayToSteps}>${t("info.stepsGo")}</a>`;
    const again = this.deedButton({ what: "reopen", text: t("info.stepsAgain"), look: "small", click: () => void this.#reopen() });
    return html`<div class="card steps row wrap">
      <span class="grow">${t("info.steps", { done, all: steps.length })} ${isCompleted ? html`<span class="badge good">${t("onboarding.completed")}</span>` : nothing}</span>
      ${isCompleted ? nothing : isDismissed ? again : way}
    </div>`;
  }

  get #wayToSteps(): string {
    return runtime().boot.paths.onboarding.replace(":id", encodeURIComponent(this.about.id));
  }

  async #reopen(): Promise<void> {
    await this.attempt("reopen", async () => {
      this.firstSteps = await reopenOnboarding(this.about.id);
      navigation.go(this.#wayToSteps);
    });
  }

  #form(): TemplateResult {
    const { about } = this;
    const isFixed = !about.can.manageSettings;
    const text = (name: (typeof FIELDS)[number], label: string, more: Partial<Field> = {}): Field => ({
      name, label, value: about[name], error: this.fieldFault(name), disabled: isFixed, ...more,
    });
    return html`<form class="card" novalidate @submit=${this.#submit}>
      ${isFixed ? html`<div class="notice">${information()}<span>${t("settings.readOnly")}</span></div>` : nothing} ${this.faultNotice()}
      <annex-logo-field .name=${about.name} .url=${about.logoUrl} ?disabled=${isFixed} .error=${this.fieldFault("logo")} @annex-picked=${(event: CustomEvent<File | null>) => (this.#logo = event.detail)}></annex-logo-field>
      <div class="grid">
        ${textField(text("name", t("create.name"), { required: true, maxlength: 60 }))}
        ${textField(text("businessType", t("create.type"), { maxlength: 60 }))}
        ${textField(text("industry", t("info.industry"), { maxlength: 60 }))}
        ${textField(text("email", t("info.email"), { type: "email", maxlength: 254 }))}
        ${textField(text("phone", t("info.phone"), { type: "tel", maxlength: 39 }))}
        ${textArea(text("address", t("info.address"), { maxlength: 300, wide: true, rows: 3 }))}
        ${selectField(text("defaultCurrency", t("create.currency")), [{ value: "", text: "–" }, ...currencies(about.defaultCurrency)])}
        ${selectField(text("timeZone", t("create.zone")), [{ value: "", text: "–" }, ...timeZones(about.timeZone)])}
      </div>
      ${isFixed ? nothing : html`<div class="actions end">${this.busyButton("save", t("action.save"), t("action.saving"))}</div>`}
    </form>`;
  }

  override isDirty(): boolean {
    const form = this.renderRoot.querySelector("form");
    return this.about.can.manageSettings && form !== null && (this.#logo !== undefined || this.#changed(valuesOf(form)).length > 0);
  }

  #changed(values: Readonly<Record<string, string>>): (typeof FIELDS)[number][] {
    return FIELDS.filter((name) => (values[name] ?? "") !== (this.about[name] ?? "").trim().replaceAll("\r\n", "\n"));
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const values = valuesOf(event.currentTarget as HTMLFormElement);
    const changed = this.#changed(values);
    const edit = Object.fromEntries(changed.map((name) => [name, values[name] === "" && name !== "name" ? null : values[name]])) as Edit;
    await this.attempt("save", async () => {
      const { id, version } = this.about;
      if (changed.length) this.say("annex-about", await editWorkspace(id, edit, version));
      if (this.#logo !== undefined) {
        await (this.#logo ? putLogo(id, this.#logo) : deleteLogo(id));
        this.#logo = undefined;
        this.say("annex-about", await readWorkspace(id));
      }
      this.toast(t("action.saved"));
    });
  };
}

define("annex-info-section", AnnexInfoSection);
