// The CRM's pages look as they did: not one pixel is another outside the place where the switcher stands.

import assert from "node:assert/strict";
import { differing } from "../check/pixels.js";
import { pilot } from "../house/people.js";
import { addCustomer, openCustomers, signIn } from "../page/crm.js";
import { host, stands, trigger } from "../page/switcher.js";
import { story } from "../stage.js";

const PLACES = [["/", "page-dashboard"], ["/customers", "page-customers"], ["/tasks", "text-page-title"], ["/profile", "text-page-title"]];

/** Here the header's row is full: whoever does not give way is narrower than without us. */
const NARROW = 960;

/** The row of things at the end of the header, into which the switcher is put: the others of it move aside. */
async function actions(tab) {
  const { x, y, width, height } = await tab.page.locator(".header-actions").boundingBox();
  return { x: Math.floor(x) - 1, y: Math.floor(y) - 1, width: Math.ceil(width) + 2, height: Math.ceil(height) + 2 };
}

async function shot(tab, place, testid, isOurs) {
  await tab.go(place);
  await tab.find(testid).first().waitFor();
  await tab.find("text-company-name").filter({ hasText: /./ }).waitFor();
  if (isOurs) await stands(tab, "Aurora");
  await tab.page.mouse.move(0, 0);
  await tab.page.evaluate(() => document.fonts.ready);
  const picture = await tab.page.screenshot({ animations: "disabled", caret: "hide" });
  return { picture, masked: await actions(tab) };
}

/** Whole within the header, beside the menu and not over it. */
async function standsInItsRow(tab) {
  const [header, switcher, menu] = await Promise.all([tab.page.locator("header.h-16"), trigger(tab), tab.find("button-user-menu")].map((one) => one.boundingBox()));
  assert.ok(switcher.y >= header.y && switcher.y + switcher.height <= header.y + header.height, `the switcher (${switcher.y}, ${switcher.height} high) is within the header (${header.height})`);
  assert.ok(switcher.x + switcher.width <= menu.x, "the switcher ends before the menu begins");
}

for (const colorScheme of ["light", "dark"]) {
  story(`outside the switcher the CRM's pages look as without us (${colorScheme})`, async ({ house, person }) => {
    const ada = await pilot(house, "Ada", "Aurora");
    const [ours, bare] = [await (await person({ colorScheme })).tab(), await (await person({ colorScheme, baseURL: house.crmUrl })).tab()];
    for (const tab of [ours, bare]) await signIn(tab, ada);
    await openCustomers(ours);
    await addCustomer(ours, "A customer");
    for (const [place, testid] of PLACES) {
      const [without, withUs] = [await shot(bare, place, testid, false), await shot(ours, place, testid, true)];
      const { count, first } = differing(without.picture, withUs.picture, [without.masked, withUs.masked]);
      assert.equal(count, 0, `${place}: ${count} pixels are others, the first at ${first}`);
      assert.ok(differing(without.picture, withUs.picture).count > 0, "the control: the switcher itself is seen");
    }
    // What stands in the header besides keeps its size.
    const sizes = (tab) => tab.page.locator('[data-testid="button-notifications"], [data-testid="button-user-menu"], header').evaluateAll((all) => all.map((one) => `${one.offsetWidth}×${one.offsetHeight}`));
    for (const width of [1200, NARROW]) {
      for (const tab of [ours, bare]) await tab.page.setViewportSize({ width, height: 800 });
      assert.deepEqual(await sizes(ours), await sizes(bare), `at ${width} px`);
      await standsInItsRow(ours);
    }
    // Light or dark is what is painted behind the switcher.
    assert.equal(await host(ours).getAttribute("scheme"), colorScheme);
  });
}
