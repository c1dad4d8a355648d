//! What is recorded, of whom, and of whom nothing is.

use annex_tests::http::json::Client;
use annex_tests::record::{PROBE, arrivals, probe};
use annex_tests::story;
use serde_json::json;

use super::{member, only_customer, put_into_shadow, recorded, refusals, report, restrict, scene};

#[tokio::test]
async fn what_the_derived_role_lacks_is_done_and_recorded() {
    let scene = scene().await;
    let (ada, eve) = (member(&scene, "ada").await, member(&scene, "eve").await);
    put_into_shadow(&scene.database, Some(&ada.tenant)).await;
    scene.settle().await;
    for person in [&ada, &eve] {
        let client = scene.client(person);
        let customer = only_customer(&client).await;
        client.get("/API/Customers/").await.expect(200);
        client.get(&format!("/api/customers?workspaceId={}", person.tenant)).await.expect(200);
        let deleted = client.delete(&format!("/api/customers/{customer}")).await;
        assert_eq!(deleted.status / 100, 2, "the CRM lets them: {}", deleted.text);
        assert_ne!(client.get("/api/no-such-route/12345").await.code(), "ROUTE_NOT_MAPPED");
        client.get("/api/auth/me").await.expect(200);
        client.get("/a/page").await.expect(200);
    }
    let told = recorded(&scene.annex.environment, &ada.tenant, 5).await;
    assert_eq!((&told["decisions"], &told["allowed"], &told["open"]), (&json!(5), &json!(3), &json!(2)), "{told}");
    let expected = [
        "DELETE /api/customers/:id as member (derived): permission_missing customers:delete ×1",
        "GET /api/no-such-route/:id as member (derived): route_not_mapped  ×1",
    ];
    assert_eq!(refusals(&told), expected);
    let sample = &told["refusals"][0]["samples"][0];
    assert_eq!(sample["principal"], json!(ada.id));
    let request = sample["request"].as_str().expect("an id");
    let log = scene.annex.log();
    let line = log.lines().find(|line| line.contains(request)).expect("the sample stands in the log");
    assert!(line.contains(r#""flag.mode":"shadow""#) && line.contains(r#""decision.effect":"allow""#), "{line}");
    assert_eq!(report(&scene.annex.environment, &eve.tenant).await, json!(null), "a stranger's tenant");
    assert!(!told.to_string().contains(&ada.email), "{told}");
    let metrics = Client::new(&scene.annex.admin_url).get("/metrics").await.text;
    assert!(metrics.contains(r#"annex_shadow_decisions_total{effect="deny"}"#), "{metrics}");
}

#[tokio::test]
async fn a_role_that_an_admin_set_is_weighed_and_narrows_nobody() {
    let scene = scene().await;
    for (role, status, expected) in [
        (Some("viewer"), "active", "POST /api/contacts as viewer (set): permission_missing contacts:write ×1"),
        (Some("viewer"), "suspended", "POST /api/contacts as blocked (blocked): home_blocked  ×1"),
        (Some("manager"), "active", ""),
    ] {
        let ada = scene.agency("ada").await;
        put_into_shadow(&scene.database, Some(&ada.tenant)).await;
        restrict(&scene.database, &ada.tenant, &ada.id, role, status).await;
        scene.settle().await;
        scene.client(&ada).post("/api/contacts", json!({"name": "c", "email": "c@c.test"})).await.expect(201);
        let told = recorded(&scene.annex.environment, &ada.tenant, 1).await;
        assert_eq!(refusals(&told).join("; "), expected, "{role:?} {status}");
    }
}

#[tokio::test]
async fn what_is_refused_before_a_role_is_weighed_is_recorded_as_that() {
    let scene = scene().await;
    let ada = scene.agency("ada").await;
    put_into_shadow(&scene.database, Some(&ada.tenant)).await;
    scene.settle().await;
    scene.client(&ada).get("/api//customers").await.expect(200);
    recorded(&scene.annex.environment, &ada.tenant, 1).await;
    let delete = "UPDATE annex.workspaces SET deleted_at = now() WHERE tenant_id = $1";
    let operator = scene.database.connect().await;
    operator.execute("SELECT annex.ensure_workspace($1)", &[&ada.tenant]).await.expect("a workspace");
    operator.execute(delete, &[&ada.tenant]).await.expect("deleted");
    scene.settle().await;
    scene.client(&ada).get("/api/customers").await.expect(200);
    let told = recorded(&scene.annex.environment, &ada.tenant, 2).await;
    let expected = [
        "GET /api/customers as admin (derived): ambiguous_path  ×1",
        "GET /api/customers as admin (derived): workspace_deleted  ×1",
    ];
    assert_eq!(refusals(&told), expected);
}

#[tokio::test]
async fn what_is_no_home_traffic_of_a_person_in_shadow_is_not_recorded() {
    let scene = scene().await;
    let (ada, other) = (scene.agency("ada").await, scene.agency("other").await.tenant);
    put_into_shadow(&scene.database, Some(&ada.tenant)).await;
    scene.settle().await;
    let client = scene.client(&ada);
    let signed = |claims| story::sign(&claims, &scene.crm.jwt_secret);
    let mut elsewhere = story::claims(&ada, "agency_admin", true);
    elsewhere["activeWorkspaceId"] = other.as_str().into();
    let mut expired = story::claims(&ada, "agency_admin", true);
    expired["exp"] = 1.into();
    for (what, client) in [
        ("the token's claim names another workspace", client.bearer(&signed(elsewhere))),
        ("the header does", client.workspace(&other)),
        ("the header names nothing that can be", client.workspace("a,b")),
        ("the token expired", client.bearer(&signed(expired))),
        ("a forged token", client.bearer(&story::sign(&story::claims(&ada, "agency_admin", true), "another"))),
        ("a customer of the agency", client.bearer(&signed(story::claims(&ada, "customer", false)))),
        ("an administrator of the platform", client.bearer(&signed(story::claims(&ada, "saas_admin", true)))),
        ("nobody", Client::new(&scene.annex.url)),
    ] {
        let probe = probe();
        client.header(PROBE, &probe).get("/api/no-such-route").await;
        assert_eq!(arrivals(&scene.crm.url, &probe).await.len(), 1, "{what}: it reached the CRM");
    }
    client.get(&format!("/api/no-such-route?workspaceId={other}")).await;
    client.get("/api/workspaces").await.expect(403);
    client.get("/api/features").await.expect(200);
    // The control comes last, and is written with all that came before.
    client.get("/api/customers").await.expect(200);
    let told = recorded(&scene.annex.environment, &ada.tenant, 1).await;
    assert_eq!((&told["decisions"], refusals(&told)), (&json!(1), Vec::new()), "{told}");
}
