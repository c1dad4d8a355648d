// Merge fields: `{{customer.name}}` in a text becomes the tenant's data. Promises: an unknown field
// stays as written, so that nobody sends a mail with a hole in it.
"use strict";

const { mine } = require("../crud");
const { missing } = require("../errors");

const EMAIL_FIELDS = [
  { category: "Customer", fields: ["customer.name", "customer.email", "customer.phone", "customer.company"] },
  { category: "Company", fields: ["company.companyName", "company.email", "company.phone", "company.website"] },
  { category: "Sender", fields: ["user.firstName", "user.lastName", "user.email", "user.jobTitle"] },
  { category: "Quotation", fields: ["quotation.quoteNumber", "quotation.title", "quotation.totalAmount", "quotation.validUntil"] },
  { category: "Invoice", fields: ["invoice.invoiceNumber", "invoice.totalAmount", "invoice.balanceDue", "invoice.dueDate"] },
];

const PROPOSAL_FIELDS = [
  ...EMAIL_FIELDS.slice(0, 3),
  { category: "Proposal", fields: ["proposal.proposalNumber", "proposal.title", "proposal.totalAmount", "proposal.validUntil"] },
];

/** Everything that a text may name, read with the token's tenant. */
async function sourcesFor(exchange, { customerId, quotationId, invoiceId } = {}) {
  const { store, claims } = exchange;
  const byId = (table, id) => (typeof id === "string" ? store.get(table, { id, ...mine(exchange) }) : null);
  const [user, company, customer, quotation, invoice] = await Promise.all([
    store.get("users", { id: claims.userId }),
    store.get("company_profiles", mine(exchange)),
    byId("customers", customerId), byId("quotations", quotationId), byId("invoices", invoiceId),
  ]);
  if (user) delete user.passwordHash;
  return { user, company, customer, quotation, invoice };
}

function fill(text, sources) {
  return text.replace(/\{\{\s*(\w+)\.(\w+)\s*\}\}/g, (written, source, key) => {
    const value = sources[source]?.[key];
    if (value === undefined || value === null) return written;
    return value instanceof Date ? value.toISOString().slice(0, 10) : String(value);
  });
}

const listEmailFields = () => EMAIL_FIELDS;
const listProposalFields = () => PROPOSAL_FIELDS;

async function processText(exchange) {
  const { content, subject } = exchange.body ?? {};
  if (typeof content !== "string") throw missing("content");
  const sources = await sourcesFor(exchange, exchange.body);
  return { content: fill(content, sources), ...(typeof subject === "string" ? { subject: fill(subject, sources) } : {}) };
}

module.exports = { listEmailFields, listProposalFields, processText, sourcesFor, fill };
