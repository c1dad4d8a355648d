// Everything without a pointer: opening, choosing, going back, creating, leaving a dialog.

import assert from "node:assert/strict";
import { pilot, workspaceOf } from "../house/people.js";
import { signIn } from "../page/crm.js";
import { button, heading } from "../page/own.js";
import { isAsked, panel, stands, trigger } from "../page/switcher.js";
import { story } from "../stage.js";

/** What has the focus, through every shadow root. */
const focused = (tab) => tab.page.evaluate(() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return `${at?.localName} ${(at?.getAttribute("aria-label") ?? at?.innerText ?? "").replace(/\s+/g, " ").trim()}`.trim();
});

/** Presses Tab until the focus is on what the pattern describes. */
async function tabTo(tab, pattern, key = "Tab") {
  const passed = [];
  for (let step = 0; step < 60; step += 1) {
    await tab.page.keyboard.press(key);
    const at = await focused(tab);
    if (pattern.test(at)) return at;
    passed.push(at);
  }
  throw new Error(`${pattern} is not reached by ${key}: ${passed.join(" | ")}`);
}

story("the switcher by keyboard alone: reached, opened, searched by typing, left, chosen", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  for (const name of ["Vela Films", "Zürich Büro"]) await workspaceOf(house, ada, name);
  const tab = await (await person()).tab();
  const { keyboard } = tab.page;
  await signIn(tab, ada);
  await tab.go("/customers");
  await stands(tab, "Aurora");
  await tabTo(tab, /Switch workspace/);
  assert.equal(await trigger(tab).getAttribute("aria-expanded"), "false");
  await keyboard.press("Enter");
  await tab.page.getByRole("option", { name: /Aurora/ }).and(tab.page.locator(":focus")).waitFor();
  assert.equal(await trigger(tab).getAttribute("aria-expanded"), "true");
  await keyboard.press("End");
  assert.match(await focused(tab), /Zürich/);
  await keyboard.press("ArrowDown");
  assert.match(await focused(tab), /Zürich/, "without wrap");
  await keyboard.press("Home");
  await keyboard.press("ArrowUp");
  assert.match(await focused(tab), /Aurora/, "without wrap");
  await keyboard.type("zu");
  assert.match(await focused(tab), /Zürich/, "what is typed is found, without its dots");
  await keyboard.press("Escape");
  await panel(tab).waitFor({ state: "hidden" });
  assert.match(await focused(tab), /Switch workspace/, "and the focus is where it was");
  // From anywhere by the shortcut, and in.
  await keyboard.press("Alt+Shift+KeyW");
  await tab.page.getByRole("listbox").waitFor();
  await tab.page.getByRole("option", { name: /Aurora/ }).and(tab.page.locator(":focus")).waitFor();
  await keyboard.type("v");
  await Promise.all([tab.page.waitForEvent("load"), keyboard.press("Enter")]);
  await stands(tab, "Vela Films");
});

story("a workspace is made and a dialog is left by keyboard alone", async ({ house, person }) => {
  const ada = await pilot(house, "Ada", "Aurora");
  const tab = await (await person()).tab();
  const { keyboard } = tab.page;
  await signIn(tab, ada);
  await tab.go("/workspaces/new");
  await heading(tab, "Create a workspace").waitFor();
  await keyboard.press("Tab");
  assert.match(await focused(tab), /Skip to content/);
  await tabTo(tab, /^input/);
  await keyboard.type("Made by keys");
  await keyboard.press("Enter");
  await heading(tab, "Set up Made by keys").waitFor();
  const [{ id }] = await house.sql("SELECT id FROM public.tenants WHERE name = 'Made by keys'");
  await tab.go(`/settings/workspace?workspace=${id}#danger`);
  await button(tab, "Delete this workspace").waitFor();
  await tabTo(tab, /^button Delete this workspace/);
  await keyboard.press("Enter");
  await isAsked(tab, "Delete Made by keys?");
  assert.match(await focused(tab), /^input/);
  await keyboard.press("Escape");
  await tab.page.getByRole("heading", { name: "Delete Made by keys?" }).waitFor({ state: "detached" });
  assert.match(await focused(tab), /Delete this workspace/, "the focus is where it was");
});
