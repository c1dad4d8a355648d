//! PostgreSQL is gone: the API says so and breaks nothing else.

use std::time::Duration;

use annex_tests::http::eventually_some;
use annex_tests::postgres::Cluster;
use serde_json::json;

use super::World;

#[tokio::test]
async fn without_postgresql_the_api_is_503_and_never_500() {
    let cluster = Cluster::own("apioutage").await;
    let database = cluster.migrated_seeded_database("outage").await;
    let world = World::on(database, None, |options| options).await;
    let (admin, person, outsider) =
        (world.platform_admin().await, world.register("person").await, world.register("outsider").await);
    world.enable(&admin, &person.tenant).await;
    world.of(&person).get("/api/workspaces").await.expect(200);

    // The cluster of the suites commits without waiting for its log; a crash would take the flag along.
    world.database.connect().await.batch_execute("CHECKPOINT").await.expect("the superuser's checkpoint");
    cluster.stop().await;
    let switch = format!("/api/workspaces/{}/switch", outsider.tenant);
    let flag = json!({"key": "multi_workspace_enabled", "enabled": false});
    let questions = [
        (&person, reqwest::Method::GET, "/api/workspaces", None),
        (&person, reqwest::Method::POST, "/api/workspaces", Some(json!({"name": "Now"}))),
        (&person, reqwest::Method::POST, switch.as_str(), None),
        (&admin, reqwest::Method::GET, "/api/admin/feature-flags", None),
        (&admin, reqwest::Method::POST, "/api/admin/feature-flags", Some(flag)),
        (&admin, reqwest::Method::GET, "/api/admin/rollout", None),
    ];
    for (caller, method, path, body) in questions {
        let answer = world.of(caller).send(method.clone(), path, body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (503, "CONTEXT_UNAVAILABLE"),
            "{method} {path}: {}",
            answer.text
        );
        assert!(answer.header("retry-after").is_some(), "{method} {path}");
    }
    let features = world.of(&person).get("/api/features").await.expect(200).json();
    assert_eq!(features["multi_workspace_enabled"], true, "flags stay as last known");
    assert_eq!(world.of(&outsider).get("/api/workspaces").await.expect(403).code(), "MULTI_WORKSPACE_DISABLED");

    cluster.start().await;
    eventually_some(Duration::from_secs(60), "the API answers again", || async {
        let answer = world.of(&person).get("/api/workspaces").await;
        if answer.status == 200 { Ok(()) } else { Err(answer.text) }
    })
    .await;
}
