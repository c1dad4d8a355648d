//! `authorize` by rule: who may do what where, in which order the reasons come, and the attacks that each rule stops.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failing test should stop where it fails"
)]

use annex_policy::{
    Attempt, BodyGuard, Feature, MatchPath, Method, Naming, Obligations, Permission, PermissionSet, Place, Reason,
    RoleView, Route, RouteClass, RouteTable, Standing, SystemRole, WorkspaceState, authorize,
};

const STATES: [WorkspaceState; 4] =
    [WorkspaceState::On, WorkspaceState::Off, WorkspaceState::Deleted, WorkspaceState::Absent];
const NAMINGS: [Naming; 2] = [Naming::Pinned, Naming::Named];
const FEATURES: [Feature; 2] = [Feature::Has, Feature::Lacks];
const PATHS: [&str; 5] = ["/api/auth/login", "/dashboard", "/api/deals", "/api/platform", "/api/unheard-of"];

fn permission(text: &str) -> Permission {
    text.parse().unwrap()
}

fn table() -> RouteTable {
    let guard = BodyGuard { pinned: vec!["tenantId".into()], ..BodyGuard::default() };
    let guarded = Obligations { body: Some(guard), redact: true, admin_row: true, ..Obligations::default() };
    let journey = Obligations {
        also: [permission("deals:read"), permission("invoices:read")].into_iter().collect(),
        ..Obligations::default()
    };
    let route = |line, method, pattern: &str, class| Route { method, pattern: pattern.into(), line, class };
    let routes = vec![
        route(1, Method::Get, "/api/auth/login", RouteClass::Home),
        route(2, Method::Get, "/api/deals", RouteClass::Mapped(permission("deals:read"), Obligations::default())),
        route(3, Method::Patch, "/api/deals/:id", RouteClass::Mapped(permission("deals:write"), guarded)),
        route(4, Method::Get, "/api/platform", RouteClass::Unmapped),
        route(5, Method::Get, "/api/journey", RouteClass::Mapped(permission("customers:read"), journey)),
    ];
    RouteTable::new(routes, vec!["/api".into()]).unwrap()
}

fn role(role: SystemRole) -> RoleView<'static> {
    RoleView { key: role.key(), permissions: role.permissions() }
}

const NO_ROLE: RoleView<'static> = RoleView { key: "nothing", permissions: PermissionSet::EMPTY };

/// What `authorize` says of a GET; the permit as place and number of obligations.
fn ask(
    standing: Standing<'_>,
    workspace: WorkspaceState,
    naming: Naming,
    feature: Feature,
    path: &str,
) -> Result<Place, Reason> {
    let table = table();
    let route = table.find(Method::Get, &MatchPath::parse(path).unwrap());
    let attempt = Attempt { workspace, feature, naming, standing, route: &route };
    authorize(&attempt).map(|permit| permit.place()).map_err(|refusal| refusal.reason)
}

#[test]
fn a_stranger_and_a_suspended_member_get_one_answer_whatever_there_is() {
    for standing in [Standing::Stranger, Standing::Suspended] {
        for (state, naming) in STATES.into_iter().flat_map(|state| NAMINGS.map(|naming| (state, naming))) {
            for (feature, path) in FEATURES.into_iter().flat_map(|feature| PATHS.map(|path| (feature, path))) {
                assert_eq!(
                    ask(standing, state, naming, feature, path),
                    Err(Reason::AccessDenied),
                    "{standing:?} {state:?} {naming:?} {feature:?} {path}"
                );
            }
        }
    }
}

#[test]
fn a_member_learns_what_the_workspace_is_before_anything_else() {
    let member = Standing::Member { role: role(SystemRole::Admin) };
    let rows = [
        (WorkspaceState::Deleted, Naming::Pinned, Reason::WorkspaceDeleted),
        (WorkspaceState::Deleted, Naming::Named, Reason::WorkspaceDeleted),
        (WorkspaceState::Off, Naming::Pinned, Reason::WorkspaceOff),
        (WorkspaceState::Off, Naming::Named, Reason::FeatureDisabled),
        (WorkspaceState::Absent, Naming::Pinned, Reason::AccessDenied),
        (WorkspaceState::Absent, Naming::Named, Reason::AccessDenied),
    ];
    for (state, naming, reason) in rows {
        for (feature, path) in FEATURES.into_iter().flat_map(|feature| PATHS.map(|path| (feature, path))) {
            assert_eq!(ask(member, state, naming, feature, path), Err(reason), "{state:?} {naming:?} {path}");
        }
    }
}

