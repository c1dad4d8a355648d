// Quotations and invoices: create, convert, pay.

import { badge, h } from "../dom.js";
import { call, invalidate, query } from "../api.js";
import { date, money, today } from "../format.js";
import { field, openForm, totals } from "../forms.js";
import { addButton, pageHead, smallButton, table } from "../listing.js";
import { navigate, refresh } from "../router.js";

const customerOptions = async () => (await query("/customers")).map((row) => [row.id, row.name]);
const nameOf = (customers, id) => customers.find(([key]) => key === id)?.[1] ?? "—";

const changed = () => {
  invalidate("/quotations", "/invoices", "/customers/", "/reports");
};

export async function quotationsPage() {
  document.title = "Quotations · Nexus CRM";
  const [rows, customers] = await Promise.all([query("/quotations"), customerOptions()]);
  const add = () => openForm("New quotation", [
    field("customerId", "Customer", { type: "select", required: true, options: customers }),
    field("title", "Title", { required: true }),
    field("validUntil", "Valid until", { type: "date" }),
    field("items", "Lines", { type: "items" }),
    field("notes", "Notes", { type: "textarea" }),
  ], {
    action: "Create quotation",
    submit: async (values) => {
      await call("POST", "/quotations", { ...values, ...totals(values.items) });
      changed();
      refresh();
    },
  });
  const convert = async (row) => {
    const { items, customerId, subtotal, taxAmount, totalAmount } = await call("GET", `/quotations/${row.id}`);
    await call("POST", "/invoices", { quotationId: row.id, customerId, issueDate: today(), subtotal, taxAmount, totalAmount, items: items.map(withoutIds) });
    await call("PATCH", `/quotations/${row.id}`, { status: "accepted" });
    changed();
    navigate("/invoices");
  };
  return h("section", { testid: "page-quotations" },
    pageHead("Quotations", `${rows.length} in total`, addButton("New quotation", "button-add-quotation", add)),
    table({
      name: "quotation", rows,
      columns: [["Number", (row) => row.quoteNumber], ["Title", (row) => row.title], ["Customer", (row) => nameOf(customers, row.customerId)],
        ["Status", (row) => badge(row.status)], ["Valid until", (row) => date(row.validUntil)], ["Total", (row) => money(row.totalAmount)]],
      actions: (row) => smallButton("Make invoice", `button-convert-${row.id}`, () => convert(row)),
    }));
}

const withoutIds = ({ description, quantity, unitPrice, taxRate, discount, totalPrice, productId }) =>
  ({ description, quantity, unitPrice, taxRate, discount, totalPrice, ...(productId ? { productId } : {}) });

const METHODS = [["bank_transfer", "Bank transfer"], ["card", "Card"], ["cash", "Cash"]];

export async function invoicesPage() {
  document.title = "Invoices · Nexus CRM";
  const [rows, customers] = await Promise.all([query("/invoices"), customerOptions()]);
  const pay = (row) => openForm(`Payment for ${row.invoiceNumber}`, [
    field("amount", "Amount", { type: "money", required: true, value: row.balanceDue }),
    field("paymentMethod", "Method", { type: "select", required: true, options: METHODS, value: "bank_transfer" }),
    field("paymentDate", "Received on", { type: "date", required: true, value: today() }),
    field("reference", "Reference"),
  ], {
    action: "Record payment",
    submit: async (values) => {
      await call("POST", `/invoices/${row.id}/payments`, values);
      changed();
      refresh();
    },
  });
  return h("section", { testid: "page-invoices" },
    pageHead("Invoices", "Made from quotations, settled by payments"),
    table({
      name: "invoice", rows,
      columns: [["Number", (row) => row.invoiceNumber], ["Customer", (row) => nameOf(customers, row.customerId)], ["Status", (row) => badge(row.status)],
        ["Issued", (row) => date(row.issueDate)], ["Due", (row) => date(row.dueDate)], ["Total", (row) => money(row.totalAmount)], ["Open", (row) => money(row.balanceDue)]],
      actions: (row) => row.status !== "paid" && smallButton("Add payment", `button-pay-${row.id}`, () => pay(row)),
    }));
}
