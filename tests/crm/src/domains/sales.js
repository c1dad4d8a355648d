// Quotations, invoices and payments. Promises: numbers count the tenant's rows and add one
// (QT-00001, INV-00001); money stays a string; a payment moves paidAmount, balanceDue and status.
"use strict";

const { InvalidData, found } = require("../errors");
const { created, mine, narrowedBy, tenantResource } = require("../crud");
const { parseNew } = require("../model");

const cents = (amount) => Math.round(Number(amount ?? 0) * 100);
const money = (amountInCents) => (amountInCents / 100).toFixed(2);

async function nextNumber(store, table, prefix, tenantId) {
  const { count } = await store.one(`SELECT count(*) AS count FROM ${table} WHERE tenant_id = $1`, [tenantId]);
  return `${prefix}-${String(Number(count) + 1).padStart(5, "0")}`;
}

/** What the items add up to, for the totals that a body leaves out. */
function totalsOf(items, discountAmount = "0") {
  let subtotal = 0;
  let tax = 0;
  for (const { quantity = "1", unitPrice, taxRate = "0", discount = "0" } of items) {
    const net = Math.round(Number(quantity) * cents(unitPrice)) - cents(discount);
    subtotal += net;
    tax += Math.round((net * Number(taxRate)) / 100);
  }
  return { subtotal: money(subtotal), taxAmount: money(tax), totalAmount: money(subtotal + tax - cents(discountAmount)) };
}

const ITEM_NUMBERS = ["quantity", "unitPrice", "taxRate", "discount", "totalPrice"];

/** Items are less strict than rows: their numbers may arrive as numbers, and a line adds itself up. */
function parseItems(table, items) {
  if (items === undefined || items === null) return [];
  if (!Array.isArray(items)) {
    throw new InvalidData([{ code: "invalid_type", expected: "array", received: typeof items, path: ["items"], message: "Expected array" }]);
  }
  return items.map((item, sortOrder) => {
    const texts = Object.fromEntries(ITEM_NUMBERS.filter((key) => item?.[key] != null).map((key) => [key, String(item[key])]));
    const totalPrice = texts.totalPrice ?? money(Math.round(Number(texts.quantity ?? 1) * cents(texts.unitPrice)));
    return parseNew(table, { sortOrder, ...item, ...texts, totalPrice }, { [parentOf(table)]: null });
  });
}

const parentOf = (table) => (table === "quotation_items" ? "quotationId" : "invoiceId");

async function replaceItems(tx, table, parentId, items) {
  const parent = parentOf(table);
  await tx.query(`DELETE FROM ${table} WHERE ${table === "quotation_items" ? "quotation_id" : "invoice_id"} = $1`, [parentId]);
  const rows = [];
  for (const item of items) rows.push(await tx.insert(table, { ...item, [parent]: parentId }));
  return rows;
}

/** A numbered document with items: what quotations and invoices share. */
function itemisedResource({ table, items: itemTable, noun, number, prefix, alsoRequired = [], derive = () => ({}) }) {
  const basic = tenantResource({ table, noun, author: "createdBy", narrow: narrowedBy("createdBy", ["team_member"]) });
  const create = ({ store, claims, body }) => store.transaction(async (tx) => {
    const { tenantId, userId } = claims;
    const items = parseItems(itemTable, body?.items);
    const values = parseNew(table, body, { tenantId, createdBy: userId, [number]: await nextNumber(tx, table, prefix, tenantId) }, alsoRequired);
    const totals = items.length > 0 ? totalsOf(items, values.discountAmount) : {};
    const complete = { ...totals, ...values };
    const row = await tx.insert(table, { ...complete, ...derive(complete) });
    return created({ ...row, items: await replaceItems(tx, itemTable, row.id, items) });
  });
  const update = (exchange) => exchange.store.transaction(async (tx) => {
    const row = await basic.update({ ...exchange, store: tx });
    if (exchange.body?.items === undefined) return row;
    return { ...row, items: await replaceItems(tx, itemTable, row.id, parseItems(itemTable, exchange.body.items)) };
  });
  return { ...basic, create, update };
}

const quotations = itemisedResource({
  table: "quotations", items: "quotation_items", noun: "Quotation", number: "quoteNumber", prefix: "QT",
});
quotations.read = async (exchange) => {
  const { store, params } = exchange;
  const row = found(await store.get("quotations", { id: params.id, ...mine(exchange) }), "Quotation");
  return { ...row, items: await store.find("quotation_items", { quotationId: row.id }, "sort_order, id") };
};

const invoices = itemisedResource({
  table: "invoices", items: "invoice_items", noun: "Invoice", number: "invoiceNumber", prefix: "INV",
  alsoRequired: ["issueDate"],
  derive: ({ totalAmount = "0", paidAmount = "0" }) => ({ balanceDue: money(cents(totalAmount) - cents(paidAmount)) }),
});
invoices.read = async (exchange) => {
  const { store, params } = exchange;
  const row = found(await store.get("invoices", { id: params.id, ...mine(exchange) }), "Invoice");
  const [items, payments] = await Promise.all([
    store.find("invoice_items", { invoiceId: row.id }, "sort_order, id"),
    store.find("payments", { invoiceId: row.id }, "payment_date, created_at"),
  ]);
  return { ...row, items, payments };
};

function addPayment(exchange) {
  const { store, claims, params, body } = exchange;
  return store.transaction(async (tx) => {
    const invoice = found(await tx.one(
      "SELECT * FROM invoices WHERE id = $1 AND tenant_id = $2 FOR UPDATE", [params.invoiceId, claims.tenantId]), "Invoice");
    const values = parseNew("payments", body, { tenantId: claims.tenantId, invoiceId: invoice.id });
    const payment = await tx.insert("payments", values);
    const paid = cents(invoice.paidAmount) + cents(payment.amount);
    const due = cents(invoice.totalAmount) - paid;
    const settled = due <= 0;
    await tx.update("invoices", {
      paidAmount: money(paid),
      balanceDue: money(due),
      status: settled ? "paid" : "partial",
      ...(settled ? { paidAt: new Date() } : {}),
    }, { id: invoice.id });
    return created(payment);
  });
}

module.exports = { quotations, invoices, addPayment, nextNumber, cents, money, totalsOf };
