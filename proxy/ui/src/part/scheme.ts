// Whether the host is light or dark where an element stands: by what is painted behind it.

import { runtime } from "../runtime.ts";

/**
 * Tells now, and whenever the host's theme may have changed: hosts say it by any attribute of any element around ours. A
 * document of ours has no host around it, and takes what was seen last in a page of the CRM.
 */
export function followScheme(element: HTMLElement, signal: AbortSignal): void {
  const { boot, principal } = runtime();
  const isOurs = boot.document === "annex";
  const key = `annex.scheme:${principal}`;
  const seen = isOurs && sessionStorage.getItem(key);
  if (seen) document.documentElement.style.colorScheme = seen;
  const look = (): void => {
    const scheme = schemeBehind(element);
    if (element.getAttribute("scheme") === scheme) return;
    element.setAttribute("scheme", scheme);
    if (!isOurs) sessionStorage.setItem(key, scheme);
  };
  const observer = new MutationObserver(look);
  for (let one = above(element); one; one = above(one)) observer.observe(one, { attributes: true });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", look, { signal });
  signal.addEventListener("abort", () => observer.disconnect());
  look();
}

export function schemeBehind(element: Element): "light" | "dark" {
  for (let one = above(element); one; one = above(one)) {
    const light = lightness(getComputedStyle(one).backgroundColor);
    if (light !== null) return light < 0.5 ? "dark" : "light";
  }
  const root = getComputedStyle(document.documentElement).colorScheme;
  const mayBeDark = root.includes("dark") && (!root.includes("light") || matchMedia("(prefers-color-scheme: dark)").matches);
  return mayBeDark ? "dark" : "light";
}

/** The parent, out of shadow roots too. */
function above(element: Element): Element | null {
  const root = element.getRootNode();
  return element.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}

/** From 0 to 1; null: nothing is painted. */
function lightness(color: string): number | null {
  const numbers = color.match(/-?[\d.]+%?/g)?.map((text) => (text.endsWith("%") ? parseFloat(text) / 100 : parseFloat(text))) ?? [];
  const alpha = numbers[3] ?? 1;
  if (numbers.length < 3 || alpha < 0.5) return null;
  const [a = 0, b = 0, c = 0] = numbers;
  if (color.startsWith("rgb")) return (0.299 * a + 0.587 * b + 0.114 * c) / 255;
  // oklch, oklab and lab begin with lightness; `color(…)` holds three channels.
  if (color.startsWith("color(")) return 0.299 * a + 0.587 * b + 0.114 * c;
  return a > 1 ? a / 100 : a;
}
