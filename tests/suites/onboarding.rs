//! The first steps of a workspace, from outside: seen in its rows, said by people, put away and taken out again.

use annex_tests::http::json::Client;
use annex_tests::scene::Scene;
use annex_tests::story::{self, Person};
use reqwest::Method;
use serde_json::{Value, json};

/// A workspace that somebody just made, its maker, and the path of its first steps.
async fn made(label: &str) -> (Scene, Person, String, String) {
    let scene = Scene::start(label, |options| options).await;
    let owner = scene.agency("owner").await;
    scene.flag(&owner.tenant, true).await;
    scene.settle().await;
    let made = scene.client(&owner).post("/api/workspaces", json!({"name": "Cedar North"})).await.expect(201).json();
    let id = made["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/workspaces/{id}/onboarding");
    (scene, owner, id, path)
}

/// The status of every step, and which of them rows show.
async fn steps(client: &Client, path: &str) -> (Vec<String>, Vec<String>) {
    let answer = client.get(path).await.expect(200).json();
    let steps = answer["steps"].as_array().expect("steps").clone();
    let text = |step: &Value, key: &str| step[key].as_str().unwrap_or_default().to_owned();
    let seen = steps.iter().filter(|step| step["seen"] == json!(true)).map(|step| text(step, "step"));
    (steps.iter().map(|step| text(step, "status")).collect(), seen.collect())
}

#[tokio::test]
async fn what_is_done_in_the_crm_is_done_here() {
    let (scene, owner, id, path) = made("steps").await;
    let (client, there) = (scene.client(&owner), scene.client(&owner).workspace(&id));
    let first = client.get(&path).await.expect(200);
    assert_eq!(first.header("etag"), Some("\"1\""), "the record stands since the workspace does");
    assert!(first.json()["startedAt"].is_string());
    let home = client.get(&format!("/api/workspaces/{}/onboarding", owner.tenant)).await.expect(200);
    assert_eq!(
        (home.header("etag"), &home.json()["startedAt"]),
        (Some("\"0\""), &Value::Null),
        "nobody began this one"
    );
    assert_eq!((&first.json()["currentStep"], &first.json()["isCompleted"]), (&json!("add_branding"), &json!(false)));
    assert_eq!(steps(&client, &path).await, (vec!["pending".to_owned(); 5], vec![]));

    client.put(&format!("/api/workspaces/{id}/branding"), json!({"primaryColor": "#123456"})).await.expect(200);
    let mate = scene.agency("mate").await;
    story::add_member(&scene.database, &id, &mate.id, "member").await;
    let customer = json!({"name": "First", "email": "first@example.test"});
    let customer = there.post("/api/customers", customer).await.expect(201).json()["id"].clone();
    there.post("/api/products", json!({"name": "Hour", "unitPrice": "90.00"})).await.expect(201);
    assert_eq!(client.get(&path).await.json()["currentStep"], json!("create_proposal"));
    let proposal = json!({"customerId": customer, "title": "Offer", "sections": [], "pricingItems": []});
    there.post("/api/proposals", proposal).await.expect(201);
    let answer = client.get(&path).await.expect(200).json();
    assert_eq!((&answer["isCompleted"], &answer["currentStep"]), (&json!(true), &Value::Null), "{answer}");
    assert_eq!(steps(&client, &path).await.1.len(), 5);

    // The rows of one workspace tell nothing of another one.
    let other = client.post("/api/workspaces", json!({"name": "Cedar South"})).await.expect(201).json();
    let other = format!("/api/workspaces/{}/onboarding", other["id"].as_str().expect("an id"));
    assert_eq!(steps(&client, &other).await.1, Vec::<String>::new());
}

