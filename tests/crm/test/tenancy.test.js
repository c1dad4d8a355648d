// Where the tenant comes from, and every hole that exists today: what follows the token's claim, what
// asks ids alone, what takes the raw body, what leaks. A hole that closes here is a fault of the stand-in.
"use strict";

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");
const { query, resign, startCrm } = require("../harness");

let crm;
let aurora;
let borealis;
let theirs;

before(async () => {
  crm = await startCrm();
  aurora = await crm.register("Tenancy A");
  borealis = await crm.register("Tenancy B");
  theirs = await rowsOf(borealis);
});
after(() => crm.stop());

const as = (who) => async (method, target, body) => crm.call(method, target, { token: who.token, body });

async function made(who, target, body) {
  const { status, body: row, text } = await as(who)("POST", target, body);
  assert.equal(status, 201, `${target}: ${text}`);
  return row;
}

/** One row of everything for an agency. */
async function rowsOf(who) {
  const customer = await made(who, "/api/customers", { name: "C", email: "c@c.test" });
  const template = await made(who, "/api/email/templates", { name: "T", subject: "S", body: "B" });
  const sequence = await made(who, "/api/email/sequences", { name: "S", steps: [{ templateId: template.id }] });
  const task = await made(who, "/api/tasks", { title: "T", assignees: [who.userId], checklists: ["one"] });
  const proposal = await made(who, "/api/proposals", { customerId: customer.id, title: "P", sections: [{ sectionType: "scope", title: "Scope" }], pricingItems: [{ name: "X", unitPrice: "10.00" }] });
  const proposalTemplate = await made(who, "/api/proposal-templates", { name: "PT", sections: [{ sectionType: "cover", title: "Cover" }] });
  await made(who, `/api/tasks/${task.id}/comments`, { content: "secret" });
  return {
    customer, template, sequence, task, proposal, proposalTemplate,
    deal: await made(who, "/api/deals", { title: "D", value: "1.00" }),
    contact: await made(who, "/api/contacts", { name: "C", email: "c@c.test" }),
    product: await made(who, "/api/products", { name: "P", unitPrice: "1.00" }),
    activity: await made(who, "/api/activities", { type: "call", subject: "S" }),
    quotation: await made(who, "/api/quotations", { customerId: customer.id, title: "Q" }),
    invoice: await made(who, "/api/invoices", { customerId: customer.id, issueDate: "2026-01-01" }),
    automation: await made(who, "/api/email/automations", { name: "A", trigger: "t", templateId: template.id }),
    sender: await made(who, "/api/email/senders", { email: "s@s.test", name: "S" }),
  };
}

const SCOPED = {
  customer: "/api/customers", deal: "/api/deals", contact: "/api/contacts", product: "/api/products", activity: "/api/activities",
  quotation: "/api/quotations", invoice: "/api/invoices", task: "/api/tasks", proposal: "/api/proposals",
  template: "/api/email/templates", automation: "/api/email/automations", sequence: "/api/email/sequences", proposalTemplate: "/api/proposal-templates",
};

test("scoped rows answer 404 to another tenant's token, for reading, changing and deleting", async () => {
  for (const [name, base] of Object.entries(SCOPED)) {
    for (const [method, body] of [["GET"], ["PATCH", { notes: "x" }], ["DELETE"]]) {
      const { status } = await as(aurora)(method, `${base}/${theirs[name].id}`, body);
      assert.equal(status, 404, `${method} ${base}`);
    }
    const { body } = await as(aurora)("GET", base);
    assert.equal(body.some(({ id }) => id === theirs[name].id), false, base);
  }
});

test("a re-signed tenantId, userType and isAdmin read and write the other tenant, and home ids answer 404", async () => {
  const guest = { ...aurora, token: resign(aurora, { tenantId: borealis.tenantId, userType: "agency_admin", isAdmin: true }) };
  const home = await made(aurora, "/api/customers", { name: "Home", email: "h@h.test" });
  for (const [name, base] of Object.entries(SCOPED)) {
    assert.equal((await as(guest)("GET", `${base}/${theirs[name].id}`)).status, 200, base);
  }
  assert.equal((await as(guest)("GET", `/api/customers/${home.id}`)).status, 404);
  const written = await made(guest, "/api/customers", { name: "Guest", email: "g@g.test" });
  assert.deepEqual([written.tenantId, written.ownerId], [borealis.tenantId, aurora.userId]);
  assert.ok((await as(borealis)("GET", "/api/customers")).body.some(({ id }) => id === written.id));
  assert.equal((await as(guest)("GET", "/api/company-profile")).body.companyName, "Tenancy B");
  assert.equal((await as(guest)("GET", "/api/users")).body.some(({ id }) => id === aurora.userId), false, "guests are missing from the team");
  const asMember = { token: resign(aurora, { tenantId: borealis.tenantId, userType: "team_member", isAdmin: false }) };
  assert.deepEqual((await as(asMember)("GET", "/api/deals")).body, [], "a team member sees own rows only");
  await as(borealis)("DELETE", `/api/customers/${written.id}`);
});

