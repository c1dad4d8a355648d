//! The flags in words, for people and for machines.

use annex_policy::{Mode, Scope};
use serde_json::json;

use crate::{
    cli::table::{age, table},
    clock,
    ports::{FlagEntry, FlagRecord},
};

/// A scope as people call it.
pub fn scope(scope: &Scope) -> &str {
    match scope {
        Scope::Global => "everybody",
        Scope::Tenant(tenant) => tenant,
    }
}

pub fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Enforce => "on",
        Mode::Shadow => "shadow",
        Mode::Off => "off",
    }
}

/// What counts for a scope, and who said it.
struct InForce {
    value: &'static str,
    source: String,
    since_s: Option<i64>,
}

fn in_force(entry: &FlagEntry) -> InForce {
    let row = entry.row.as_ref();
    let of_row = row.map_or("not set", value_of);
    match &entry.over {
        Some(over) if over.is_active => InForce {
            value: if over.on { "on" } else { "off" },
            source: format!("Redis (over the row: {of_row})"),
            since_s: Some(over.seen_at.as_second()),
        },
        _ => InForce {
            value: of_row,
            source: row
                .and_then(|row| row.updated_by.as_deref())
                .map_or("row".to_owned(), |by| format!("row, by {by}")),
            since_s: row.map(|row| row.updated_at.as_second()),
        },
    }
}

fn value_of(row: &FlagRecord) -> &'static str {
    match (row.enabled, row.shadow) {
        (Some(true), _) => "on",
        (_, true) => "shadow",
        (Some(false), _) => "off",
        (None, _) => "not set",
    }
}

pub fn as_text(entries: &[FlagEntry], environment: bool) -> String {
    let now = clock::unix_seconds();
    let mut rows = vec![["SCOPE", "VALUE", "SOURCE", "AGE", "DESCRIPTION"].map(str::to_owned).to_vec()];
    for entry in entries {
        let counts = in_force(entry);
        let told = entry.row.as_ref().and_then(|row| row.description.clone()).unwrap_or_default();
        let since = counts.since_s.map(|since| age(now - since)).unwrap_or_default();
        rows.push(vec![scope(&entry.scope).to_owned(), counts.value.to_owned(), counts.source, since, told]);
    }
    let environment = if environment { "on" } else { "off" };
    rows.push(vec![
        "(nobody decided)".to_owned(),
        environment.to_owned(),
        "environment, MULTI_WORKSPACE_ENABLED".to_owned(),
    ]);
    table(&rows)
}

pub fn as_json(entries: &[FlagEntry], environment: bool) -> String {
    let now = clock::unix_seconds();
    let rows = entries.iter().map(|entry| {
        let counts = in_force(entry);
        let tenant = match &entry.scope {
            Scope::Global => None,
            Scope::Tenant(tenant) => Some(tenant),
        };
        json!({
            "scope": scope(&entry.scope),
            "tenantId": tenant,
            "value": counts.value,
            "source": counts.source,
            "ageSeconds": counts.since_s.map(|since| (now - since).max(0)),
            "description": entry.row.as_ref().and_then(|row| row.description.as_deref()),
            "overrideActive": entry.over.as_ref().map(|over| over.is_active),
        })
    });
    let rows: Vec<_> = rows.collect();
    json!({ "flags": rows, "environment": environment }).to_string()
}
