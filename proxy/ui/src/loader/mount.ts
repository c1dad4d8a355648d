// The switcher's place in the CRM's header.
//
// The CRM makes its header anew on every navigation; the same element is then put beside the new anchor.
// Invariant: no node but our own is added, moved or changed.

import type { Boot } from "../boot.ts";
import { sleep } from "./sleep.ts";

/** After each try that the module did not come; after the last one this page goes without it. */
const WAITS_MS = [1_000, 10_000, 60_000];

export const SWITCHER = "annex-switcher";

/** The part of the header's row that holds the anchor: a menu often stands in a box of its own, where nothing fits beside it. */
function inRow(anchor: Element, header: string): Element {
  for (let part = anchor; part.parentElement && !part.matches(header); part = part.parentElement) {
    const { display, flexDirection } = getComputedStyle(part.parentElement);
    if (display.includes("flex") && flexDirection.includes("row")) return part;
  }
  return anchor;
}

export function keepMounted(
  boot: Boot,
  isTheirs: () => boolean,
  load: () => Promise<unknown>,
  signal: AbortSignal,
): void {
  let element: HTMLElement | null = null;
  let coming: Promise<void> | undefined;
  const place = (): void => {
    const anchor = document.querySelector(boot.mount.anchor);
    // Styles are asked for only where something moved: this runs with every change of the page.
    if (signal.aborted || !isTheirs() || !anchor || element?.nextElementSibling?.contains(anchor)) return;
    if (element) inRow(anchor, boot.mount.header).before(element);
    else coming ??= come();
  };
  const come = async (): Promise<void> => {
    for (const wait of WAITS_MS) {
      const isHere = await load().then(() => true, () => sleep(wait, signal));
      if (!isHere) continue;
      element = document.createElement(SWITCHER);
      place();
      return;
    }
  };
  const observer = new MutationObserver(place);
  observer.observe(document, { childList: true, subtree: true });
  signal.addEventListener("abort", () => {
    observer.disconnect();
    element?.remove();
  });
  place();
}