#[test]
fn attack_a_customer_with_a_membership_still_never_has_the_feature() {
    let member = Standing::Member { role: role(SystemRole::Admin) };
    for naming in NAMINGS {
        assert_eq!(ask(member, WorkspaceState::On, naming, Feature::Lacks, "/api/deals"), Err(Reason::FeatureDisabled));
    }
}

#[test]
fn in_a_workspace_the_class_of_the_route_decides_and_then_the_role() {
    let viewer = Standing::Member { role: role(SystemRole::Viewer) };
    let nothing = Standing::Member { role: NO_ROLE };
    let missing = Err(Reason::PermissionMissing(permission("deals:read")));
    let rows = [
        ("a home route is at home", viewer, "/api/auth/login", Ok(Place::Home)),
        ("even without any permission", nothing, "/api/auth/login", Ok(Place::Home)),
        ("a page is at home", nothing, "/dashboard", Ok(Place::Home)),
        ("a mapped route needs the permission", viewer, "/api/deals", Ok(Place::Workspace)),
        ("and refuses without", nothing, "/api/deals", missing),
        ("an unmapped route is refused", viewer, "/api/platform", Err(Reason::RouteNotMapped)),
        ("so is an unknown one", viewer, "/api/unheard-of", Err(Reason::RouteNotMapped)),
    ];
    for naming in NAMINGS {
        for (name, standing, path, wanted) in rows {
            assert_eq!(ask(standing, WorkspaceState::On, naming, Feature::Has, path), wanted, "{name}");
        }
    }
}

#[test]
fn an_answer_that_shows_other_modules_needs_their_permissions_too() {
    let holding = |texts: &[&str]| texts.iter().map(|text| permission(text)).collect::<PermissionSet>();
    let rows = [
        (holding(&["customers:read"]), Err(Reason::PermissionMissing(permission("deals:read")))),
        (holding(&["customers:read", "deals:read"]), Err(Reason::PermissionMissing(permission("invoices:read")))),
        (holding(&["deals:read", "invoices:read"]), Err(Reason::PermissionMissing(permission("customers:read")))),
        (holding(&["customers:read", "deals:read", "invoices:read"]), Ok(Place::Workspace)),
    ];
    for (permissions, wanted) in rows {
        let standing = Standing::Member { role: RoleView { key: "custom", permissions } };
        assert_eq!(
            ask(standing, WorkspaceState::On, Naming::Named, Feature::Has, "/api/journey"),
            wanted,
            "{permissions:?}"
        );
    }
}

#[test]
fn a_native_lives_under_the_crms_own_rules() {
    for (state, path) in [WorkspaceState::On, WorkspaceState::Off, WorkspaceState::Absent]
        .into_iter()
        .flat_map(|state| PATHS.map(|path| (state, path)))
    {
        for standing in [Standing::Native, Standing::Guarded] {
            assert_eq!(
                ask(standing, state, Naming::Named, Feature::Lacks, path),
                Ok(Place::Home),
                "{standing:?} {state:?} {path}"
            );
        }
    }
}

#[test]
fn a_deleted_home_is_closed_but_for_home_routes_and_a_flag_off_opens_it() {
    for standing in [Standing::Native, Standing::Guarded, Standing::Restricted { role: role(SystemRole::Admin) }] {
        for (path, wanted) in PATHS.into_iter().zip([
            Ok(Place::Home),
            Ok(Place::Home),
            Err(Reason::WorkspaceDeleted),
            Err(Reason::WorkspaceDeleted),
            Err(Reason::WorkspaceDeleted),
        ]) {
            assert_eq!(
                ask(standing, WorkspaceState::Deleted, Naming::Named, Feature::Has, path),
                wanted,
                "{standing:?} {path}"
            );
            assert_eq!(
                ask(standing, WorkspaceState::Off, Naming::Named, Feature::Has, path),
                Ok(Place::Home),
                "{standing:?} {path}"
            );
        }
    }
}

