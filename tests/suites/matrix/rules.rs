//! What no matrix may say, whoever blesses it.

use std::str::FromStr;

use annex_policy::{Permission, PermissionSet, SystemRole};
use annex_tests::http::json::Answer;
use annex_tests::strategy::Strategy;

use super::callers::{CUSTOM, Standing};
use super::requests::Request;
use super::{Column, cell, tally};

/// One answer with everything that it answers.
struct Seen<'a> {
    column: &'a Column,
    request: &'a Request,
    needs: &'a str,
    answer: &'a Answer,
    cell: String,
}

impl Seen<'_> {
    fn served_in_workspace(&self) -> bool {
        (200..300).contains(&self.answer.status) && !self.cell.ends_with("home")
    }

    fn name(&self) -> String {
        format!("{} by {}: {}", self.request.route.name(), self.column.caller.name, self.cell)
    }
}

/// A rule in words, and whether an answer keeps it.
type Rule = (&'static str, fn(&Seen<'_>) -> bool);

const RULES: [Rule; 11] = [
    ("who is no member is served nothing of the workspace", |seen| {
        !matches!(seen.column.caller.standing, Standing::Anonymous | Standing::Outsider | Standing::Barred)
            || !seen.served_in_workspace()
    }),
    ("a customer never has the feature, whatever row names them", |seen| {
        seen.column.caller.standing != Standing::Barred
            || seen.needs == "home"
            || seen.cell == "403 MULTI_WORKSPACE_DISABLED"
    }),
    ("a stranger gets one answer, whatever the route needs", |seen| {
        seen.column.caller.standing != Standing::Outsider
            || seen.needs == "home"
            || seen.cell == "403 WORKSPACE_ACCESS_DENIED"
    }),
    ("without a credential a workspace is 401", |seen| {
        seen.column.caller.standing != Standing::Anonymous || seen.needs == "home" || seen.cell == "401 UNAUTHENTICATED"
    }),
    ("the platform is shut to everybody in a workspace", |seen| {
        !seen.request.route.path.starts_with("/api/saas-admin/") || !(200..300).contains(&seen.answer.status)
    }),
    ("a member is served exactly what the role's permissions allow", |seen| {
        let Standing::Member(role) = seen.column.caller.standing else { return true };
        let Some(needed) = permissions(seen.needs) else { return true };
        let allowed = needed.is_subset(held(role));
        allowed != (seen.cell == "403 WORKSPACE_PERMISSION_DENIED") || needs_admin_row(seen)
    }),
    ("an allowed request succeeds: the rows are real", |seen| {
        // The CRM registered another route before these two, so that they never answer.
        let shadowed = ["/api/proposals/section-types", "/api/proposals/merge-fields"];
        !seen.cell.ends_with(" crm")
            || seen.column.caller.standing == Standing::Native
            || seen.needs == "home"
            || shadowed.contains(&seen.request.route.path)
    }),
    ("a viewer changes nothing but what is theirs alone", |seen| {
        seen.column.caller.standing != Standing::Member("viewer")
            || seen.request.route.method == "GET"
            || seen.request.route.path.starts_with("/api/notifications/")
            || !seen.served_in_workspace()
    }),
    ("what the CRM guards for its admins is served to Admins alone", |seen| {
        let guarded = seen.request.route.guards.contains("agency_admin") || needs_admin_row(seen);
        let admins = [Standing::Member("admin"), Standing::Native];
        !guarded || admins.contains(&seen.column.caller.standing) || !(200..300).contains(&seen.answer.status)
    }),
    ("what the CRM decides by the users row needs an admin's", |seen| {
        // Where members have a row in the tenant, an Admin's is an admin's, whatever they are at home.
        Strategy::of_this_run() == Strategy::MemberRow
            || seen.column.caller.name != "admin, users row plain"
            || !needs_admin_row(seen)
            || !seen.served_in_workspace()
    }),
    ("no password leaves", |seen| {
        !seen.served_in_workspace()
            || !["passwordHash", "scrypt$"].iter().any(|secret| seen.answer.text.contains(secret))
    }),
];

/// Holds every rule against every answer.
pub fn hold(workspace: &str, requests: &[Request], columns: &[Column], classes: &[String]) {
    let mut broken = Vec::new();
    for column in columns {
        for ((request, answer), needs) in requests.iter().zip(&column.answers).zip(classes) {
            let seen = Seen { column, request, needs, answer, cell: cell(workspace, answer) };
            let failing = RULES.iter().filter(|(_, keeps)| !keeps(&seen));
            broken.extend(failing.map(|(rule, _)| format!("{rule}: {}", seen.name())));
        }
    }
    assert!(broken.is_empty(), "{} of {:?}:\n{}", broken.len(), tally(workspace, columns), broken.join("\n"));
}

fn needs_admin_row(seen: &Seen<'_>) -> bool {
    let decided_by_row = ["PATCH /api/team/members/:id", "DELETE /api/team/members/:id", "POST /api/team/roles"];
    decided_by_row.contains(&seen.request.route.name().as_str())
}

/// All that a route needs; `None` for what needs no permission.
fn permissions(needs: &str) -> Option<PermissionSet> {
    let parts: Result<PermissionSet, _> = needs.split(" + ").map(Permission::from_str).collect();
    parts.ok()
}

fn held(role: &str) -> PermissionSet {
    match role.parse::<SystemRole>() {
        Ok(role) => role.permissions(),
        Err(_) => CUSTOM.iter().map(|text| text.parse::<Permission>().expect("a permission")).collect(),
    }
}
