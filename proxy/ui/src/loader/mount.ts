// The switcher's place in the CRM's header.
//
// The CRM makes its header anew on every navigation; the same element is then put beside the new anchor.
// Invariant: no node but our own is added, moved or changed.

import type { Boot } from "../boot.ts";

export const SWITCHER = "annex-switcher";

export function keepMounted(
  boot: Boot,
  isTheirs: () => boolean,
  load: () => Promise<unknown>,
  signal: AbortSignal,
): void {
  let element: HTMLElement | null = null;
  let isLoading = false;
  const place = (): void => {
    if (signal.aborted) return;
    const anchor = document.querySelector(boot.mount.anchor);
    if (!anchor?.parentNode || (element && anchor.previousSibling === element) || !isTheirs()) return;
    if (element) {
      anchor.parentNode.insertBefore(element, anchor);
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
  observer.observe(document.documentElement, { childList: true, subtree: true });
  signal.addEventListener("abort", () => {
    observer.disconnect();
    element?.remove();
  });
  place();
}
