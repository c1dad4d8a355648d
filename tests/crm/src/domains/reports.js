// Reports and the customer portal: numbers computed from the tenant's rows at the time of asking.
"use strict";

const { found } = require("../errors");

async function dashboard({ store, claims }) {
  return store.one(
    `SELECT
       (SELECT count(*)::int FROM customers  WHERE tenant_id = $1) AS total_customers,
       (SELECT count(*)::int FROM contacts   WHERE tenant_id = $1) AS total_contacts,
       (SELECT count(*)::int FROM deals      WHERE tenant_id = $1) AS total_deals,
       (SELECT count(*)::int FROM quotations WHERE tenant_id = $1) AS total_quotations,
       (SELECT count(*)::int FROM invoices   WHERE tenant_id = $1) AS total_invoices,
       (SELECT count(*)::int FROM proposals  WHERE tenant_id = $1) AS total_proposals,
       (SELECT count(*)::int FROM tasks      WHERE tenant_id = $1 AND status <> 'completed') AS open_tasks,
       (SELECT count(*)::int FROM tasks      WHERE tenant_id = $1 AND status = 'completed') AS completed_tasks,
       (SELECT coalesce(sum(value), 0)       FROM deals    WHERE tenant_id = $1 AND stage NOT IN ('won', 'lost')) AS pipeline_value,
       (SELECT coalesce(sum(value), 0)       FROM deals    WHERE tenant_id = $1 AND stage = 'won') AS won_value,
       (SELECT coalesce(sum(amount), 0)      FROM payments WHERE tenant_id = $1) AS total_revenue,
       (SELECT coalesce(sum(balance_due), 0) FROM invoices WHERE tenant_id = $1 AND status <> 'paid') AS outstanding_amount`,
    [claims.tenantId]);
}

async function sales({ store, claims }) {
  const tenant = [claims.tenantId];
  const [byStage, byMonth, invoicesByStatus, quotationsByStatus, topCustomers] = await Promise.all([
    store.query("SELECT stage, count(*)::int AS count, sum(value) AS value FROM deals WHERE tenant_id = $1 GROUP BY stage ORDER BY stage", tenant),
    store.query(`SELECT to_char(payment_date, 'YYYY-MM') AS month, count(*)::int AS payments, sum(amount) AS revenue
                 FROM payments WHERE tenant_id = $1 GROUP BY 1 ORDER BY 1`, tenant),
    store.query("SELECT status, count(*)::int AS count, sum(total_amount) AS amount FROM invoices WHERE tenant_id = $1 GROUP BY status ORDER BY status", tenant),
    store.query("SELECT status, count(*)::int AS count, sum(total_amount) AS amount FROM quotations WHERE tenant_id = $1 GROUP BY status ORDER BY status", tenant),
    store.query(`SELECT c.id, c.name, sum(i.paid_amount) AS paid, sum(i.total_amount) AS invoiced
                 FROM invoices i JOIN customers c ON c.id = i.customer_id
                 WHERE i.tenant_id = $1 GROUP BY c.id, c.name ORDER BY paid DESC LIMIT 5`, tenant),
  ]);
  return { dealsByStage: byStage, revenueByMonth: byMonth, invoicesByStatus, quotationsByStatus, topCustomers };
}

/** A customer who signs in is the tenant's customers row with the same e-mail. */
const portal = (table) => ({ store, claims }) =>
  store.query(
    `SELECT d.* FROM ${table} d JOIN customers c ON c.id = d.customer_id
     WHERE d.tenant_id = $1 AND c.tenant_id = $1 AND c.email = $2 ORDER BY d.created_at DESC`,
    [claims.tenantId, claims.email]);

async function portalProfile({ store, claims }) {
  const { passwordHash, ...user } = found(await store.get("users", { id: claims.userId }), "User");
  const customer = await store.get("customers", { tenantId: user.tenantId, email: user.email });
  return { ...user, customer };
}

module.exports = { dashboard, sales, portalQuotations: portal("quotations"), portalInvoices: portal("invoices"), portalProfile };
