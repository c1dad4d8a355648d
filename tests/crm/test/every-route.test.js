// One tour in which every route succeeds once on real rows (the two shadowed ones cannot). Promises: a
// route that answers a constant or loses its write shows up in the next step, which reads it back.
"use strict";

const assert = require("node:assert/strict");
const { randomUUID } = require("node:crypto");
const net = require("node:net");
const { after, before, test } = require("node:test");
const { query, readContract, resign, startCrm } = require("../harness");

const SHADOWED = ["GET /api/proposals/section-types", "GET /api/proposals/merge-fields"];

let crm;
let owner;
const taken = new Set();

before(async () => {
  crm = await startCrm();
  owner = await crm.register("Tour Ltd");
});
after(() => crm.stop());

/** Takes one route with its parameters filled in; fails unless it answers 2xx. */
async function take(method, route, { params = {}, body, token = owner.token } = {}) {
  const target = route.replace(/:(\w+)/g, (_, name) => params[name]);
  const answer = await crm.call(method, target, { token, body: body ?? (method === "GET" ? undefined : {}) });
  assert.ok(answer.status < 300, `${method} ${target} answered ${answer.status} ${answer.text.slice(0, 200)}`);
  assert.notEqual(answer.body, undefined, `${method} ${target} is no JSON`);
  taken.add(`${method} ${route}`);
  return answer.body;
}

/** create, list, read, change, read again, delete at the end (the caller calls `remove`). */
async function tour(base, { create, change, token = owner.token }) {
  const row = await take("POST", base, { body: create, token });
  const listed = await take("GET", base, { token });
  assert.ok(listed.some(({ id }) => id === row.id), `${base} lists the new row`);
  const params = { id: row.id };
  const changed = await take("PATCH", `${base}/:id`, { params, body: change, token });
  const reread = await take("GET", `${base}/:id`, { params, token });
  for (const [key, value] of Object.entries(change)) {
    assert.equal(changed[key], value, `${base} changed ${key}`);
    assert.equal(reread[key], value, `${base} kept ${key}`);
  }
  const remove = async () => {
    await take("DELETE", `${base}/:id`, { params, token });
    assert.equal((await crm.call("GET", `${base}/${row.id}`, { token })).status, 404, `${base} deleted`);
  };
  return { row, params, remove };
}

const rows = {};

test("relations and sales", async () => {
  rows.customer = await tour("/api/customers", { create: { name: "Cus", email: "c@c.test" }, change: { city: "Oslo" } });
  rows.contact = await tour("/api/contacts", { create: { name: "Con", email: "c@c.test" }, change: { role: "CTO" } });
  const customerId = rows.customer.row.id;
  rows.deal = await tour("/api/deals", { create: { title: "Deal", value: "100.50", customerId }, change: { value: "250.75" } });
  rows.product = await tour("/api/products", { create: { name: "Pro", unitPrice: "9.90" }, change: { unitPrice: "12.00" } });
  rows.activity = await tour("/api/activities", { create: { type: "call", subject: "Hi", dealId: rows.deal.row.id }, change: { outcome: "good" } });
  const items = [{ description: "Work", quantity: "2", unitPrice: "50.00", taxRate: "10", totalPrice: "100.00" }];
  rows.quotation = await tour("/api/quotations", { create: { customerId, title: "Q", items }, change: { status: "sent" } });
  rows.invoice = await tour("/api/invoices", { create: { customerId, quotationId: rows.quotation.row.id, issueDate: "2026-01-05", items }, change: { notes: "n" } });
  await take("POST", "/api/invoices/:invoiceId/payments", { params: { invoiceId: rows.invoice.row.id }, body: { amount: "10.00" } });
  const { journey } = await take("GET", "/api/customers/:id/journey", { params: rows.customer.params });
  assert.deepEqual(journey.map(({ type }) => type).sort(), ["customer_created", "deal", "invoice", "payment", "quotation"]);
  const deal = await take("GET", "/api/deals/:id/journey", { params: rows.deal.params });
  assert.deepEqual(deal.journey.map(({ type }) => type).sort(), ["activity", "deal_created"]);
  const numbers = await take("GET", "/api/reports/dashboard");
  assert.deepEqual([numbers.totalCustomers, numbers.totalRevenue, numbers.pipelineValue], [1, "10.00", "250.75"]);
  const sales = await take("GET", "/api/reports/sales");
  assert.deepEqual(sales.dealsByStage, [{ stage: "new", count: 1, value: "250.75" }]);
});

