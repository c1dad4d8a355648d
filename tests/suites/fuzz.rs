//! The management API against its own document: schemathesis asks, with good and bad values, as everybody.
//!
//! The program is `tests/fuzz/fuzz.py`; what an answer is held to stands there.

use std::path::Path;
use std::process::Stdio;

use annex_tests::scene::Scene;
use annex_tests::story;
use serde_json::json;

/// How often each operation is asked.
const EXAMPLES: u32 = 25;

#[tokio::test]
async fn every_operation_answers_as_its_document_says_and_a_refusal_changes_nothing() {
    let scene = Scene::start("fuzz", |options| options).await;
    let (owner, viewer, other, saas) = (
        scene.agency("owner").await,
        scene.agency("viewer").await,
        scene.agency("other").await,
        scene.agency("saas").await,
    );
    for tenant in [&owner.tenant, &other.tenant] {
        scene.flag(tenant, true).await;
    }
    story::add_member(&scene.database, &owner.tenant, &viewer.id, "viewer").await;
    let client = scene.database.connect().await;
    let become_saas = "UPDATE users SET user_type = 'saas_admin' WHERE id = $1";
    client.execute(become_saas, &[&saas.id]).await.expect("a users row");
    let saas = story::log_in(&scene.crm.url, &saas.email, &saas.password).await;
    let second = scene.client(&owner).post("/api/workspaces", json!({ "name": "Second" })).await.expect(201);
    scene.settle().await;

    let ids =
        [json!(owner.tenant), second.json()["id"].clone(), json!(other.tenant), json!(viewer.id), json!(owner.id)];
    let stranger = story::register(&scene.crm.url, "stranger").await;
    let seed = u64::from_le_bytes(uuid::Uuid::new_v4().into_bytes()[..8].try_into().expect("8 bytes")) % 1_000_000;
    let told = json!({
        "url": scene.annex.url,
        "database": scene.database.url,
        "callers": {
            "owner": owner.access, "viewer": viewer.access, "other": other.access, "saas": saas.access,
            "stranger": stranger.access, "anonymous": null,
        },
        "ids": ids,
        "examples": EXAMPLES,
        "seed": seed,
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
