//! Where nothing is on and something is in shadow, requests pass as where nothing is on.

use annex_tests::http::eventually;
use annex_tests::http::json::Client;
use annex_tests::record::{PROBE, arrivals, probe};
use annex_tests::scene::{Scene, place};
use annex_tests::story;
use serde_json::json;

use super::{WRITTEN, put_into_shadow, recorded, restrict};

#[tokio::test]
async fn shadow_alone_is_off_to_everybody() {
    let scene = Scene::start("shadowalone", |options| options).await;
    let (ada, host) = (scene.agency("ada").await, scene.agency("host").await.tenant);
    restrict(&scene.database, &ada.tenant, &ada.id, Some("viewer"), "active").await;
    story::add_member(&scene.database, &host, &ada.id, "manager").await;
    put_into_shadow(&scene.database, Some(&ada.tenant)).await;
    put_into_shadow(&scene.database, Some(&host)).await;
    let admin = Client::new(&scene.annex.admin_url);
    let known = || async { admin.get("/readyz").await.json()["anythingInShadow"] == json!(true) };
    eventually(WRITTEN, "the node knows of the shadow", known).await;
    assert_eq!(admin.get("/readyz").await.json()["anythingOn"], json!(false));

    let client = scene.client(&ada);
    client.post("/api/contacts", json!({"name": "c", "email": "c@c.test"})).await.expect(201);
    assert_eq!(place(&client.get("/api/workspaces").await), "403 MULTI_WORKSPACE_DISABLED");
    assert_eq!(client.get("/api/features").await.json()["multi_workspace_enabled"], json!(false));
    for (what, client, path, status) in [
        ("a workspace that they joined", client.workspace(&host), "/api/customers", 200),
        ("a name that is none", client.workspace("a,b"), "/api/customers", 200),
        ("a name on a page", client.workspace(&host), "/a/page", 200),
        ("a name on a route that is always at home", client.workspace(&host), "/api/auth/me", 200),
        ("a token that does not verify", client.workspace(&host).bearer("no.such.token"), "/api/customers", 401),
    ] {
        let probe = probe();
        let answer = client.header(PROBE, &probe).get(path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, ""),
            "{what}: the CRM's own word: {}",
            answer.text
        );
        let arrived = arrivals(&scene.crm.url, &probe).await;
        assert_eq!(arrived.len(), 1, "{what}");
        assert_eq!(arrived[0].all("x-workspace-id").len(), 1, "{what}: the name is still there");
        if path == "/api/customers" && status == 200 {
            assert_eq!(place(&answer), ada.tenant, "{what}: at home");
        }
    }
    // The control: it was looked at.
    assert_eq!(recorded(&scene.annex.environment, &ada.tenant, 1).await["refused"], json!(1));
}
