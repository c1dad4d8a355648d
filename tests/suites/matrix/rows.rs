//! Real rows of the CRM, many at a time: every row of one key has that key as its id, in every table, so a request
//! to `/api/tasks/<key>/comments/<key>` finds its task and its comment.

use std::collections::BTreeMap;

use annex_tests::postgres::Database;

/// Whose rows they are.
#[derive(Debug, Clone, Copy)]
pub struct Plot<'a> {
    /// The tenant that they belong to, themselves or by their parent.
    pub tenant: &'a str,
    /// The user who made them.
    pub author: &'a str,
}

/// A key, and the user whom its personal rows (a running timer, a notification) are for.
pub type Key = (String, String);

/// A table, the tables that its row refers to, its columns and their values: `k.id` is the key, `k.who` its person.
struct Table(&'static str, &'static str, &'static str, &'static str);

/// Parents before children.
const TABLES: [Table; 35] = [
    Table(
        "users",
        "",
        "id, tenant_id, email, password_hash, first_name, last_name",
        "k.id, t.tenant, k.id || '@rows.test', 'scrypt$rows$' || k.id, 'Row', k.id",
    ),
    Table("roles", "", "id, tenant_id, name, permissions", "k.id, t.tenant, k.id, '{own}'"),
    Table("modules", "", "id, name, display_name", "k.id, k.id, k.id"),
    Table("tenant_modules", "modules", "id, tenant_id, module_id", "k.id, t.tenant, k.id"),
    Table(
        "contacts",
        "",
        "id, tenant_id, owner_id, name, email",
        "k.id, t.tenant, t.author, 'secret ' || k.id, 'c@rows.test'",
    ),
    Table(
        "customers",
        "",
        "id, tenant_id, owner_id, name, email",
        "k.id, t.tenant, t.author, 'secret ' || k.id, 'c@rows.test'",
    ),
    Table("deals", "", "id, tenant_id, owner_id, title, value", "k.id, t.tenant, t.author, 'secret ' || k.id, 10"),
    Table("products", "", "id, tenant_id, name, unit_price", "k.id, t.tenant, 'secret ' || k.id, 10"),
    Table(
        "activities",
        "",
        "id, tenant_id, user_id, type, subject",
        "k.id, t.tenant, t.author, 'call', 'secret ' || k.id",
    ),
    Table(
        "quotations",
        "customers",
        "id, tenant_id, customer_id, created_by, quote_number, title",
        "k.id, t.tenant, k.id, t.author, k.id, 'secret ' || k.id",
    ),
    Table(
        "invoices",
        "customers",
        "id, tenant_id, customer_id, created_by, invoice_number",
        "k.id, t.tenant, k.id, t.author, k.id",
    ),
    Table("tasks", "", "id, tenant_id, created_by, title", "k.id, t.tenant, t.author, 'secret ' || k.id"),
    Table("task_assignments", "tasks users", "id, task_id, user_id, assigned_by", "k.id, k.id, k.id, t.author"),
    Table("task_comments", "tasks", "id, task_id, user_id, content", "k.id, k.id, t.author, 'secret ' || k.id"),
    Table("task_checklist_items", "tasks", "id, task_id, title", "k.id, k.id, 'secret ' || k.id"),
    Table("task_time_logs", "tasks", "id, task_id, user_id, started_at", "k.id, k.id, k.who, '2026-01-01'"),
    Table(
        "task_activity_log",
        "tasks",
        "id, task_id, user_id, action, description",
        "k.id, k.id, t.author, 'created', 'secret ' || k.id",
    ),
    Table(
        "task_status_history",
        "tasks",
        "id, task_id, changed_by, to_status",
        "k.id, k.id, t.author, 'secret ' || k.id",
    ),
    Table(
        "task_notifications",
        "",
        "id, tenant_id, recipient_id, type, title, message",
        "k.id, t.tenant, k.who, 'task', 'T', 'secret ' || k.id",
    ),
    Table(
        "email_templates",
        "",
        "id, tenant_id, created_by, name, subject, body",
        "k.id, t.tenant, t.author, 'secret ' || k.id, 'S', 'B'",
    ),
    Table(
        "email_logs",
        "",
        "id, tenant_id, sent_by, from_email, to_email, subject, body",
        "k.id, t.tenant, t.author, 'f@rows.test', 't@rows.test', 'S', 'secret ' || k.id",
    ),
    Table(
        "automation_rules",
        "email_templates",
        "id, tenant_id, created_by, name, trigger, template_id",
        "k.id, t.tenant, t.author, 'secret ' || k.id, 'x', k.id",
    ),
    Table("follow_up_sequences", "", "id, tenant_id, created_by, name", "k.id, t.tenant, t.author, 'secret ' || k.id"),
    Table("follow_up_steps", "follow_up_sequences email_templates", "id, sequence_id, template_id", "k.id, k.id, k.id"),
    Table(
        "scheduled_emails",
        "email_templates customers",
        "id, tenant_id, template_id, customer_id, scheduled_for",
        "k.id, t.tenant, k.id, k.id, '2026-01-01'",
    ),
    Table(
        "email_sender_accounts",
        "",
        "id, tenant_id, email, name",
        "k.id, t.tenant, 's@rows.test', 'secret ' || k.id",
    ),
    Table("proposal_templates", "", "id, tenant_id, created_by, name", "k.id, t.tenant, t.author, 'secret ' || k.id"),
    Table(
        "template_sections",
        "proposal_templates",
        "id, template_id, section_type, title",
        "k.id, k.id, 'cover', 'secret ' || k.id",
    ),
    Table(
        "proposals",
        "customers",
        "id, tenant_id, customer_id, created_by, owner_id, proposal_number, title, access_token, status",
        "k.id, t.tenant, k.id, t.author, t.author, k.id, 'secret ' || k.id, k.id, 'sent'",
    ),
    Table(
        "proposal_sections",
        "proposals",
        "id, proposal_id, section_type, title",
        "k.id, k.id, 'scope', 'secret ' || k.id",
    ),
    Table(
        "proposal_pricing_items",
        "proposals",
        "id, proposal_id, name, unit_price, total_price",
        "k.id, k.id, 'secret ' || k.id, 10, 10",
    ),
    Table("proposal_comments", "proposals", "id, proposal_id, content", "k.id, k.id, 'secret ' || k.id"),
    Table(
        "proposal_versions",
        "proposals",
        "id, proposal_id, version_number, created_by, snapshot",
        "k.id, k.id, 1, t.author, '{\"proposal\":{\"title\":\"restored\"},\"sections\":[],\"pricingItems\":[]}'",
    ),
    Table("company_profiles", "", "id, tenant_id, company_name", "k.id, t.tenant, 'secret ' || k.id"),
    Table("smtp_settings", "", "id, tenant_id, smtp_host, smtp_port", "k.id, t.tenant, '127.0.0.1', 1"),
];

