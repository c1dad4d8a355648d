// Proposals: write one with sections and prices, send it, follow its public link.

import { badge, h } from "../dom.js";
import { call, invalidate, query } from "../api.js";
import { date, money } from "../format.js";
import { field, openForm } from "../forms.js";
import { addButton, pageHead, smallButton, table } from "../listing.js";
import { refresh } from "../router.js";

const changed = () => {
  invalidate("/proposals", "/customers/", "/reports");
  refresh();
};

export async function proposalsPage() {
  document.title = "Proposals · Nexus CRM";
  const [rows, customers] = await Promise.all([query("/proposals"), query("/customers")]);
  const add = () => openForm("New proposal", [
    field("customerId", "Customer", { type: "select", required: true, options: customers.map((row) => [row.id, row.name]) }),
    field("title", "Title", { required: true }),
    field("introduction", "Introduction", { type: "textarea" }),
    field("scope", "Scope of work", { type: "textarea" }),
    field("items", "Investment", { type: "items" }),
  ], {
    action: "Create proposal",
    submit: async ({ introduction, scope, items, ...values }) => {
      const sections = [["introduction", "Introduction", introduction], ["scope", "Scope of work", scope]]
        .filter(([, , content]) => content).map(([sectionType, title, content]) => ({ sectionType, title, content }));
      const pricingItems = items.map(({ description, ...item }) => ({ name: description, ...item }));
      await call("POST", "/proposals", { ...values, sections, pricingItems });
      changed();
    },
  });
  const send = async (row) => {
    await call("POST", `/proposals/${row.id}/send`);
    changed();
  };
  return h("section", { testid: "page-proposals" },
    pageHead("Proposals", `${rows.length} in total`, addButton("New proposal", "button-add-proposal", add)),
    table({
      name: "proposal", rows,
      columns: [["Number", (row) => row.proposalNumber], ["Title", (row) => row.title], ["Customer", (row) => row.customer?.name ?? "—"], ["Status", (row) => badge(row.status)],
        ["Views", (row) => String(row.viewCount)], ["Valid until", (row) => date(row.validUntil)], ["Total", (row) => money(row.totalAmount, row.currency)]],
      actions: (row) => (row.accessToken
        ? h("a", { class: "button button-small button-quiet", href: `/proposal/${row.accessToken}`, testid: `link-share-${row.id}` }, "Open link")
        : smallButton("Send", `button-send-${row.id}`, () => send(row))),
    }));
}
