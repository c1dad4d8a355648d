// What every page shares: its styles, how it tells what went wrong, and how it says that something is done.

import { html, nothing, type CSSResultGroup, type TemplateResult } from "lit";
import { Refused } from "../api.ts";
import { avatarStyle } from "../part/avatar.ts";
import "../part/dialog.ts";
import { AnnexElement } from "../part/element.ts";
import { explain } from "../part/explain.ts";
import { warning } from "../part/icons.ts";
import { guard } from "../part/leave.ts";
import { buttons, fields } from "../style/controls.ts";
import { surfaces } from "../style/surface.ts";
import { tokens } from "../style/tokens.ts";
import { navigation } from "../switcher/switching.ts";
import { t, type Key } from "../words/index.ts";

export const pageStyles: CSSResultGroup[] = [tokens, buttons, fields, surfaces, avatarStyle];

/** What was wrong with what was sent; nothing, if nothing was. */
export type Fault = Refused | null;

/** What could not be fetched, and how to fetch it again. */
interface Missing {
  readonly fault: Refused;
  readonly again: () => void;
}

interface Load {
  readonly what: string;
  readonly end: AbortController;
  readonly isShown: Promise<boolean>;
}

/** A button that does something, and shows while that is under way. */
export interface DeedButton {
  readonly what: string;
  readonly text: string | TemplateResult;
  readonly busy?: string;
  readonly label?: string;
  readonly look?: string;
  readonly type?: "submit" | "button";
  /** The id of the form that it sends, if it stands outside of it. */
  readonly form?: string;
  readonly click?: (() => void) | undefined;
  readonly isDisabled?: boolean;
}

export abstract class PageElement extends AnnexElement {
  static override styles: CSSResultGroup = pageStyles;

  /** Of what was done last. */
  #fault: Fault = null;
  /** What is being done, or waits for its turn. */
  readonly #deeds = new Set<string>();
  #last: Promise<Fault> | null = null;
  /** What is being fetched, one of a kind. */
  readonly #loads = new Map<string, Load>();
  /** What is not there, by its kind. */
  readonly #missing = new Map<string, Missing>();

  /** What went wrong with what was done last; else with what could not be fetched, as long as it is not there. */
  get fault(): Fault {
    return this.#fault ?? [...this.#missing.values()].at(-1)?.fault ?? null;
  }

  set fault(fault: Fault) {
    this.#fault = fault;
    this.requestUpdate();
  }

  /** Whether the person changed something here that is not saved: leaving is asked about. */
  isDirty(): boolean {
    return false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    guard(() => this.isDirty(), this.present);
  }

