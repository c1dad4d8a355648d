// <annex-invite-dialog>: invites one person, or many at once, pasted or from a CSV file, with a result for each row.
//
// Invariant: nothing is sent before the person saw what would happen to each address.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { Refused, inviteMany, once } from "../../api.ts";
import { copyText } from "../../part/copy.ts";
import "../../part/dialog.ts";
import { define } from "../../part/element.ts";
import { explain } from "../../part/explain.ts";
import { selectField, textArea, valuesOf } from "../../part/field.ts";
import { copy, upload } from "../../part/icons.ts";
import { MOST_ROWS, readRows } from "../../part/rows.ts";
import type { About, Bulk, NewInvitation, Role } from "../../shapes.ts";
import { roleName } from "../../switcher/role.ts";
import { LANGUAGES, spokenLanguage, t, type Language } from "../../words/index.ts";
import { handField } from "../by-hand.ts";
import { PageElement, pageStyles } from "../page.ts";

export class AnnexInviteDialog extends PageElement {
  static override properties: PropertyDeclarations = {
    about: { attribute: false }, roles: { attribute: false }, rows: { state: true }, result: { state: true }, text: { state: true }, own: { state: true }, isByHand: { state: true },
  };

  static override styles = [
    pageStyles,
    css`
      form {
        display: grid;
        gap: 1rem;
      }
      input[type="file"] {
        position: absolute;
        opacity: 0;
        inline-size: 1px;
        block-size: 1px;
      }
      .scroll {
        max-block-size: min(22rem, 50dvh);
        overflow: auto;
      }
      td {
        padding: 0.45rem 0.9rem;
        overflow-wrap: anywhere;
      }
    `,
  ];

  declare about: About;
  declare roles: readonly Role[];
  /** What was checked. */
  declare rows: readonly NewInvitation[];
  declare result: Bulk | null;
  declare text: string;
  declare own: string | null;
  /** The browser did not copy the links. */
  declare isByHand: boolean;
  #role = "member";
  #mailLanguage: Language | null = null;
  #key = once();

  constructor() {
    super();
    this.roles = [];
    this.rows = [];
    this.result = null;
    this.text = "";
    this.own = null;
    this.isByHand = false;
  }

