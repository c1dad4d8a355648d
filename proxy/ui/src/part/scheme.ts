// Whether the host is light or dark where an element stands: by what is painted behind it.

/** Tells now, and whenever the host's theme may have changed. */
export function followScheme(element: HTMLElement, signal: AbortSignal): void {
  const look = (): void => {
    const scheme = schemeBehind(element);
    if (element.getAttribute("scheme") !== scheme) element.setAttribute("scheme", scheme);
  };
  const observer = new MutationObserver(look);
  const attributes = { attributes: true, attributeFilter: ["class", "style", "data-theme", "data-mode"] };
  for (const root of [document.documentElement, document.body]) observer.observe(root, attributes);
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
