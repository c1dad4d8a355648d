//! Annex killed under load: clients come back to the next process, and nothing is half-written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use annex_tests::http::json::Client;
use annex_tests::record::probe;
use annex_tests::scene::Scene;
use annex_tests::sidecar::{Annex, Options, Wait};
use annex_tests::story;
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;

#[tokio::test]
async fn killed_under_load_it_leaves_whole_rows_or_none() {
    let mut scene = Scene::start("killed", |options| options.with("ANNEX_LIMITS_WORKSPACES_PER_PERSON", "1000")).await;
    let workspace = scene.agency("workspace").await.tenant;
    scene.flag(&workspace, true).await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        let person = scene.agency("founder").await;
        scene.flag(&person.tenant, true).await;
        story::add_member(&scene.database, &workspace, &person.id, "manager").await;
        clients.push(scene.client(&person));
    }
    scene.settle().await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for client in &clients {
        let (founder, writer) = (client.clone(), client.workspace(&workspace));
        for (client, path) in [(founder, "/api/workspaces"), (writer, "/api/contacts")] {
            let stop = Arc::clone(&stop);
            tasks.spawn(async move {
                let mut confirmed = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let name = probe();
                    let body = match path {
                        "/api/workspaces" => json!({"name": name}),
                        _ => json!({"name": name, "email": "c@c.test"}),
                    };
                    match client.try_send(Method::POST, path, Some(body)).await {
                        Ok(answer) if answer.status == 201 => confirmed.push(name),
                        Ok(answer) => assert_eq!(answer.status, 503, "{path}: {}", answer.text),
                        Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                    }
                }
                (path, confirmed)
            });
        }
    }
    let made = async |scene: &Scene| -> i64 {
        let client = scene.database.connect().await;
        client.query_one("SELECT count(*) FROM annex.workspaces", &[]).await.expect("a count").get(0)
    };
    let environment = scene.annex.environment.clone();
    for _ in 0..3 {
        let before = made(&scene).await;
        let more = || async { made(&scene).await >= before + 8 };
        annex_tests::http::eventually(Duration::from_secs(60), "workspaces are being made", more).await;
        let options = Options { environment: environment.clone(), wait: Wait::Ready };
        scene.annex.program().kill().await;
        scene.annex = Annex::start(options).await;
    }
    stop.store(true, Ordering::Relaxed);
    let (mut workspaces, mut contacts) = (Vec::new(), Vec::new());
    while let Some(ended) = tasks.join_next().await {
        match ended.expect("every answer was one that may be") {
            ("/api/workspaces", names) => workspaces.extend(names),
            (_, names) => contacts.extend(names),
        }
    }
    println!("three kills: {} workspaces and {} contacts confirmed", workspaces.len(), contacts.len());
    assert!(workspaces.len() > 9 && contacts.len() > 9, "there was load");

    let client = scene.database.connect().await;
    let count = async |sql: &str| -> i64 {
        client.query_one(sql, &[]).await.unwrap_or_else(|error| panic!("{sql}: {error:?}")).get(0)
    };
    for name in &contacts {
        let rows: i64 =
            client.query_one("SELECT count(*) FROM contacts WHERE name = $1", &[name]).await.expect("a count").get(0);
        assert_eq!(rows, 1, "a confirmed write stands {rows} times");
    }
    for name in &workspaces {
        let rows: i64 =
            client.query_one("SELECT count(*) FROM tenants WHERE name = $1", &[name]).await.expect("a count").get(0);
        assert_eq!(rows, 1, "a confirmed workspace stands {rows} times");
    }
    for (what, sql) in [
        (
            "a created workspace without its tenant",
            "SELECT count(*) FROM annex.workspaces w WHERE w.sponsor_tenant_id IS NOT NULL AND NOT EXISTS (SELECT FROM tenants t WHERE t.id = w.tenant_id)",
        ),
        (
            "a tenant that somebody began",
            "SELECT count(*) FROM tenants t WHERE NOT EXISTS (SELECT FROM users u WHERE u.tenant_id = t.id) AND NOT EXISTS (SELECT FROM annex.workspaces w WHERE w.tenant_id = t.id)",
        ),
        (
            "a workspace without its five roles",
            "SELECT count(*) FROM annex.workspaces w WHERE 5 <> (SELECT count(*) FROM annex.workspace_roles r WHERE r.tenant_id = w.tenant_id AND r.is_system)",
        ),
        (
            "a created workspace without its Admin",
            "SELECT count(*) FROM annex.workspaces w WHERE w.sponsor_tenant_id IS NOT NULL AND NOT EXISTS (SELECT FROM annex.workspace_users m JOIN annex.workspace_roles r ON r.id = m.role_id WHERE m.tenant_id = w.tenant_id AND r.key = 'admin')",
        ),
        (
            "a created workspace without its event",
            "SELECT count(*) FROM annex.workspaces w WHERE w.sponsor_tenant_id IS NOT NULL AND NOT EXISTS (SELECT FROM annex.audit_events e WHERE e.tenant_id = w.tenant_id)",
        ),
        ("a broken chain of events", "SELECT count(*) FROM annex.verify_audit_chain()"),
    ] {
        assert_eq!(count(sql).await, 0, "{what}");
    }
    assert!(
        count("SELECT count(*) FROM annex.workspaces WHERE sponsor_tenant_id IS NOT NULL").await
            >= workspaces.len() as i64
    );
    let back = Client::new(&scene.annex.url).get("/a/page").await;
    assert_eq!(back.status, 200);
}
