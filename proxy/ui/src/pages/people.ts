// The choice of one person among all of a workspace: a list, and where it does not hold everybody, a search above it.
//
// Invariant: whoever was chosen stays chosen, whatever the search shows.

import { html, nothing, type ReactiveController, type TemplateResult } from "lit";
import { listMembers } from "../api.ts";
import { selectField, type Field } from "../part/field.ts";
import { personName } from "../part/format.ts";
import type { Member } from "../shapes.ts";
import { t } from "../words/index.ts";
import type { PageElement } from "./page.ts";

const TYPING_MS = 250;
const MOST_SHOWN = 100;

export class People implements ReactiveController {
  rows: readonly Member[] = [];
  #workspace = "";
  #chosen: Member | null = null;
  #isAll = true;
  #text = "";
  #end = new AbortController();
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly host: PageElement,
    /** Of the field. */
    readonly name: string,
  ) {
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.#typing);
    this.#end.abort();
  }

  /** A list whose rows changed may have let go of what was chosen. */
  hostUpdated(): void {
    const select = this.#select;
    if (select && this.#chosen) select.value = this.#chosen.userId;
  }

  get #select(): HTMLSelectElement | null {
    return this.host.renderRoot.querySelector<HTMLSelectElement>(`#f-${this.name}`);
  }

  /** Asks who is there; nobody is chosen. */
  begin(workspace: string): void {
    this.#workspace = workspace;
    this.#chosen = null;
    this.#text = "";
    this.#isAll = true;
    void this.#ask();
  }

  /** Silent when it fails: whoever is not listed is not offered, and a name is asked for anew with the next letter. */
  async #ask(): Promise<void> {
    this.#end.abort();
    this.#end = new AbortController();
    const { signal } = this.#end;
    const page = await listMembers(this.#workspace, { status: "active", query: this.#text, limit: MOST_SHOWN }, signal).catch(() => null);
    if (!page || signal.aborted) return;
    this.rows = page.rows;
    if (!this.#text) this.#isAll = page.cursor === null;
    this.host.requestUpdate();
  }

  field(field: Omit<Field, "name">, nobody: string, isFit: (member: Member) => boolean = () => true): TemplateResult {
    const shown = this.rows.filter(isFit);
    const chosen = this.#chosen;
    const all = chosen && !shown.some((one) => one.userId === chosen.userId) ? [chosen, ...shown] : shown;
    const options = [{ value: "", text: nobody }, ...all.map((one) => ({ value: one.userId, text: personName(one) }))];
    const choose = (): void => {
      const value = this.#select?.value;
      this.#chosen = all.find((one) => one.userId === value) ?? null;
    };
    return html`<div class="stack" @change=${choose}>
      ${this.#isAll ? nothing : this.#search(field.label)} ${selectField({ ...field, name: this.name }, options)}
    </div>`;
  }

  /** Without a name: it is no value of the form that it stands in. */
  #search(label: string): TemplateResult {
    const id = `f-${this.name}-search`;
    const typed = (event: Event): void => {
      const text = (event.target as HTMLInputElement).value.trim();
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => {
        this.#text = text;
        void this.#ask();
      }, TYPING_MS);
    };
    return html`<div class="field">
      <label for=${id}>${t("people.search", { label })}</label>
      <input class="input" id=${id} type="search" autocomplete="off" maxlength="100" @input=${typed} @change=${(event: Event) => event.stopPropagation()} />
    </div>`;
  }
}
