// The core flows that must keep working, step by step, with the contract's numbers and shapes.
"use strict";

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");
const { resign, startCrm } = require("../harness");

let crm;
let owner;
let customer;
before(async () => {
  crm = await startCrm();
  owner = await crm.register("Flow Ltd");
  customer = (await post("/api/customers", { name: "Client", email: "c@client.test" })).body;
});
after(() => crm.stop());

const call = (method, target, body, token = owner.token) => crm.call(method, target, { token, body });
const post = (target, body, token) => call("POST", target, body, token);
const get = async (target, token) => (await call("GET", target, undefined, token)).body;

test("required fields, and money is a string", async () => {
  const refused = [
    ["/api/customers", { name: "x" }, ["email"]], ["/api/customers", {}, ["name", "email"]], ["/api/contacts", { email: "e" }, ["name"]],
    ["/api/deals", { title: "x" }, ["value"]], ["/api/deals", { title: "x", value: 5000 }, ["value"]], ["/api/activities", { type: "call" }, ["subject"]],
    ["/api/products", { name: "x" }, ["unitPrice"]], ["/api/invoices", { customerId: customer.id }, ["issueDate"]], ["/api/tasks", {}, ["title"]],
    ["/api/proposals", { title: "x" }, ["customerId"]], ["/api/quotations", { title: "x" }, ["customerId"]],
  ];
  for (const [target, body, keys] of refused) {
    const answer = await post(target, body);
    assert.equal(answer.status, 400, `${target} ${JSON.stringify(body)}`);
    assert.equal(answer.body.message, "Invalid data");
    assert.deepEqual(answer.body.errors.map(({ path }) => path[0]), keys, target);
  }
  const deal = await post("/api/deals", { title: "D", value: "5000.00" });
  assert.deepEqual([deal.status, deal.body.value, deal.body.stage], [201, "5000.00", "new"]);
});

test("quotation → invoice → payments", async () => {
  const items = [{ description: "Design", quantity: "2", unitPrice: "100.00", taxRate: "10", totalPrice: "200.00" }];
  const body = { customerId: customer.id, title: "Offer", subtotal: "200.00", taxAmount: "20.00", totalAmount: "220.00", items };
  const first = await post("/api/quotations", body);
  assert.deepEqual([first.status, first.body.quoteNumber, first.body.totalAmount, first.body.status], [201, "QT-00001", "220.00", "draft"]);
  assert.equal((await post("/api/quotations", body)).body.quoteNumber, "QT-00002");
  assert.deepEqual((await get(`/api/quotations/${first.body.id}`)).items.map(({ totalPrice }) => totalPrice), ["200.00"]);

  const invoice = await post("/api/invoices", { ...body, quotationId: first.body.id, issueDate: "2026-02-01" });
  assert.deepEqual([invoice.status, invoice.body.invoiceNumber, invoice.body.balanceDue, invoice.body.quotationId], [201, "INV-00001", "220.00", first.body.id]);
  const target = `/api/invoices/${invoice.body.id}`;
  const part = await post(`${target}/payments`, { amount: "20.00", paymentMethod: "card", paymentDate: "2026-02-02" });
  assert.deepEqual([part.status, part.body.amount], [201, "20.00"]);
  let { paidAmount, balanceDue, status } = await get(target);
  assert.deepEqual([paidAmount, balanceDue, status], ["20.00", "200.00", "partial"]);
  await post(`${target}/payments`, { amount: "200.00", paymentMethod: "card", paymentDate: "2026-02-03" });
  ({ paidAmount, balanceDue, status } = await get(target));
  assert.deepEqual([paidAmount, balanceDue, status], ["220.00", "0.00", "paid"]);
  assert.equal((await get("/api/reports/dashboard")).totalRevenue, "220.00");
  assert.equal((await post("/api/invoices/no-such-invoice/payments", { amount: "1.00" })).status, 404);
});

test("a task notifies every assignee but its creator, once", async () => {
  const people = [];
  for (const name of ["One", "Two"]) {
    people.push((await post("/api/team/members", { email: `${name}-${Date.now()}@flow.test`, firstName: name, lastName: "P", password: "pw" })).body);
  }
  const [one, two] = people.map(({ id }) => id);
  const { status } = await post("/api/tasks", { title: "T", assignedTo: one, assignees: [one, two, owner.userId], checklists: ["a", "b"] });
  assert.equal(status, 201);
  const tokenOf = (userId) => resign(owner, { userId, userType: "team_member" });
  for (const id of [one, two]) assert.deepEqual(await get("/api/notifications/count", tokenOf(id)), { count: "1" });
  assert.deepEqual(await get("/api/notifications/count"), { count: "0" });
  assert.equal((await get("/api/tasks", tokenOf(two))).length, 1);
});

test("a proposal is sent, seen, signed; the signature keeps the connection's address", async () => {
  const { status, body: proposal } = await post("/api/proposals", {
    customerId: customer.id, title: "Plan", internalNotes: "margin 40 %", sections: [{ sectionType: "scope", title: "Scope", content: "All" }], pricingItems: [{ name: "Work", quantity: "1", unitPrice: "900.00" }],
  });
  assert.deepEqual([status, proposal.totalAmount, proposal.sections.length], [201, "900.00", 1]);
  const { body: sent } = await post(`/api/proposals/${proposal.id}/send`);
  assert.match(sent.shareUrl, new RegExp(`/proposal/${sent.accessToken}$`));
  const anonymous = (method, rest, body) => crm.call(method, `/api/public/proposal/${sent.accessToken}${rest}`, { body, headers: { "x-forwarded-for": "203.0.113.9" } });
  const seen = await anonymous("GET", "");
  assert.deepEqual([seen.status, seen.body.sections.length, seen.body.internalNotes, seen.body.company], [200, 1, undefined, null]);
  assert.equal((await anonymous("POST", "/comment", { content: "Sooner?" })).status, 201);
  const accepted = await anonymous("POST", "/accept", { signerName: "Ann", signerEmail: "ann@client.test" });
  assert.equal(accepted.status, 200);
  assert.match(accepted.body.signature.ipAddress, /127\.0\.0\.1$/);
  assert.equal((await anonymous("POST", "/reject", {})).status, 400);
  const { body: full } = await call("GET", `/api/proposals/${proposal.id}`);
  assert.deepEqual([full.status, full.signatures.length, full.comments.length], ["accepted", 1, 1]);
  assert.equal((await crm.call("GET", "/api/public/proposal/unknown")).status, 404);
});

test("the seeded agencies can sign in and have something to show", async () => {
  for (const [email, password, company] of [["ada@aurora.test", "demo-ada-1", "Aurora Studio"], ["bo@borealis.test", "demo-bo-1", "Borealis Media"]]) {
    const { body: login } = await crm.call("POST", "/api/auth/login", { body: { email, password } });
    assert.equal((await get("/api/company-profile", login.accessToken)).companyName, company);
    for (const list of ["customers", "contacts", "deals", "products", "activities", "quotations", "invoices", "proposals", "tasks", "notifications", "email/templates"]) {
      assert.ok((await get(`/api/${list}`, login.accessToken)).length > 0, `${company}: ${list}`);
    }
  }
  for (const [email, password] of [["tom@aurora.test", "demo-tom-1"], ["bea@borealis.test", "demo-bea-1"]]) {
    assert.equal((await crm.call("POST", "/api/auth/login", { body: { email, password } })).body.user.userType, "team_member");
  }
});