  /** Whether it is under way: buttons that do it show that. Of `role 7`, that is true of `role 7 viewer` as well. */
  protected isDoing(what: string): boolean {
    const all = [...this.#deeds, ...[...this.#loads.values()].map((one) => one.what)];
    return all.some((one) => one === what || one.startsWith(`${what} `));
  }

  /**
   * Fetches something to show. Whoever fetches the same kind anew ends what was under way: the last one wins, and nothing
   * older is shown after it. True: what was asked for last is shown.
   */
  protected load<Found>(kind: string, fetch: (signal: AbortSignal) => Promise<Found>, show: (found: Found) => void, what = kind): Promise<boolean> {
    this.#loads.get(kind)?.end.abort();
    const end = new AbortController();
    const again = (): void => void this.load(kind, fetch, show, what);
    const isShown = this.#fetch(kind, fetch, show, { signal: AbortSignal.any([end.signal, this.present]), again });
    const load = { what, end, isShown };
    this.#loads.set(kind, load);
    this.requestUpdate();
    void isShown.then(() => {
      if (this.#loads.get(kind) === load) this.#loads.delete(kind);
      this.requestUpdate();
    });
    return isShown.then((done) => (end.signal.aborted ? (this.#loads.get(kind)?.isShown ?? done) : done));
  }

  async #fetch<Found>(kind: string, fetch: (signal: AbortSignal) => Promise<Found>, show: (found: Found) => void, { signal, again }: { signal: AbortSignal; again: () => void }): Promise<boolean> {
    try {
      const found = await fetch(signal);
      signal.throwIfAborted();
      show(found);
      if (this.#missing.delete(kind)) this.requestUpdate();
      return true;
    } catch (cause) {
      if (signal.aborted) return false;
      this.#missing.delete(kind);
      this.#missing.set(kind, { fault: refusal(cause), again });
      this.fault = null;
      return false;
    }
  }

  /**
   * Does one thing after the other; what is under way already is not done twice. Keeps what the server refused. True: it
   * was done.
   */
  protected async attempt(what: string, deed: () => Promise<void>): Promise<boolean> {
    if (this.#deeds.has(what)) return false;
    this.#deeds.add(what);
    this.fault = null;
    const turn = this.#after(this.#last, deed);
    this.#last = turn;
    const fault = await turn;
    if (this.#last === turn) this.#last = null;
    this.#deeds.delete(what);
    if (fault) this.#tell(fault);
    this.requestUpdate();
    return fault === null;
  }

  async #after(before: Promise<Fault> | null, deed: () => Promise<void>): Promise<Fault> {
    if (before) await before;
    try {
      await deed();
      return null;
    } catch (cause) {
      return refusal(cause);
    }
  }

  #tell(fault: Refused): void {
    this.fault = fault;
    if (this.isConnected) void this.updateComplete.then(() => this.#showFault());
    else this.toast(explain(fault));
  }

  /** Focus goes to the first field that was refused, else to what says why. */
  #showFault(): void {
    const wrong = this.renderRoot.querySelector<HTMLElement>('[aria-invalid="true"]:not(:disabled)');
    const said = this.renderRoot.querySelector<HTMLElement>(".fault");
    (wrong ?? said)?.focus();
    said?.scrollIntoView({ block: "nearest" });
  }

  protected faultNotice(): TemplateResult | typeof nothing {
    const again = (): void => [...this.#missing.values()].forEach((one) => one.again());
    return this.fault ? faultNotice(this.fault, this.#fault ? undefined : again) : nothing;
  }

  protected fieldFault(path: string): string | null {
    const code = this.fault?.fields.find((one) => one.path === path)?.code;
    return code ? explainField(code) : null;
  }

  /** Says it for everybody, and goes away. */
  protected toast(text: string): void {
    this.say("annex-toast", text);
  }

  /** Said to the document, whether this part of the page still stands or the person went on to another. */
  protected say(event: string, detail: unknown): void {
    (this.isConnected ? this : document).dispatchEvent(new CustomEvent(event, { detail, bubbles: true, composed: true }));
  }

  /** The button of a form or of a dialog. */
  protected busyButton(what: string, text: string, busy: string, look = "primary", type: "submit" | "button" = "submit", click?: () => void, isDisabled = false): TemplateResult {
    return this.deedButton({ what, text, busy, look, type, click, isDisabled });
  }

  protected deedButton({ what, text, busy, label, look = "quiet small", type = "button", form, click, isDisabled = false }: DeedButton): TemplateResult {
    const isBusy = this.isDoing(what);
    return html`<button class="button ${look}" type=${type} form=${form ?? nothing} aria-label=${label ?? nothing} aria-busy=${isBusy} ?disabled=${isDisabled && !isBusy} @click=${click ?? nothing}>
      ${isBusy ? html`<span class="spinner"></span>${busy ?? text}` : text}
    </button>`;
  }
}

/** `again`: how to fetch what could not be fetched. */
export function faultNotice(fault: Refused, again?: () => void): TemplateResult {
  return html`<div class="notice bad fault" role="alert" tabindex="-1">
    ${warning()}
    <div class="grow">${explain(fault)} ${wayOut(fault, again)}</div>
  </div>`;
}

function wayOut({ code, status }: Refused, again?: () => void): TemplateResult | typeof nothing {
  const link = (key: Key, click: () => void): TemplateResult => html`<button class="link" type="button" @click=${click}>${t(key)}</button>`;
  if (code === "STALE_VERSION") return link("settings.stale", () => navigation.reload());
  // A newer version of us may have other files: a new document knows them.
  if (code === "MODULE_MISSING") return link("app.retry", () => navigation.reload());
  return again && (status === 0 || status >= 500) ? link("app.retry", again) : nothing;
}

function refusal(cause: unknown): Refused {
  return cause instanceof Refused ? cause : new Refused("INTERNAL", 0);
}

/** A part of a page that is fetched when it is needed. */
export async function fetched(module: Promise<unknown>): Promise<void> {
  await module.catch(() => {
    throw new Refused("MODULE_MISSING", 0);
  });
}

/** Asked before unsaved input goes. */
export function unsavedQuestion(stay: () => void, goOn: () => void): TemplateResult {
  return html`<annex-dialog heading=${t("unsaved.title")} @annex-close=${stay}>
    <p class="muted">${t("unsaved.here")}</p>
    <button slot="actions" class="button" type="button" @click=${stay}>${t("unsaved.stay")}</button>
    <button slot="actions" class="button danger" type="button" @click=${goOn}>${t("unsaved.goOn")}</button>
  </annex-dialog>`;
}

/** While something is fetched. */
export function bones(count = 4): TemplateResult {
  const widths = [62, 88, 74, 95, 55];
  return html`<div class="stack" role="status" aria-label=${t("app.loading")}>
    ${Array.from({ length: count }, (_, at) => html`<span class="bone" .style=${`inline-size:${widths[at % widths.length] ?? 80}%`}></span>`)}
  </div>`;
}

function explainField(code: string): string {
  return explain(new Refused(`field:${code}`, 400));
}
