// Contacts, deals and products: a list, a form, an edit button. One function makes all three pages.

import { badge, h } from "../dom.js";
import { call, invalidate, query } from "../api.js";
import { date, money } from "../format.js";
import { field, openForm } from "../forms.js";
import { addButton, pageHead, smallButton, table } from "../listing.js";
import { refresh } from "../router.js";

const resourcePage = ({ path, name, title, columns, fields, before = async () => ({}) }) => async () => {
  document.title = `${title} · Nexus CRM`;
  const [rows, context] = await Promise.all([query(path), before()]);
  const write = (method, target) => async (values) => {
    await call(method, target, values);
    invalidate(path, "/reports");
    refresh();
  };
  const add = () => openForm(`New ${name}`, fields({}, context), { action: `Create ${name}`, submit: write("POST", path) });
  const edit = (row) => openForm(`Edit ${name}`, fields(row, context), { action: "Save changes", submit: write("PATCH", `${path}/${row.id}`) });
  return h("section", { testid: `page-${name}s` },
    pageHead(title, `${rows.length} in total`, addButton(`New ${name}`, `button-add-${name}`, add)),
    table({ name, rows, columns, actions: (row) => smallButton("Edit", `button-edit-${row.id}`, () => edit(row)) }));
};

export const contactsPage = resourcePage({
  path: "/contacts", name: "contact", title: "Contacts",
  columns: [["Name", (row) => row.name], ["E-mail", (row) => row.email], ["Company", (row) => row.company ?? "—"], ["Role", (row) => row.role ?? "—"]],
  fields: (row) => [
    field("name", "Name", { required: true, value: row.name }), field("email", "E-mail", { type: "email", required: true, value: row.email }),
    field("company", "Company", { value: row.company }), field("role", "Role", { value: row.role }),
    field("phone", "Phone", { value: row.phone }), field("notes", "Notes", { type: "textarea", value: row.notes }),
  ],
});

const STAGES = ["new", "qualified", "proposal", "negotiation", "won", "lost"].map((stage) => [stage, stage]);

export const dealsPage = resourcePage({
  path: "/deals", name: "deal", title: "Deals",
  before: async () => ({ customers: (await query("/customers")).map((row) => [row.id, row.name]) }),
  columns: [["Title", (row) => row.title], ["Stage", (row) => badge(row.stage)], ["Value", (row) => money(row.value)],
    ["Probability", (row) => `${row.probability ?? 0} %`], ["Closing", (row) => date(row.expectedCloseDate)]],
  fields: (row, { customers }) => [
    field("title", "Title", { required: true, value: row.title }), field("value", "Value", { type: "money", required: true, value: row.value }),
    field("customerId", "Customer", { type: "select", options: customers, value: row.customerId }),
    field("stage", "Stage", { type: "select", required: true, options: STAGES, value: row.stage ?? "new" }),
    field("probability", "Probability, %", { type: "number", value: row.probability }),
    field("expectedCloseDate", "Closing", { type: "date", value: row.expectedCloseDate }),
    field("notes", "Notes", { type: "textarea", value: row.notes }),
  ],
});

export const productsPage = resourcePage({
  path: "/products", name: "product", title: "Products",
  columns: [["Name", (row) => row.name], ["Type", (row) => badge(row.type)], ["Unit price", (row) => money(row.unitPrice)], ["Tax", (row) => `${row.taxRate ?? 0} %`], ["Category", (row) => row.category ?? "—"]],
  fields: (row) => [
    field("name", "Name", { required: true, value: row.name }), field("unitPrice", "Unit price", { type: "money", required: true, value: row.unitPrice }),
    field("type", "Type", { type: "select", required: true, options: [["product", "Product"], ["service", "Service"]], value: row.type ?? "product" }),
    field("taxRate", "Tax, %", { type: "money", value: row.taxRate }), field("category", "Category", { value: row.category }),
    field("description", "Description", { type: "textarea", value: row.description }),
  ],
});