test("team, profile, tenant", async () => {
  const role = await take("POST", "/api/team/roles", { body: { name: "Seller", permissions: ["deals.view"] } });
  assert.ok((await take("GET", "/api/team/roles")).some(({ id }) => id === role.id));
  const person = { email: `${randomUUID()}@team.test`, firstName: "Tea", lastName: "Mate", password: "pw", roleId: role.id };
  const member = await take("POST", "/api/team/members", { body: person });
  assert.equal(member.userType, "team_member");
  const params = { id: member.id };
  await take("PATCH", "/api/team/members/:id", { params, body: { jobTitle: "Seller" } });
  assert.equal((await take("GET", "/api/team/members/:id/details", { params })).jobTitle, "Seller");
  assert.equal((await take("GET", "/api/team/members")).length, 2);
  rows.member = { params, role };
  assert.equal((await take("GET", "/api/users")).length, 2);
  await take("PATCH", "/api/users/profile", { body: { phone: "+1" } });
  assert.equal((await take("GET", "/api/auth/me")).phone, "+1");
  assert.equal((await take("GET", "/api/auth/admin-check")).isAdmin, true);
  await take("PUT", "/api/company-profile", { body: { companyName: "Tour & Sons", currency: "CHF" } });
  assert.equal((await take("GET", "/api/company-profile")).currency, "CHF");
  const [module] = await take("GET", "/api/tenant/modules");
  await take("PATCH", "/api/tenant/modules/:id", { params: { id: module.id }, body: { isEnabled: false } });
  assert.equal((await take("GET", "/api/tenant/modules")).find(({ id }) => id === module.id).isEnabled, false);
  await query("UPDATE tenants SET package_id = (SELECT id FROM packages WHERE name = 'growth') WHERE id = $1", [owner.tenantId]);
  assert.equal((await take("GET", "/api/tenant/package")).modules.length, 8);
  assert.ok((await take("GET", "/api/packages")).length >= 3);
  const form = new FormData();
  form.append("image", new Blob([Buffer.from("not really a picture")], { type: "image/png" }), "me.png");
  const upload = await fetch(`${crm.url}/api/users/profile/upload-image`, { method: "POST", headers: { authorization: `Bearer ${owner.token}` }, body: form });
  assert.equal(upload.status, 200);
  taken.add("POST /api/users/profile/upload-image");
  const { profileImageUrl } = await upload.json();
  assert.equal(await (await fetch(crm.url + profileImageUrl)).text(), "not really a picture");
});

test("tasks and notifications", async () => {
  const assignee = rows.member.params.id;
  rows.task = await tour("/api/tasks", { create: { title: "T", assignees: [assignee], checklists: ["one"] }, change: { status: "in_progress" } });
  const params = rows.task.params;
  const at = (rest) => `/api/tasks/:id${rest}`;
  assert.equal((await take("GET", "/api/tasks/analytics")).byStatus.in_progress, 1);
  assert.equal((await take("GET", at("/assignments"), { params })).length, 1);
  await take("DELETE", at("/assignments/:userId"), { params: { ...params, userId: assignee } });
  await take("POST", at("/assignments"), { params, body: { userId: assignee } });
  const comment = await take("POST", at("/comments"), { params, body: { content: "first" } });
  const commentId = comment.id;
  await take("PATCH", at("/comments/:commentId"), { params: { ...params, commentId }, body: { content: "second" } });
  assert.equal((await take("GET", at("/comments"), { params }))[0].content, "second");
  await take("DELETE", at("/comments/:commentId"), { params: { ...params, commentId } });
  const item = await take("POST", at("/checklist"), { params, body: { title: "two" } });
  const itemParams = { ...params, itemId: item.id };
  await take("PATCH", at("/checklist/:itemId"), { params: itemParams, body: { title: "three" } });
  assert.equal((await take("POST", at("/checklist/:itemId/toggle"), { params: itemParams })).isCompleted, true);
  assert.deepEqual((await take("GET", at("/checklist"), { params })).map(({ title }) => title), ["one", "three"]);
  await take("DELETE", at("/checklist/:itemId"), { params: itemParams });
  const log = await take("POST", at("/timelogs"), { params, body: { startedAt: "2026-01-01T10:00:00Z", endedAt: "2026-01-01T10:30:00Z" } });
  assert.equal(log.durationMinutes, 30);
  await take("POST", at("/timelogs/start"), { params });
  assert.notEqual((await take("POST", at("/timelogs/stop"), { params })).endedAt, null);
  assert.equal((await take("GET", at("/timelogs"), { params })).length, 2);
  await take("DELETE", at("/timelogs/:logId"), { params: { ...params, logId: log.id } });
  assert.ok((await take("GET", at("/activity"), { params })).length > 3);
  assert.deepEqual((await take("GET", at("/status-history"), { params })).map(({ toStatus }) => toStatus), ["in_progress", "not_started"]);
  const details = await take("GET", at("/details"), { params });
  assert.deepEqual([details.checklist.length, details.timeLogs.length, details.comments.length], [1, 1, 0]);

  const token = resign(owner, { userId: assignee });
  assert.deepEqual(await take("GET", "/api/notifications/count", { token }), { count: "3" });
  const [notification] = await take("GET", "/api/notifications", { token });
  await take("POST", "/api/notifications/:id/read", { params: { id: notification.id }, token });
  assert.deepEqual(await take("GET", "/api/notifications/count", { token }), { count: "2" });
  await take("POST", "/api/notifications/read-all", { token });
  assert.deepEqual(await take("GET", "/api/notifications/count", { token }), { count: "0" });
});

