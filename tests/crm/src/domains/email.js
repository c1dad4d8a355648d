// The e-mail module: templates, logs, automations, sequences, senders, SMTP. Promises: steps, senders
// (by id) and scheduled mails (by id) are reached without a tenant, as in the CRM. Deliberately absent:
// a real mail leaving the machine; "sending" writes the log row with the filled text.
"use strict";

const { randomUUID } = require("node:crypto");
const net = require("node:net");
const { HttpError, found, missing } = require("../errors");
const { created, mine, tenantResource, unscopedChild } = require("../crud");
const { parseNew } = require("../model");
const { fill, sourcesFor } = require("./merge-fields");

const templates = tenantResource({ table: "email_templates", noun: "Template", author: "createdBy" });
const automations = tenantResource({ table: "automation_rules", noun: "Automation", author: "createdBy" });
const sequences = tenantResource({ table: "follow_up_sequences", noun: "Sequence", author: "createdBy" });
const senders = tenantResource({ table: "email_sender_accounts", noun: "Sender account" });
const logs = tenantResource({ table: "email_logs", noun: "Email log" });
const scheduled = tenantResource({ table: "scheduled_emails", noun: "Scheduled email", order: "scheduled_for" });

const steps = unscopedChild({
  table: "follow_up_steps", noun: "Step", parent: "sequenceId", parentParam: "sequenceId", order: "step_order",
});
const senderById = unscopedChild({ table: "email_sender_accounts", noun: "Sender account", parent: "tenantId" });
const scheduledById = unscopedChild({ table: "scheduled_emails", noun: "Scheduled email", parent: "tenantId" });

sequences.read = async (exchange) => {
  const { store, params } = exchange;
  const row = found(await store.get("follow_up_sequences", { id: params.id, ...mine(exchange) }), "Sequence");
  return { ...row, steps: await store.find("follow_up_steps", { sequenceId: row.id }, "step_order") };
};

/** A sequence may bring its steps along. */
sequences.create = ({ store, claims, body }) => store.transaction(async (tx) => {
  const row = await tx.insert("follow_up_sequences", parseNew("follow_up_sequences", body, { tenantId: claims.tenantId, createdBy: claims.userId }));
  const rows = [];
  for (const [index, step] of (Array.isArray(body.steps) ? body.steps : []).entries()) {
    rows.push(await tx.insert("follow_up_steps", parseNew("follow_up_steps", { stepOrder: index + 1, ...step }, { sequenceId: row.id })));
  }
  return created({ ...row, steps: rows });
});

async function send(exchange) {
  const { store, body, claims } = exchange;
  const toEmail = body?.toEmail ?? body?.to;
  if (typeof toEmail !== "string" || toEmail === "") throw missing("toEmail");
  const template = typeof body.templateId === "string" ? await store.get("email_templates", { id: body.templateId, ...mine(exchange) }) : null;
  const sources = await sourcesFor(exchange, body);
  const smtp = await store.get("smtp_settings", mine(exchange));
  const scheduledAt = body.scheduledAt ? new Date(body.scheduledAt) : null;
  const values = parseNew("email_logs", {
    ...body,
    toEmail,
    fromEmail: body.fromEmail ?? smtp?.fromEmail ?? claims.email,
    subject: body.subject ?? template?.subject,
    body: body.body ?? template?.body,
  }, {
    tenantId: claims.tenantId, sentBy: claims.userId, trackingId: randomUUID(),
    status: scheduledAt ? "scheduled" : "sent", sentAt: scheduledAt ? null : new Date(), scheduledAt,
  });
  return created(await store.insert("email_logs", { ...values, subject: fill(values.subject, sources), body: fill(values.body, sources) }));
}

const MASK = "********";
const masked = (row) => row && { ...row, smtpPassword: row.smtpPassword ? MASK : null, apiKey: row.apiKey ? MASK : null };

/** Nobody configured it yet: null, which is what the CRM's page expects then. */
const readSmtp = async (exchange) => masked(await exchange.store.get("smtp_settings", mine(exchange)));

async function writeSmtp(exchange) {
  const { store, body, claims } = exchange;
  const row = (await store.update("smtp_settings", body, mine(exchange)))
    ?? (await store.insert("smtp_settings", parseNew("smtp_settings", body, { tenantId: claims.tenantId })));
  return masked(row);
}

async function testSmtp(exchange) {
  const { store } = exchange;
  const smtp = found(await store.get("smtp_settings", mine(exchange)), "SMTP settings");
  if (!smtp.smtpHost) throw new HttpError(400, "SMTP host is not configured");
  const isVerified = await greets(smtp.smtpHost, smtp.smtpPort);
  await store.update("smtp_settings", { isVerified, lastTestedAt: new Date() }, { id: smtp.id });
  return { success: isVerified, message: isVerified ? "SMTP connection succeeded" : "SMTP connection failed" };
}

/** Whether a mail server answers there with its "220" greeting. */
function greets(host, port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 2000 });
    const settle = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("data", (bytes) => settle(bytes.toString("latin1").startsWith("220")));
    for (const event of ["error", "timeout", "close"]) socket.once(event, () => settle(false));
  });
}

module.exports = { templates, automations, sequences, senders, logs, scheduled, steps, senderById, scheduledById, send, readSmtp, writeSmtp, testSmtp };
