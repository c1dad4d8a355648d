// <annex-mine-page>: all workspaces of a person, and the deleted ones that can come back.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { leaveWorkspace, listDeleted, listWorkspaces, readOnboarding, restoreWorkspace, summarize } from "../api.ts";
import { avatar } from "../part/avatar.ts";
import "../part/dialog.ts";
import { define } from "../part/element.ts";
import { day } from "../part/format.ts";
import { information, pin, plus } from "../part/icons.ts";
import { isShortcutOn, pinned, setShortcut, togglePin } from "../part/remembered.ts";
import { runtime } from "../runtime.ts";
import type { Deleted, Page, Seat } from "../shapes.ts";
import { giveUp, isEndOfFeature } from "../switcher/giving-up.ts";
import { roleName } from "../switcher/role.ts";
import { enter, navigation } from "../switcher/switching.ts";
import { t } from "../words/index.ts";
import { PageElement, bones, faultNotice, pageStyles, type Fault } from "./page.ts";

export class AnnexMinePage extends PageElement {
  static override properties: PropertyDeclarations = {
    seats: { state: true },
    deleted: { state: true },
    unfinished: { state: true },
    offered: { state: true },
    leaving: { state: true },
  };

  static override styles = [
    pageStyles,
    css`
      .item {
        display: grid;
        grid-template-columns: auto 1fr auto;
        gap: 0.3rem 0.9rem;
        align-items: center;
        padding: 0.9rem 1.1rem;
      }
      li + li {
        border-block-start: 1px solid var(--_line);
      }
      ul {
        list-style: none;
        margin: 0;
        padding: 0;
      }
      .avatar {
        --_size: 2.5rem;
      }
      .title {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 0.5rem;
        align-items: center;
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .note {
        grid-column: 2 / -1;
      }
      .pin[aria-pressed="true"] svg {
        fill: currentcolor;
      }
      @media (max-width: 40rem) {
        .item > .actions {
          grid-column: 1 / -1;
        }
      }
    `,
  ];

  declare seats: readonly Seat[] | null;
  declare deleted: readonly Deleted[];
  /** Whose first steps are begun and not done. */
  declare unfinished: ReadonlySet<string>;
  /** What the person is offered to own, and until when. */
  declare offered: ReadonlyMap<string, string>;
  declare leaving: Seat | null;

  constructor() {
    super();
    this.seats = null;
    this.deleted = [];
    this.unfinished = new Set();
    this.offered = new Map();
    this.leaving = null;
  }

  protected override whenPresent(signal: AbortSignal): void {
    runtime().on("change", () => void this.#load(), signal);
    void this.#load();
  }

  async #load(): Promise<void> {
    const isShown = await this.load("list", listed, ({ seats, deleted, offered }) => {
      this.seats = seats;
      this.deleted = deleted;
      this.offered = offered;
    });
    if (isShown) await this.load("first steps", (signal) => unfinishedOf(this.seats ?? [], signal), (found) => (this.unfinished = found));
  }

  protected override render(): TemplateResult {
    return html`<div class="stack loose">
      <div class="row wrap">
        <div class="grow tight">
          <h1>${t("mine.title")}</h1>
          <p class="muted">${t("mine.text")}</p>
        </div>
        <a class="button primary" href=${runtime().boot.paths.create}>${plus()}${t("mine.create")}</a>
      </div>
      ${this.leaving ? nothing : this.faultNotice()}
      <div class="card flush" aria-busy=${this.isDoing("list")}>
        ${this.seats
          ? html`<ul aria-label=${t("mine.title")}>${this.seats.map((seat) => html`<li>${this.#item(seat)}</li>`)}</ul>`
          : this.fault ? nothing : html`<div class="item">${bones()}</div>`}
      </div>
      ${this.deleted.length ? this.#graveyard() : nothing} ${this.#shortcut()}
    </div>
    ${this.leaving ? this.#leaveDialog(this.leaving, this.fault) : nothing}`;
  }

