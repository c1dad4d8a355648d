// <annex-create-page>: a new workspace. Afterwards the person is in it, at its onboarding.

import { css, html, type PropertyDeclarations, type TemplateResult } from "lit";
import { createWorkspace, once, putLogo } from "../api.ts";
import { define } from "../part/element.ts";
import { explain } from "../part/explain.ts";
import { selectField, textField, valuesOf } from "../part/field.ts";
import { browserCurrency, browserZone, businessTypes, currencies, timeZones } from "../part/format.ts";
import "../part/logo-field.ts";
import { runtime } from "../runtime.ts";
import type { Draft } from "../shapes.ts";
import { navigation } from "../switcher/switching.ts";
import { t } from "../words/index.ts";
import { PageElement, pageStyles } from "./page.ts";

export class AnnexCreatePage extends PageElement {
  static override properties: PropertyDeclarations = { name: { state: true } };

  static override styles = [
    pageStyles,
    css`
      form {
        display: grid;
        gap: 1.25rem;
      }
    `,
  ];

  declare name: string;
  #logo: File | null = null;
  #isMade = false;
  /** One for all tries, so that a lost answer makes no second workspace. */
  #key = once();
  readonly #currency = browserCurrency();
  readonly #zone = browserZone();

  constructor() {
    super();
    this.name = "";
  }

  override isDirty(): boolean {
    return this.name !== "" && !this.#isMade;
  }

  protected override render(): TemplateResult {
    const types = businessTypes.map((type) => ({ value: t(`create.type.${type}`), text: t(`create.type.${type}`) }));
    return html`<div class="stack loose">
      <div class="tight">
        <h1>${t("create.title")}</h1>
        <p class="muted">${t("create.text")}</p>
      </div>
      <form class="card" novalidate @submit=${this.#submit} @input=${this.#typed}>
        ${this.faultNotice()}
        ${textField({ name: "name", label: t("create.name"), hint: t("create.nameHint"), required: true, maxlength: 60, autocomplete: "organization", error: this.fieldFault("name") })}
        ${selectField({ name: "businessType", label: t("create.type"), required: false, error: this.fieldFault("businessType") }, [{ value: "", text: t("create.typePick") }, ...types])}
        <annex-logo-field .name=${this.name} optional @annex-picked=${(event: CustomEvent<File | null>) => (this.#logo = event.detail)}></annex-logo-field>
        <div class="grid">
          ${selectField({ name: "defaultCurrency", label: t("create.currency"), value: this.#currency, error: this.fieldFault("defaultCurrency") }, currencies())}
          ${selectField({ name: "timeZone", label: t("create.zone"), value: this.#zone, hint: t("create.zoneHint"), error: this.fieldFault("timeZone") }, timeZones())}
        </div>
        <div class="actions end">
          <a class="button" href=${runtime().boot.paths.workspaces}>${t("action.cancel")}</a>
          ${this.busyButton("create", t("create.submit"), t("create.busy"))}
        </div>
      </form>
    </div>`;
  }

  readonly #typed = (event: Event): void => {
    const target = event.composedPath()[0];
    if (target instanceof HTMLInputElement && target.name === "name") this.name = target.value.trim();
    // Another form is another deed.
    if (!this.isDoing("create")) this.#key = once();
  };

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { name = "", ...rest } = valuesOf(event.currentTarget as HTMLFormElement);
    const given = Object.entries(rest).filter(([, value]) => value !== "");
    const draft = { name, ...Object.fromEntries(given) } as Draft;
    await this.attempt("create", async () => {
      const made = await createWorkspace(draft, this.#key);
      if (this.#logo) await putLogo(made.id, this.#logo).catch((cause: unknown) => this.toast(t("create.logoFailed", { why: explain(cause) })));
      this.#isMade = true;
      runtime().choose(made.id);
      navigation.go(runtime().boot.paths.onboarding.replace(":id", encodeURIComponent(made.id)));
    });
  };
}

define("annex-create-page", AnnexCreatePage);