/// Makes one row in each of `tables` (and in those that they refer to) for every key that asks for it.
pub async fn make<'t>(database: &Database, plot: Plot<'_>, wanted: impl IntoIterator<Item = (&'t str, Key)>) {
    let mut keys: BTreeMap<&str, Vec<Key>> = BTreeMap::new();
    for (table, key) in wanted {
        ask(table, &key, &mut keys);
    }
    let client = database.connect().await;
    client.batch_execute("BEGIN").await.expect("a transaction");
    for Table(table, _, columns, values) in &TABLES {
        let Some(asked) = keys.get_mut(table) else { continue };
        asked.sort();
        asked.dedup();
        let (ids, people): (Vec<&str>, Vec<&str>) = asked.iter().map(|(id, who)| (id.as_str(), who.as_str())).unzip();
        let sql = format!(
            "INSERT INTO public.{table} ({columns}) SELECT {values}
             FROM unnest($1::text[], $2::text[]) AS k(id, who), (VALUES ($3::text, $4::text)) AS t(tenant, author)"
        );
        let made = client.execute(&sql, &[&ids, &people, &plot.tenant, &plot.author]).await;
        made.unwrap_or_else(|error| panic!("rows of {table}: {error:?}"));
    }
    client.batch_execute("COMMIT").await.expect("the rows stand");
}

fn ask<'t>(table: &'t str, key: &Key, keys: &mut BTreeMap<&'t str, Vec<Key>>) {
    let found = TABLES.iter().find(|known| known.0 == table);
    let parents = found.unwrap_or_else(|| panic!("no rows are made in `{table}`")).1;
    for parent in parents.split_whitespace() {
        ask(parent, key, keys);
    }
    keys.entry(table).or_default().push(key.clone());
}

/// The name of a table that rows are made in.
pub fn table(name: &str) -> &'static str {
    TABLES.iter().find(|known| known.0 == name).unwrap_or_else(|| panic!("no rows are made in `{name}`")).0
}
