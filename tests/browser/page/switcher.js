// The switcher and the dialogs of ours in the CRM's pages.

export const host = (tab) => tab.page.locator("annex-switcher");
export const trigger = (tab) => tab.page.locator("annex-switcher .trigger");
export const panel = (tab) => tab.page.locator("annex-switcher #panel");
export const option = (tab, name) => tab.page.getByRole("option", { name });
/** A dialog of ours, by its heading: what is slotted into it is below its host, not below its dialog. */
export const dialog = (tab, heading) => tab.page.locator("annex-dialog").filter({ has: tab.page.getByRole("heading", { name: heading }) });

/** It is there, and says where the page is. */
export async function stands(tab, name) {
  await (name ? trigger(tab).filter({ hasText: name }) : trigger(tab)).first().waitFor();
}

export async function open(tab) {
  await trigger(tab).click();
  await tab.page.getByRole("listbox").waitFor();
}

/** Chooses a workspace and waits for the document that follows. */
export async function switchTo(tab, name) {
  await open(tab);
  await Promise.all([tab.page.waitForEvent("load"), option(tab, name).click()]);
  await stands(tab, name);
}

/** The workspace of this document, by the loader's own word. */
export const workspace = (tab) => tab.page.evaluate(() => globalThis[Symbol.for("annex.runtime")]?.workspace ?? null);

/** The dialog stands, and says so. */
export const isAsked = (tab, name, options) => tab.page.getByRole("heading", { name, exact: true }).waitFor(options);

/** On the profile's page: types, goes for another workspace, and is asked first. */
export async function leaveUnsaved(tab, typed, name) {
  await tab.find("input-jobTitle").fill(typed);
  await open(tab);
  await option(tab, name).click();
  await isAsked(tab, "Leave without saving?");
}

/** Nothing of ours is in the page. */
export async function isAbsent(tab) {
  return tab.page.evaluate(() => ![...document.querySelectorAll("*")].some((one) => one.localName.startsWith("annex-")) && !(Symbol.for("annex.runtime") in globalThis));
}
