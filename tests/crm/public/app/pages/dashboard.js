// The dashboard: the tenant's numbers, its pipeline, what is open.

import { badge, h } from "../dom.js";
import { query } from "../api.js";
import { date, money, useCurrency } from "../format.js";
import { pageHead } from "../listing.js";

const STAGES = ["new", "qualified", "proposal", "negotiation", "won", "lost"];

export async function dashboardPage() {
  document.title = "Dashboard · Nexus CRM";
  const [me, profile, numbers, sales, tasks, deals] = await Promise.all(
    ["/auth/me", "/company-profile", "/reports/dashboard", "/reports/sales", "/tasks", "/deals"].map(query));
  useCurrency(profile.currency);
  return h("section", { testid: "page-dashboard" },
    pageHead(`Good to see you, ${me.firstName}`, `What is going on at ${profile.companyName}.`),
    h("div", { class: "tiles" },
      tile("Revenue", money(numbers.totalRevenue), "payments received", "revenue"),
      tile("Outstanding", money(numbers.outstandingAmount), `${numbers.totalInvoices} invoices`, "outstanding"),
      tile("Pipeline", money(numbers.pipelineValue), `${numbers.totalDeals} deals`, "pipeline"),
      tile("Customers", numbers.totalCustomers, `${numbers.totalContacts} contacts`, "customers")),
    h("div", { class: "halves" }, pipeline(sales.dealsByStage), taskList(tasks)),
    latestDeals(deals));
}

const tile = (label, value, hint, name) => h("div", { class: "card tile" },
  h("p", { class: "tile-label" }, label), h("p", { class: "tile-value", testid: `text-${name}` }, String(value)), h("p", { class: "muted" }, hint));

function pipeline(stages) {
  const most = Math.max(1, ...stages.map((stage) => Number(stage.value)));
  const ordered = [...stages].sort((a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage));
  const line = ({ stage, value, count }) => h("div", { class: "bar-row" },
    h("span", { class: "bar-label" }, stage),
    h("meter", { class: "bar", min: 0, max: most, value: Number(value), "aria-label": stage }),
    h("span", { class: "bar-value" }, money(value), h("small", { class: "muted" }, ` · ${count}`)));
  return h("div", { class: "card" }, h("h2", {}, "Pipeline by stage"), ordered.length ? ordered.map(line) : h("p", { class: "muted" }, "No deals yet."));
}

function taskList(tasks) {
  const open = tasks.filter((task) => task.status !== "completed").slice(0, 5);
  const line = (task) => h("a", { class: "list-row", href: `/tasks/${task.id}` },
    h("span", {}, task.title), h("span", { class: "list-side" }, badge(task.priority), h("small", { class: "muted" }, date(task.dueDate))));
  return h("div", { class: "card" }, h("h2", {}, "Open tasks"), open.length ? open.map(line) : h("p", { class: "muted" }, "All done."));
}

function latestDeals(deals) {
  const line = (deal) => h("div", { class: "list-row" }, h("span", {}, deal.title), h("span", { class: "list-side" }, badge(deal.stage), h("strong", {}, money(deal.value))));
  return h("div", { class: "card" }, h("h2", {}, "Latest deals"), deals.length ? deals.slice(0, 5).map(line) : h("p", { class: "muted" }, "No deals yet."));
}