test("e-mail", async () => {
  const template = await tour("/api/email/templates", { create: { name: "T", subject: "Hi {{customer.name}}", body: "B" }, change: { subject: "Dear {{customer.name}}" } });
  const templateId = template.row.id;
  const automation = await tour("/api/email/automations", { create: { name: "A", trigger: "x", templateId }, change: { isEnabled: false } });
  const sequence = await tour("/api/email/sequences", { create: { name: "S" }, change: { description: "d" } });
  const step = await take("POST", "/api/email/sequences/:sequenceId/steps", { params: { sequenceId: sequence.row.id }, body: { templateId } });
  assert.equal((await take("PATCH", "/api/email/steps/:id", { params: { id: step.id }, body: { delayDays: 9 } })).delayDays, 9);
  await take("DELETE", "/api/email/steps/:id", { params: { id: step.id } });
  const customerId = rows.customer.row.id;
  const mail = await take("POST", "/api/email/send", { body: { toEmail: "a@b.test", templateId, customerId } });
  assert.equal(mail.subject, "Dear Cus");
  assert.equal((await take("GET", "/api/email/logs")).length, 1);
  await take("GET", "/api/email/logs/:id", { params: { id: mail.id } });
  await query("DELETE FROM email_logs WHERE id = $1", [mail.id]);
  await query("INSERT INTO scheduled_emails (tenant_id, template_id, customer_id, scheduled_for) VALUES ($1, $2, $3, now())", [owner.tenantId, templateId, customerId]);
  const [scheduled] = await take("GET", "/api/email/scheduled");
  await take("DELETE", "/api/email/scheduled/:id", { params: { id: scheduled.id } });
  const sender = await take("POST", "/api/email/senders", { body: { email: "s@s.test", name: "S" } });
  await take("PATCH", "/api/email/senders/:id", { params: { id: sender.id }, body: { name: "Z" } });
  assert.equal((await take("GET", "/api/email/senders"))[0].name, "Z");
  await take("DELETE", "/api/email/senders/:id", { params: { id: sender.id } });
  const mailServer = net.createServer((socket) => socket.end("220 ready\r\n")).listen(0, "127.0.0.1");
  const smtpPort = await new Promise((resolve) => mailServer.once("listening", () => resolve(mailServer.address().port)));
  await take("PUT", "/api/email/smtp-settings", { body: { smtpHost: "127.0.0.1", smtpPort, smtpPassword: "secret" } });
  assert.equal((await take("GET", "/api/email/smtp-settings")).smtpPassword, "********");
  assert.equal((await take("POST", "/api/email/smtp-settings/test")).success, true);
  mailServer.close();
  assert.ok((await take("GET", "/api/email/merge-fields")).length > 0);
  assert.equal((await take("POST", "/api/email/process-merge-fields", { body: { content: "{{customer.name}} {{no.field}}", customerId } })).content, "Cus {{no.field}}");
  assert.match((await take("POST", "/api/email/ai-assist", { body: { prompt: "the invoice" } })).content, /the invoice/);
  for (const one of [automation, sequence, template]) await one.remove();
});

