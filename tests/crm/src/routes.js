// The table of routes: all 183, in the order in which Express tries them (contract/crm-routes.tsv).
// Promises: one line a route, its guards, its handler. Order matters: `/api/proposals/:id` stands
// before `/api/proposals/section-types` and takes its requests.
"use strict";

const { PUBLIC, SIGNED_IN, MEMBER, STAFF, ADMIN, PLATFORM } = require("./guards");
const auth = require("./domains/auth");
const team = require("./domains/team");
const profile = require("./domains/profile");
const tenant = require("./domains/tenant");
const { customers, contacts, deals, products, activities, customerJourney, dealJourney } = require("./domains/customers");
const tasks = require("./domains/tasks");
const { assignments, comments, checklist, timelogs, activity, statusHistory } = require("./domains/task-children");
const notifications = require("./domains/notifications");
const { quotations, invoices, addPayment } = require("./domains/sales");
const reports = require("./domains/reports");
const saas = require("./domains/saas-admin");
const email = require("./domains/email");
const mergeFields = require("./domains/merge-fields");
const { draftEmail, draftProposal } = require("./domains/writing-assistant");
const proposals = require("./domains/proposals");
const children = require("./domains/proposal-children");
const templates = require("./domains/proposal-templates");
const shared = require("./domains/public-proposals");
const { listSectionTypes } = require("./domains/section-types");

