//! One decision: match among 200 routes, weigh one of 50 custom roles. The promise is a few microseconds and no I/O.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot set up should stop")]

use std::hint::black_box;

use annex_policy::{
    Attempt, Feature, MatchPath, Method, Naming, Obligations, Permission, PermissionSet, RoleView, Route, RouteClass,
    RouteTable, Standing, WorkspaceState, authorize,
};
use criterion::{Criterion, criterion_group, criterion_main};

fn routes() -> RouteTable {
    let permissions: Vec<Permission> = Permission::all().collect();
    let route = |number: u32| Route {
        method: if number.is_multiple_of(2) { Method::Get } else { Method::Patch },
        pattern: format!("/api/module-{}/:id/part-{number}/:partId", number / 4),
        line: number + 1,
        class: RouteClass::Mapped(
            *permissions.get(number as usize % permissions.len()).unwrap(),
            Obligations::default(),
        ),
    };
    RouteTable::new((0..200).map(route).collect(), vec!["/api".into()]).unwrap()
}

fn roles() -> Vec<(String, PermissionSet)> {
    let set = |number: usize| Permission::all().skip(number).step_by(2).collect();
    (0..50).map(|number| (format!("custom-{number}"), set(number))).collect()
}

fn bench(criterion: &mut Criterion) {
    let (table, roles) = (routes(), roles());
    let path = "/api/module-49/3f2a0d0e-6a53-4d0c-9b8e-2d1f0c7b9a10/part-198/7d2d8f6e-1d0b-4a53-8a63-0c9a51f3c1de";
    let mut turn = 0_usize;
    criterion.bench_function("authorize", |bencher| {
        bencher.iter(|| {
            turn = (turn + 1) % roles.len();
            let (key, permissions) = roles.get(turn).unwrap();
            let path = MatchPath::parse(black_box(path)).unwrap();
            let route = table.find(Method::Get, &path);
            let standing = Standing::Member { role: RoleView { key, permissions: *permissions } };
            let attempt = Attempt {
                workspace: WorkspaceState::On,
                feature: Feature::Has,
                naming: Naming::Pinned,
                standing,
                route: &route,
            };
            black_box(authorize(&attempt)).is_ok()
        });
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
