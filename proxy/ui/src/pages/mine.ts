// <annex-mine-page>: all workspaces of a person, and the deleted ones that can come back.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { Refused, leaveWorkspace, listDeleted, listWorkspaces, restoreWorkspace } from "../api.ts";
import { avatar } from "../part/avatar.ts";
import "../part/dialog.ts";
import { define } from "../part/element.ts";
import { day } from "../part/format.ts";
import { pin, plus } from "../part/icons.ts";
import { isShortcutOn, pinned, setShortcut, togglePin } from "../part/remembered.ts";
import { runtime } from "../runtime.ts";
import type { Deleted, Seat } from "../shapes.ts";
import { roleName } from "../switcher/role.ts";
import { enter, navigation } from "../switcher/switching.ts";
import { t } from "../words/index.ts";
import { PageElement, bones, faultNotice, pageStyles, type Fault } from "./page.ts";

export class AnnexMinePage extends PageElement {
  static override properties: PropertyDeclarations = {
    seats: { state: true },
    deleted: { state: true },
    leaving: { state: true },
    fault: { state: true },
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
  declare leaving: Seat | null;

  constructor() {
    super();
    this.seats = null;
    this.deleted = [];
    this.leaving = null;
  }

  protected override whenPresent(signal: AbortSignal): void {
    runtime().on("change", () => void this.#load(), signal);
    void this.#load();
  }

  async #load(): Promise<void> {
    await this.attempt("load", async () => {
      const [list, deleted] = await Promise.all([listWorkspaces().catch(endOfFeature), listDeleted().catch(() => null)]);
      if (!list) {
        this.seats = [];
        return;
      }
      const { workspaces } = list;
      this.deleted = deleted?.rows ?? [];
      this.seats = workspaces.filter((seat) => seat.workspace.state !== "deleted");
    });
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
      <div class="card flush">
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
        ${seat.can.manageSettings ? html`<a class="button small" href="${runtime().boot.paths.settings}?workspace=${id}" aria-label=${t("mine.settingsOf", { name })}>${t("mine.settings")}</a>` : nothing}
        ${seat.can.leave ? html`<button class="button small" type="button" aria-label=${t("mine.leaveOf", { name })} @click=${() => this.#ask(seat)}>${t("mine.leave")}</button>` : nothing}
        ${seat.can.switch ? this.#switchButton(seat, isHere) : nothing}
      </div>
      ${!seat.isPrimary && seat.role === "admin" ? html`<p class="note muted small">${t("mine.leaveAdmin")}</p>` : nothing}
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
    const isBusy = this.doing === `enter ${seat.workspaceId}`;
    const go = (): void => void this.attempt(`enter ${seat.workspaceId}`, () => enter(seat, start));
    return html`<button class="button small" type="button" aria-busy=${isBusy} aria-label=${t("mine.switchTo", { name })} @click=${go}>
      ${isBusy ? html`<span class="spinner"></span>` : nothing}${t("mine.switch")}
    </button>`;
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
        <button class="button small" type="button" aria-busy=${this.doing === `restore ${one.id}`} aria-label=${t("mine.restoreOf", { name: one.name })} @click=${restore}>${t("mine.restore")}</button>
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
      <span slot="actions">${this.busyButton("leave", t("mine.leaveConfirm"), t("mine.leaveConfirm"), "danger", "button", () => this.#leave(seat))}</span>
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
    const isDone = await this.attempt("leave", async () => {
      await leaveWorkspace(seat.workspaceId);
    });
    if (!isDone) return;
    this.leaving = null;
    this.toast(t("mine.left", { name: seat.workspace.name }));
    await this.#load();
    const { workspace, home, boot } = runtime();
    if (seat.workspaceId === workspace && home && this.seats?.some((one) => one.can.switch)) {
      runtime().choose(home);
      navigation.go(boot.paths.workspaces);
    }
  }
}

/** Who left what gave them the feature has no page here any more: they go on at home. */
function endOfFeature(fault: unknown): null {
  if (!(fault instanceof Refused) || fault.code !== "MULTI_WORKSPACE_DISABLED") throw fault;
  // Nothing of ours is stored any more, so that the next document is their home.
  navigation.go(runtime().boot.paths.start);
  return null;
}

define("annex-mine-page", AnnexMinePage);
