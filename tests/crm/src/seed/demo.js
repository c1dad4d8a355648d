// Fills the demo agencies through the CRM's own handlers, so that seeded rows look exactly like rows
// that people made. Promises: an agency whose owner exists is left as it is.
"use strict";

const { register } = require("../domains/auth");
const { customers, contacts, deals, products, activities } = require("../domains/customers");
const { quotations, invoices, addPayment } = require("../domains/sales");
const proposals = require("../domains/proposals");
const tasks = require("../domains/tasks");
const children = require("../domains/task-children");
const email = require("../domains/email");
const { hashPassword } = require("../passwords");

const DAY_MS = 24 * 60 * 60 * 1000;
const SEEDER = { ip: "127.0.0.1", headers: { "user-agent": "seed" } };
// Registration signs tokens that nobody gets to see here.
const SEED_SETTINGS = { jwtSecret: "seed", accessTokenSeconds: 1 };

const inDays = (days) => new Date(Date.now() + days * DAY_MS).toISOString();

async function seedPlatform(store) {
  const address = "saas@nexus.test";
  if (await store.get("users", { email: address })) return;
  const tenant = await store.insert("tenants", { name: "Nexus Platform" });
  const role = await store.insert("roles", { tenantId: tenant.id, name: "Platform admin", permissions: ["platform.manage"] });
  const admin = await store.insert("users", {
    tenantId: tenant.id, email: address, passwordHash: await hashPassword("demo-saas-1"), firstName: "Sam", lastName: "Platform",
    roleId: role.id, userType: "saas_admin", isAdmin: true,
  });
  await store.insert("platform_settings", { key: "platform_name", value: "Nexus CRM", description: "Shown in mails", updatedBy: admin.id });
}

async function seedAgency(store, facts) {
  if (await store.get("users", { email: facts.owner.email })) return;
  const { owner, member } = await seedPeople(store, facts);
  const as = (user) => (body, params = {}) => ({
    store, body, params, query: {}, req: SEEDER,
    claims: { userId: user.id, tenantId: user.tenantId, email: user.email, userType: user.userType, isAdmin: user.isAdmin },
  });
  const people = { owner, member, byOwner: as(owner), byMember: as(member) };
  const rows = await seedRelations(people, facts);
  await seedSales(store, people, facts, rows);
  await seedProposal(people, facts, rows);
  await seedTasks(people, facts, rows);
  await seedEmail(people);
  await spreadOverTime(store, owner.tenantId);
}

const DATED = ["customers", "contacts", "deals", "products", "activities", "quotations", "invoices", "proposals", "tasks", "task_notifications"];

/** One transaction gives every row the same moment; a lived-in agency has a past. */
async function spreadOverTime(store, tenantId) {
  for (const table of DATED) {
    await store.query(
      `UPDATE ${table} t SET created_at = t.created_at - n.rank * interval '31 hours'
       FROM (SELECT id, row_number() OVER (ORDER BY id) AS rank FROM ${table} WHERE tenant_id = $1) n
       WHERE n.id = t.id`, [tenantId]);
  }
}

async function seedPeople(store, facts) {
  const registered = await register({ store, settings: SEED_SETTINGS, body: { ...facts.owner, companyName: facts.name } });
  const { tenantId } = registered.user;
  await store.query("DELETE FROM auth_tokens WHERE user_id = $1", [registered.user.id]);
  const owner = await store.update("users", { jobTitle: facts.owner.jobTitle }, { id: registered.user.id });
  const role = await store.insert("roles", { tenantId, name: "Team member", permissions: ["customers.view", "deals.view", "tasks.view", "tasks.edit"] });
  const { password, ...person } = facts.member;
  const member = await store.insert("users", { tenantId, ...person, passwordHash: await hashPassword(password), roleId: role.id });
  const { id: packageId } = await store.get("packages", { name: facts.package });
  await store.update("tenants", { packageId }, { id: tenantId });
  await store.insert("company_profiles", { tenantId, ...facts.profile });
  return { owner, member };
}

