//! Workspaces in words, for people and for machines.

use serde_json::{Value, json};

use crate::{
    cli::table::{age, table},
    clock,
    manage::operate::Named,
    store::purge::Listed,
};

pub fn list_as_text(listed: &[Named]) -> String {
    let now = clock::unix_seconds();
    let mut rows =
        vec![["ID", "NAME", "STATE", "MEMBERS", "OWNER", "CREATED", "RESTORABLE"].map(str::to_owned).to_vec()];
    for named in listed {
        let Listed { workspace, members, owner, created_at, .. } = &named.listed;
        rows.push(vec![
            workspace.clone(),
            name(named),
            state(&named.listed).to_owned(),
            members.to_string(),
            owner.clone().unwrap_or_else(|| "-".to_owned()),
            format!("{} ago", age(now - created_at.as_second())),
            restorable(&named.listed, now),
        ]);
    }
    table(&rows)
}

pub fn list_as_json(listed: &[Named]) -> String {
    let rows: Vec<Value> = listed.iter().map(as_json).collect();
    json!({ "workspaces": rows }).to_string()
}

pub fn as_text(named: &Named) -> String {
    let now = clock::unix_seconds();
    let listed = &named.listed;
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let mut rows = vec![
        ("Workspace", listed.workspace.clone()),
        ("Name", name(named)),
        ("State", state(listed).to_owned()),
        ("Owner", or_none(&listed.owner)),
        ("Sponsor", or_none(&listed.sponsor)),
        ("Members", listed.members.to_string()),
        ("Custom roles", listed.custom_roles.to_string()),
        ("Created", listed.created_at.to_string()),
    ];
    if let Some(at) = listed.deleted_at {
        rows.push(("Deleted", format!("{at} by {}", or_none(&listed.deleted_by))));
        rows.push(("Reason", or_none(&listed.reason)));
        rows.push(("Restorable", restorable(listed, now)));
    }
    if let Some(at) = listed.purged_at {
        rows.push(("Purged", at.to_string()));
    }
    table(&rows.into_iter().map(|(what, value)| vec![what.to_owned(), value]).collect::<Vec<_>>())
}

pub fn as_json(named: &Named) -> Value {
    let listed = &named.listed;
    let time = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string());
    json!({
        "id": listed.workspace, "name": named.name, "state": state(listed), "ownerUserId": listed.owner,
        "sponsorWorkspaceId": listed.sponsor, "members": listed.members, "customRoles": listed.custom_roles,
        "createdAt": listed.created_at.to_string(), "deletedAt": time(listed.deleted_at), "deletedBy": listed.deleted_by,
        "reason": listed.reason, "restorableUntil": time(listed.purge_after), "purgedAt": time(listed.purged_at),
    })
}

fn name(named: &Named) -> String {
    named.name.clone().unwrap_or_else(|| "(gone from the CRM)".to_owned())
}

/// Alive ones may still be off: `annex flag list` says so.
fn state(listed: &Listed) -> &'static str {
    match (listed.purged_at, listed.deleted_at) {
        (Some(_), _) => "purged",
        (None, Some(_)) => "deleted",
        (None, None) => "alive",
    }
}

fn restorable(listed: &Listed, now: i64) -> String {
    match (listed.purged_at, listed.deleted_at, listed.purge_after) {
        (None, Some(_), Some(until)) if !listed.is_due => format!("for {}", age(until.as_second() - now)),
        (None, Some(_), Some(_)) => "no longer".to_owned(),
        (None, Some(_), None) => "yes".to_owned(),
        (Some(_), _, _) | (None, None, _) => "-".to_owned(),
    }
}