test("proposals, templates, public links", async () => {
  const customerId = rows.customer.row.id;
  const create = { customerId, title: "P", sections: [{ sectionType: "scope", title: "Scope" }], pricingItems: [{ name: "X", quantity: "2", unitPrice: "10.00" }] };
  const proposal = await tour("/api/proposals", { create, change: { title: "P2" } });
  const { params } = proposal;
  const child = { proposalId: params.id };
  assert.equal(proposal.row.totalAmount, "20.00");
  assert.equal((await take("GET", "/api/proposals/analytics")).total, 1);
  const section = await take("POST", "/api/proposals/:proposalId/sections", { params: child, body: { sectionType: "terms", title: "Terms" } });
  await take("PATCH", "/api/proposals/sections/:id", { params: { id: section.id }, body: { title: "Conditions" } });
  const scope = (await take("GET", "/api/proposals/:id", { params })).sections.find((one) => one.id !== section.id);
  const order = await take("POST", "/api/proposals/:proposalId/sections/reorder", { params: child, body: { sectionIds: [section.id, scope.id] } });
  assert.deepEqual(order.map(({ title }) => title), ["Conditions", "Scope"]);
  const price = await take("POST", "/api/proposals/:proposalId/pricing", { params: child, body: { name: "Y", unitPrice: "5.00" } });
  await take("PATCH", "/api/proposals/pricing/:id", { params: { id: price.id }, body: { unitPrice: "7.00" } });
  assert.equal((await take("GET", "/api/proposals/:id", { params })).totalAmount, "27.00");
  const version = await take("POST", "/api/proposals/:id/version", { params });
  await take("DELETE", "/api/proposals/pricing/:id", { params: { id: price.id } });
  await take("DELETE", "/api/proposals/sections/:id", { params: { id: section.id } });
  const restored = await take("POST", "/api/proposals/:id/restore/:versionId", { params: { ...params, versionId: version.id } });
  assert.deepEqual([restored.sections.length, restored.pricingItems.length], [2, 2]);
  const comment = await take("POST", "/api/proposals/:proposalId/comments", { params: child, body: { content: "c" } });
  assert.equal((await take("PATCH", "/api/proposals/comments/:id", { params: { id: comment.id }, body: { isResolved: true } })).isResolved, true);
  await take("DELETE", "/api/proposals/comments/:id", { params: { id: comment.id } });
  assert.equal((await take("PATCH", "/api/proposals/:id/status", { params, body: { status: "review" } })).status, "review");
  assert.match((await take("POST", "/api/proposals/ai-assist", { body: { prompt: "calm design" } })).content, /Calm design/);

  const accessToken = await shared(proposal);
  const signed = await take("POST", "/api/public/proposal/:accessToken/accept", { params: { accessToken }, body: { signerName: "S", signerEmail: "s@s.test" } });
  assert.equal(signed.proposal.status, "accepted");

  const template = await tour("/api/proposal-templates", { create: { name: "Tpl", sections: [{ sectionType: "cover", title: "Cover" }] }, change: { fontFamily: "Georgia" } });
  const templateId = template.row.id;
  const part = await take("POST", "/api/proposal-templates/:templateId/sections", { params: { templateId }, body: { sectionType: "terms", title: "End" } });
  await take("PATCH", "/api/proposal-templates/sections/:id", { params: { id: part.id }, body: { title: "The end" } });
  await take("POST", "/api/proposal-templates/:templateId/sections/reorder", { params: { templateId }, body: { sectionIds: [part.id] } });
  const copy = await take("POST", "/api/proposal-templates/:id/duplicate", { params: template.params });
  assert.deepEqual(copy.sections.map(({ title }) => title).sort(), ["Cover", "The end"]);
  await take("DELETE", "/api/proposal-templates/sections/:id", { params: { id: part.id } });
  const second = await take("POST", "/api/proposals/from-template/:templateId", { params: { templateId }, body: { customerId } });
  assert.deepEqual([second.title, second.fontFamily, second.sections.length], ["Tpl", "Georgia", 1]);
  const { accessToken: other } = await take("POST", "/api/proposals/:id/send", { params: { id: second.id } });
  const refused = await take("POST", "/api/public/proposal/:accessToken/reject", { params: { accessToken: other }, body: { reason: "price" } });
  assert.deepEqual([refused.proposal.status, refused.proposal.clientComments], ["rejected", "price"]);
  await template.remove();
  await proposal.remove();
});

