//! PostgreSQL fails while a tenant is in shadow: requests do not notice, and counts wait.

use std::time::Duration;

use annex_tests::crm::{self, Crm};
use annex_tests::http::eventually;
use annex_tests::http::json::Client;
use annex_tests::postgres::Cluster;
use annex_tests::scene::{agency, settle};
use annex_tests::sidecar::{Annex, Options};
use serde_json::json;
use tokio::time::Instant;

use super::{WRITTEN, put_into_shadow, recorded, restrict};

/// Far below the time that a question to a silent server takes, for twenty requests.
const UNDELAYED: Duration = Duration::from_secs(20);

#[tokio::test]
async fn without_postgresql_nothing_is_slower_and_what_was_counted_is_written_later() {
    let crm_database = Cluster::shared().crm_database("shadowoutage").await;
    let crm = Crm::start(&crm_database, crm::Options::default()).await;
    let cluster = Cluster::own("shadowoutage").await;
    let database = cluster.crm_database("shadowoutage").await;
    let annex = Annex::start_migrated(Options::new(&crm, &database, None)).await;
    let (viewer, unknown) = (agency(&crm.url, "viewer").await, agency(&crm.url, "unknown").await);
    for person in [&viewer, &unknown] {
        put_into_shadow(&database, Some(&person.tenant)).await;
    }
    restrict(&database, &viewer.tenant, &viewer.id, Some("viewer"), "active").await;
    settle(&database, &annex.url, &crm.jwt_secret).await;
    database.connect().await.batch_execute("CHECKPOINT").await.expect("it is on disk");

    let client = Client::new(&annex.url).bearer(&viewer.access);
    let metrics = async || Client::new(&annex.admin_url).get("/metrics").await.text;
    let mut sent = 0;
    for what in ["stopped", "silent"] {
        match what {
            "stopped" => cluster.stop().await,
            _ => cluster.pause(),
        }
        let began = Instant::now();
        for _ in 0..20 {
            client.post("/api/contacts", json!({"name": "c", "email": "c@c.test"})).await.expect(201);
            // Their role cannot be asked for now.
            Client::new(&annex.url).bearer(&unknown.access).get("/api/customers").await.expect(200);
            sent += 1;
        }
        let took = began.elapsed();
        println!("{what}: forty requests took {took:?}");
        assert!(took < UNDELAYED, "{what}: forty requests took {took:?}");
        let lost = r#"annex_shadow_lost_total{reason="role_unavailable"}"#;
        eventually(WRITTEN, "what cannot be judged is counted", || async { metrics().await.contains(lost) }).await;
        match what {
            "stopped" => cluster.start().await,
            _ => cluster.resume(),
        }
        let told = recorded(&annex.environment, &viewer.tenant, sent).await;
        println!("{what}: {}", told["decisions"]);
        assert_eq!(told["open"], told["decisions"], "{told}");
        assert_eq!(told["refusals"][0]["permission"], json!("contacts:write"), "{told}");
    }
    assert_eq!(annex.stop().await, 0);
}

#[tokio::test]
async fn what_was_counted_is_written_before_a_node_leaves() {
    let scene =
        annex_tests::scene::Scene::start("shadowleave", |options| options.with("ANNEX_SHUTDOWN_GRACE_MS", "0")).await;
    let ada = scene.agency("ada").await;
    put_into_shadow(&scene.database, Some(&ada.tenant)).await;
    scene.settle().await;
    let (client, environment) = (scene.client(&ada), scene.annex.environment.clone());
    client.get("/api/customers").await.expect(200);
    // Just written: the next writing is most of a second away, and leaving takes a quarter.
    recorded(&environment, &ada.tenant, 1).await;
    for _ in 0..9 {
        client.get("/api/customers").await.expect(200);
    }
    assert_eq!(scene.annex.stop().await, 0);
    assert_eq!(super::report(&environment, &ada.tenant).await["decisions"], json!(10));
}