test("team_member and customer claims narrow the lists that the contract names, and no others", async () => {
  const stranger = (userType) => ({ token: resign(borealis, { userType, userId: aurora.userId }) });
  const narrowed = { team_member: ["contacts", "deals", "tasks", "customers", "quotations", "invoices"], customer: ["contacts", "deals", "tasks", "customers"] };
  for (const [userType, lists] of Object.entries(narrowed)) {
    for (const list of ["contacts", "deals", "tasks", "customers", "quotations", "invoices", "products", "activities", "proposals"]) {
      const { body } = await as(stranger(userType))("GET", `/api/${list}`);
      assert.equal(body.length === 0, lists.includes(list), `${list} for a ${userType}`);
    }
  }
});

test("child routes reach any tenant by id alone", async () => {
  const intruder = as(aurora);
  const { task, proposal, proposalTemplate, sequence, sender } = theirs;
  const [item] = (await intruder("GET", `/api/tasks/${task.id}/checklist`)).body;
  const [comment] = (await intruder("GET", `/api/tasks/${task.id}/comments`)).body;
  const [module] = (await as(borealis)("GET", "/api/tenant/modules")).body;
  await query("INSERT INTO task_notifications (tenant_id, recipient_id, type, title, message) VALUES ($1, $2, 't', 't', 'm')", [borealis.tenantId, borealis.userId]);
  const [notification] = (await as(borealis)("GET", "/api/notifications")).body;
  const open = [
    ["GET", `/api/tasks/${task.id}/assignments`], ["GET", `/api/tasks/${task.id}/timelogs`], ["GET", `/api/tasks/${task.id}/activity`],
    ["GET", `/api/tasks/${task.id}/status-history`], ["POST", `/api/tasks/${task.id}/checklist`, { title: "planted" }],
    ["PATCH", `/api/tasks/${task.id}/checklist/${item.id}`, { title: "changed" }], ["DELETE", `/api/tasks/${task.id}/checklist/${item.id}`],
    ["PATCH", `/api/tasks/${task.id}/comments/${comment.id}`, { content: "changed" }], ["DELETE", `/api/tasks/${task.id}/comments/${comment.id}`],
    ["POST", `/api/tasks/${task.id}/timelogs/start`], ["POST", `/api/tasks/${task.id}/timelogs/stop`],
    ["DELETE", `/api/tasks/${task.id}/assignments/${borealis.userId}`],
    ["POST", `/api/proposals/${proposal.id}/sections`, { sectionType: "x", title: "planted" }], ["POST", `/api/proposals/${proposal.id}/sections/reorder`, { sectionIds: [] }],
    ["PATCH", `/api/proposals/sections/${proposal.sections[0].id}`, { title: "changed" }], ["DELETE", `/api/proposals/sections/${proposal.sections[0].id}`],
    ["POST", `/api/proposals/${proposal.id}/pricing`, { name: "planted", unitPrice: "99.00" }],
    ["PATCH", `/api/proposals/pricing/${proposal.pricingItems[0].id}`, { name: "changed" }], ["DELETE", `/api/proposals/pricing/${proposal.pricingItems[0].id}`],
    ["POST", `/api/proposals/${proposal.id}/comments`, { content: "planted" }],
    ["POST", `/api/proposal-templates/${proposalTemplate.id}/sections`, { sectionType: "x", title: "planted" }],
    ["PATCH", `/api/proposal-templates/sections/${proposalTemplate.sections[0].id}`, { title: "changed" }], ["DELETE", `/api/proposal-templates/sections/${proposalTemplate.sections[0].id}`],
    ["POST", `/api/notifications/${notification.id}/read`], ["PATCH", `/api/tenant/modules/${module.id}`, { isEnabled: false }],
    ["POST", `/api/email/sequences/${sequence.id}/steps`, { templateId: theirs.template.id }], ["PATCH", `/api/email/steps/${sequence.steps[0].id}`, { delayDays: 5 }],
    ["DELETE", `/api/email/steps/${sequence.steps[0].id}`], ["PATCH", `/api/email/senders/${sender.id}`, { name: "changed" }], ["DELETE", `/api/email/senders/${sender.id}`],
  ];
  for (const [method, target, body] of open) {
    const { status, text } = await intruder(method, target, body);
    assert.ok(status < 300, `${method} ${target} answered ${status} ${text}`);
  }
  const { body: after } = await as(borealis)("GET", `/api/proposals/${proposal.id}`);
  assert.ok(after.sections.some(({ title }) => title === "planted"));
  assert.equal(after.totalAmount, "10.00", "totals are recalculated in the owner's tenant only");
});

test("children that the contract scopes stay closed", async () => {
  const { task } = theirs;
  const closed = [["comments", { content: "x" }], ["assignments", { userId: aurora.userId }], ["timelogs", { startedAt: "2026-01-01" }]];
  for (const [child, body] of closed) {
    assert.equal((await as(aurora)("POST", `/api/tasks/${task.id}/${child}`, body)).status, 404, child);
  }
});

