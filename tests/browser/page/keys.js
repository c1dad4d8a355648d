// A page without a pointer.

/** What has the focus, through every shadow root. */
export const focused = (tab) => tab.page.evaluate(() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return `${at?.localName} ${(at?.getAttribute("aria-label") ?? at?.innerText ?? "").replace(/\s+/g, " ").trim()}`.trim();
});

/** Presses Tab until the focus is on what the pattern describes. */
export async function tabTo(tab, pattern, key = "Tab") {
  const passed = [];
  for (let step = 0; step < 60; step += 1) {
    await tab.page.keyboard.press(key);
    const at = await focused(tab);
    if (pattern.test(at)) return at;
    passed.push(at);
  }
  throw new Error(`${pattern} is not reached by ${key}: ${passed.join(" | ")}`);
}