  /** Of the mails: what was chosen, else the workspace's own, else that of this page. */
  get #language(): Language {
    return this.#mailLanguage ?? LANGUAGES.find((one) => this.about.language?.toLowerCase().split("-")[0] === one) ?? spokenLanguage();
  }

  protected override render(): TemplateResult {
    const { result } = this;
    return html`<annex-dialog size="wide" ?fixed=${this.isDoing("send")} heading=${t("invite.title", { name: this.about.name })}>
      <div class="stack">${this.faultNotice()} ${result ? this.#results(result) : this.#form()}</div>
      ${this.#actions(result)}
    </annex-dialog>`;
  }

  #form(): TemplateResult {
    const roles = this.roles.filter((one) => one.can.assign).map((one) => ({ value: one.key, text: roleName({ role: one.key, roleName: one.name }) }));
    return html`<form id="rows" novalidate @submit=${this.#check}>
      ${textArea({ name: "addresses", label: t("invite.addresses"), hint: t("invite.addressesHint"), value: this.text, rows: 6, error: this.own, placeholder: "ada@example.com" })}
      <div class="actions">
        <button class="button small" type="button" @click=${this.#pick}>${upload()}${t("invite.csv")}</button>
        <input type="file" tabindex="-1" aria-label=${t("invite.csv")} accept=".csv,text/csv,text/plain" @change=${this.#picked} />
      </div>
      <div class="grid">
        ${selectField({ name: "role", label: t("invite.role"), value: this.#role }, roles)}
        ${selectField({ name: "language", label: t("invite.language"), value: this.#language }, LANGUAGES.map((value) => ({ value, text: t(`language.${value}`) })))}
      </div>
    </form>`;
  }

  #results(result: Bulk): TemplateResult {
    return html`<div class="card flush scroll" tabindex="0" role="region" aria-label=${t("invite.results")}>
      <table>
        <caption class="sr">${t("invite.results")}</caption>
        <thead><tr><th scope="col">${t("invite.addresses")}</th><th scope="col">${t("team.status")}</th></tr></thead>
        <tbody>
          ${result.results.map((row) => html`<tr><td>${row.email ?? "–"}</td><td>${badge(row)}</td></tr>`)}
        </tbody>
      </table>
    </div>
    ${this.isByHand ? handField(t("copy.links"), linksOf(result)) : nothing}`;
  }

  #actions(result: Bulk | null): TemplateResult {
    const close = (): void => void this.dispatchEvent(new CustomEvent("annex-close", { bubbles: true, composed: true }));
    if (!result) {
      return html`<button slot="actions" class="button" type="button" @click=${close}>${t("action.cancel")}</button>
        <span slot="actions">${this.busyButton("check", t("invite.check"), t("invite.checking"), "primary", "submit", this.#submit)}</span>`;
    }
    if (!result.summary.dryRun) {
      const links = linksOf(result);
      const copyAll = (): void => void copyText(links, this.renderRoot.querySelector("annex-dialog") ?? undefined).then((isCopied) => {
        if (isCopied) this.toast(t("action.copied"));
        this.isByHand = !isCopied;
      });
      return html`${links ? html`<button slot="actions" class="button" type="button" @click=${copyAll}>${copy()}${t("invite.copyAll")}</button>` : nothing}
        <button slot="actions" class="button primary" type="button" @click=${close}>${t("invite.done")}</button>`;
    }
    const { invited } = result.summary;
    return html`<button slot="actions" class="button" type="button" @click=${() => (this.result = null)}>${t("invite.again")}</button>
      ${invited === 0 ? nothing : html`<span slot="actions">${this.busyButton("send", t("invite.send", { n: invited }), t("invite.sending"), "primary", "button", () => this.#send())}</span>`}`;
  }

  /** The button stands in a slot of another root, where `form` does not reach. */
  readonly #submit = (): void => {
    this.renderRoot.querySelector("form")?.requestSubmit();
  };

  readonly #pick = (): void => this.renderRoot.querySelector<HTMLInputElement>('input[type="file"]')?.click();

  readonly #picked = async (event: Event): Promise<void> => {
    const input = event.target as HTMLInputElement;
    const text = await input.files?.[0]?.text();
    input.value = "";
    const before = this.renderRoot.querySelector("textarea")?.value.trim() ?? "";
    if (text) this.text = before ? `${before}\n${text}` : text;
  };

  readonly #check = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { addresses = "", role = "member", language } = valuesOf(event.currentTarget as HTMLFormElement);
    this.text = addresses;
    this.#role = role;
    this.#mailLanguage = LANGUAGES.find((one) => one === language) ?? this.#language;
    const rows = readRows(addresses, this.roles.map((one) => one.key), role);
    this.own = rows.length === 0 ? t("invite.none") : rows.length > MOST_ROWS ? t("invite.many") : null;
    if (this.own) return;
    this.rows = rows.map((row) => ({ ...row, language: this.#language }));
    this.#key = once();
    await this.attempt("check", async () => {
      this.result = await inviteMany(this.about.id, this.rows, true);
    });
  };

  async #send(): Promise<void> {
    const isFine = new Set(this.result?.results.filter((row) => row.status === "valid").map((row) => row.row));
    const rows = this.rows.filter((_, at) => isFine.has(at + 1));
    const isDone = await this.attempt("send", async () => {
      this.result = await inviteMany(this.about.id, rows, false, this.#key);
      this.toast(t("invite.sent", { n: this.result.summary.invited }));
    });
    if (isDone) this.dispatchEvent(new CustomEvent("annex-invited", { bubbles: true, composed: true }));
  }
}

/** One a line, as a table takes them. */
function linksOf({ results }: Bulk): string {
  return results.flatMap((row) => (row.inviteLink ? [`${row.email ?? ""}\t${row.inviteLink}`] : [])).join("\n");
}

function badge(row: Bulk["results"][number]): TemplateResult {
  if (row.status !== "refused") return html`<span class="badge good">${t(row.status === "valid" ? "invite.valid" : "invite.invited")}</span>`;
  const code = row.errors?.[0] ? `field:${row.errors[0].code}` : (row.code ?? "INTERNAL");
  return html`<span class="badge bad">${t("invite.refused")}</span> <span class="small muted">${explain(new Refused(code, 400))}</span>`;
}

define("annex-invite-dialog", AnnexInviteDialog);
