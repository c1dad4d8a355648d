//! Members in words, for people and for machines.

use serde_json::json;

use crate::{
    cli::table::{age, table},
    clock,
    crm::members::Listed,
};

pub fn as_text(listed: &[Listed]) -> String {
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

pub fn as_json(listed: &[Listed]) -> String {
    let rows = listed.iter().map(|member| {
        json!({
            "userId": member.user,
            "email": member.person.as_ref().map(|person| person.email.as_str()),
            "role": member.role.as_ref().map(|role| role.key.as_str()),
            "derived": member.is_derived,
            "kind": member.kind.name(),
            "status": member.status.name(),
            "joinedAt": member.joined_at.map(|at| at.to_string()),
        })
    });
    let rows: Vec<_> = rows.collect();
    json!({ "members": rows }).to_string()
}

/// Whose role only the CRM's own row gives is marked.
fn role(member: &Listed) -> String {
    match &member.role {
        None => "-".to_owned(),
        Some(role) if member.is_derived => format!("{} (by the CRM)", role.key),
        Some(role) => role.key.clone(),
    }
}
