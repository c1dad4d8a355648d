//! The administrators' page on the admin listener, and how a node says that it is well.

use std::time::Duration;

use annex_tests::http::eventually_some;
use annex_tests::http::json::Client;
use annex_tests::scene::Scene;
use annex_tests::sidecar::ADMIN_TOKEN;
use annex_tests::story;
use reqwest::Method;
use serde_json::{Value, json};

use super::nonce;
use crate::inject::boot;

const DEADLINE: Duration = Duration::from_secs(60);

const FLAGS: &str = "/api/admin/feature-flags";

/// Somebody with a shell on the machine.
fn operator(scene: &Scene) -> Client {
    Client::new(&scene.annex.admin_url)
}

#[tokio::test]
async fn the_page_shows_without_a_token_and_writes_with_it_alone() {
    let scene = Scene::start("uilisten", |options| options).await;
    let owner = scene.agency("owner").await;
    let page = operator(&scene).get("/").await.expect(200);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(
        policy.starts_with(&format!("default-src 'none'; script-src 'nonce-{}'; connect-src 'self'", nonce(&page)))
    );
    assert!(
        policy.contains("require-trusted-types-for 'script'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(page.text.contains("data-writing=\"by-token\""), "{}", page.text);
    assert!(!page.text.contains(ADMIN_TOKEN));
    assert_eq!(boot(&page.text)["principal"], json!(null));
    let module =
        page.text.split("type=\"module\" src=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a module");
    let module = operator(&scene).get(module).await.expect(200);
    assert_eq!(module.header("content-type"), Some("text/javascript; charset=utf-8"));

    for path in [FLAGS, "/api/admin/rollout", "/api/admin/health", "/api/admin/workspaces"] {
        operator(&scene).get(path).await.expect(200);
        operator(&scene).bearer("another-token-of-some-length").get(path).await.expect(401);
    }
    let enable = format!("/api/admin/tenants/{}/enable-multi-workspace", owner.tenant);
    let body = json!({"key": "multi_workspace_enabled", "enabled": true, "tenantId": owner.tenant});
    for (who, client) in [
        ("nobody", operator(&scene)),
        ("another token", operator(&scene).bearer("another-token-of-some-length")),
        ("the token and more", operator(&scene).bearer(&format!("{ADMIN_TOKEN}x"))),
        ("the token in another scheme", operator(&scene).header("authorization", &format!("Basic {ADMIN_TOKEN}"))),
        ("a person of the CRM", operator(&scene).bearer(&owner.access)),
    ] {
        for answer in [client.post(FLAGS, body.clone()).await, client.send(Method::POST, &enable, None).await] {
            assert_eq!((answer.status, answer.code().as_str()), (401, "UNAUTHENTICATED"), "{who}");
        }
    }
    let is_on = async || {
        let flags = operator(&scene).get(FLAGS).await.expect(200).json();
        flags
            .as_array()
            .expect("a list")
            .iter()
            .any(|flag| flag["tenantId"] == json!(owner.tenant) && flag["effective"] == true)
    };
    assert!(!is_on().await, "a refused write wrote");
    let keyed = operator(&scene).bearer(ADMIN_TOKEN);
    keyed.send(Method::POST, &enable, None).await.expect(200);
    assert!(is_on().await);
    let kind = "SELECT actor_kind || ' ' || actor_id FROM annex.audit_events WHERE action = 'flag.changed' ORDER BY seq DESC LIMIT 1";
    let row = scene.database.connect().await.query_one(kind, &[]).await.expect("an event");
    assert_eq!(row.get::<_, String>(0), "operator admin-listener");

    for (path, status) in
        [("/api/workspaces", 404), ("/_annex/admin", 404), ("/api/features", 404), ("/api/admin/nothing", 404)]
    {
        assert_eq!(keyed.get(path).await.status, status, "{path} is not this listener's");
    }
    keyed.send(Method::POST, "/healthz", None).await.expect(405);
    keyed.post(FLAGS, json!({"key": "x".repeat(100_000)})).await.expect(413);
    operator(&scene).header("host", "evil.example").get("/").await.expect(421);
    operator(&scene).header("host", "evil.example").get(FLAGS).await.expect(421);
}

