//! Members in words, for people and for machines.

use annex_policy::SystemRole;
use serde_json::json;

use crate::{
    cli::table::{age, table},
    clock,
    crm::roster::Entry,
};

pub fn as_text(listed: &[Entry]) -> String {
    let now = clock::unix_seconds();
    let mut rows = vec![["USER", "E-MAIL", "ROLE", "KIND", "STATUS", "JOINED"].map(str::to_owned).to_vec()];
    for member in listed {
        let email =
            member.person.as_ref().map_or_else(|| "(gone from the CRM)".to_owned(), |person| person.email.clone());
        let joined = member.joined_at.map(|at| format!("{} ago", age(now - at.as_second()))).unwrap_or_default();
        rows.push(vec![
            member.user.clone(),
            email,
            role(member),
            member.kind.name().to_owned(),
            member.status.name().to_owned(),
            joined,
        ]);
    }
    table(&rows)
}

pub fn as_json(listed: &[Entry]) -> String {
    let rows = listed.iter().map(|member| {
        json!({
            "userId": member.user,
            "email": member.person.as_ref().map(|person| person.email.as_str()),
            "role": role_of(member),
            "derived": member.membership.is_none(),
            "kind": member.kind.name(),
            "status": member.status.name(),
            "joinedAt": member.joined_at.map(|at| at.to_string()),
        })
    });
    let rows: Vec<_> = rows.collect();
    json!({ "members": rows }).to_string()
}

/// Whose role only the CRM's own row gives is marked.
fn role(member: &Entry) -> String {
    match role_of(member) {
        None => "-".to_owned(),
        Some(role) if member.membership.is_none() => format!("{role} (by the CRM)"),
        Some(role) => role.to_owned(),
    }
}

fn role_of(member: &Entry) -> Option<&str> {
    match member.membership {
        None => member.derived.map(SystemRole::key),
        Some(_) => member.role.as_ref().map(|role| &*role.key),
    }
}
