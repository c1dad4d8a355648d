// Customers, contacts, deals, products and activities: the plain resources, and the journeys that
// gather everything that happened with one customer or deal.
"use strict";

const { mine, narrowedBy, tenantResource } = require("../crud");

const OWN = ["team_member", "customer"];

const customers = tenantResource({ table: "customers", noun: "Customer", author: "ownerId", narrow: narrowedBy("ownerId", OWN) });
const contacts = tenantResource({ table: "contacts", noun: "Contact", author: "ownerId", narrow: narrowedBy("ownerId", OWN) });
const deals = tenantResource({ table: "deals", noun: "Deal", author: "ownerId", narrow: narrowedBy("ownerId", OWN) });
const products = tenantResource({ table: "products", noun: "Product" });

const activities = tenantResource({
  table: "activities", noun: "Activity", author: "userId",
  narrow: ({ query }) => ({
    ...(typeof query.customerId === "string" ? { customerId: query.customerId } : {}),
    ...(typeof query.dealId === "string" ? { dealId: query.dealId } : {}),
  }),
});

/** One entry of a journey; `when` orders them. */
const entry = (type, row, title, when) => ({ type, id: row.id, title, status: row.status ?? row.stage ?? null, date: when, record: row });
const newestFirst = (entries) => entries.sort((a, b) => b.date - a.date);

async function customerJourney(exchange) {
  const { store, params } = exchange;
  const customer = await customers.read(exchange);
  const of = { customerId: params.id, ...mine(exchange) };
  const [dealRows, quotations, invoices, proposals, tasks, activityRows] = await Promise.all(
    ["deals", "quotations", "invoices", "proposals", "tasks", "activities"].map((table) => store.find(table, of)));
  const payments = await store.query(
    "SELECT * FROM payments WHERE tenant_id = $1 AND invoice_id = ANY($2)",
    [of.tenantId, invoices.map((invoice) => invoice.id)]);
  return {
    customer,
    journey: newestFirst([
      entry("customer_created", customer, customer.name, customer.createdAt),
      ...dealRows.map((row) => entry("deal", row, row.title, row.createdAt)),
      ...quotations.map((row) => entry("quotation", row, `${row.quoteNumber} ${row.title}`, row.createdAt)),
      ...invoices.map((row) => entry("invoice", row, row.invoiceNumber, row.createdAt)),
      ...payments.map((row) => entry("payment", row, row.amount, row.paymentDate)),
      ...proposals.map((row) => entry("proposal", row, `${row.proposalNumber} ${row.title}`, row.createdAt)),
      ...tasks.map((row) => entry("task", row, row.title, row.createdAt)),
      ...activityRows.map((row) => entry("activity", row, row.subject, row.createdAt)),
    ]),
  };
}

async function dealJourney(exchange) {
  const { store, params } = exchange;
  const deal = await deals.read(exchange);
  const of = { dealId: params.id, ...mine(exchange) };
  const [proposals, tasks, activityRows, customer, contact] = await Promise.all([
    store.find("proposals", of), store.find("tasks", of), store.find("activities", of),
    deal.customerId ? store.get("customers", { id: deal.customerId, ...mine(exchange) }) : null,
    deal.contactId ? store.get("contacts", { id: deal.contactId, ...mine(exchange) }) : null,
  ]);
  return {
    deal, customer, contact,
    journey: newestFirst([
      entry("deal_created", deal, deal.title, deal.createdAt),
      ...proposals.map((row) => entry("proposal", row, `${row.proposalNumber} ${row.title}`, row.createdAt)),
      ...tasks.map((row) => entry("task", row, row.title, row.createdAt)),
      ...activityRows.map((row) => entry("activity", row, row.subject, row.createdAt)),
    ]),
  };
}

module.exports = { customers, contacts, deals, products, activities, customerJourney, dealJourney };
