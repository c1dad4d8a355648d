// The switcher's place in the CRM's header.
//
// The CRM makes its header anew on every navigation; the same element is then put beside the new anchor.
// Invariant: no node but our own is added, moved or changed.

import type { Boot } from "../boot.ts";

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
  let isLoading = false;
  const place = (): void => {
    const anchor = document.querySelector(boot.mount.anchor);
    // Styles are asked for only where something moved: this runs with every change of the page.
    if (!anchor || signal.aborted || element?.nextElementSibling?.contains(anchor) || !isTheirs()) return;
    if (element) {
      inRow(anchor, boot.mount.header).before(element);
    } else if (!isLoading) {
      isLoading = true;
      load().then(
        () => {
          element = document.createElement(SWITCHER);
          place();
        },
        () => (isLoading = false),
      );
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
