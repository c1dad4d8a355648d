// The CRM's own pages, as a person uses them.

import { until } from "../house/until.js";

export async function signIn(tab, person) {
  await tab.go("/login");
  await signInHere(tab, person);
}

/** And the CRM's own calls brought the marker: the next document has ours. */
export async function signInKnown(tab, person) {
  await signIn(tab, person);
  await until("the marker", async () => (await tab.person.cookies()).length > 0);
}

/** In the document that is open. */
export async function signInHere(tab, person) {
  await tab.find("input-email").fill(person.email);
  await tab.find("input-password").fill(person.password);
  await tab.find("button-submit").click();
  await isIn(tab);
}

export async function registerHere(tab, { firstName, lastName, companyName, email, password }) {
  await tab.go("/register");
  for (const [name, value] of Object.entries({ firstName, lastName, companyName, email, password })) await tab.find(`input-${name}`).fill(value);
  await tab.find("button-submit").click();
  await isIn(tab);
}

/** The frame of a signed-in page stands. */
export const isIn = (tab) => tab.find("button-user-menu").waitFor();

export async function signOut(tab) {
  await tab.find("button-user-menu").click();
  await tab.find("menuitem-logout").click();
  await tab.find("page-sign-in").waitFor();
}

/** By a link of the CRM: no document is loaded, the whole view is drawn anew. */
export async function follow(tab, name) {
  await tab.find(`link-nav-${name}`).click();
  await tab.find("text-page-title").waitFor();
}

export async function fillCustomer(tab, name) {
  await tab.find("button-add-customer").click();
  await tab.find("dialog-form").getByTestId("input-name").fill(name);
  await tab.find("dialog-form").getByTestId("input-email").fill(`${name.toLowerCase().replace(/\W+/g, "-")}@customer.test`);
}

/** At this very moment, whatever else the page is about to show. */
export const submitCustomer = (tab) => tab.find("dialog-form").locator("form").evaluate((form) => form.requestSubmit());

/** Through the form of the page; the page must show the list. */
export async function addCustomer(tab, name) {
  await fillCustomer(tab, name);
  await submitCustomer(tab);
  await tab.page.getByRole("link", { name, exact: true }).waitFor();
}

/** The names in the list that the page shows. */
export async function customers(tab) {
  await tab.find("page-customers").waitFor();
  return (await tab.page.locator('[data-testid^="row-customer-"] .row-link').allTextContents()).sort();
}

export async function openCustomers(tab) {
  await tab.go("/customers");
  return customers(tab);
}

/** Which tenants have a customer of that name, in the database. */
export async function tenantsWith(house, name) {
  const rows = await house.sql("SELECT tenant_id FROM public.customers WHERE name = $1 ORDER BY tenant_id", [name]);
  return rows.map((row) => row.tenant_id);
}

export const writesArrive = (house, name, tenantId) =>
  until(`${name} is written`, async () => (await tenantsWith(house, name)).includes(tenantId));
