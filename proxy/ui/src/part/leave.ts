// Whoever is about to leave a page asks it first, and a page of ours with unsaved input says no.
//
// The event goes through the document, because the switcher and the pages are modules apart. A host may listen too.

/** Cancelled by whoever holds unsaved input. */
export const LEAVE = "annex-leave";
/** `ask`: may the page go? `decided`: the person said that it goes. */
export type Leaving = "ask" | "decided";

/** False: somebody holds unsaved input. */
export function mayLeave(leaving: Leaving): boolean {
  return document.dispatchEvent(new CustomEvent<Leaving>(LEAVE, { detail: leaving, cancelable: true }));
}

/** Asks, by the browser's own question, and answers the switcher's, until the signal. */
export function guard(isDirty: () => boolean, signal: AbortSignal): void {
  let isDecided = false;
  addEventListener("beforeunload", (event) => {
    if (!isDecided && isDirty()) event.preventDefault();
  }, { signal });
  document.addEventListener(LEAVE, (event) => {
    isDecided = (event as CustomEvent<Leaving>).detail === "decided";
    if (!isDecided && isDirty()) event.preventDefault();
  }, { signal });
}
