// Customers: the list, and one customer with everything that happened.

import { badge, h } from "../dom.js";
import { call, invalidate, query } from "../api.js";
import { date } from "../format.js";
import { field, openForm } from "../forms.js";
import { addButton, details, pageHead, smallButton, table } from "../listing.js";
import { navigate, refresh } from "../router.js";

const fields = (row = {}) => [
  field("name", "Name", { required: true, value: row.name }),
  field("email", "E-mail", { type: "email", required: true, value: row.email }),
  field("company", "Company", { value: row.company }),
  field("phone", "Phone", { value: row.phone }),
  field("city", "City", { value: row.city }),
  field("country", "Country", { value: row.country }),
  field("industry", "Industry", { value: row.industry }),
  field("customerType", "Type", { type: "select", required: true, value: row.customerType ?? "lead", options: [["lead", "Lead"], ["customer", "Customer"], ["partner", "Partner"]] }),
  field("notes", "Notes", { type: "textarea", value: row.notes }),
];

const changed = () => {
  invalidate("/customers", "/reports");
  refresh();
};

export async function customersPage() {
  document.title = "Customers · Nexus CRM";
  const wanted = (new URLSearchParams(location.search).get("q") ?? "").toLowerCase();
  const all = await query("/customers");
  const rows = all.filter((row) => `${row.name} ${row.company} ${row.email}`.toLowerCase().includes(wanted));
  const add = () => openForm("New customer", fields(), {
    action: "Create customer",
    submit: async (values) => { await call("POST", "/customers", values); changed(); },
  });
  return h("section", { testid: "page-customers" },
    pageHead("Customers", wanted ? `${rows.length} found for “${wanted}”` : `${rows.length} in total`, addButton("New customer", "button-add-customer", add)),
    table({
      name: "customer", rows, href: (row) => `/customers/${row.id}`,
      columns: [["Name", (row) => row.name], ["Company", (row) => row.company ?? "—"], ["E-mail", (row) => row.email],
        ["City", (row) => row.city ?? "—"], ["Type", (row) => badge(row.customerType)], ["Since", (row) => date(row.createdAt)]],
    }));
}

export async function customerPage({ id }) {
  const { customer, journey } = await query(`/customers/${id}/journey`);
  document.title = `${customer.name} · Nexus CRM`;
  const edit = () => openForm("Edit customer", fields(customer), {
    action: "Save changes",
    submit: async (values) => { await call("PATCH", `/customers/${id}`, values); changed(); },
  });
  const remove = async () => {
    await call("DELETE", `/customers/${id}`);
    invalidate("/customers", "/reports");
    navigate("/customers");
  };
  const step = (one) => h("li", { class: "step" }, h("span", { class: `step-dot step-${one.type}` }),
    h("div", {}, h("p", {}, h("strong", {}, one.type.replaceAll("_", " ")), ` ${one.title}`, " ", one.status && badge(one.status)), h("small", { class: "muted" }, date(one.date))));
  return h("section", { testid: "page-customer" },
    pageHead(customer.name, customer.company, smallButton("Edit", "button-edit-customer", edit), smallButton("Delete", "button-delete-customer", remove)),
    h("div", { class: "halves" },
      h("div", { class: "card" }, h("h2", {}, "Details"), details([["E-mail", customer.email], ["Phone", customer.phone], ["City", customer.city], ["Country", customer.country],
        ["Industry", customer.industry], ["Type", badge(customer.customerType)], ["Payment terms", customer.paymentTerms], ["Notes", customer.notes]])),
      h("div", { class: "card" }, h("h2", {}, "Journey"), h("ol", { class: "steps" }, journey.map(step)))));
}
