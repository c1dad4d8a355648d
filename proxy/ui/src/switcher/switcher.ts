// <annex-switcher>: where one is, and the way to every other workspace.
//
// Shows nothing until the server said that the person has the feature. Events: none leave it.
// Parts: `trigger`, `panel`, `list`, `option`, `avatar`, `search`, `invitations`, `footer`.

import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { Refused, listPending, listWorkspaces, summarize } from "../api.ts";
import { avatar, avatarStyle } from "../part/avatar.ts";
import { AnnexElement, define } from "../part/element.ts";
import { chevrons } from "../part/icons.ts";
import { mayLeave } from "../part/leave.ts";
import { isShortcutOn, pinned, togglePin } from "../part/remembered.ts";
import { followScheme } from "../part/scheme.ts";
import { runtime } from "../runtime.ts";
import type { Pending, Seat } from "../shapes.ts";
import { tokens } from "../style/tokens.ts";
import { t } from "../words/index.ts";
import { loadDialogs } from "./dialogs.ts";
import type { AnnexWorkspaceList, Choice } from "./list.ts";
import { roleName } from "./role.ts";
import { switcherStyle } from "./switcher.style.ts";
import { enter, enterInNewTab } from "./switching.ts";
import { hasUnsaved } from "./unsaved.ts";

let panel: typeof import("./panel.ts") | null = null;
const loadPanel = async (): Promise<void> => {
  panel ??= await import("./panel.ts");
};

/** At the first sign of interest: most pages are left without one. */
const warm = (): void => void loadPanel().catch(() => null);

type State = "unknown" | "none" | "ready" | "failed";

export class AnnexSwitcher extends AnnexElement {
  static override properties: PropertyDeclarations = {
    state: { state: true },
    seats: { state: true },
    pending: { state: true },
    unread: { state: true },
    isOpen: { state: true },
    busy: { state: true },
    message: { state: true },
    asked: { state: true },
  };

  static override styles = [tokens, avatarStyle, switcherStyle];

  declare state: State;
  declare seats: readonly Seat[];
  declare pending: readonly Pending[];
  declare unread: ReadonlyMap<string, number>;
  declare isOpen: boolean;
  declare busy: string | null;
  declare message: string;
  /** The switch that waits for an answer about unsaved input. */
  declare asked: Seat | null;
  #turn = 0;

  constructor() {
    super();
    this.state = "unknown";
    this.seats = [];
    this.pending = [];
    this.unread = new Map();
    this.isOpen = false;
    this.busy = null;
    this.message = "";
    this.asked = null;
  }

