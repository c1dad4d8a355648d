//! Redis, PostgreSQL, both; stopped and silent; while Annex runs and before it starts.

use std::time::Duration;

use annex_tests::http::eventually;
use annex_tests::http::json::Client;
use annex_tests::scene::place;
use annex_tests::sidecar::Wait;
use annex_tests::story::{self, FlagScope};
use tokio::time::Instant;

use super::{DEADLINE, Plant, UNAVAILABLE, assert_unharmed};

/// The lease of 2 s, and what a busy machine may add.
const LEASE: Duration = Duration::from_secs(15);
/// No request waits longer than this for a silent store.
const PATIENCE: Duration = Duration::from_secs(15);

#[tokio::test]
async fn without_redis_nothing_is_lost_and_postgresql_answers() {
    let mut plant = Plant::start("noredis").await;
    let workspace = plant.people.workspace.clone();
    assert_eq!(plant.named(&plant.people.guest, &workspace).await, workspace);
    for what in ["Redis stopped", "Redis silent"] {
        let load = plant.load();
        load.pass(20).await;
        match what {
            "Redis stopped" => plant.redis.stop().await,
            _ => plant.redis.pause(),
        }
        let began = Instant::now();
        plant.assert_workspace_served(what).await;
        assert!(began.elapsed() < PATIENCE, "{what}: eight requests took {:?}", began.elapsed());
        plant.assert_restricted(what).await;
        // What PostgreSQL says still counts at once.
        story::remove_member(&plant.database, &workspace, &plant.people.late.id).await;
        plant.settle().await;
        assert_eq!(plant.named(&plant.people.late, &workspace).await, "403 WORKSPACE_ACCESS_DENIED", "{what}");
        story::add_member(&plant.database, &workspace, &plant.people.late.id, "manager").await;
        story::set_flag(&plant.database, FlagScope::Tenant(&workspace), false).await;
        plant.settle().await;
        let off = plant.guest().workspace(&workspace).get("/api/customers").await;
        assert_eq!(place(&off), "403 MULTI_WORKSPACE_DISABLED", "{what}: a flip");
        story::set_flag(&plant.database, FlagScope::Tenant(&workspace), true).await;
        plant.settle().await;
        let (status, said) = plant.readyz().await;
        assert_eq!(status, 200, "{what}: {said}");
        let degraded = || async { plant.readyz().await.1["degraded"].to_string().contains("Redis is not connected") };
        eventually(DEADLINE, "/readyz tells what is lost without harm", degraded).await;
        load.pass(40).await;
        match what {
            "Redis stopped" => plant.redis.restart().await,
            _ => plant.redis.resume(),
        }
        let back = || async { plant.readyz().await.1["degraded"] == serde_json::json!([]) };
        eventually(DEADLINE, "Redis is used again", back).await;
        plant.assert_workspace_served(&format!("after: {what}")).await;
        assert_unharmed(&load.stop().await, what);
    }
}

/// While PostgreSQL does not answer: home unharmed, restrictions as last known, other workspaces 503 after the lease.
async fn assert_cut_off(plant: &Plant, what: &str) {
    let people = &plant.people;
    let began = Instant::now();
    let mut last_allow = Duration::ZERO;
    let guest = plant.guest().workspace(&people.workspace);
    loop {
        let asked = Instant::now();
        let answer = place(&guest.get("/api/customers").await);
        assert!(asked.elapsed() < PATIENCE, "{what}: a request waited {:?}", asked.elapsed());
        match answer.as_str() {
            UNAVAILABLE => break,
            served => assert_eq!(served, people.workspace, "{what}: within the lease"),
        }
        last_allow = began.elapsed();
        assert!(last_allow < LEASE, "{what}: an allow outlived its lease: {last_allow:?}");
    }
    println!("{what}: the last allow was given {last_allow:?} after the cut");
    for person in [&people.guest, &people.late] {
        assert_eq!(plant.named(person, &people.workspace).await, UNAVAILABLE, "{what}: it may not come back");
    }
    assert_eq!(plant.named(&people.guest, &people.dark).await, UNAVAILABLE, "{what}: nobody knows who is a member");
    let bad = plant.guest().bearer("no.such.token").workspace(&people.workspace).get("/api/customers").await;
    assert_eq!(place(&bad), "401 UNAUTHENTICATED", "{what}");
    plant.guest().workspace(&people.workspace).get("/api/auth/me").await.expect(200);
    plant.assert_restricted(what).await;
    let (status, said) = plant.readyz().await;
    assert_eq!(status, 503, "{what}: {said}");
    assert!(said["missing"].to_string().contains("PostgreSQL is not heard"), "{what}: {said}");
}

