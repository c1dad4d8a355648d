// What is measured of a page as it stands: targets, and what is lost where there is little room.

export const USUAL = { width: 1100, height: 800 };
/** A window of 1280 × 1024 at 400 %. */
export const ZOOMED = { width: 320, height: 256 };
const TARGET_PX = 24;

/** All elements, in shadow roots too. */
export function* deep(root: Document | ShadowRoot): Generator<HTMLElement> {
  for (const one of root.querySelectorAll<HTMLElement>("*")) {
    yield one;
    if (one.shadowRoot) yield* deep(one.shadowRoot);
  }
}

const isSeen = (one: Element): boolean => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
export const label = (one: Element): string => `${one.localName}.${one.className} ${one.textContent.trim().slice(0, 30)}`;

/** Controls that are smaller than a finger needs (WCAG 2.5.8): but not within a sentence, nor the browser's own. */
export function small(): string[] {
  const controls = [...deep(document)].filter((one) => one.matches('button, a[href], select, input:not([type="file"]), textarea, [role="option"]') && isSeen(one));
  return controls.filter((one) => {
    if (one.closest(".skip, .sr")) return false;
    const target = one.matches('input[type="checkbox"], input[type="radio"]') ? (one.closest("label, .tick") ?? one) : one;
    const { width, height } = target.getBoundingClientRect();
    return Math.min(width, height) < TARGET_PX - 0.5;
  }).map(label);
}

/** What one would have to scroll in two directions for, and what is cut off for good. */
export function lost(): string[] {
  const said: string[] = [];
  if (document.documentElement.scrollWidth > innerWidth) said.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  for (const one of deep(document)) {
    if (!isSeen(one) || one.matches(".sr, .skip, .cut, .avatar, select, input, textarea, progress, canvas")) continue;
    const { overflowX, overflowY, clipPath, textOverflow } = getComputedStyle(one);
    if (clipPath !== "none" || textOverflow === "ellipsis") continue;
    const [wide, high] = [one.scrollWidth > one.clientWidth + 1, one.scrollHeight > one.clientHeight + 1];
    if (one.clientWidth === 0 || one.clientHeight === 0) continue;
    if ((overflowX === "hidden" && wide) || (overflowY === "hidden" && high)) said.push(`cut off: ${label(one)}`);
    // A table may need both (WCAG 1.4.10).
    const isTable = one.querySelector("table") !== null;
    if (!isTable && ["auto", "scroll"].includes(overflowX) && wide && high && ["auto", "scroll"].includes(overflowY)) said.push(`two ways: ${label(one)}`);
  }
  return said;
}
