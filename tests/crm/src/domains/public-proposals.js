// What the receiver of a proposal does, without an account: look, accept, reject, comment.
// Promises: the access token in the path is the only credential; a signature records the address of the
// connection (`req.ip`), whatever X-Forwarded-For says.
"use strict";

const { HttpError, found, missing } = require("../errors");
const { created } = require("../crud");
const { moveTo, recordActivity } = require("./proposals");

const CLOSED = ["accepted", "rejected"];

const byToken = async (store, { accessToken }) => found(await store.get("proposals", { accessToken }), "Proposal");

function requireOpen(proposal) {
  if (CLOSED.includes(proposal.status)) throw new HttpError(400, `Proposal has already been ${proposal.status}`);
}

const deviceOf = (userAgent = "") => (/mobile|android|iphone/i.test(userAgent) ? "mobile" : "desktop");

async function read(exchange) {
  const { store, params, req } = exchange;
  const before = await byToken(store, params);
  const userAgent = req.headers["user-agent"];
  await store.insert("proposal_view_logs", { proposalId: before.id, deviceType: deviceOf(userAgent), ipAddress: req.ip, userAgent });
  const viewCount = before.viewCount + 1;
  const proposal = before.status === "sent"
    ? await moveTo(store, exchange, before, "viewed", { viewCount })
    : await store.update("proposals", { viewCount }, { id: before.id });
  return present(store, proposal);
}

/** The proposal as its receiver may see it: no internal notes, no internal comments, no hidden sections. */
async function present(store, { internalNotes, ...proposal }) {
  const of = { proposalId: proposal.id };
  const [sections, pricingItems, comments, signatures, customer, company] = await Promise.all([
    store.find("proposal_sections", { ...of, isVisible: true }, "sort_order, created_at"),
    store.find("proposal_pricing_items", of, "sort_order, created_at"),
    store.find("proposal_comments", { ...of, isInternal: false }, "created_at"),
    store.find("proposal_signatures", of, "signed_at"),
    store.get("customers", { id: proposal.customerId }),
    store.get("company_profiles", { tenantId: proposal.tenantId }),
  ]);
  const { name, email, company: customerCompany } = customer;
  return { ...proposal, sections, pricingItems, comments, signatures, company, customer: { name, email, company: customerCompany } };
}

const accept = (exchange) => exchange.store.transaction(async (tx) => {
  const { params, body, req } = exchange;
  const { signerName, signerEmail, signerRole, signatureType, signatureData, selectedPackage } = body ?? {};
  if (!signerName) throw missing("signerName");
  if (!signerEmail) throw missing("signerEmail");
  const before = await byToken(tx, params);
  requireOpen(before);
  const signature = await tx.insert("proposal_signatures", {
    proposalId: before.id, signerName, signerEmail, signerRole, signatureType, signatureData,
    ipAddress: req.ip, userAgent: req.headers["user-agent"],
  });
  const proposal = await moveTo(tx, exchange, before, "accepted", { selectedPackage });
  return { message: "Proposal accepted successfully", proposal: await present(tx, proposal), signature };
});

const reject = (exchange) => exchange.store.transaction(async (tx) => {
  const reason = exchange.body?.reason ?? exchange.body?.comments;
  const before = await byToken(tx, exchange.params);
  requireOpen(before);
  const proposal = await moveTo(tx, exchange, before, "rejected", { clientComments: reason }, reason);
  return { message: "Proposal rejected", proposal: await present(tx, proposal) };
});

async function comment(exchange) {
  const { store, params, body } = exchange;
  const { content, clientEmail, sectionId } = body ?? {};
  if (!content) throw missing("content");
  const proposal = await byToken(store, params);
  const row = await store.insert("proposal_comments", { proposalId: proposal.id, sectionId, clientEmail, content, isInternal: false });
  await recordActivity(store, exchange, proposal, "client_comment", "The client commented");
  return created(row);
}

module.exports = { read, accept, reject, comment };
