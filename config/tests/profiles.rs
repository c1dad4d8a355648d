//! The shipped profiles keep what they promise: every route of the CRM, in its order, with what it needs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failing test should stop where it fails"
)]

use std::collections::{BTreeMap, BTreeSet};

use annex_config::{ClaimValue, CrmProfile, shipped_profile};
use annex_policy::{Method, Obligations, Permission, Route, RouteClass, SystemRole};

const ROUTES: &str = include_str!("data/crm-routes.tsv");
const TABLES: &str = include_str!("data/crm-tables.tsv");

/// A line of crm-routes.tsv.
struct Observed<'t> {
    method: Method,
    path: &'t str,
    line: u32,
    guards: &'t str,
    scope: &'t str,
    notes: &'t str,
}

fn observed() -> Vec<Observed<'static>> {
    let row = |text: &'static str| {
        let cells: Vec<&str> = text.split('\t').collect();
        Observed {
            method: Method::parse(cells[0]),
            path: cells[1],
            line: cells[2].parse().unwrap(),
            guards: cells[3],
            scope: cells[4],
            notes: cells[5],
        }
    };
    ROUTES.lines().skip(1).map(row).collect()
}

fn nexus() -> CrmProfile {
    shipped_profile("nexus").unwrap().unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

/// Every observed route beside the profile's.
fn pairs(profile: &CrmProfile) -> Vec<(Observed<'static>, &Route)> {
    observed().into_iter().zip(profile.routes.routes()).collect()
}

fn mapped(route: &Route) -> Option<(Permission, &Obligations)> {
    match &route.class {
        RouteClass::Mapped(permission, obligations) => Some((*permission, obligations)),
        RouteClass::Home | RouteClass::Unmapped => None,
    }
}

#[test]
fn no_route_is_missing_and_the_order_is_the_crms() {
    let profile = nexus();
    let said: Vec<_> =
        profile.routes.routes().iter().map(|route| (route.method, route.pattern.as_str(), route.line)).collect();
    let seen: Vec<_> = observed().iter().map(|row| (row.method, row.path, row.line)).collect();
    assert_eq!(seen.len(), 183);
    assert_eq!(said, seen);
}

#[test]
fn a_child_route_without_a_tenant_has_each_parameter_checked() {
    let profile = nexus();
    // The assignment is found by task and user; a user who left must still be taken off a task.
    let left_out = [("DELETE /api/tasks/:id/assignments/:userId", "userId")];
    let mut count = 0;
    for (row, route) in pairs(&profile).iter().filter(|(row, _)| row.scope.starts_with("UNSCOPED")) {
        count += 1;
        let (_, obligations) = mapped(route).unwrap_or_else(|| panic!("{} is not mapped", row.path));
        let checked: BTreeSet<&str> = obligations.parent.iter().map(|check| &*check.param).collect();
        for param in row.path.split('/').filter_map(|segment| segment.strip_prefix(':')) {
            let name = format!("{} {}", row.method.as_str(), row.path);
            assert!(
                checked.contains(param) || left_out.contains(&(name.as_str(), param)),
                "{name}: :{param} is not checked"
            );
        }
    }
    assert_eq!(count, 37);
}

#[test]
fn a_route_that_hands_its_body_on_has_a_guard() {
    let profile = nexus();
    for (row, route) in pairs(&profile) {
        let raw = row.notes.contains("mass assignment");
        let child_write =
            row.scope.starts_with("UNSCOPED") && matches!(row.method, Method::Post | Method::Patch | Method::Put);
        let bodyless = ["/api/notifications/:id/read", "/api/tasks/:id/timelogs/stop"].contains(&row.path);
        if raw || (child_write && !bodyless) {
            let guard = mapped(route).and_then(|(_, obligations)| obligations.body.as_ref());
            let guard = guard.unwrap_or_else(|| panic!("{} {} has no guard", row.method.as_str(), row.path));
            assert!(guard.pinned.iter().any(|key| &**key == "tenantId"), "{}", row.path);
        }
    }
}

#[test]
fn a_body_cannot_rename_its_row() {
    let profile = nexus();
    for (row, route) in pairs(&profile).iter().filter(|(row, _)| row.notes.contains("mass assignment")) {
        let guard = mapped(route).and_then(|(_, obligations)| obligations.body.clone()).unwrap();
        let held = guard.forbidden_or_path.iter().chain(guard.foreign.iter().map(|(key, _)| key));
        assert!(held.into_iter().any(|key| &**key == "id"), "{}", row.path);
    }
}

#[test]
fn an_answer_that_embeds_users_rows_is_redacted() {
    let profile = nexus();
    for (row, route) in pairs(&profile).iter().filter(|(row, _)| row.notes.contains("passwordHash")) {
        assert!(mapped(route).unwrap().1.redact, "{}", row.path);
    }
    assert_eq!(profile.redact.fields, ["passwordHash"]);
}

#[test]
fn an_admin_guarded_route_needs_what_only_admin_holds() {
    let profile = nexus();
    for (row, route) in pairs(&profile).iter().filter(|(row, _)| row.guards.contains("agency_admin")) {
        let (permission, _) = mapped(route).unwrap();
        for role in SystemRole::ALL.into_iter().filter(|role| *role != SystemRole::Admin) {
            assert!(
                !role.permissions().contains(permission),
                "{} {}: {role:?} holds {permission}",
                row.method.as_str(),
                row.path
            );
        }
    }
}

#[test]
fn a_route_decided_by_the_users_row_says_so_and_no_other_does() {
    let profile = nexus();
    for (row, route) in pairs(&profile) {
        let by_row = row.notes.contains("admin check on DB row");
        assert_eq!(
            mapped(route).is_some_and(|(_, obligations)| obligations.admin_row),
            by_row,
            "{} {}",
            row.method.as_str(),
            row.path
        );
    }
}

#[test]
fn the_platforms_routes_are_refused_in_a_workspace_and_public_ones_are_at_home() {
    let profile = nexus();
    for (row, route) in pairs(&profile) {
        match row.scope {
            "PLATFORM" => assert_eq!(route.class, RouteClass::Unmapped, "{}", row.path),
            "PUBLIC" => assert_eq!(route.class, RouteClass::Home, "{}", row.path),
            _ => {}
        }
        let own = row.path.starts_with("/api/auth/") || row.path.starts_with("/api/users/profile");
        assert_eq!(own, own && route.class == RouteClass::Home, "{}", row.path);
    }
}

#[test]
fn reading_never_needs_more_than_reading_but_for_admins_pages() {
    let profile = nexus();
    for (row, route) in pairs(&profile).iter().filter(|(row, _)| row.method == Method::Get) {
        let Some((permission, _)) = mapped(route) else { continue };
        let text = permission.to_string();
        let admins = row.guards.contains("agency_admin") || row.path == "/api/email/smtp-settings";
        assert!(admins || text.ends_with(":read"), "{}: {text}", row.path);
    }
}

#[test]
fn writing_never_needs_only_reading() {
    let profile = nexus();
    for (row, route) in pairs(&profile).iter().filter(|(row, _)| row.method != Method::Get) {
        let Some((permission, _)) = mapped(route) else { continue };
        // Marking a notification as read changes nobody else's data.
        let own = row.path.starts_with("/api/notifications/");
        assert!(own || !permission.to_string().ends_with(":read"), "{} {}", row.method.as_str(), row.path);
    }
}

#[test]
fn every_relation_named_exists_and_every_relation_is_named() {
    let profile = nexus();
    let mut named = BTreeSet::new();
    for (_, obligations) in profile.routes.routes().iter().filter_map(mapped) {
        named.extend(obligations.parent.iter().map(|check| check.relation.to_string()));
        named
            .extend(obligations.body.iter().flat_map(|guard| &guard.foreign).map(|(_, relation)| relation.to_string()));
    }
    let known: BTreeSet<String> = profile.relations.keys().cloned().collect();
    assert_eq!(named, known);
}

/// Columns of each table.
fn columns() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut columns: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for line in TABLES.lines().skip(1) {
        let mut cells = line.split('\t');
        columns.entry(cells.next().unwrap()).or_default().insert(cells.next().unwrap());
    }
    columns
}

