// Proposals of a tenant: with sections and pricing, sent, versioned, restored. Promises: sending gives
// an access token and a share URL; every change of status leaves a proposal_status_history row.
"use strict";

const { randomBytes } = require("node:crypto");
const { found, missing } = require("../errors");
const { created, mine, tenantResource } = require("../crud");
const { parseNew } = require("../model");
const { nextNumber, cents, money, totalsOf } = require("./sales");

const basic = tenantResource({ table: "proposals", noun: "Proposal" });

async function list(exchange) {
  const { store, query } = exchange;
  const filter = typeof query.status === "string" ? { status: query.status } : {};
  const rows = await store.find("proposals", { ...mine(exchange), ...filter }, "created_at DESC");
  const customers = await store.query("SELECT * FROM customers WHERE id = ANY($1)", [rows.map((row) => row.customerId)]);
  return rows.map((row) => ({ ...row, customer: customers.find((one) => one.id === row.customerId) ?? null }));
}

async function analytics(exchange) {
  const rows = await exchange.store.find("proposals", mine(exchange));
  const having = (status) => rows.filter((row) => row.status === status);
  const decided = having("accepted").length + having("rejected").length;
  return {
    total: rows.length,
    byStatus: rows.reduce((sums, row) => ({ ...sums, [row.status]: (sums[row.status] ?? 0) + 1 }), {}),
    totalValue: money(rows.reduce((sum, row) => sum + cents(row.totalAmount), 0)),
    acceptedValue: money(having("accepted").reduce((sum, row) => sum + cents(row.totalAmount), 0)),
    acceptanceRate: decided === 0 ? 0 : Math.round((having("accepted").length / decided) * 100),
    totalViews: rows.reduce((sum, row) => sum + row.viewCount, 0),
  };
}

/** A proposal with everything that hangs on it. */
async function withChildren(store, proposal) {
  const of = { proposalId: proposal.id };
  const [sections, pricingItems, comments, signatures, versions, statusHistory, activityLogs, customer] = await Promise.all([
    store.find("proposal_sections", of, "sort_order, created_at"),
    store.find("proposal_pricing_items", of, "sort_order, created_at"),
    store.find("proposal_comments", of, "created_at"),
    store.find("proposal_signatures", of, "signed_at"),
    store.find("proposal_versions", of, "version_number DESC"),
    store.find("proposal_status_history", of, "created_at DESC"),
    store.find("proposal_activity_logs", of, "created_at DESC"),
    store.get("customers", { id: proposal.customerId }),
  ]);
  return { ...proposal, sections, pricingItems, comments, signatures, versions, statusHistory, activityLogs, customer };
}

const read = async (exchange) => withChildren(exchange.store, await basic.read(exchange));

const PRICING_NUMBERS = ["quantity", "unitPrice", "taxRate", "discount", "totalPrice"];

function parsePricing(item, stamped) {
  const texts = Object.fromEntries(PRICING_NUMBERS.filter((key) => item?.[key] != null).map((key) => [key, String(item[key])]));
  const totalPrice = texts.totalPrice ?? money(Math.round(Number(texts.quantity ?? 1) * cents(texts.unitPrice)));
  return parseNew("proposal_pricing_items", { ...item, ...texts, totalPrice }, stamped);
}

async function addChildren(tx, proposalId, sections, pricingItems) {
  for (const [sortOrder, section] of sections.entries()) {
    await tx.insert("proposal_sections", parseNew("proposal_sections", { sortOrder, ...section }, { proposalId, templateId: null }));
  }
  for (const [sortOrder, item] of pricingItems.entries()) {
    await tx.insert("proposal_pricing_items", parsePricing({ sortOrder, ...item }, { proposalId }));
  }
}

const listOrEmpty = (value) => (Array.isArray(value) ? value : []);

async function open(tx, exchange, body, sections) {
  const { tenantId, userId } = exchange.claims;
  const stamped = { tenantId, createdBy: userId, ownerId: body?.ownerId ?? userId, proposalNumber: await nextNumber(tx, "proposals", "PROP", tenantId) };
  const values = parseNew("proposals", body, stamped);
  const pricing = listOrEmpty(body.pricingItems);
  const totals = pricing.length > 0 ? totalsOf(pricing, values.discountAmount) : {};
  const proposal = await tx.insert("proposals", { ...totals, ...values, accessToken: values.accessToken ?? null });
  await addChildren(tx, proposal.id, sections, pricing);
  await tx.insert("proposal_status_history", { proposalId: proposal.id, changedBy: userId, toStatus: proposal.status });
  await recordActivity(tx, exchange, proposal, "created", `Created ${proposal.proposalNumber}`);
  return created(await withChildren(tx, proposal));
}

const create = (exchange) =>
  exchange.store.transaction((tx) => open(tx, exchange, exchange.body, listOrEmpty(exchange.body?.sections)));

