// What the browser did not let us copy, to be copied by hand.

import { html, type TemplateResult } from "lit";
import "../part/dialog.ts";
import { t } from "../words/index.ts";

/** A field that is chosen whole as soon as somebody comes to it. */
export function handField(label: string, text: string): TemplateResult {
  const choose = (event: Event): void => (event.target as HTMLTextAreaElement).select();
  return html`<div class="field">
    <label for="f-by-hand">${label}</label>
    <textarea class="input mono" id="f-by-hand" rows="3" readonly spellcheck="false" .value=${text} aria-describedby="f-by-hand-hint" @focus=${choose}></textarea>
    <p class="hint" id="f-by-hand-hint">${t("copy.byHand")}</p>
  </div>`;
}

export function byHand(heading: string, text: string, close: () => void): TemplateResult {
  return html`<annex-dialog heading=${heading} @annex-close=${close}>
    ${handField(t("copy.link"), text)}
    <button slot="actions" class="button primary" type="button" @click=${close}>${t("action.close")}</button>
  </annex-dialog>`;
}