/** Every second row belongs to the team member, so that a narrowed list is neither full nor empty. */
async function seedRelations({ byOwner, byMember }, facts) {
  const createAll = async (resource, bodies) => {
    const rows = [];
    for (const [index, body] of bodies.entries()) rows.push((await resource.create((index % 2 ? byMember : byOwner)(body))).body);
    return rows;
  };
  const customerRows = await createAll(customers, facts.customers);
  const contactRows = await createAll(contacts, facts.customers.map(({ name, company, email: address }) =>
    ({ name: `Office of ${name}`, email: address, company, role: "Main contact" })));
  const dealRows = await createAll(deals, facts.deals.map((deal, index) =>
    ({ ...deal, customerId: customerRows[index].id, contactId: contactRows[index].id, expectedCloseDate: inDays(14 + index * 10) })));
  await createAll(products, facts.products);
  await createAll(activities, facts.deals.map((deal, index) =>
    ({ type: index % 2 ? "call" : "meeting", subject: `Talked about ${deal.title}`, customerId: customerRows[index].id, dealId: dealRows[index].id, duration: 30 })));
  return { customers: customerRows, deals: dealRows };
}

async function seedSales(store, { byOwner, byMember }, facts, rows) {
  for (const [index, [title, lines]] of facts.quotations.entries()) {
    const by = index % 2 ? byMember : byOwner;
    const customerId = rows.customers[index].id;
    const items = lines.map(([description, quantity, unitPrice]) => ({ description, quantity, unitPrice, taxRate: facts.products[0].taxRate }));
    const { body: quotation } = await quotations.create(by({ customerId, title, items, validUntil: inDays(30) }));
    await store.update("quotations", { status: index === 0 ? "accepted" : "sent", sentAt: new Date() }, { id: quotation.id });
    const { body: invoice } = await invoices.create(by({
      quotationId: quotation.id, customerId, items, issueDate: inDays(-20 + index * 12), dueDate: inDays(10 + index * 12), status: "sent",
    }));
    const amount = index === 0 ? invoice.totalAmount : "1000.00";
    await addPayment(by({ amount, paymentMethod: "bank_transfer", paymentDate: inDays(-3), reference: `SEPA ${invoice.invoiceNumber}` }, { invoiceId: invoice.id }));
  }
}

async function seedProposal({ byOwner }, facts, rows) {
  const [title, lines] = facts.quotations[0];
  const { body: proposal } = await proposals.create(byOwner({
    customerId: rows.customers[0].id, dealId: rows.deals[0].id, title: `${title} for ${facts.customers[0].name}`,
    currency: facts.profile.currency, validUntil: inDays(21),
    sections: [
      { sectionType: "introduction", title: "Introduction", content: `Thank you for inviting ${facts.name}. This is how we would go about it.` },
      { sectionType: "scope", title: "Scope of work", content: lines.map(([name]) => name).join(", ") },
      { sectionType: "terms", title: "Terms", content: "Half on order, half on delivery." },
    ],
    pricingItems: lines.map(([name, quantity, unitPrice]) => ({ name, quantity, unitPrice })),
  }));
  await proposals.send(byOwner({}, { id: proposal.id }));
}

async function seedTasks({ owner, member, byOwner, byMember }, facts, rows) {
  for (const [index, task] of facts.tasks.entries()) {
    const mineFirst = index % 2 === 0;
    const [by, assignee] = mineFirst ? [byOwner, member] : [byMember, owner];
    const answer = await tasks.create(by({ ...task, customerId: rows.customers[index].id, assignedTo: assignee.id, assignees: [assignee.id], dueDate: inDays(3 + index * 4) }));
    const { id } = answer.body;
    await children.comments.create((mineFirst ? byMember : byOwner)({ content: "On it, first version tomorrow." }, { id }));
    await children.timelogs.create(byMember({ startedAt: inDays(-1), durationMinutes: 45 + index * 30, description: "First pass" }, { id }));
  }
}

async function seedEmail({ byOwner }) {
  const { body: welcome } = await email.templates.create(byOwner({
    name: "Welcome", purpose: "welcome", subject: "Welcome, {{customer.name}}", body: "Dear {{customer.name}},\n\nwe look forward to working with you.\n\n{{user.firstName}}", mergeFields: ["customer.name", "user.firstName"],
  }));
  await email.templates.create(byOwner({
    name: "Invoice reminder", purpose: "invoice", subject: "Invoice {{invoice.invoiceNumber}}", body: "A friendly reminder: {{invoice.balanceDue}} is still open.", mergeFields: ["invoice.invoiceNumber", "invoice.balanceDue"],
  }));
  await email.automations.create(byOwner({ name: "Greet new customers", trigger: "customer_created", templateId: welcome.id }));
  await email.sequences.create(byOwner({ name: "After the first call", steps: [{ templateId: welcome.id, delayDays: 2 }, { templateId: welcome.id, delayDays: 7 }] }));
}

module.exports = { seedPlatform, seedAgency };