test("embedded users rows carry the password hash", async () => {
  const { body: task } = await as(aurora)("POST", "/api/tasks", { title: "Leak", assignees: [aurora.userId] });
  await made(aurora, `/api/tasks/${task.id}/comments`, { content: "x" });
  const { body: details } = await as(aurora)("GET", `/api/tasks/${task.id}/details`);
  assert.match(details.comments[0].user.passwordHash, /^scrypt\$/);
  assert.match(details.creator.passwordHash, /^scrypt\$/);
  for (const child of ["assignments", "comments", "activity", "status-history"]) {
    const { body } = await as(aurora)("GET", `/api/tasks/${task.id}/${child}`);
    assert.match(body[0].user.passwordHash, /^scrypt\$/, child);
  }
});

test("the raw body reaches the update: a row moves into another tenant", async () => {
  const own = await rowsOf(aurora);
  for (const [name, base] of Object.entries(SCOPED)) {
    const { status, body } = await as(aurora)("PATCH", `${base}/${own[name].id}`, { tenantId: borealis.tenantId });
    assert.deepEqual([status, body.tenantId], [200, borealis.tenantId], base);
    assert.equal((await as(borealis)("GET", `${base}/${own[name].id}`)).status, 200, `${base} arrived`);
  }
  const customer = await made(aurora, "/api/customers", { name: "Owner", email: "o@o.test" });
  const { body } = await as(aurora)("PATCH", `/api/customers/${customer.id}`, { id: `${customer.id}x`, ownerId: borealis.userId });
  assert.deepEqual([body.id, body.ownerId], [`${customer.id}x`, borealis.userId]);
  const poster = await made(aurora, "/api/customers", { name: "N", email: "e@e.test", tenantId: borealis.tenantId });
  assert.equal(poster.tenantId, aurora.tenantId, "creation takes the tenant from the claim");
});

test("PUT /api/company-profile moves a profile; foreign ids in bodies are not checked", async () => {
  const mover = await crm.register("Mover");
  const target = await crm.register("Target");
  await as(mover)("PUT", "/api/company-profile", { companyName: "Moving" });
  assert.equal((await as(mover)("PUT", "/api/company-profile", { tenantId: target.tenantId })).status, 200);
  assert.equal((await as(target)("GET", "/api/company-profile")).body.companyName, "Moving");
  const quotation = await made(mover, "/api/quotations", { customerId: theirs.customer.id, title: "Foreign" });
  assert.deepEqual([quotation.tenantId, quotation.customerId], [mover.tenantId, theirs.customer.id]);
});

test("team changes ask the users row, not the claims; role permissions fall before the tenant check", async () => {
  const { body: member } = await as(aurora)("POST", "/api/team/members", { email: `${Date.now()}@m.test`, firstName: "M", lastName: "M", password: "p" });
  const claimsAdmin = { token: resign(aurora, { userId: member.id, userType: "agency_admin", isAdmin: true }) };
  const claimsMember = { token: resign(aurora, { userType: "team_member", isAdmin: false }) };
  const target = `/api/team/members/${member.id}`;
  assert.equal((await as(claimsAdmin)("PATCH", target, { jobTitle: "x" })).status, 403);
  assert.equal((await as(claimsAdmin)("POST", "/api/team/roles", { name: "x" })).status, 403);
  assert.equal((await as(claimsAdmin)("DELETE", target)).status, 403);
  assert.equal((await as(claimsMember)("PATCH", target, { jobTitle: "x" })).status, 200);
  const [role] = await query("SELECT id FROM roles WHERE tenant_id = $1", [borealis.tenantId]);
  const answer = await as(aurora)("PATCH", `/api/team/members/${borealis.userId}`, { roleId: role.id, permissions: ["stolen"] });
  assert.equal(answer.status, 404);
  assert.deepEqual((await query("SELECT permissions FROM roles WHERE id = $1", [role.id]))[0].permissions, ["stolen"]);
});

test("the saas_admin claim alone opens the platform", async () => {
  const { status, body } = await as({ token: resign(aurora, { userType: "saas_admin" }) })("GET", "/api/saas-admin/tenants");
  assert.equal(status, 200);
  assert.ok(body.some(({ id }) => id === borealis.tenantId));
});

test("a tenant made by SQL works", async () => {
  const [tenant] = await query("INSERT INTO tenants (name) VALUES ('By hand') RETURNING id");
  await query("INSERT INTO tenant_modules (tenant_id, module_id) SELECT $1, id FROM modules", [tenant.id]);
  const guest = { token: resign(aurora, { tenantId: tenant.id }) };
  const customer = await made(guest, "/api/customers", { name: "First", email: "f@f.test" });
  const quotation = await made(guest, "/api/quotations", { customerId: customer.id, title: "Q" });
  assert.equal(quotation.quoteNumber, "QT-00001");
  assert.equal((await as(guest)("GET", "/api/tenant/modules")).body.length, Number((await query("SELECT count(*) FROM modules"))[0].count));
});
