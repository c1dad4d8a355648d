//! What is recorded stays bounded, and what finds no room is told.

use annex_tests::http::eventually;
use serde_json::json;

use super::{WRITTEN, put_into_shadow, recorded, refusals, scene};
use crate::cli::{fails, says};

#[tokio::test]
async fn a_tenant_has_so_many_rows_and_what_finds_no_room_stands_in_the_way() {
    let scene = scene().await;
    let ada = scene.agency("ada").await;
    put_into_shadow(&scene.database, Some(&ada.tenant)).await;
    scene.settle().await;
    let client = scene.client(&ada);
    client.get("/api/customers").await.expect(200);
    recorded(&scene.annex.environment, &ada.tenant, 1).await;
    let fill = "INSERT INTO annex.shadow_decisions
                  (tenant_id, method, pattern, role_key, basis, effect, seen, first_seen_at, last_seen_at)
                SELECT $1, 'GET', '/filled/' || n, 'member', 'derived', 'allow', 1, now(), now()
                FROM generate_series(1, 1999) AS n";
    let operator = scene.database.connect().await;
    operator.execute(fill, &[&ada.tenant]).await.expect("rows");
    // A known row still counts; two new ones, one of them a refusal, share the rows without a name.
    client.get("/api/customers").await.expect(200);
    client.get("/api/contacts").await.expect(200);
    client.get("/api/no-room-for-this").await;
    let told = recorded(&scene.annex.environment, &ada.tenant, 2003).await;
    assert_eq!(refusals(&told), ["ANY * as * (any): beyond_limit  ×1"]);
    let rows =
        "SELECT count(*), count(*) FILTER (WHERE basis = 'any') FROM annex.shadow_decisions WHERE tenant_id = $1";
    let row = operator.query_one(rows, &[&ada.tenant]).await.expect("a count");
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (2002, 2));
    let said = fails(1, &["shadow", "promote", &ada.tenant], &scene.annex.environment).await;
    says(&said, &["ANY * as * (any): beyond_limit", "annex shadow forget"]);
    let blindly = ["shadow", "accept", &ada.tenant, "--route", "ANY *", "--role", "*", "--reason", "whatever it is"];
    says(&fails(1, &blindly, &scene.annex.environment).await, &["nothing that would be refused is recorded"]);
}

#[tokio::test]
async fn a_row_keeps_its_five_latest_samples() {
    let scene = scene().await;
    let ada = scene.agency("ada").await;
    put_into_shadow(&scene.database, Some(&ada.tenant)).await;
    scene.settle().await;
    let client = scene.client(&ada);
    for count in 1..=8 {
        client.get("/api/no-such-route").await;
        // Written one by one, so that rows are merged in the table as well.
        recorded(&scene.annex.environment, &ada.tenant, count).await;
    }
    let told = recorded(&scene.annex.environment, &ada.tenant, 8).await;
    let samples = told["refusals"][0]["samples"].as_array().expect("samples").clone();
    let times: Vec<i64> = samples.iter().filter_map(|sample| sample["at"].as_i64()).collect();
    assert_eq!((told["decisions"].clone(), times.len()), (json!(8), 5));
    assert!(times.is_sorted_by(|newer, older| newer >= older), "{samples:?}");
}

#[tokio::test]
async fn unmapped_routes_are_so_many_and_long_unseen_ones_make_room() {
    let scene = annex_tests::scene::Scene::start("shadowbounds", |options| options).await;
    let ada = scene.agency("ada").await;
    put_into_shadow(&scene.database, Some(&ada.tenant)).await;
    scene.settle().await;
    let operator = scene.database.connect().await;
    let fill = "INSERT INTO annex.unmapped_routes
                SELECT 'GET', '/filled/' || n, 1, now() - interval '40 days', now() FROM generate_series(1, 1000) AS n";
    operator.execute(fill, &[]).await.expect("rows");
    let client = scene.client(&ada);
    client.get("/api/no-room-for-this").await;
    recorded(&scene.annex.environment, &ada.tenant, 1).await;
    let count = async || -> (i64, i64) {
        let sql = "SELECT count(*), count(*) FILTER (WHERE pattern LIKE '/api/%') FROM annex.unmapped_routes";
        let row = operator.query_one(sql, &[]).await.expect("a count");
        (row.get(0), row.get(1))
    };
    assert_eq!(count().await, (1000, 0));
    let age = "UPDATE annex.unmapped_routes SET last_seen_at = now() - interval '31 days' WHERE pattern = '/filled/1'";
    operator.execute(age, &[]).await.expect("an old one");
    client.get("/api/room-for-this").await;
    eventually(WRITTEN, "the old one made room", || async { count().await == (1000, 1) }).await;
}