#[test]
fn every_table_and_column_of_a_relation_is_the_crms_and_granted() {
    let profile = nexus();
    let columns = columns();
    let granted: BTreeSet<&str> = profile.database.grants.select.iter().map(String::as_str).chain(["users"]).collect();
    for (name, relation) in &profile.relations {
        let words: Vec<&str> = relation.sql.split([' ', '(', ')', ',']).filter(|word| !word.is_empty()).collect();
        let mut aliases = BTreeMap::new();
        for three in words.windows(2) {
            if let Some(table) = three[0].strip_prefix("public.") {
                assert!(columns.contains_key(table) && granted.contains(table), "{name}: {table}");
                aliases.insert(three[1], table);
            }
        }
        for (alias, column) in
            words.iter().filter_map(|word| word.split_once('.')).filter(|(alias, _)| aliases.contains_key(alias))
        {
            assert!(columns[aliases[alias]].contains(column), "{name}: {alias}.{column}");
        }
        assert!(!aliases.is_empty(), "{name} reads no table of the CRM");
    }
}

#[test]
fn what_is_reassigned_are_columns_of_the_crm_within_one_tenant_and_granted() {
    let (database, columns) = (nexus().database, columns());
    let mut written = BTreeMap::new();
    for sql in &database.reassign {
        let (table, rest) = sql.strip_prefix("update public.").unwrap().split_once(" set ").unwrap();
        let (column, rest) = rest.split_once(" = $3 ").unwrap();
        let (table, alias) = table.split_once(' ').unwrap_or((table, ""));
        assert!(columns[table].contains(column), "{table}.{column}");
        // A row says its tenant itself, or the row of which it is a part does.
        let (own, parents) = (
            format!("where tenant_id = $1 and {column} = $2"),
            format!(
                "where {alias}.{column} = $2 and exists (select 1 from public.tasks t where t.id = {alias}.task_id and t.tenant_id = $1 "
            ),
        );
        let is_own = columns[table].contains("tenant_id") && rest.starts_with(&own);
        let is_a_parents = columns[table].contains("task_id") && rest.starts_with(&parents);
        assert!(is_own || is_a_parents, "{sql}");
        written.insert(table.to_owned(), vec![column.to_owned()]);
    }
    let rename = database.rename_tenant.unwrap();
    let (table, rest) = rename.strip_prefix("update public.").unwrap().split_once(" set ").unwrap();
    written.insert(table.to_owned(), vec![rest.split_once(" = $2 ").unwrap().0.to_owned()]);
    assert_eq!(written, database.grants.update_columns, "no more is granted than is written");
}