  protected override whenPresent(signal: AbortSignal): void {
    followScheme(this, signal);
    // A panel that left the page with its element closed without a word.
    this.isOpen = false;
    runtime().on("change", () => void this.load(), signal);
    runtime().on("end", () => (this.state = "none"), signal);
    document.addEventListener("keydown", this.#shortcut, { signal });
    addEventListener("resize", () => this.isOpen && this.#place(), { signal, passive: true });
    addEventListener("scroll", () => this.isOpen && this.#place(), { signal, passive: true, capture: true });
    void this.load();
  }

  /** What was asked for last is shown. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const [{ workspaces }, pending] = await Promise.all([listWorkspaces(), listPending().catch(() => [])]);
      if (turn !== this.#turn) return;
      this.seats = workspaces.filter((seat) => seat.workspace.state !== "deleted");
      this.pending = pending;
      this.state = "ready";
      loadDialogs(this.#here?.workspace.name);
    } catch (cause) {
      if (turn !== this.#turn) return;
      const isOff = cause instanceof Refused && cause.status === 403;
      this.state = isOff ? "none" : this.seats.length || this.#isElsewhere ? "failed" : "none";
    }
  }

  get #isElsewhere(): boolean {
    const { workspace, home } = runtime();
    return workspace !== home;
  }

  get #here(): Seat | undefined {
    return this.seats.find((seat) => seat.workspaceId === runtime().workspace);
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.state === "unknown" || this.state === "none") return nothing;
    return html`${this.#trigger()}
      <div id="panel" class="panel" part="panel" role="dialog" popover="auto" aria-label=${t("switcher.title")} @toggle=${this.#toggled} @keydown=${this.#escape} @focusout=${this.#left}>
        ${this.isOpen ? this.#panel() : nothing}
      </div>
      ${this.asked ? this.#question(this.asked) : nothing}
      <p class="sr" role="status">${this.message}</p>`;
  }

  #trigger(): TemplateResult {
    const here = this.#here;
    const name = here?.workspace.name ?? t("switcher.title");
    const role = here ? roleName(here) : "";
    const waiting = this.pending.length > 0;
    return html`<button
      class="trigger"
      part="trigger"
      type="button"
      aria-haspopup="dialog"
      aria-expanded=${this.isOpen}
      aria-controls="panel"
      @click=${this.toggle}
      @pointerenter=${warm}
      @focus=${warm}
    >
      ${avatar({ id: runtime().workspace ?? "", name, logoUrl: here?.workspace.logoUrl ?? null }, "small")}
      <span class="where"><span class="name cut">${name}</span><span class="role cut">${role}</span></span><span class="sr">${t("switcher.label")}</span>
      ${waiting ? html`<span class="dot"></span>` : nothing}${this.busy ? html`<span class="spinner"></span>` : chevrons()}
    </button>`;
  }

  #panel(): TemplateResult {
    if (this.state === "failed") {
      return html`<div class="failed">
        <p>${t("switcher.failed")}</p>
        <button class="again" type="button" @click=${this.#again}>${t("switcher.retry")}</button>
      </div>`;
    }
    return html`<annex-workspace-list
        exportparts="list, option, avatar, search"
        .seats=${this.seats}
        .pinned=${pinned()}
        .unread=${this.unread}
        .current=${runtime().workspace}
        .busy=${this.busy}
        @annex-choose=${this.#choose}
        @annex-pin=${this.#pin}
      ></annex-workspace-list>
      <p class="said">${this.message}</p>
      <annex-invitations exportparts="invitations" .pending=${this.pending} @annex-answered=${() => this.load()}></annex-invitations>
      ${panel?.ways(this.#here)}`;
  }

  #question(seat: Seat): TemplateResult {
    return html`<annex-unsaved
      .name=${seat.workspace.name}
      .scheme=${this.getAttribute("scheme")}
      @annex-close=${() => (this.asked = null)}
      @annex-leave=${() => this.#abandon(seat)}
    ></annex-unsaved>`;
  }

  readonly toggle = (): void => {
    this.renderRoot.querySelector<HTMLElement>("#panel")?.togglePopover();
  };

  readonly #toggled = (event: Event): void => {
    this.isOpen = (event as ToggleEvent).newState === "open";
    if (!this.isOpen) return;
    this.message = "";
    this.#place();
    void this.#count();
    void this.#begin();
  };

  async #begin(): Promise<void> {
    await loadPanel().catch(() => (this.state = "failed"));
    this.requestUpdate();
    await this.updateComplete;
    this.#place();
    const list = this.renderRoot.querySelector<AnnexWorkspaceList>("annex-workspace-list");
    await list?.updateComplete;
    list?.begin();
  }

  /** Below the trigger, within the window, on the side that the language reads from. */
  #place(): void {
    const panel = this.renderRoot.querySelector<HTMLElement>("#panel");
    const box = this.renderRoot.querySelector(".trigger")?.getBoundingClientRect();
    if (!panel || !box) return;
    const margin = 8;
    const width = Math.min(336, innerWidth - 2 * margin);
    const isRtl = getComputedStyle(this).direction === "rtl";
    const wanted = isRtl ? box.right - width : box.left;
    const left = Math.max(margin, Math.min(wanted, innerWidth - width - margin));
    panel.style.cssText = `left:${left}px;top:${box.bottom + 6}px;inline-size:${width}px;max-block-size:${innerHeight - box.bottom - 6 - margin}px`;
  }

  readonly #escape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    event.preventDefault();
    this.#close();
  };

  /** Focus went elsewhere in the page: the panel would only stand in its way. */
  readonly #left = ({ relatedTarget, currentTarget }: FocusEvent): void => {
    const panel = currentTarget as HTMLElement;
    const isOutside = relatedTarget instanceof Node && !panel.contains(relatedTarget) && !this.renderRoot.contains(relatedTarget);
    if (isOutside) panel.hidePopover();
  };

  #close(): void {
    this.renderRoot.querySelector<HTMLElement>("#panel:popover-open")?.hidePopover();
    this.renderRoot.querySelector<HTMLElement>(".trigger")?.focus();
  }

  readonly #shortcut = (event: KeyboardEvent): void => {
    const keys = runtime().boot.shortcut?.split("+") ?? [];
    const held = (name: string): boolean => keys.includes(name);
    const isMeant =
      keys.at(-1) === event.code &&
      held("Alt") === event.altKey && held("Shift") === event.shiftKey && held("Ctrl") === event.ctrlKey && held("Meta") === event.metaKey;
    // What lies under a dialog of the page could be neither clicked nor focused.
    const isCovered = document.querySelector("dialog:modal") !== null;
    if (!isMeant || event.repeat || this.state !== "ready" || isCovered || !isShortcutOn()) return;
    event.preventDefault();
    if (this.isOpen) this.#close();
    else this.toggle();
  };

  async #count(): Promise<void> {
    const summary = await summarize().catch(() => null);
    if (summary) this.unread = new Map(summary.workspaces.map((one) => [one.workspaceId, one.unread ?? 0]));
  }

  readonly #again = async (): Promise<void> => {
    await this.load();
    await this.#begin();
  };

  readonly #pin = ({ detail }: CustomEvent<Seat>): void => {
    const { name } = detail.workspace;
    this.message = t(togglePin(detail.workspaceId) ? "switcher.wasPinned" : "switcher.wasUnpinned", { name });
    this.requestUpdate();
  };

  readonly #choose = ({ detail: { seat, where } }: CustomEvent<Choice>): void => {
    if (where === "new tab") {
      enterInNewTab(seat);
      this.#close();
    } else if (seat.workspaceId === runtime().workspace) this.#close();
    else if (hasUnsaved() || !mayLeave("ask")) this.asked = seat;
    else void this.#enter(seat);
  };

  #abandon(seat: Seat): void {
    mayLeave("decided");
    void this.#enter(seat);
  }

  async #enter(seat: Seat): Promise<void> {
    this.asked = null;
    this.busy = seat.workspaceId;
    const { name } = seat.workspace;
    this.message = t("switcher.switching", { name });
    try {
      await enter(seat);
    } catch {
      this.busy = null;
      await this.load();
      this.message = t("switcher.refused", { name });
    }
  }
}

define("annex-switcher", AnnexSwitcher);
