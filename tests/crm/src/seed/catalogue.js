// What every installation has before its first tenant: the modules, the packages, the system's proposal
// template.
"use strict";

const MODULES = [
  ["customers", "Customers", "users", true], ["contacts", "Contacts", "contact", true], ["deals", "Deals", "handshake", true],
  ["tasks", "Tasks", "check-square", true], ["products", "Products", "package", false], ["quotations", "Quotations", "file-text", false],
  ["invoices", "Invoices", "receipt", false], ["proposals", "Proposals", "presentation", false], ["email", "Email", "mail", false],
  ["reports", "Reports", "bar-chart", false],
];

const PACKAGES = [
  { name: "starter", displayName: "Starter", price: "19.00", sortOrder: 1, contactLimit: 500, teamMemberLimit: 3, features: ["Customers and deals", "Tasks"], modules: ["customers", "contacts", "deals", "tasks"] },
  { name: "growth", displayName: "Growth", price: "49.00", sortOrder: 2, isPopular: true, contactLimit: 5000, teamMemberLimit: 15, features: ["Everything in Starter", "Quotations and invoices", "Proposals"], modules: MODULES.slice(0, 8).map(([name]) => name) },
  { name: "agency", displayName: "Agency", price: "129.00", sortOrder: 3, features: ["Everything in Growth", "Email automation", "Reports"], modules: MODULES.map(([name]) => name) },
];

const SYSTEM_SECTIONS = [["cover", "Cover"], ["introduction", "Introduction"], ["scope", "Scope of work"], ["pricing", "Investment"], ["terms", "Terms"]];

async function seedCatalogue(store) {
  const ids = new Map();
  for (const [name, displayName, icon, isCore] of MODULES) {
    const row = (await store.get("modules", { name }))
      ?? (await store.insert("modules", { name, displayName, icon, isCore, description: `${displayName} of your agency` }));
    ids.set(name, row.id);
  }
  for (const { modules, ...values } of PACKAGES) {
    if (await store.get("packages", { name: values.name })) continue;
    const { id } = await store.insert("packages", values);
    for (const module of modules) await store.insert("package_modules", { packageId: id, moduleId: ids.get(module) });
  }
  if (await store.get("proposal_templates", { isSystemTemplate: true })) return;
  const template = await store.insert("proposal_templates", { name: "Classic proposal", description: "Five calm pages", purpose: "general", isSystemTemplate: true, isDefault: true });
  for (const [sortOrder, [sectionType, title]] of SYSTEM_SECTIONS.entries()) {
    await store.insert("template_sections", { templateId: template.id, sectionType, title, sortOrder, content: `${title} for {{customer.name}}` });
  }
}

module.exports = { seedCatalogue };
