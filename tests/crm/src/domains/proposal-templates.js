// Proposal templates and their sections. Promises: a tenant sees its own and the system's; sections are
// reached by id alone (a hole of the CRM).
"use strict";

const { found } = require("../errors");
const { created, reorder, tenantResource, unscopedChild } = require("../crud");
const { parseNew } = require("../model");

const basic = tenantResource({ table: "proposal_templates", noun: "Template", author: "createdBy" });

const list = ({ store, claims }) =>
  store.query("SELECT * FROM proposal_templates WHERE tenant_id = $1 OR tenant_id IS NULL ORDER BY created_at DESC", [claims.tenantId]);

const visible = (store, { id }, { tenantId }) =>
  store.one("SELECT * FROM proposal_templates WHERE id = $1 AND (tenant_id = $2 OR tenant_id IS NULL)", [id, tenantId]);

const withSections = async (store, template) =>
  ({ ...template, sections: await store.find("template_sections", { templateId: template.id }, "sort_order, created_at") });

const read = async ({ store, params, claims }) =>
  withSections(store, found(await visible(store, params, claims), "Template"));

async function addSections(tx, templateId, sections) {
  for (const [sortOrder, section] of sections.entries()) {
    await tx.insert("template_sections", parseNew("template_sections", { sortOrder, ...section }, { templateId }));
  }
}

const create = ({ store, body, claims }) => store.transaction(async (tx) => {
  const template = await tx.insert("proposal_templates", parseNew("proposal_templates", body, { tenantId: claims.tenantId, createdBy: claims.userId }));
  await addSections(tx, template.id, Array.isArray(body.sections) ? body.sections : []);
  return created(await withSections(tx, template));
});

const duplicate = ({ store, params, claims }) => store.transaction(async (tx) => {
  const { id, createdAt, updatedAt, ...source } = found(await visible(tx, params, claims), "Template");
  const copy = await tx.insert("proposal_templates", {
    ...source, name: `${source.name} (Copy)`, tenantId: claims.tenantId, createdBy: claims.userId, isSystemTemplate: false, isDefault: false,
  });
  await addSections(tx, copy.id, await tx.find("template_sections", { templateId: id }, "sort_order"));
  return created(await withSections(tx, copy));
});

const sections = {
  ...unscopedChild({ table: "template_sections", noun: "Section", parent: "templateId", parentParam: "templateId", order: "sort_order" }),
  reorder: reorder("template_sections", "templateId", "templateId", "sectionIds"),
};

module.exports = { list, read, create, update: basic.update, remove: basic.remove, duplicate, sections };
