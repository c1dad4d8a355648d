//! What shadow recorded, in words, for people and for machines.

use serde_json::{Value, json};

use crate::{
    cli::table::{age, table},
    clock,
    store::shadow::Decided,
};

/// What was recorded of one tenant.
pub struct Tenant {
    id: String,
    rows: Vec<Decided>,
}

/// `known` comes tenant by tenant.
pub fn by_tenant(known: Vec<Decided>) -> Vec<Tenant> {
    let mut tenants: Vec<Tenant> = Vec::new();
    for row in known {
        match tenants.last_mut().filter(|last| last.id == row.tenant) {
            Some(last) => last.rows.push(row),
            None => tenants.push(Tenant { id: row.tenant.clone(), rows: vec![row] }),
        }
    }
    tenants
}

/// How many requests were decided.
pub fn decisions(known: &[Decided]) -> u64 {
    known.iter().map(seen).sum()
}

/// Whether it would be refused and nobody accepted that.
pub fn is_open(row: &Decided) -> bool {
    is_refusal(row) && row.accepted.is_none()
}

/// The reason with the permission that is missing.
pub fn reason(row: &Decided) -> String {
    format!("{} {}", row.reason, row.permission).trim_end().to_owned()
}

fn is_refusal(row: &Decided) -> bool {
    !row.reason.is_empty()
}

fn seen(row: &Decided) -> u64 {
    u64::try_from(row.seen).unwrap_or(0)
}

impl Tenant {
    fn count(&self, counts: impl Fn(&Decided) -> bool) -> u64 {
        self.rows.iter().filter(|row| counts(row)).map(seen).sum()
    }

    fn refusals(&self) -> impl Iterator<Item = &Decided> {
        self.rows.iter().filter(|row| is_refusal(row))
    }
}

/// A sentence and a table for each tenant.
pub fn as_text(tenants: &[Tenant]) -> String {
    if tenants.is_empty() {
        return "Nothing was recorded. A tenant is put into shadow by `annex flag set shadow --tenant ID`.".to_owned();
    }
    tenants.iter().map(tenant_as_text).collect::<Vec<_>>().join("\n\n")
}

fn tenant_as_text(tenant: &Tenant) -> String {
    let now = clock::unix_seconds();
    let since = tenant.rows.iter().map(|row| row.first_seen_at.as_second()).min().unwrap_or(now);
    let (all, refused, open) = (tenant.count(|_| true), tenant.count(is_refusal), tenant.count(is_open));
    let mut lines = vec![format!(
        "{}: {all} decisions in {}; {} allowed, {refused} would be refused, of which {open} are not accepted.",
        tenant.id,
        age(now - since),
        all - refused,
    )];
    if tenant.refusals().next().is_some() {
        let head = ["COUNT", "ROUTE", "ROLE", "FROM", "REASON", "LAST", "SAMPLE", "ACCEPTED"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(tenant.refusals().map(|row| cells(row, now)));
        lines.push(table(&rows));
    }
    lines.join("\n")
}

fn cells(row: &Decided, now: i64) -> Vec<String> {
    let sample = row.samples.pointer("/0/request").and_then(Value::as_str).unwrap_or_default();
    let accepted = row.accepted.as_ref().map(|word| format!("by {}: {}", word.by, word.because));
    vec![
        row.seen.to_string(),
        format!("{} {}", row.method, row.pattern),
        row.role.clone(),
        row.basis.clone(),
        reason(row),
        age(now - row.last_seen_at.as_second()),
        sample.to_owned(),
        accepted.unwrap_or_else(|| "no".to_owned()),
    ]
}

/// `{"tenants":[{tenant, decisions, allowed, refused, open, firstSeen, lastSeen, refusals: […]}]}`.
pub fn as_json(tenants: &[Tenant]) -> String {
    let tenants: Vec<_> = tenants.iter().map(tenant_as_json).collect();
    json!({ "tenants": tenants }).to_string()
}

fn tenant_as_json(tenant: &Tenant) -> Value {
    let (all, refused) = (tenant.count(|_| true), tenant.count(is_refusal));
    json!({
        "tenant": tenant.id,
        "decisions": all,
        "allowed": all - refused,
        "refused": refused,
        "open": tenant.count(is_open),
        "firstSeen": tenant.rows.iter().map(|row| row.first_seen_at).min(),
        "lastSeen": tenant.rows.iter().map(|row| row.last_seen_at).max(),
        "refusals": tenant.refusals().map(refusal_as_json).collect::<Vec<_>>(),
    })
}

fn refusal_as_json(row: &Decided) -> Value {
    let accepted = row.accepted.as_ref();
    json!({
        "method": row.method,
        "pattern": row.pattern,
        "role": row.role,
        "basis": row.basis,
        "reason": row.reason,
        "permission": Some(&row.permission).filter(|permission| !permission.is_empty()),
        "count": row.seen,
        "firstSeen": row.first_seen_at,
        "lastSeen": row.last_seen_at,
        "samples": row.samples,
        "accepted": accepted.map(|word| json!({ "at": word.at, "by": word.by, "reason": word.because })),
    })
}