#[tokio::test]
async fn without_a_token_of_its_own_the_listener_only_shows() {
    let scene = Scene::start("uireadonly", |options| options.without("ANNEX_ADMIN_TOKEN")).await;
    let page = operator(&scene).get("/").await.expect(200);
    assert!(page.text.contains("data-writing=\"never\""), "{}", page.text);
    operator(&scene).get(FLAGS).await.expect(200);
    for client in [operator(&scene), operator(&scene).bearer(ADMIN_TOKEN), operator(&scene).bearer("")] {
        let answer = client.post(FLAGS, json!({"key": "multi_workspace_enabled", "enabled": true})).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "READ_ONLY"));
    }
    let rows = scene.database.connect().await.query_one("SELECT count(*) FROM annex.audit_events", &[]).await;
    assert_eq!(rows.expect("a count").get::<_, i64>(0), 0);
}

/// When nothing more is counted of what was asked before.
async fn rested(health: &impl AsyncFn() -> Value) -> Value {
    let mut last = health().await;
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let now = health().await;
        if (&now["decisions"]["denied"], &now["decisions"]["allowed"])
            == (&last["decisions"]["denied"], &last["decisions"]["allowed"])
        {
            return now;
        }
        last = now;
    }
}

#[tokio::test]
async fn health_tells_parts_age_decisions_and_refusals_by_reason() {
    let mut scene = Scene::start("uihealth", |options| options).await;
    let (owner, stranger) = (scene.agency("owner").await, scene.agency("stranger").await);
    scene.flag(&owner.tenant, true).await;
    scene.flag(&stranger.tenant, true).await;
    scene.settle().await;
    let platform = story::register(&scene.crm.url, "platform").await;
    let become_saas = "UPDATE users SET user_type = 'saas_admin' WHERE id = $1";
    scene.database.connect().await.execute(become_saas, &[&platform.id]).await.expect("a users row");
    let platform = story::log_in(&scene.crm.url, &platform.email, &platform.password).await;
    let administrator = scene.client(&platform);
    let health = async || -> Value { administrator.get("/api/admin/health").await.expect(200).json() };
    let count = |health: &Value, reason: &str| -> u64 {
        let rows = health["denials"].as_array().expect("a list");
        rows.iter().filter(|row| row["reason"] == reason).filter_map(|row| row["count"].as_u64()).sum()
    };
    let before = rested(&health).await;
    for _ in 0..3 {
        scene.client(&stranger).workspace(&owner.tenant).get("/api/customers").await.expect(403);
    }
    scene.client(&owner).get("/api/customers").await.expect(200);
    let rose = |after: &Value, field: &str| {
        after["decisions"][field].as_u64().zip(before["decisions"][field].as_u64()).map(|(a, b)| a - b)
    };
    // A node counts when the last byte is gone.
    let after = eventually_some(DEADLINE, "three refusals and a permit are counted", async || {
        let after = health().await;
        let refused = count(&after, "access_denied") - count(&before, "access_denied");
        let is_all = refused == 3 && (rose(&after, "denied"), rose(&after, "allowed")) == (Some(3), Some(1));
        if is_all && after["status"] == "ok" { Ok(after) } else { Err(after) }
    })
    .await;
    assert!(after["decisions"]["sinceS"].is_u64());
    let parts: Vec<(&str, &str)> = after["parts"]
        .as_array()
        .expect("parts")
        .iter()
        .map(|part| (part["name"].as_str().expect("a name"), part["status"].as_str().expect("a status")))
        .collect();
    assert_eq!(parts, [("process", "ok"), ("postgresql", "ok"), ("redis", "ok")]);
    assert_eq!((&after["status"], &after["version"]), (&json!("ok"), &json!(env!("CARGO_PKG_VERSION"))));
    assert!(after["node"].as_str().is_some_and(|node| node.starts_with("annex-")));
    assert!(
        after["snapshot"]["ageMs"].as_u64().is_some_and(|age| age < 60_000) && after["snapshot"]["anythingOn"] == true
    );
    // Both doors lead to one answer.
    let listener = operator(&scene).get("/api/admin/health").await.expect(200).json();
    assert_eq!((super::keys(&listener), &listener["node"]), (super::keys(&after), &after["node"]));

    // Losing Redis hurts nobody; the node says so.
    scene.redis.stop().await;
    annex_tests::http::eventually(std::time::Duration::from_secs(60), "the node notices", async || {
        health().await["status"] == "degraded"
    })
    .await;
    let lost = health().await;
    let redis = lost["parts"].as_array().expect("parts").iter().find(|part| part["name"] == "redis").expect("Redis");
    assert!(redis["message"].as_str().is_some_and(|message| message.starts_with("Redis is not connected")), "{redis}");
}