#[tokio::test]
async fn people_say_what_rows_do_not_show_and_rows_win() {
    let (scene, owner, id, path) = made("said").await;
    let client = scene.client(&owner);
    let said = client.put(&format!("{path}/create_customer"), json!({"status": "skipped"})).await.expect(200);
    let tag = said.header("etag").expect("an ETag").to_owned();
    let step = said.json()["steps"][2].clone();
    assert_eq!((&step["status"], &step["by"], &step["seen"]), (&json!("skipped"), &json!(owner.id), &json!(false)));
    let same = client.put(&format!("{path}/create_customer"), json!({"status": "skipped"})).await.expect(200);
    assert_eq!(same.header("etag"), Some(tag.as_str()), "saying it twice changes nothing");
    let old = client.header("if-match", "\"0\"");
    let stale = old.put(&format!("{path}/create_product"), json!({"status": "completed"})).await.expect(412);
    assert_eq!(stale.code(), "STALE_VERSION");
    let customer = json!({"name": "First", "email": "first@example.test"});
    client.workspace(&id).post("/api/customers", customer).await.expect(201);
    assert_eq!(
        steps(&client, &path).await,
        (
            ["pending", "pending", "completed", "pending", "pending"].map(str::to_owned).to_vec(),
            vec!["create_customer".to_owned()]
        )
    );

    for (at, body, code) in [
        ("create_customer", json!({"status": "maybe"}), "not_pending_completed_or_skipped"),
        ("create_customer", json!({}), "required"),
        ("create_customer", json!({"status": "skipped", "x": 1}), "unknown_field"),
    ] {
        let answer = client.put(&format!("{path}/{at}"), body).await.expect(400).json();
        assert_eq!(answer["errors"][0]["code"], json!(code));
    }
    client.put(&format!("{path}/fly"), json!({"status": "skipped"})).await.expect(404);
    let events =
        "SELECT details FROM annex.audit_events WHERE tenant_id = $1 AND action = 'onboarding.changed' ORDER BY seq";
    let rows = scene.database.connect().await.query(events, &[&id]).await.expect("the audit events");
    let told: Vec<Value> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(told, [json!({"step": "create_customer", "status": "skipped"})]);
}

#[tokio::test]
async fn the_list_is_put_away_and_taken_out_for_everybody() {
    let (scene, owner, id, path) = made("away").await;
    let viewer = scene.agency("viewer").await;
    story::add_member(&scene.database, &id, &viewer.id, "viewer").await;
    scene.settle().await;
    let (client, looker) = (scene.client(&owner).header("idempotency-key", "d1"), scene.client(&viewer));
    let away = client.send(Method::POST, &format!("{path}/dismiss"), None).await.expect(200).json();
    assert_eq!((&away["isDismissed"], &away["dismissedBy"]), (&json!(true), &json!(owner.id)));
    assert_eq!(client.send(Method::POST, &format!("{path}/dismiss"), None).await.expect(200).json(), away);
    assert_eq!(looker.get(&path).await.expect(200).json()["isDismissed"], json!(true));
    for (method, tail, body) in [
        (Method::POST, "/reopen", None),
        (Method::POST, "/dismiss", None),
        (Method::PUT, "/invite_team", Some(json!({"status": "skipped"}))),
    ] {
        let answer = looker.send(method, &format!("{path}{tail}"), body).await.expect(403);
        assert_eq!(answer.code(), "WORKSPACE_PERMISSION_DENIED");
    }
    let stranger = scene.agency("stranger").await;
    scene.flag(&stranger.tenant, true).await;
    scene.settle().await;
    for at in [path.clone(), path.replace(&id, "00000000-0000-4000-8000-000000000000")] {
        for step in ["invite_team", "fly"] {
            let body = json!({"status": "skipped"});
            let answer = scene.client(&stranger).put(&format!("{at}/{step}"), body).await.expect(403);
            assert_eq!(answer.code(), "WORKSPACE_ACCESS_DENIED");
        }
    }
    let back = scene.client(&owner).send(Method::POST, &format!("{path}/reopen"), None).await.expect(200).json();
    assert_eq!((&back["isDismissed"], &back["dismissedBy"]), (&json!(false), &Value::Null));
}

#[tokio::test]
async fn a_table_that_the_crm_does_not_show_leaves_the_rest_standing() {
    let (scene, owner, _, path) = made("unseen").await;
    let revoke = "REVOKE SELECT ON public.products FROM annex_app";
    scene.database.connect().await.batch_execute(revoke).await.expect("the superuser may");
    let client = scene.client(&owner);
    assert_eq!(steps(&client, &path).await.0, vec!["pending".to_owned(); 5]);
    client.put(&format!("{path}/create_product"), json!({"status": "completed"})).await.expect(200);
    assert_eq!(steps(&client, &path).await.0[3], "completed");
}
