//! Many changes of one workspace at once: each is done or leaves nothing, and nobody else waits for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use annex_tests::sidecar::Options;
use annex_tests::story::Person;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{sync::Barrier, task::JoinSet};

use super::{World, at};

/// Five times the connections that a node has.
const CROWD: usize = 40;

/// Names of workspaces that the log says were given, sorted.
async fn told_names(world: &World, workspace: &str) -> Vec<String> {
    let sql = "SELECT details #>> '{name,to}' FROM annex.audit_events
               WHERE tenant_id = $1 AND action = 'workspace.updated' ORDER BY 1";
    let rows = world.scene.database.connect().await.query(sql, &[&workspace]).await.expect("the audit events");
    rows.iter().map(|row| row.get(0)).collect()
}

/// What a neighbour is answered until `is_over`: the calls that were not 200.
async fn neighbour(client: annex_tests::http::json::Client, path: String, is_over: Arc<AtomicBool>) -> Vec<String> {
    let mut refused = Vec::new();
    for number in 0.. {
        let read = client.get(&path).await;
        let written = client.patch(&path, json!({ "name": format!("Quiet {number}") })).await;
        let answers = [read, written].into_iter().filter(|answer| answer.status != 200);
        refused.extend(answers.map(|answer| format!("call {number}: {} {}", answer.status, answer.text)));
        if is_over.load(Ordering::Acquire) {
            return refused;
        }
    }
    refused
}

#[tokio::test]
async fn of_a_crowd_of_changes_each_is_done_or_leaves_nothing_and_nobody_else_waits() {
    let world = World::start("crowd").await;
    let [owner, other] = world.people(["owner", "other"]).await;
    let (id, quiet) = (world.make(&owner, "Crowded").await, world.make(&other, "Quiet").await);
    let is_over = Arc::new(AtomicBool::new(false));
    let neighbour = tokio::spawn(neighbour(world.of(&other), at(&quiet), Arc::clone(&is_over)));
    let barrier = Arc::new(Barrier::new(CROWD));
    let mut changes = JoinSet::new();
    for number in 0..CROWD {
        let (client, path, barrier) = (world.of(&owner), at(&id), Arc::clone(&barrier));
        changes.spawn(async move {
            barrier.wait().await;
            let name = format!("Crowded {number:02}");
            let answer = client.patch(&path, json!({ "name": name })).await;
            (name, answer)
        });
    }
    let answers = changes.join_all().await;
    is_over.store(true, Ordering::Release);
    assert_eq!(neighbour.await.expect("the neighbour"), Vec::<String>::new());
    let mut done = Vec::new();
    for (name, answer) in answers {
        match answer.status {
            200 => done.push(name),
            429 | 503 => {}
            status => panic!("{name}: {status} {}", answer.text),
        }
    }
    done.sort_unstable();
    assert!(!done.is_empty(), "nobody's change was done");
    assert_eq!(told_names(&world, &id).await, done, "what was refused was done, or what was done was refused");
    let shown = world.of(&owner).get(&at(&id)).await.expect(200).json();
    assert!(done.iter().any(|name| shown["name"] == json!(name)), "{shown}");
}

/// Requests that change something; each is sent twice with one key.
fn requests(heir: &Person) -> Vec<(Method, &'static str, Value)> {
    let hook = json!({ "url": "https://hooks.example.com/x", "events": ["member.*"] });
    let people = json!([{ "email": "two@example.test", "role": "viewer" }]);
    vec![
        (Method::PATCH, "", json!({ "name": "One at a time" })),
        (Method::POST, "/roles", json!({ "name": "Lead", "permissions": [] })),
        (Method::POST, "/invitations", json!({ "email": "one@example.test", "role": "viewer" })),
        (Method::POST, "/invitations/bulk", json!({ "invitations": people })),
        (Method::POST, "/webhooks", hook),
        (Method::PUT, "/branding", json!({ "primaryColor": "#123456" })),
        (Method::POST, "/onboarding/dismiss", Value::Null),
        (Method::POST, "/ownership-transfer", json!({ "userId": heir.id })),
    ]
}

#[tokio::test]
async fn no_change_needs_two_connections_at_a_time() {
    let one = |options: Options| options.with("ANNEX_DATABASE_POOL_SIZE", "1");
    let world = World::start_with("poolofone", one).await;
    let [owner, heir, guest] = world.people(["owner", "heir", "guest"]).await;
    let id = world.make(&owner, "Narrow").await;
    world.join(&id, &heir, "member").await;
    for (method, rest, body) in requests(&heir) {
        let keyed = world.of(&owner).header("idempotency-key", &format!("once {method} {rest}"));
        let path = format!("{}{rest}", at(&id));
        for turn in ["first", "again"] {
            let answer = keyed.send(method.clone(), &path, Some(body.clone()).filter(|body| !body.is_null())).await;
            assert!([200, 201].contains(&answer.status), "{method} {rest} {turn}: {} {}", answer.status, answer.text);
        }
    }
    world.of(&owner).get(&format!("{}/activity/export", at(&id))).await.expect(200);
    let invited = json!({ "email": guest.email, "role": "viewer" });
    let invited = world.of(&owner).post(&format!("{}/invitations", at(&id)), invited).await.expect(201).json();
    let token = invited["inviteLink"].as_str().and_then(|link| link.split('#').nth(1)).expect("a link");
    world.of(&guest).send(Method::POST, &format!("/api/invitations/{token}/accept"), None).await.expect(200);
}