#[test]
fn the_users_and_tenants_columns_are_the_crms() {
    let (database, columns) = (nexus().database, columns());
    let users = &database.users;
    for column in [
        &users.id,
        &users.tenant,
        &users.email,
        &users.kind,
        &users.admin,
        &users.active,
        &users.first_name,
        &users.last_name,
        &users.profile_image,
    ] {
        assert!(columns[users.table.as_str()].contains(column.as_str()), "{column}");
    }
    for column in [&database.tenants.id, &database.tenants.name] {
        assert!(columns[database.tenants.table.as_str()].contains(column.as_str()), "{column}");
    }
}

#[test]
fn roles_say_what_the_crm_understands_and_nobody_is_a_platform_administrator() {
    let roles = nexus().roles;
    let table = [
        ("admin", "agency_admin", true),
        ("manager", "agency_admin", false),
        ("member", "team_member", false),
        ("finance", "agency_admin", false),
        ("viewer", "agency_admin", false),
        ("a-custom-key", "agency_admin", false),
        ("custom", "agency_admin", false),
    ];
    for (role, kind, admin) in table {
        let wanted = BTreeMap::from([
            ("userType".to_owned(), ClaimValue::Text(kind.into())),
            ("isAdmin".to_owned(), ClaimValue::Bool(admin)),
        ]);
        assert_eq!(roles.by_role(role), &wanted, "{role}");
    }
}

#[test]
fn the_other_shipped_profile_is_whole_too() {
    let profile = shipped_profile("example").unwrap().unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
    assert_eq!(profile.name, "example");
    assert!(shipped_profile("no-such").is_none());
}

#[test]
fn what_branding_and_first_steps_name_is_the_crms_and_granted() {
    let (profile, columns) = (nexus(), columns());
    let branding = profile.database.branding.expect("the profile maps branding");
    let granted: BTreeSet<&str> = profile.database.grants.select.iter().map(String::as_str).chain(["users"]).collect();
    let table = &columns[branding.table.as_str()];
    assert!(granted.contains(branding.table.as_str()));
    for column in branding.columns.keys().chain([&branding.tenant]) {
        assert!(table.contains(column.as_str()), "{column}");
    }
    assert_eq!(profile.onboarding.len(), 5);
    for (step, sql) in &profile.onboarding {
        let (_, rest) = sql.split_once("public.").expect("a table of the CRM");
        let name = rest.split(' ').next().unwrap();
        assert!(granted.contains(name), "{step}: {name}");
        for column in sql.split([' ', ')']).filter_map(|word| word.strip_prefix("r.")) {
            assert!(columns[name].contains(column), "{step}: {name}.{column}");
        }
    }
}
