// Sections, prices and comments of proposals. Promises: rows are found by id alone in any tenant (holes
// of the CRM); adding or changing a price recalculates the totals only where the token's tenant owns the proposal.
"use strict";

const { found } = require("../errors");
const { created, reorder, unscopedChild } = require("../crud");
const { cents, money, totalsOf } = require("./sales");
const { parsePricing } = require("./proposals");

const sections = {
  ...unscopedChild({ table: "proposal_sections", noun: "Section", parent: "proposalId", parentParam: "proposalId" }),
  reorder: reorder("proposal_sections", "proposalId", "proposalId", "sectionIds"),
};

const comments = unscopedChild({
  table: "proposal_comments", noun: "Comment", parent: "proposalId", parentParam: "proposalId", author: "userId",
});

async function recalculate({ store, claims }, proposalId) {
  const inTenant = { id: proposalId, tenantId: claims.tenantId };
  const proposal = await store.get("proposals", inTenant);
  if (!proposal) return;
  const items = await store.find("proposal_pricing_items", { proposalId, isSelected: true });
  await store.update("proposals", totalsOf(items, proposal.discountAmount), inTenant);
}

const price = unscopedChild({ table: "proposal_pricing_items", noun: "Pricing item", parent: "proposalId" });
const pricing = {
  async create(exchange) {
    const { store, params, body } = exchange;
    const row = await store.insert("proposal_pricing_items", parsePricing(body, { proposalId: params.proposalId }));
    await recalculate(exchange, row.proposalId);
    return created(row);
  },
  async update(exchange) {
    const { store, params, body } = exchange;
    const before = found(await store.get("proposal_pricing_items", { id: params.id }), "Pricing item");
    const { quantity, unitPrice } = { ...before, ...body };
    const repriced = body?.totalPrice === undefined ? { totalPrice: money(Math.round(Number(quantity) * cents(unitPrice))) } : {};
    const row = await store.update("proposal_pricing_items", { ...body, ...repriced }, { id: before.id });
    await recalculate(exchange, row.proposalId);
    return row;
  },
  remove: price.remove,
};

module.exports = { sections, comments, pricing };
