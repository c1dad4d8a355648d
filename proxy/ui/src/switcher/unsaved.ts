// Whether the page holds input that nobody saved.
//
// Frameworks keep an input's default in step with its value, so the value before the first key is what counts.
// Invariant: what was submitted counts as saved only where the first request after it was answered well; a browser that does
// not tell asks once too often, and never too seldom.

interface Touched {
  readonly before: string;
  /** What was submitted last, and when. */
  sent?: { readonly value: string; readonly at_ms: number };
}

const touched = new Map<Element, Touched>();
const focused = new WeakMap<Element, string>();

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export function watchInput(signal: AbortSignal): void {
  const options = { capture: true, signal, passive: true };
  document.addEventListener("focusin", ({ target }) => target instanceof Element && focused.set(target, valueOf(target)), options);
  document.addEventListener("input", ({ target }) => {
    if (!(target instanceof Element) || touched.has(target) || !counts(target)) return;
    touched.set(target, { before: focused.get(target) ?? "" });
  }, options);
  document.addEventListener("submit", ({ target }) => {
    const at_ms = performance.now();
    for (const [one, entry] of touched) if ((one as Control).form === target) entry.sent = { value: valueOf(one), at_ms };
  }, options);
  document.addEventListener("reset", ({ target }) => forget((one) => (one as Control).form === target), options);
}

export function hasUnsaved(): boolean {
  forget((one) => !one.isConnected);
  return [...touched].some(([one, { before, sent }]) => {
    const value = valueOf(one);
    return value !== before && !(sent?.value === value && wasAnsweredWell(sent.at_ms));
  });
}

function wasAnsweredWell(at_ms: number): boolean {
  const asked = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
  const first = asked.find((one) => one.startTime >= at_ms && /^(fetch|xml)/.test(one.initiatorType));
  return first?.responseStatus !== undefined && first.responseStatus >= 200 && first.responseStatus < 300;
}

function forget(which: (one: Element) => boolean): void {
  for (const one of [...touched.keys()]) if (which(one)) touched.delete(one);
}

/** Input of a form, or long text; not a search, a filter or a secret that is typed anew. */
function counts(target: Element): boolean {
  if (target instanceof HTMLElement && target.isContentEditable) return true;
  if (target instanceof HTMLTextAreaElement) return true;
  const isControl = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
  return isControl && target.form !== null && !["search", "submit", "button", "hidden"].includes(target.type) && target.role !== "searchbox";
}

function valueOf(target: Element): string {
  if (target instanceof HTMLInputElement && ["checkbox", "radio"].includes(target.type)) return String(target.checked);
  return "value" in target && typeof target.value === "string" ? target.value : target.textContent;
}