async function shared(proposal) {
  const { accessToken, shareUrl } = await take("POST", "/api/proposals/:id/send", { params: proposal.params });
  assert.equal(shareUrl, `/proposal/${accessToken}`);
  const params = { accessToken };
  const seen = await take("GET", "/api/public/proposal/:accessToken", { params, token: undefined });
  assert.deepEqual([seen.status, seen.viewCount], ["viewed", 1]);
  await take("POST", "/api/public/proposal/:accessToken/comment", { params, body: { content: "Nice", clientEmail: "x@x.test" } });
  return accessToken;
}

test("platform administration and customer portal", async () => {
  const { body: login } = await crm.call("POST", "/api/auth/login", { body: { email: "saas@nexus.test", password: "demo-saas-1" } });
  taken.add("POST /api/auth/login").add("POST /api/auth/register");
  const token = login.accessToken;
  const admin = (method, rest, more = {}) => take(method, `/api/saas-admin${rest}`, { token, ...more });
  assert.ok((await admin("GET", "/stats")).totalTenants >= 4);
  assert.ok((await admin("GET", "/tenants")).some(({ id }) => id === owner.tenantId));
  assert.equal((await admin("GET", "/tenants/:id", { params: { id: owner.tenantId } })).users.length, 2);
  assert.ok((await admin("GET", "/users")).some(({ id }) => id === owner.userId));
  assert.equal((await admin("GET", "/users/:id", { params: { id: owner.userId } })).tenant.name, "Tour Ltd");
  await admin("PUT", "/settings", { body: { key: "colour", value: "blue" } });
  assert.ok((await admin("GET", "/settings")).some(({ key, value }) => key === "colour" && value === "blue"));
  await admin("DELETE", "/settings/:key", { params: { key: "colour" } });
  assert.equal((await admin("GET", "/activity-logs"))[0].action, "setting_deleted");
  await admin("PATCH", "/profile", { body: { jobTitle: "Root" } });
  assert.equal((await admin("GET", "/profile")).jobTitle, "Root");
  const modules = await admin("GET", "/modules");
  const row = await admin("POST", "/packages", { body: { name: `p-${randomUUID()}`, displayName: "P", moduleIds: [modules[0].id] } });
  const params = { id: row.id };
  await admin("PATCH", "/packages/:id", { params, body: { price: "5.00", moduleIds: [modules[1].id, modules[2].id] } });
  const read = await admin("GET", "/packages/:id", { params });
  assert.deepEqual([read.price, read.modules.length], ["5.00", 2]);
  assert.ok((await admin("GET", "/packages")).some(({ id }) => id === row.id));
  await admin("DELETE", "/packages/:id", { params });

  const portal = resign(owner, { userType: "customer", email: "c@c.test" });
  assert.equal((await take("GET", "/api/customer-portal/quotations", { token: portal })).length, 1);
  assert.equal((await take("GET", "/api/customer-portal/invoices", { token: portal })).length, 1);
  assert.equal((await take("GET", "/api/customer-portal/profile", { token: portal })).id, owner.userId);
  await take("POST", "/api/auth/refresh", { body: { refreshToken: owner.refreshToken } });
  await take("POST", "/api/auth/logout", { body: { refreshToken: owner.refreshToken } });
});

test("deletions, and then every route was taken", async () => {
  for (const name of ["task", "activity", "invoice", "quotation", "deal", "contact", "product", "customer"]) await rows[name].remove();
  const { id } = await take("POST", "/api/team/members", { body: { email: `${randomUUID()}@t.test`, firstName: "A", lastName: "B", password: "p" } });
  await take("DELETE", "/api/team/members/:id", { params: { id } });
  const expected = readContract("crm-routes.tsv").map(({ method, path }) => `${method} ${path}`).filter((one) => !SHADOWED.includes(one));
  assert.deepEqual(expected.filter((one) => !taken.has(one)), []);
  assert.equal(taken.size, expected.length);
});
