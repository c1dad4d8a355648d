//! The management API against its own document: schemathesis asks, with good and bad values, as everybody.
//!
//! Every operation meets a workspace of its own with the rows that its path names, as the matrix makes them: what one operation
//! deletes is nothing to the next, and all of them get behind the door. The program is `tests/fuzz/fuzz.py`; what an answer
//! is held to stands there.

use std::path::Path;
use std::process::Stdio;

use annex_tests::scene::Scene;
use serde_json::{Map, Value, json};

use crate::api_matrix::callers::{ADMIN, ADMIN_ELSEWHERE, MANAGER, PLATFORM, People, STRANGER, VIEWER, WITHOUT};
use crate::api_matrix::{Prepared, examples, prepare, with_token};
use crate::openapi::{document, operations};

/// How often each operation is asked.
const EXAMPLES: u32 = 15;

/// The same requests in every run: what is red once is red again.
const SEED: u32 = 20_261_121;

#[tokio::test]
async fn every_operation_answers_as_its_document_says_and_a_refusal_changes_nothing() {
    let scene = Scene::start("fuzz", |options| options.with("ANNEX_PUBLIC_URL", "https://crm.example.test")).await;
    let people = People::register(&scene).await;
    let mut prepared = Vec::new();
    for operation in operations(&document().await) {
        let one = prepare(&scene, &people, examples::of(&operation)).await;
        if operation.1.contains("/by-id/") {
            offer_by_id(&scene, &people, &one).await;
        }
        prepared.push((operation, one));
    }
    scene.settle().await;
    let mut good = Map::new();
    for ((method, path), one) in prepared {
        let Prepared { named, body, .. } = with_token(&scene, &people, one).await;
        let body = if body.as_ref().is_some_and(|body| body == examples::PICTURE) { Value::Null } else { json!(body) };
        good.insert(format!("{method} {path}"), json!({ "names": named, "body": body }));
    }
    let callers = [
        ("owner", ADMIN),
        ("guest", STRANGER),
        ("saas", PLATFORM),
        ("manager", MANAGER),
        ("viewer", VIEWER),
        ("other", ADMIN_ELSEWHERE),
        ("stranger", WITHOUT),
    ];
    let mut tokens: Map<String, Value> =
        callers.iter().map(|(name, caller)| ((*name).to_owned(), json!(people.token(*caller)))).collect();
    tokens.insert("anonymous".to_owned(), Value::Null);
    let told = json!({
        "url": scene.annex.url,
        "database": scene.database.url,
        "callers": tokens,
        "good": good,
        "strangers": [people.person(ADMIN).tenant, people.person(ADMIN_ELSEWHERE).tenant, people.person(VIEWER).id],
        "examples": EXAMPLES,
        "seed": SEED,
    });
    let folder = annex_tests::folder::Folder::new("fuzz");
    let file = folder.write("scene.json", told.to_string());

    let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let python = room.join(".venv/bin/python");
    assert!(python.exists(), "{} is missing: scripts/setup test makes it", python.display());
    let output = tokio::process::Command::new(python)
        .arg(room.join("fuzz.py"))
        .arg(&file)
        .stdin(Stdio::null())
        .output()
        .await
        .expect("the fuzzer runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let erred = String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    assert!(output.status.success(), "{said}\n{erred}");
}

/// The invitation is to the guest, who has once proven to read that address.
async fn offer_by_id(scene: &Scene, people: &People, one: &Prepared) {
    let guest = people.person(STRANGER);
    let client = scene.database.connect_as_owner().await;
    let prove = "INSERT INTO annex.proven_addresses (user_id, address) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    client.execute(prove, &[&guest.id, &guest.email]).await.expect("a proof");
    let offer = "UPDATE annex.workspace_invitations SET email = $2, address = $2 WHERE id::text = $1";
    client.execute(offer, &[&one.named["invitationId"], &guest.email]).await.expect("an offer");
}