const ROUTES = [
  ["POST", "/api/auth/register", PUBLIC, auth.register],
  ["POST", "/api/auth/login", PUBLIC, auth.login],
  ["POST", "/api/auth/refresh", PUBLIC, auth.refresh],
  ["POST", "/api/auth/logout", SIGNED_IN, auth.logout],
  ["GET", "/api/auth/me", SIGNED_IN, auth.me],

  ["GET", "/api/users", MEMBER, team.listUsers],
  ["GET", "/api/team/members", ADMIN, team.listMembers],
  ["POST", "/api/team/members", ADMIN, team.addMember],
  ["PATCH", "/api/team/members/:id", MEMBER, team.editMember],
  ["DELETE", "/api/team/members/:id", MEMBER, team.removeMember],
  ["GET", "/api/team/members/:id/details", ADMIN, team.memberDetails],
  ["GET", "/api/team/roles", MEMBER, team.listRoles],
  ["POST", "/api/team/roles", MEMBER, team.addRole],
  ["GET", "/api/auth/admin-check", SIGNED_IN, auth.adminCheck],
  ["PATCH", "/api/users/profile", SIGNED_IN, profile.editProfile],
  ["POST", "/api/users/profile/upload-image", SIGNED_IN, profile.uploadImage],

  ["GET", "/api/company-profile", MEMBER, tenant.readCompanyProfile],
  ["PUT", "/api/company-profile", ADMIN, tenant.writeCompanyProfile],
  ["GET", "/api/tenant/modules", MEMBER, tenant.listModules],
  ["GET", "/api/tenant/package", MEMBER, tenant.readPackage],
  ["PATCH", "/api/tenant/modules/:id", MEMBER, tenant.switchModule],

  ["GET", "/api/contacts", MEMBER, contacts.list],
  ["GET", "/api/contacts/:id", MEMBER, contacts.read],
  ["POST", "/api/contacts", STAFF, contacts.create],
  ["PATCH", "/api/contacts/:id", STAFF, contacts.update],
  ["DELETE", "/api/contacts/:id", STAFF, contacts.remove],

  ["GET", "/api/deals", MEMBER, deals.list],
  ["GET", "/api/deals/:id", MEMBER, deals.read],
  ["POST", "/api/deals", STAFF, deals.create],
  ["PATCH", "/api/deals/:id", STAFF, deals.update],
  ["DELETE", "/api/deals/:id", STAFF, deals.remove],
  ["GET", "/api/deals/:id/journey", MEMBER, dealJourney],

  ["GET", "/api/tasks", MEMBER, tasks.list],
  ["GET", "/api/tasks/analytics", STAFF, tasks.analytics],
  ["GET", "/api/tasks/:id", MEMBER, tasks.read],
  ["GET", "/api/tasks/:id/details", MEMBER, tasks.details],
  ["POST", "/api/tasks", STAFF, tasks.create],
  ["PATCH", "/api/tasks/:id", MEMBER, tasks.update],
  ["DELETE", "/api/tasks/:id", STAFF, tasks.remove],
  ["GET", "/api/tasks/:id/assignments", MEMBER, assignments.list],
  ["POST", "/api/tasks/:id/assignments", STAFF, assignments.create],
  ["DELETE", "/api/tasks/:id/assignments/:userId", STAFF, assignments.remove],
  ["GET", "/api/tasks/:id/comments", MEMBER, comments.list],
  ["POST", "/api/tasks/:id/comments", MEMBER, comments.create],
  ["PATCH", "/api/tasks/:id/comments/:commentId", MEMBER, comments.update],
  ["DELETE", "/api/tasks/:id/comments/:commentId", MEMBER, comments.remove],
  ["GET", "/api/tasks/:id/checklist", MEMBER, checklist.list],
  ["POST", "/api/tasks/:id/checklist", MEMBER, checklist.create],
  ["PATCH", "/api/tasks/:id/checklist/:itemId", MEMBER, checklist.update],
  ["POST", "/api/tasks/:id/checklist/:itemId/toggle", MEMBER, checklist.toggle],
  ["DELETE", "/api/tasks/:id/checklist/:itemId", MEMBER, checklist.remove],
  ["GET", "/api/tasks/:id/timelogs", MEMBER, timelogs.list],
  ["POST", "/api/tasks/:id/timelogs", MEMBER, timelogs.create],
  ["POST", "/api/tasks/:id/timelogs/start", MEMBER, timelogs.start],
  ["POST", "/api/tasks/:id/timelogs/stop", MEMBER, timelogs.stop],
  ["DELETE", "/api/tasks/:id/timelogs/:logId", MEMBER, timelogs.remove],
  ["GET", "/api/tasks/:id/activity", MEMBER, activity],
  ["GET", "/api/tasks/:id/status-history", MEMBER, statusHistory],

  ["GET", "/api/notifications", MEMBER, notifications.list],
  ["GET", "/api/notifications/count", MEMBER, notifications.count],
  ["POST", "/api/notifications/:id/read", MEMBER, notifications.markRead],
  ["POST", "/api/notifications/read-all", MEMBER, notifications.markAllRead],

  ["GET", "/api/products", MEMBER, products.list],
  ["GET", "/api/products/:id", MEMBER, products.read],
  ["POST", "/api/products", MEMBER, products.create],
  ["PATCH", "/api/products/:id", MEMBER, products.update],
  ["DELETE", "/api/products/:id", MEMBER, products.remove],

  ["GET", "/api/customers", MEMBER, customers.list],
  ["GET", "/api/customers/:id", MEMBER, customers.read],
  ["POST", "/api/customers", MEMBER, customers.create],
  ["PATCH", "/api/customers/:id", MEMBER, customers.update],
  ["DELETE", "/api/customers/:id", MEMBER, customers.remove],
  ["GET", "/api/customers/:id/journey", MEMBER, customerJourney],

  ["GET", "/api/quotations", MEMBER, quotations.list],
  ["GET", "/api/quotations/:id", MEMBER, quotations.read],
  ["POST", "/api/quotations", MEMBER, quotations.create],
  ["PATCH", "/api/quotations/:id", MEMBER, quotations.update],
  ["DELETE", "/api/quotations/:id", MEMBER, quotations.remove],
  ["GET", "/api/invoices", MEMBER, invoices.list],
  ["GET", "/api/invoices/:id", MEMBER, invoices.read],
  ["POST", "/api/invoices", MEMBER, invoices.create],
  ["PATCH", "/api/invoices/:id", MEMBER, invoices.update],
  ["DELETE", "/api/invoices/:id", MEMBER, invoices.remove],
  ["POST", "/api/invoices/:invoiceId/payments", MEMBER, addPayment],

  ["GET", "/api/activities", MEMBER, activities.list],
  ["GET", "/api/activities/:id", MEMBER, activities.read],
  ["POST", "/api/activities", MEMBER, activities.create],
  ["PATCH", "/api/activities/:id", MEMBER, activities.update],
  ["DELETE", "/api/activities/:id", MEMBER, activities.remove],
  ["GET", "/api/reports/dashboard", MEMBER, reports.dashboard],
  ["GET", "/api/reports/sales", MEMBER, reports.sales],

  ["GET", "/api/saas-admin/stats", PLATFORM, saas.stats],
  ["GET", "/api/saas-admin/tenants", PLATFORM, saas.listTenants],
  ["GET", "/api/saas-admin/users", PLATFORM, saas.listUsers],
  ["GET", "/api/saas-admin/tenants/:id", PLATFORM, saas.readTenant],
  ["GET", "/api/saas-admin/users/:id", PLATFORM, saas.readUser],
  ["GET", "/api/saas-admin/settings", PLATFORM, saas.listSettings],
  ["PUT", "/api/saas-admin/settings", PLATFORM, saas.writeSetting],
  ["DELETE", "/api/saas-admin/settings/:key", PLATFORM, saas.removeSetting],
  ["GET", "/api/saas-admin/activity-logs", PLATFORM, saas.listActivityLogs],
  ["GET", "/api/saas-admin/profile", PLATFORM, saas.readProfile],
  ["PATCH", "/api/saas-admin/profile", PLATFORM, saas.editOwnProfile],
  ["GET", "/api/saas-admin/packages", PLATFORM, saas.listPackages],
  ["GET", "/api/saas-admin/packages/:id", PLATFORM, saas.readPackage],
  ["POST", "/api/saas-admin/packages", PLATFORM, saas.addPackage],
  ["PATCH", "/api/saas-admin/packages/:id", PLATFORM, saas.editPackage],
  ["DELETE", "/api/saas-admin/packages/:id", PLATFORM, saas.removePackage],
  ["GET", "/api/saas-admin/modules", PLATFORM, saas.listModules],
  ["GET", "/api/packages", PUBLIC, tenant.listPublicPackages],

  ["GET", "/api/customer-portal/quotations", SIGNED_IN, reports.portalQuotations],
  ["GET", "/api/customer-portal/invoices", SIGNED_IN, reports.portalInvoices],
  ["GET", "/api/customer-portal/profile", SIGNED_IN, reports.portalProfile],

  ["GET", "/api/email/templates", MEMBER, email.templates.list],
  ["GET", "/api/email/templates/:id", MEMBER, email.templates.read],
  ["POST", "/api/email/templates", ADMIN, email.templates.create],
  ["PATCH", "/api/email/templates/:id", ADMIN, email.templates.update],
  ["DELETE", "/api/email/templates/:id", ADMIN, email.templates.remove],
  ["GET", "/api/email/logs", MEMBER, email.logs.list],
  ["GET", "/api/email/logs/:id", MEMBER, email.logs.read],
  ["POST", "/api/email/send", STAFF, email.send],
  ["GET", "/api/email/automations", MEMBER, email.automations.list],
  ["GET", "/api/email/automations/:id", MEMBER, email.automations.read],
  ["POST", "/api/email/automations", ADMIN, email.automations.create],
  ["PATCH", "/api/email/automations/:id", ADMIN, email.automations.update],
  ["DELETE", "/api/email/automations/:id", ADMIN, email.automations.remove],
  ["GET", "/api/email/sequences", MEMBER, email.sequences.list],
  ["GET", "/api/email/sequences/:id", MEMBER, email.sequences.read],
  ["POST", "/api/email/sequences", ADMIN, email.sequences.create],
  ["PATCH", "/api/email/sequences/:id", ADMIN, email.sequences.update],
  ["DELETE", "/api/email/sequences/:id", ADMIN, email.sequences.remove],
  ["POST", "/api/email/sequences/:sequenceId/steps", ADMIN, email.steps.create],
  ["PATCH", "/api/email/steps/:id", ADMIN, email.steps.update],
  ["DELETE", "/api/email/steps/:id", ADMIN, email.steps.remove],
  ["GET", "/api/email/scheduled", MEMBER, email.scheduled.list],
  ["DELETE", "/api/email/scheduled/:id", MEMBER, email.scheduledById.remove],
  ["GET", "/api/email/senders", MEMBER, email.senders.list],
  ["POST", "/api/email/senders", ADMIN, email.senders.create],
  ["PATCH", "/api/email/senders/:id", ADMIN, email.senderById.update],
  ["DELETE", "/api/email/senders/:id", ADMIN, email.senderById.remove],
  ["GET", "/api/email/smtp-settings", MEMBER, email.readSmtp],
  ["PUT", "/api/email/smtp-settings", ADMIN, email.writeSmtp],
  ["POST", "/api/email/smtp-settings/test", ADMIN, email.testSmtp],
  ["GET", "/api/email/merge-fields", MEMBER, mergeFields.listEmailFields],
  ["POST", "/api/email/process-merge-fields", MEMBER, mergeFields.processText],
  ["POST", "/api/email/ai-assist", MEMBER, draftEmail],

  ["GET", "/api/proposals", MEMBER, proposals.list],
  ["GET", "/api/proposals/analytics", MEMBER, proposals.analytics],
  ["GET", "/api/proposals/:id", MEMBER, proposals.read],
  ["POST", "/api/proposals", MEMBER, proposals.create],
  ["POST", "/api/proposals/from-template/:templateId", MEMBER, proposals.createFromTemplate],
  ["PATCH", "/api/proposals/:id", MEMBER, proposals.update],
  ["PATCH", "/api/proposals/:id/status", MEMBER, proposals.setStatus],
  ["POST", "/api/proposals/:id/send", MEMBER, proposals.send],
  ["POST", "/api/proposals/:id/version", MEMBER, proposals.addVersion],
  ["POST", "/api/proposals/:id/restore/:versionId", MEMBER, proposals.restoreVersion],
  ["DELETE", "/api/proposals/:id", MEMBER, proposals.remove],
  ["POST", "/api/proposals/:proposalId/sections", MEMBER, children.sections.create],
  ["PATCH", "/api/proposals/sections/:id", MEMBER, children.sections.update],
  ["DELETE", "/api/proposals/sections/:id", MEMBER, children.sections.remove],
  ["POST", "/api/proposals/:proposalId/sections/reorder", MEMBER, children.sections.reorder],
  ["POST", "/api/proposals/:proposalId/pricing", MEMBER, children.pricing.create],
  ["PATCH", "/api/proposals/pricing/:id", MEMBER, children.pricing.update],
  ["DELETE", "/api/proposals/pricing/:id", MEMBER, children.pricing.remove],
  ["POST", "/api/proposals/:proposalId/comments", MEMBER, children.comments.create],
  ["PATCH", "/api/proposals/comments/:id", MEMBER, children.comments.update],
  ["DELETE", "/api/proposals/comments/:id", MEMBER, children.comments.remove],

  ["GET", "/api/proposal-templates", MEMBER, templates.list],
  ["GET", "/api/proposal-templates/:id", MEMBER, templates.read],
  ["POST", "/api/proposal-templates", ADMIN, templates.create],
  ["PATCH", "/api/proposal-templates/:id", ADMIN, templates.update],
  ["POST", "/api/proposal-templates/:id/duplicate", ADMIN, templates.duplicate],
  ["DELETE", "/api/proposal-templates/:id", ADMIN, templates.remove],
  ["POST", "/api/proposal-templates/:templateId/sections", ADMIN, templates.sections.create],
  ["PATCH", "/api/proposal-templates/sections/:id", ADMIN, templates.sections.update],
  ["DELETE", "/api/proposal-templates/sections/:id", ADMIN, templates.sections.remove],
  ["POST", "/api/proposal-templates/:templateId/sections/reorder", ADMIN, templates.sections.reorder],

  ["GET", "/api/public/proposal/:accessToken", PUBLIC, shared.read],
  ["POST", "/api/public/proposal/:accessToken/accept", PUBLIC, shared.accept],
  ["POST", "/api/public/proposal/:accessToken/reject", PUBLIC, shared.reject],
  ["POST", "/api/public/proposal/:accessToken/comment", PUBLIC, shared.comment],

  ["POST", "/api/proposals/ai-assist", MEMBER, draftProposal],
  ["GET", "/api/proposals/section-types", MEMBER, listSectionTypes],
  ["GET", "/api/proposals/merge-fields", MEMBER, mergeFields.listProposalFields],
];

module.exports = { ROUTES };
