//! A decision allocates nothing: not to read the path, not to match it, not to weigh it.
#![allow(clippy::unwrap_used, reason = "a failing test should stop where it fails")]

use std::hint::black_box;

use allocation_counter::measure;
use annex_policy::{
    Attempt, Feature, MatchPath, Method, Naming, Obligations, Permission, PermissionSet, RoleView, Route, RouteClass,
    RouteMatch, RouteTable, Standing, WorkspaceState, authorize,
};

fn table() -> RouteTable {
    let read: Permission = "deals:read".parse().unwrap();
    let route = |line: u32| Route {
        method: Method::Get,
        pattern: format!("/api/module-{}/:id/part-{line}/:partId", line / 4),
        line,
        class: RouteClass::Mapped(read, Obligations::default()),
    };
    RouteTable::new((1..=200).map(route).collect(), vec!["/api".into()]).unwrap()
}

#[test]
fn a_decision_allocates_nothing() {
    let table = table();
    let paths = [
        ("/api/module-49/3f2a0d0e-6a53-4d0c-9b8e-2d1f0c7b9a10/part-198/7", "route"),
        ("/API/Module-0/x/PART-1/y/", "route"),
        ("/api/module-49/1/part-1/2", "none"),
        ("/api/nothing", "none"),
        ("/dashboard", "static"),
    ];
    for (path, wanted) in paths {
        for permissions in [PermissionSet::ALL, PermissionSet::EMPTY] {
            let mut found = "";
            let counted = measure(|| {
                let path = MatchPath::parse(black_box(path)).unwrap();
                let route = table.find(Method::Get, &path);
                found = match route {
                    RouteMatch::Route { .. } => "route",
                    RouteMatch::Static => "static",
                    RouteMatch::None => "none",
                };
                let attempt = Attempt {
                    workspace: WorkspaceState::On,
                    feature: Feature::Has,
                    naming: Naming::Pinned,
                    standing: Standing::Member { role: RoleView { key: "custom", permissions } },
                    route: &route,
                };
                let _ = black_box(authorize(&attempt).is_ok());
            });
            assert_eq!((counted.count_total, found), (0, wanted), "{path}");
        }
    }
}

#[test]
fn an_allocation_is_seen() {
    assert!(measure(|| drop(black_box("text".to_owned()))).count_total > 0);
}
