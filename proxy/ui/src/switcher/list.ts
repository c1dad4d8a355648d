// The workspaces of a person, to choose one: a listbox with groups, and above many of them a search box.
//
// Keys: arrows without wrap, Home, End, type-ahead, Enter, Ctrl or ⌘+Enter for a new tab, Alt+P pins.
// Invariant: without the search box focus is on the active row itself; with it, focus stays in the box and
// `aria-activedescendant` tells the row.

import { html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { avatar, avatarStyle } from "../part/avatar.ts";
import { AnnexElement, define } from "../part/element.ts";
import { check, pin, search } from "../part/icons.ts";
import type { Seat } from "../shapes.ts";
import { cut, spinner } from "../style/bits.ts";
import { rows } from "../style/rows.ts";
import { tokens } from "../style/tokens.ts";
import { t } from "../words/index.ts";
import { MANY, arrange, find, plain, type Group } from "./arrange.ts";
import { listStyle } from "./list.style.ts";
import { roleName } from "./role.ts";

export interface Choice {
  readonly seat: Seat;
  readonly where: "here" | "new tab";
}

const TYPING_MS = 700;

export class AnnexWorkspaceList extends AnnexElement {
  static override properties: PropertyDeclarations = {
    seats: { attribute: false },
    pinned: { attribute: false },
    unread: { attribute: false },
    current: {},
    busy: {},
    query: { state: true },
    active: { state: true },
  };

  static override styles = [tokens, avatarStyle, cut, spinner, rows, listStyle];

  declare seats: readonly Seat[];
  declare pinned: ReadonlySet<string>;
  declare unread: ReadonlyMap<string, number>;
  declare current: string | null;
  /** The workspace that is being switched to. */
  declare busy: string | null;
  declare query: string;
  declare active: string | null;
  #typed = "";
  #typedAt = 0;

  constructor() {
    super();
    this.seats = [];
    this.pinned = new Set();
    this.unread = new Map();
    this.current = null;
    this.busy = null;
    this.query = "";
    this.active = null;
  }

  get #hasSearch(): boolean {
    return this.seats.length > MANY;
  }

  get #groups(): Group[] {
    if (this.query.trim()) return [{ key: "switcher.all", seats: find(this.seats, this.query) }];
    return arrange(this.seats, this.pinned, this.current);
  }

  get #rows(): Seat[] {
    return this.#groups.flatMap((group) => group.seats);
  }

  /** Begins anew: nothing typed, the current workspace active, and focus where keys are heard. */
  begin(): void {
    this.query = "";
    this.active = this.#rows.find((seat) => seat.workspaceId === this.current)?.workspaceId ?? this.#rows[0]?.workspaceId ?? null;
    void this.updateComplete.then(() => {
      this.#target()?.focus();
      this.#show();
    });
  }

  #target(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(this.#hasSearch ? "input" : '[role="option"][tabindex="0"]');
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("query") || changed.has("seats")) {
      const rows = this.#rows;
      if (!rows.some((seat) => seat.workspaceId === this.active)) this.active = rows[0]?.workspaceId ?? null;
    }
  }

  protected override render(): TemplateResult {
    const groups = this.#groups;
    const count = this.#rows.length;
    return html`
      ${this.#hasSearch ? this.#searchBox() : nothing}
      <div id="list" class="list" role="listbox" part="list" aria-label=${t("switcher.title")} @keydown=${this.#key}>
        ${groups.map((group) => this.#group(group, groups.length > 1))}
      </div>
      ${count === 0 ? html`<p class="none">${t("switcher.none", { query: this.query })}</p>` : nothing}
      <p class="sr" role="status">${this.query ? t("switcher.results", { n: count }) : ""}</p>
    `;
  }

  #searchBox(): TemplateResult {
    return html`<div class="search">
      ${search()}
      <input
        type="text"
        role="combobox"
        part="search"
        aria-expanded="true"
        aria-controls="list"
        aria-autocomplete="list"
        aria-label=${t("switcher.search")}
        aria-activedescendant=${this.active ? `o-${this.active}` : nothing}
        placeholder=${t("switcher.search")}
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        .value=${this.query}
        @input=${this.#search}
        @keydown=${this.#key}
      />
    </div>`;
  }

  #group(group: Group, isNamed: boolean): TemplateResult {
    const rows = group.seats.map((seat) => this.#row(seat));
    if (!isNamed) return html`${rows}`;
    return html`<div role="group" aria-labelledby=${group.key}>
      <div class="heading" id=${group.key} role="presentation">${t(group.key)}</div>
      ${rows}
    </div>`;
  }

  #row(seat: Seat): TemplateResult {
    const id = seat.workspaceId;
    const isActive = id === this.active;
    const isPinned = this.pinned.has(id);
    const unread = this.unread.get(id) ?? 0;
    return html`<div
      id="o-${id}"
      class="option entry ${isActive ? "active" : ""}"
      part="option"
      role="option"
      tabindex=${this.#hasSearch ? nothing : isActive ? 0 : -1}
      aria-selected=${id === this.current}
      aria-disabled=${seat.can.switch ? nothing : "true"}
      aria-keyshortcuts="Alt+P"
      @click=${(event: MouseEvent) => this.#choose(seat, event.ctrlKey || event.metaKey)}
      @auxclick=${(event: MouseEvent) => event.button === 1 && this.#choose(seat, true)}
      @pointermove=${() => (this.active = id)}
    >
      ${avatar({ id, name: seat.workspace.name, logoUrl: seat.workspace.logoUrl })}
      <span class="text">
        <span class="name cut">${seat.workspace.name}</span>
        <span class="role cut">${roleName(seat)}${seat.isPrimary ? ` · ${t("switcher.home")}` : ""}${seat.can.switch ? "" : ` · ${t("switcher.off")}`}</span>
      </span>
      <span
        class="pin ${isPinned ? "on" : ""}"
        title=${t(isPinned ? "switcher.unpin" : "switcher.pin")}
        @click=${(event: Event) => this.#pin(seat, event)}
        aria-hidden="true"
        >${pin()}</span
      >
      ${unread ? html`<span class="unread" aria-hidden="true">${unread > 99 ? "99+" : unread}</span><span class="sr">${t("switcher.unread", { n: unread })}</span>` : nothing}
      ${id === this.busy ? html`<span class="spinner"></span>` : id === this.current ? html`<span class="mark">${check()}</span>` : nothing}
    </div>`;
  }

  #choose(seat: Seat, isNewTab: boolean): void {
    if (!seat.can.switch || this.busy) return;
    this.#fire("annex-choose", { seat, where: isNewTab ? "new tab" : "here" });
  }

  #pin(seat: Seat, event: Event): void {
    event.stopPropagation();
    this.#fire("annex-pin", seat);
  }

  #fire(name: string, detail: Choice | Seat): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  readonly #search = (event: Event): void => {
    this.query = (event.target as HTMLInputElement).value;
    this.active = this.#rows[0]?.workspaceId ?? null;
    void this.updateComplete.then(() => this.#show());
  };

  readonly #key = (event: KeyboardEvent): void => {
    const rows = this.#rows;
    const at = rows.findIndex((seat) => seat.workspaceId === this.active);
    const inText = this.#hasSearch;
    const row = rows[at];
    if (event.isComposing) return;
    if (event.key === "Enter" && row) this.#choose(row, event.ctrlKey || event.metaKey);
    else if (event.key === " " && row && !inText) this.#choose(row, false);
    else if (event.code === "KeyP" && event.altKey && row) this.#pin(row, event);
    else if (event.key === "ArrowDown") this.#activate(rows[at + 1]);
    else if (event.key === "ArrowUp") this.#activate(rows[at - 1]);
    else if (event.key === "Home" && !(inText && this.query)) this.#activate(rows[0]);
    else if (event.key === "End" && !(inText && this.query)) this.#activate(rows.at(-1));
    else if (!inText && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) this.#typeAhead(event.key, rows, at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  #typeAhead(letter: string, rows: Seat[], at: number): void {
    const now = performance.now();
    this.#typed = (now - this.#typedAt < TYPING_MS ? this.#typed : "") + plain(letter);
    this.#typedAt = now;
    // One letter again and again goes on to the next; several narrow down from here.
    const isOne = new Set(this.#typed).size === 1;
    const wanted = isOne ? this.#typed.slice(0, 1) : this.#typed;
    const from = isOne ? at + 1 : at;
    const order = [...rows.slice(from), ...rows.slice(0, from)];
    this.#activate(order.find((seat) => plain(seat.workspace.name).startsWith(wanted)));
  }

  #activate(seat: Seat | undefined): void {
    if (!seat) return;
    this.active = seat.workspaceId;
    void this.updateComplete.then(() => {
      if (!this.#hasSearch) this.#target()?.focus();
      this.#show();
    });
  }

  #show(): void {
    this.renderRoot.querySelector(".active")?.scrollIntoView({ block: "nearest" });
  }
}

define("annex-workspace-list", AnnexWorkspaceList);