const createFromTemplate = (exchange) => exchange.store.transaction(async (tx) => {
  const template = found(await tx.one(
    "SELECT * FROM proposal_templates WHERE id = $1 AND (tenant_id = $2 OR tenant_id IS NULL)",
    [exchange.params.templateId, exchange.claims.tenantId]), "Template");
  const { themePreset, primaryColor, secondaryColor, accentColor, headerStyle, fontFamily, name } = template;
  const body = { title: name, themePreset, primaryColor, secondaryColor, accentColor, headerStyle, fontFamily, ...exchange.body, templateId: template.id };
  const sections = await tx.find("template_sections", { templateId: template.id }, "sort_order");
  return open(tx, exchange, body, sections.map(({ id, templateId, ...section }) => section));
});

const recordActivity = (store, { claims, req }, { id }, action, details) =>
  store.insert("proposal_activity_logs", {
    proposalId: id, userId: claims?.userId, action, details, ipAddress: req.ip, userAgent: req.headers["user-agent"],
  });

const MOMENTS = { sent: "sentAt", viewed: "viewedAt", accepted: "acceptedAt", rejected: "rejectedAt" };

async function moveTo(tx, exchange, before, status, changes = {}, notes = undefined) {
  const moment = MOMENTS[status] ? { [MOMENTS[status]]: new Date() } : {};
  const row = await tx.update("proposals", { status, ...moment, ...changes }, { id: before.id });
  await tx.insert("proposal_status_history", {
    proposalId: before.id, changedBy: exchange.claims?.userId, fromStatus: before.status, toStatus: status, notes,
  });
  await recordActivity(tx, exchange, before, `status_${status}`, `${before.status} → ${status}`);
  return row;
}

const update = (exchange) => exchange.store.transaction(async (tx) => {
  const row = await basic.update({ ...exchange, store: tx });
  await recordActivity(tx, exchange, row, "updated", "Updated the proposal");
  return row;
});

const setStatus = (exchange) => exchange.store.transaction(async (tx) => {
  const { status, notes } = exchange.body ?? {};
  if (typeof status !== "string" || status === "") throw missing("status");
  const before = await basic.read({ ...exchange, store: tx });
  return moveTo(tx, exchange, before, status, {}, notes);
});

const send = (exchange) => exchange.store.transaction(async (tx) => {
  const before = await basic.read({ ...exchange, store: tx });
  const accessToken = before.accessToken ?? randomBytes(32).toString("hex");
  const proposal = await moveTo(tx, exchange, before, "sent", { accessToken });
  return { ...proposal, accessToken, shareUrl: `/proposal/${accessToken}` };
});

const addVersion = (exchange) => exchange.store.transaction(async (tx) => {
  const proposal = await basic.read({ ...exchange, store: tx });
  const { sections, pricingItems } = await withChildren(tx, proposal);
  const version = await tx.insert("proposal_versions", {
    proposalId: proposal.id, versionNumber: proposal.currentVersion, createdBy: exchange.claims.userId,
    snapshot: JSON.stringify({ proposal, sections, pricingItems }), changeNotes: exchange.body?.changeNotes,
  });
  await tx.update("proposals", { currentVersion: proposal.currentVersion + 1 }, { id: proposal.id });
  return created(version);
});

const RESTORED = ["title", "currency", "subtotal", "taxAmount", "discountAmount", "totalAmount", "validUntil",
  "themePreset", "primaryColor", "secondaryColor", "accentColor", "headerStyle", "fontFamily"];

const restoreVersion = (exchange) => exchange.store.transaction(async (tx) => {
  const proposal = await basic.read({ ...exchange, store: tx });
  const version = found(await tx.get("proposal_versions", { id: exchange.params.versionId, proposalId: proposal.id }), "Version");
  const snapshot = JSON.parse(version.snapshot);
  await tx.query("DELETE FROM proposal_pricing_items WHERE proposal_id = $1", [proposal.id]);
  await tx.query("DELETE FROM proposal_sections WHERE proposal_id = $1", [proposal.id]);
  // Restored rows get new ids; a price cannot keep pointing at its old section.
  await addChildren(tx, proposal.id, snapshot.sections, snapshot.pricingItems.map(({ sectionId, ...item }) => item));
  const values = Object.fromEntries(RESTORED.map((key) => [key, snapshot.proposal[key]]));
  const row = await tx.update("proposals", values, { id: proposal.id });
  await recordActivity(tx, exchange, row, "restored", `Restored version ${version.versionNumber}`);
  return withChildren(tx, row);
});

module.exports = {
  list, analytics, read, create, createFromTemplate, update, setStatus, send, addVersion, restoreVersion,
  remove: basic.remove, moveTo, recordActivity, parsePricing,
};
