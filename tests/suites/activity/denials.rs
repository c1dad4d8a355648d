//! Refused requests of members become events: some of them, never in anybody's way.

use std::time::Duration;

use annex_tests::http::eventually;
use annex_tests::http::json::Client;
use annex_tests::story;
use serde_json::json;
use tokio::time::Instant;

use super::Site;

const DEADLINE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn so_many_a_minute_are_written_and_strangers_write_nothing() {
    let site = Site::start("denials").await;
    let (viewer, stranger) = (site.scene.agency("viewer").await, site.scene.agency("stranger").await);
    site.scene.flag(&stranger.tenant, true).await;
    story::add_member(&site.scene.database, &site.owner.tenant, &viewer.id, "viewer").await;
    site.scene.settle().await;
    let denied = async |person, count: usize| {
        for _ in 0..count {
            let there = site.scene.client(person).workspace(&site.owner.tenant);
            there.post("/api/customers?secret=query", json!({"name": "x", "email": "x@x.test"})).await.expect(403);
        }
    };
    denied(&stranger, 5).await;
    denied(&viewer, 9).await;
    let admin = Client::new(&site.scene.annex.admin_url);
    let suppressed =
        || async { admin.get("/metrics").await.text.contains("annex_denials_total{outcome=\"suppressed\"} 6") };
    eventually(DEADLINE, "all of them were looked at", suppressed).await;
    let rows = site.get("?action=access.denied").await.json();
    let rows = rows.as_array().expect("a list");
    assert_eq!(rows.len(), 3, "three a minute: {rows:?}");
    for row in rows {
        assert_eq!(row["userId"], viewer.id.as_str());
        let details = &row["details"];
        assert_eq!(
            (&details["code"], &details["route"]),
            (&json!("WORKSPACE_PERMISSION_DENIED"), &json!("POST /api/customers"))
        );
        assert!(!row.to_string().contains("query") && !row.to_string().contains('@'), "{row}");
    }
}

#[tokio::test]
async fn a_log_that_cannot_be_written_delays_nobody() {
    let site = Site::start("denialsblocked").await;
    let viewer = site.scene.agency("viewer").await;
    story::add_member(&site.scene.database, &site.owner.tenant, &viewer.id, "viewer").await;
    site.happens(1, "member.joined", "a").await;
    site.scene.settle().await;
    let mut holder = site.scene.database.connect().await;
    let transaction = holder.transaction().await.expect("a transaction");
    let hold = "SELECT 1 FROM annex.audit_heads WHERE tenant_id = $1 FOR UPDATE";
    transaction.query_one(hold, &[&site.owner.tenant]).await.expect("the chain is held");
    let there = site.scene.client(&viewer).workspace(&site.owner.tenant);
    let began = Instant::now();
    for _ in 0..400 {
        there.post("/api/customers", json!({"name": "x", "email": "x@x.test"})).await.expect(403);
    }
    // One statement that waits for the chain takes as long as a statement may, twenty seconds; four hundred of them would take hours.
    assert!(began.elapsed() < Duration::from_secs(120), "refusals wait for the log: {:?}", began.elapsed());
    transaction.rollback().await.expect("an end");
}
