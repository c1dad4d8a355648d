//! `annex explain`: why one request was decided as it was.

use annex_tests::scene::Scene;
use annex_tests::story;

use super::{fails, says, succeeds};

/// Whoever names the node needs no configuration: it is asked from a desk that has none.
#[tokio::test]
async fn a_node_that_is_named_is_asked_without_a_configuration() {
    let scene = Scene::start("explain", |options| options).await;
    let (owner, viewer) = (scene.agency("owner").await, scene.agency("viewer").await);
    scene.flag(&owner.tenant, true).await;
    story::add_member(&scene.database, &owner.tenant, &viewer.id, "viewer").await;
    scene.settle().await;
    let there = scene.client(&viewer).workspace(&owner.tenant);
    let refused = there.post("/api/customers", serde_json::json!({"name": "c"})).await.expect(403);
    let id = refused.header("x-annex-request-id").expect("an id").to_owned();
    let none = Vec::new();
    let said = succeeds(&["explain", &id, "--admin", &scene.annex.admin_url], &none).await;
    says(&said, &["POST /api/customers", &viewer.id, "WORKSPACE_PERMISSION_DENIED"]);
    let unknown =
        fails(1, &["explain", "00000000000000000000000000000000", "--admin", &scene.annex.admin_url], &none).await;
    says(&unknown, &["keeps no receipt by that id"]);
    says(&fails(2, &["explain", &id], &none).await, &["mistakes in the configuration"]);
    says(
        &fails(2, &["explain", "../metrics", "--admin", &scene.annex.admin_url], &none).await,
        &["letters and digits"],
    );
}