  #item(seat: Seat): TemplateResult {
    const { name } = seat.workspace;
    const id = seat.workspaceId;
    const isHere = id === runtime().workspace;
    const isPinned = pinned().has(id);
    return html`<div class="item">
      ${avatar({ ...seat.workspace, id })}
      <div class="grow">
        <div class="title">${name} ${this.#badges(seat, isHere)}</div>
        <div class="muted small">${roleName(seat)}</div>
      </div>
      <div class="actions end">
        <button class="button quiet icon small pin" type="button" aria-pressed=${isPinned} aria-label=${t("mine.pin", { name })} @click=${() => this.#pin(id)}>${pin()}</button>
        ${this.unfinished.has(id) ? html`<a class="button small" href=${runtime().boot.paths.onboarding.replace(":id", encodeURIComponent(id))} aria-label=${t("mine.firstStepsOf", { name })}>${t("mine.firstSteps")}</a>` : nothing}
        ${seat.can.manageSettings ? html`<a class="button small" href="${runtime().boot.paths.settings}?workspace=${id}" aria-label=${t("mine.settingsOf", { name })}>${t("mine.settings")}</a>` : nothing}
        ${seat.can.leave ? html`<button class="button small" type="button" aria-label=${t("mine.leaveOf", { name })} @click=${() => this.#ask(seat)}>${t("mine.leave")}</button>` : nothing}
        ${seat.can.switch ? this.#switchButton(seat, isHere) : nothing}
      </div>
      ${this.#offer(id, name)}
      ${!seat.isPrimary && seat.role === "admin" ? html`<p class="note muted small">${t("mine.leaveAdmin")}</p>` : nothing}
    </div>`;
  }

  #offer(id: string, name: string): TemplateResult | typeof nothing {
    const until = this.offered.get(id);
    if (!until) return nothing;
    return html`<div class="note notice">
      ${information()}
      <div class="grow">${t("mine.offered", { date: day(until) })} <a class="link" href="${runtime().boot.paths.settings}?workspace=${encodeURIComponent(id)}#danger" aria-label=${t("mine.offeredOf", { name })}>${t("mine.offeredAnswer")}</a></div>
    </div>`;
  }

  #badges(seat: Seat, isHere: boolean): TemplateResult {
    return html`${isHere ? html`<span class="badge accent">${t("mine.current")}</span>` : nothing}
    ${seat.isPrimary ? html`<span class="badge">${t("mine.home")}</span>` : nothing}
    ${seat.workspace.state === "off" ? html`<span class="badge warn">${t("mine.off")}</span>` : nothing}
    ${seat.status === "blocked" ? html`<span class="badge bad">${t("mine.blocked")}</span>` : nothing}`;
  }

  #switchButton(seat: Seat, isHere: boolean): TemplateResult {
    const { name } = seat.workspace;
    const { start } = runtime().boot.paths;
    if (isHere) return html`<a class="button small" href=${start} aria-label=${t("accept.open", { name })}>${t("mine.open")}</a>`;
    const what = `enter ${seat.workspaceId}`;
    const click = (): void => void this.attempt(what, () => enter(seat, start));
    return this.deedButton({ what, text: t("mine.switch"), label: t("mine.switchTo", { name }), look: "small", click });
  }

  #graveyard(): TemplateResult {
    return html`<section class="stack" aria-labelledby="deleted">
      <div class="tight">
        <h2 id="deleted">${t("mine.deleted")}</h2>
        <p class="muted small">${t("mine.deletedText")}</p>
      </div>
      <div class="card flush"><ul>${this.deleted.map((one) => html`<li>${this.#gone(one)}</li>`)}</ul></div>
    </section>`;
  }

  #gone(one: Deleted): TemplateResult {
    const purge = one.restorableUntil ? ` · ${t("mine.purged", { date: day(one.restorableUntil) })}` : "";
    const restore = (): void =>
      void this.attempt(`restore ${one.id}`, async () => {
        await restoreWorkspace(one.id);
        this.toast(t("mine.restored", { name: one.name }));
      }).then((isDone) => (isDone ? this.#load() : undefined));
    return html`<div class="item">
      ${avatar(one)}
      <div class="grow">
        <div class="title">${one.name}</div>
        <div class="muted small">${t("mine.deletedOn", { date: day(one.deletedAt) })}${purge}</div>
      </div>
      <div class="actions end">
        ${this.deedButton({ what: `restore ${one.id}`, text: t("mine.restore"), label: t("mine.restoreOf", { name: one.name }), look: "small", click: restore })}
      </div>
    </div>`;
  }

  #shortcut(): TemplateResult | typeof nothing {
    const { shortcut } = runtime().boot;
    if (!shortcut) return nothing;
    const keys = shortcut.replace(/(Key|Digit)(?=.$)/, "").replaceAll("+", " + ");
    const change = (event: Event): void => setShortcut((event.target as HTMLInputElement).checked);
    return html`<div class="tight">
      <label class="check"><input type="checkbox" .checked=${isShortcutOn()} @change=${change} aria-describedby="keys" />${t("mine.shortcut", { keys })}</label>
      <p class="hint" id="keys">${t("mine.shortcutText")}</p>
    </div>`;
  }

  #leaveDialog(seat: Seat, fault: Fault): TemplateResult {
    const { name } = seat.workspace;
    return html`<annex-dialog heading=${t("mine.leaveTitle", { name })} @annex-close=${() => (this.leaving = null)}>
      <div class="stack">
        <p class="muted">${t("mine.leaveText")}</p>
        ${fault ? faultNotice(fault) : nothing}
      </div>
      <button slot="actions" class="button" type="button" @click=${() => (this.leaving = null)}>${t("action.cancel")}</button>
      <span slot="actions">${this.busyButton(`leave ${seat.workspaceId}`, t("mine.leaveConfirm"), t("mine.leaveConfirm"), "danger", "button", () => this.#leave(seat))}</span>
    </annex-dialog>`;
  }

  #ask(seat: Seat): void {
    this.fault = null;
    this.leaving = seat;
  }

  #pin(id: string): void {
    togglePin(id);
    this.requestUpdate();
  }

  async #leave(seat: Seat): Promise<void> {
    const isHere = seat.workspaceId === runtime().workspace;
    const leave = (): Promise<unknown> => leaveWorkspace(seat.workspaceId);
    const isDone = await this.attempt(`leave ${seat.workspaceId}`, async () => {
      await (isHere ? giveUp(leave) : leave());
    });
    if (!isDone) return;
    if (this.leaving === seat) this.leaving = null;
    this.toast(t("mine.left", { name: seat.workspace.name }));
    if (!isHere) await this.#load();
  }
}

interface Listed {
  readonly seats: readonly Seat[];
  readonly deleted: readonly Deleted[];
  readonly offered: ReadonlyMap<string, string>;
}

/** The list itself first: who has none any more is not asked for more. */
async function listed(signal: AbortSignal): Promise<Listed> {
  const list = await listWorkspaces(signal).catch(endOfFeature);
  if (!list) return { seats: [], deleted: [], offered: new Map() };
  const [deleted, summary] = await Promise.all([allDeleted(signal).catch(() => []), summarize(signal).catch(() => null)]);
  const offers = summary?.workspaces.flatMap(({ workspaceId, ownershipOfferedUntil: until }) => (until ? [[workspaceId, until] as const] : []));
  return { seats: list.workspaces.filter((seat) => seat.workspace.state !== "deleted"), deleted, offered: new Map(offers) };
}

/** However many there are. */
async function allDeleted(signal: AbortSignal): Promise<readonly Deleted[]> {
  const all: Deleted[] = [];
  let page: Page<Deleted> | null = null;
  do {
    page = await listDeleted(page?.cursor, signal);
    all.push(...page.rows);
  } while (page.cursor);
  return all;
}

/** One after the other: there may be many, and nobody waits for it. Who cannot read them is not asked to do them. */
async function unfinishedOf(seats: readonly Seat[], signal: AbortSignal): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const { can, workspaceId } of seats.filter((seat) => seat.workspace.state === "on")) {
    const said = can.manageSettings ? await readOnboarding(workspaceId, signal).catch(() => null) : null;
    if (said?.startedAt && !said.isCompleted) found.add(workspaceId);
    signal.throwIfAborted();
  }
  return found;
}

/** Who left what gave them the feature has no page here any more: they go on at home. */
function endOfFeature(fault: unknown): null {
  if (!isEndOfFeature(fault)) throw fault;
  // Nothing of ours is stored any more, so that the next document is their home.
  navigation.go(runtime().boot.paths.start);
  return null;
}

define("annex-mine-page", AnnexMinePage);