#[test]
fn a_role_that_an_admin_set_narrows_at_home() {
    let missing = Err(Reason::PermissionMissing(permission("deals:read")));
    for (path, wanted) in PATHS.into_iter().zip([
        Ok(Place::Home),
        Ok(Place::Home),
        missing,
        Err(Reason::RouteNotMapped),
        Err(Reason::RouteNotMapped),
    ]) {
        assert_eq!(
            ask(Standing::Restricted { role: NO_ROLE }, WorkspaceState::On, Naming::Named, Feature::Has, path),
            wanted,
            "{path}"
        );
    }
    assert_eq!(
        ask(
            Standing::Restricted { role: role(SystemRole::Viewer) },
            WorkspaceState::On,
            Naming::Named,
            Feature::Has,
            "/api/deals"
        ),
        Ok(Place::Home)
    );
}

#[test]
fn who_was_blocked_at_home_keeps_login_and_pages_until_the_flag_is_off() {
    for (path, wanted) in PATHS.into_iter().zip([
        Ok(Place::Home),
        Ok(Place::Home),
        Err(Reason::HomeBlocked),
        Err(Reason::HomeBlocked),
        Err(Reason::HomeBlocked),
    ]) {
        assert_eq!(ask(Standing::Blocked, WorkspaceState::On, Naming::Named, Feature::Has, path), wanted, "{path}");
        assert_eq!(
            ask(Standing::Blocked, WorkspaceState::Off, Naming::Named, Feature::Lacks, path),
            Ok(Place::Home),
            "{path}"
        );
    }
}

/// Whether a PATCH of a deal carries its guard, and whether the users row is asked.
fn guards(standing: Standing<'_>, workspace: WorkspaceState) -> (bool, bool) {
    let table = table();
    let route = table.find(Method::Patch, &MatchPath::parse("/api/deals/1").unwrap());
    let attempt = Attempt { workspace, feature: Feature::Has, naming: Naming::Named, standing, route: &route };
    let permit = authorize(&attempt).unwrap();
    (permit.obligations().body.is_some() && permit.obligations().redact, permit.needs_admin_row())
}

#[test]
fn attack_leaving_out_the_header_wins_nothing() {
    let member = Standing::Member { role: role(SystemRole::Manager) };
    let restricted = Standing::Restricted { role: role(SystemRole::Manager) };
    assert_eq!(guards(member, WorkspaceState::On), (true, true), "in the workspace");
    assert_eq!(
        guards(Standing::Guarded, WorkspaceState::On),
        (true, false),
        "at home the guards follow the person, the row is the right one"
    );
    assert_eq!(guards(Standing::Guarded, WorkspaceState::Off), (true, false), "also while the home is off");
    assert_eq!(guards(restricted, WorkspaceState::On), (true, false), "and a narrowed person");
    assert_eq!(guards(Standing::Native, WorkspaceState::On), (false, false), "who never left passes as before");
}

#[test]
fn a_permit_names_the_permission_that_was_weighed() {
    let table = table();
    let route = table.find(Method::Get, &MatchPath::parse("/api/deals").unwrap());
    let attempt = |standing| Attempt {
        workspace: WorkspaceState::On,
        feature: Feature::Has,
        naming: Naming::Named,
        standing,
        route: &route,
    };
    let weighed = |standing| authorize(&attempt(standing)).unwrap().permission();
    assert_eq!(weighed(Standing::Member { role: role(SystemRole::Viewer) }), Some(permission("deals:read")));
    assert_eq!(weighed(Standing::Restricted { role: role(SystemRole::Viewer) }), Some(permission("deals:read")));
    assert_eq!(weighed(Standing::Native), None);
}

#[test]
fn every_reason_has_its_code_status_and_label() {
    let rows = [
        (Reason::FeatureDisabled, "MULTI_WORKSPACE_DISABLED", 403),
        (Reason::AccessDenied, "WORKSPACE_ACCESS_DENIED", 403),
        (Reason::PermissionMissing(permission("deals:read")), "WORKSPACE_PERMISSION_DENIED", 403),
        (Reason::RouteNotMapped, "ROUTE_NOT_MAPPED", 403),
        (Reason::WorkspaceDeleted, "WORKSPACE_DELETED", 410),
        (Reason::WorkspaceOff, "WORKSPACE_OFF", 409),
        (Reason::HomeBlocked, "WORKSPACE_ACCESS_DENIED", 403),
    ];
    for (reason, code, status) in rows {
        assert_eq!((reason.code(), reason.status()), (code, status));
    }
    assert_eq!(rows.map(|(reason, ..)| reason.label()), Reason::LABELS);
}
