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
import { t } from "../words/index.ts";

export const pageStyles: CSSResultGroup[] = [tokens, buttons, fields, surfaces, avatarStyle];

/** What was wrong with what was sent; nothing, if nothing was. */
export type Fault = Refused | null;

export abstract class PageElement extends AnnexElement {
  static override styles: CSSResultGroup = pageStyles;

  fault: Fault = null;
  /** What is being done now: buttons that do it show that. */
  doing: string | null = null;

  /** Whether the person changed something here that is not saved: leaving is asked about. */
  isDirty(): boolean {
    return false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    guard(() => this.isDirty(), this.present);
  }

  /** Does one thing at a time; keeps what the server refused. True: it was done. */
  protected async attempt(what: string, deed: () => Promise<void>): Promise<boolean> {
    if (this.doing !== null) return false;
    this.doing = what;
    this.fault = null;
    this.requestUpdate();
    try {
      await deed();
      return true;
    } catch (cause) {
      this.fault = cause instanceof Refused ? cause : new Refused("INTERNAL", 0);
      return false;
    } finally {
      this.doing = null;
      this.requestUpdate();
      if (this.fault) void this.updateComplete.then(() => this.#showFault());
    }
  }

  /** Focus goes to the first field that was refused, else to what says why. */
  #showFault(): void {
    const wrong = this.renderRoot.querySelector<HTMLElement>('[aria-invalid="true"]:not(:disabled)');
    const said = this.renderRoot.querySelector<HTMLElement>(".fault");
    (wrong ?? said)?.focus();
    said?.scrollIntoView({ block: "nearest" });
  }

  protected faultNotice(): TemplateResult | typeof nothing {
    return this.fault ? faultNotice(this.fault) : nothing;
  }

  protected fieldFault(path: string): string | null {
    const code = this.fault?.fields.find((one) => one.path === path)?.code;
    return code ? explainField(code) : null;
  }

  /** Says it for everybody, and goes away. */
  protected toast(text: string): void {
    this.dispatchEvent(new CustomEvent("annex-toast", { detail: text, bubbles: true, composed: true }));
  }

  /** A button that shows that what it does is under way. */
  protected busyButton(what: string, idle: string, busy: string, look = "primary", type: "submit" | "button" = "submit", click?: () => void, isDisabled = false): TemplateResult {
    const isBusy = this.doing === what;
    return html`<button class="button ${look}" type=${type} aria-busy=${isBusy} ?disabled=${isDisabled && !isBusy} @click=${click ?? nothing}>
      ${isBusy ? html`<span class="spinner"></span>${busy}` : idle}
    </button>`;
  }
}

export function faultNotice(fault: Refused): TemplateResult {
  return html`<div class="notice bad fault" role="alert" tabindex="-1">
    ${warning()}
    <div class="grow">${explain(fault)} ${fault.code === "STALE_VERSION" ? html`<button class="link" type="button" @click=${() => location.reload()}>${t("settings.stale")}</button>` : nothing}</div>
  </div>`;
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