#[tokio::test]
async fn without_postgresql_home_is_unharmed_and_other_workspaces_end_with_the_lease() {
    let mut plant = Plant::start("nopostgres").await;
    for (what, redis_too, silent) in [
        ("PostgreSQL stopped", false, false),
        ("PostgreSQL silent", false, true),
        ("both stopped", true, false),
        ("both silent", true, true),
    ] {
        plant.assert_workspace_served(&format!("before: {what}")).await;
        let load = plant.load();
        load.pass(20).await;
        match (redis_too, silent) {
            (true, true) => plant.redis.pause(),
            (true, false) => plant.redis.stop().await,
            (false, _) => {}
        }
        match silent {
            true => plant.cluster.pause(),
            false => plant.cluster.stop().await,
        }
        assert_cut_off(&plant, what).await;
        load.pass(60).await;
        match silent {
            true => plant.cluster.resume(),
            false => plant.cluster.start().await,
        }
        match (redis_too, silent) {
            (true, true) => plant.redis.resume(),
            (true, false) => plant.redis.restart().await,
            (false, _) => {}
        }
        let took = plant.recovers(what).await;
        println!("{what}: the workspace was served again {took:?} after the stores came back");
        assert_unharmed(&load.stop().await, what);
    }
}

#[tokio::test]
async fn started_with_both_down_it_passes_everything_and_says_why_until_they_come() {
    let mut prepared = Plant::build("startdown", |options| options.enabled()).await;
    prepared.cluster.stop().await;
    prepared.redis.stop().await;
    let began = Instant::now();
    let mut plant = prepared.with(Wait::Listening).await;
    println!("with both stores down it listened after {:?}", began.elapsed());
    let people = &plant.people;
    let load = plant.load();
    load.pass(30).await;
    let (status, said) = plant.readyz().await;
    assert_eq!(status, 503);
    assert!(said["missing"].to_string().contains("PostgreSQL has not answered yet"), "{said}");
    for workspace in [&people.workspace, &people.dark] {
        assert_eq!(plant.named(&people.guest, workspace).await, UNAVAILABLE, "a named workspace");
        assert_eq!(plant.named(&people.outsider, workspace).await, UNAVAILABLE, "nobody knows whether it is on");
    }
    let bad = plant.guest().bearer("no.such.token").workspace(&people.workspace).get("/api/customers").await;
    assert_eq!(place(&bad), "401 UNAUTHENTICATED");
    // Nothing is known of restrictions: PASSTHROUGH.md says so.
    let contact = serde_json::json!({"name": "c", "email": "c@c.test"});
    plant.client(&people.viewer).post("/api/contacts", contact).await.expect(201);
    let health = Client::new(&plant.annex.admin_url).get("/healthz").await;
    assert_eq!(health.status, 200, "it lives");

    plant.cluster.start().await;
    plant.annex.ready().await;
    plant.redis.restart().await;
    plant.recovers("after a start without stores").await;
    plant.assert_restricted("known again").await;
    plant.assert_workspace_served("known again").await;
    assert_unharmed(&load.stop().await, "started with both down");
}
