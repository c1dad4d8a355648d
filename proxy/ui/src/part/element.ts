// What every element of ours shares: it speaks the page's language, stands in the host's light, and ends cleanly.

import { LitElement, type CSSResultGroup } from "lit";
import { runtime } from "../runtime.ts";
import { speak, spoken } from "../words/index.ts";
import { tokens } from "../style/tokens.ts";

let isSpoken = false;

/** Once for the page, before the first text. */
export function chooseLanguage(): void {
  if (isSpoken) return;
  isSpoken = true;
  const { boot } = runtime();
  speak(spoken([boot.language, ...navigator.languages]));
}

export class AnnexElement extends LitElement {
  static override styles: CSSResultGroup = [tokens];

  /** Aborted when the element leaves the page; listeners are tied to it. */
  #present = new AbortController();

  get present(): AbortSignal {
    return this.#present.signal;
  }

  override connectedCallback(): void {
    chooseLanguage();
    if (this.#present.signal.aborted) this.#present = new AbortController();
    super.connectedCallback();
    this.whenPresent(this.#present.signal);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#present.abort();
  }

  /** Called each time the element comes into a page. */
  protected whenPresent(signal: AbortSignal): void {
    signal.throwIfAborted();
  }
}

/** Defines an element once, whoever loads the module twice. */
export function define(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element);
}
