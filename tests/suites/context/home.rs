//! At home (rule R4), and principals who are something else (rule R2).

use annex_tests::http::json::Client;
use annex_tests::record::arrivals;
use annex_tests::scene::{Scene, place as place_of};
use annex_tests::story::{self, Person};
use serde_json::json;

use super::{Traveller, assert_never_arrived, delete_workspace, outsider, restrict, scene, send};

#[tokio::test]
async fn a_role_that_an_admin_set_narrows_a_native_at_home() {
    let scene = scene().await;
    let ada = scene.agency("ada").await;
    scene.flag(&ada.tenant, true).await;
    let admin = Client::new(&scene.annex.url).bearer(&ada.access);
    let as_member = story::sign(&story::claims(&ada, "team_member", false), &scene.crm.jwt_secret);
    let member = Client::new(&scene.annex.url).bearer(&as_member);
    let customer = json!({"name": ada.tenant, "email": "x@x.test"});
    admin.post("/api/customers", customer.clone()).await.expect(201);

    restrict(&scene, &ada.tenant, &ada.id, Some("viewer"), "active").await;
    scene.settle().await;
    admin.get("/api/customers").await.expect(200);
    for context in ["", &ada.tenant] {
        let here = if context.is_empty() { admin.clone() } else { admin.workspace(context) };
        let refused = here.post("/api/customers", customer.clone()).await;
        assert_eq!(place_of(&refused), "403 WORKSPACE_PERMISSION_DENIED", "named `{context}`");
    }
    assert_eq!(place_of(&admin.get("/api/no-such-route").await), "403 ROUTE_NOT_MAPPED");
    admin.get("/api/auth/me").await.expect(200);
    admin.get("/some/page").await.expect(200);

    // The role and the CRM's own rights: an Admin role gives no more than the CRM does.
    restrict(&scene, &ada.tenant, &ada.id, Some("admin"), "active").await;
    scene.settle().await;
    admin.get("/api/team/members").await.expect(200);
    let refused = member.get("/api/team/members").await.expect(403);
    assert_eq!(refused.json()["message"], "Admin access required", "the CRM's own word");

    scene.flag(&ada.tenant, false).await;
    restrict(&scene, &ada.tenant, &ada.id, Some("viewer"), "active").await;
    scene.settle().await;
    admin.post("/api/customers", customer).await.expect(201);
}

#[tokio::test]
async fn a_native_who_was_suspended_or_removed_is_out_until_the_flag_is_off() {
    let scene = scene().await;
    for status in ["suspended", "removed"] {
        let ada = scene.agency("ada").await;
        scene.flag(&ada.tenant, true).await;
        restrict(&scene, &ada.tenant, &ada.id, Some("admin"), status).await;
        scene.settle().await;
        let client = scene.client(&ada);
        for path in ["/api/customers", "/API/Customers/", "/api/no-such-route"] {
            for person in [&client, &client.workspace(&ada.tenant)] {
                let answer = person.get(path).await;
                assert_eq!(place_of(&answer), "403 WORKSPACE_ACCESS_DENIED", "{status} {path}");
            }
        }
        assert_eq!(place_of(&client.bearer(&ada.refresh).get("/api/customers").await), "403 WORKSPACE_ACCESS_DENIED");
        client.get("/api/auth/me").await.expect(200);
        story::log_in(&scene.annex.url, &ada.email, &ada.password).await;
        scene.flag(&ada.tenant, false).await;
        scene.settle().await;
        assert_eq!(place_of(&client.get("/api/customers").await), ada.tenant, "{status}: the flag off restores it");
        // Also with a path that only a strict reader refuses.
        client.get("/api//customers").await.expect(200);
    }
}

/// A task with a comment in the tenant of `owner`, made at the CRM; tells the task's id.
async fn task(scene: &Scene, owner: &Person) -> String {
    let client = Client::new(&scene.crm.url).bearer(&owner.access);
    let task = client.post("/api/tasks", json!({"title": "secret plan"})).await.expect(201).json();
    let id = task["id"].as_str().expect("an id").to_owned();
    client.post(&format!("/api/tasks/{id}/comments"), json!({"content": "secret words"})).await.expect(201);
    id
}

#[tokio::test]
async fn who_was_ever_a_guest_is_guarded_at_home_and_leaving_out_the_header_wins_nothing() {
    let scene = scene().await;
    let host = scene.agency("host").await;
    scene.flag(&host.tenant, true).await;
    let secret = task(&scene, &host).await;
    let comments = format!("/api/tasks/{secret}/comments");
    let eve = outsider(&scene).await;
    scene.settle().await;
    let hole = scene.client(&eve).get(&comments).await.expect(200);
    assert!(hole.text.contains("secret words"), "the control: the CRM's own hole, for people who never were guests");
    assert!(hole.text.contains("passwordHash"), "the control: it embeds whole users rows");

    for (row, home_on, now) in [
        ("a guest whose home is on", true, "active"),
        ("a guest whose home is off", false, "active"),
        ("who was a guest", true, "removed"),
        ("who was a guest, home off", false, "removed"),
    ] {
        let guest = scene.agency("guest").await;
        scene.flag(&guest.tenant, home_on).await;
        story::add_member(&scene.database, &host.tenant, &guest.id, "viewer").await;
        if now == "removed" {
            story::remove_member(&scene.database, &host.tenant, &guest.id).await;
        }
        let own = task(&scene, &guest).await;
        scene.settle().await;
        for (more, context) in
            [(vec![], "nothing named"), (vec![format!("X-Workspace-Id: {}", guest.tenant)], "home named")]
        {
            let more: Vec<&str> = more.iter().map(String::as_str).collect();
            for line in [
                format!("GET {comments}"),
                format!("DELETE {comments}/some-id"),
                format!("GET /API/Tasks/{secret}/Activity/"),
            ] {
                let (answer, probe) = send(&scene, &line, &guest.access, &more).await;
                assert_eq!(answer.status, 404, "{row}, {context}: {line}: {}", answer.text());
                assert_never_arrived(&scene, &probe, &line).await;
            }
            let (answer, _) = send(&scene, &format!("GET /api/tasks/{own}/comments"), &guest.access, &more).await;
            assert_eq!(answer.status, 200, "{row}: their own task");
            assert!(answer.text().contains("secret words"), "{row}");
            assert!(!answer.text().contains("passwordHash"), "{row}: a hash left: {}", answer.text());
        }
        // The body guard: no row is moved, made or named in the workspace that they know.
        let client = scene.client(&guest);
        let mine = client.get("/api/customers").await.expect(200).json()[0]["id"].as_str().expect("an id").to_owned();
        for body in [json!({"tenantId": host.tenant}), json!({"name": "x", "nested": {"tenantId": host.tenant}})] {
            let moved = client.patch(&format!("/api/customers/{mine}"), body.clone()).await;
            assert_eq!(place_of(&moved), "400 VALIDATION_FAILED", "{row}: {body}");
        }
        client
            .patch(&format!("/api/customers/{mine}"), json!({"tenantId": guest.tenant, "phone": "1"}))
            .await
            .expect(200);
        assert_eq!(place_of(&client.get("/api/customers").await), guest.tenant, "{row}: the row stayed");
    }
}

#[tokio::test]
async fn a_customer_never_has_the_feature() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let secret = &scene.crm.jwt_secret;
    let customer =
        Client::new(&scene.annex.url).bearer(&story::sign(&story::claims(&ada.person, "customer", false), secret));
    // Even with rows that make the same id a member: the routes of the workspace stay closed.
    let there = customer.workspace(&ada.second);
    for path in ["/api/customers".to_owned(), format!("/_annex/w/{}/api/customers", ada.second)] {
        let answer = there.header("x-probe", "customer").get(&path).await;
        assert_eq!(place_of(&answer), "403 MULTI_WORKSPACE_DISABLED", "{path}");
    }
    assert!(arrivals(&scene.crm.url, "customer").await.is_empty(), "a customer's request reached the CRM");
    // What is wrong or off is noise to them: their own home is on, and that gives them nothing.
    let dark = scene.agency("dark").await.tenant;
    for (name, value) in [("x-workspace-id", "a,b"), ("x-workspace-id", dark.as_str()), ("x-other", "1")] {
        let answer = customer.header(name, value).get("/api/tenant/modules").await;
        assert_eq!(answer.header("x-annex-workspace-id"), None, "{name}: {value}");
        assert!(answer.code().is_empty(), "{name}: {value} is answered by us: {}", answer.text);
    }
}

#[tokio::test]
async fn a_platform_administrator_derives_no_role_anywhere() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let root = scene.agency("root").await;
    scene.flag(&root.tenant, true).await;
    scene.settle().await;
    let token = story::sign(&story::claims(&root, "saas_admin", true), &scene.crm.jwt_secret);
    let client = Client::new(&scene.annex.url).bearer(&token);
    client.get("/api/saas-admin/stats").await.expect(200);
    for path in [
        "/api/customers".to_owned(),
        "/api/saas-admin/stats".to_owned(),
        format!("/_annex/w/{}/api/customers", ada.second),
    ] {
        let answer = client.workspace(&ada.second).get(&path).await;
        assert_eq!(place_of(&answer), "403 WORKSPACE_ACCESS_DENIED", "{path}");
    }
    story::add_member(&scene.database, &ada.second, &root.id, "viewer").await;
    scene.settle().await;
    let there = client.workspace(&ada.second);
    assert_eq!(place_of(&there.get("/api/customers").await), ada.second);
    assert_eq!(place_of(&there.get("/api/saas-admin/stats").await), "403 ROUTE_NOT_MAPPED");
    let written = there.post("/api/customers", json!({"name": "x", "email": "x@x.test"})).await;
    assert_eq!(place_of(&written), "403 WORKSPACE_PERMISSION_DENIED", "a viewer, whatever the token says");
}

#[tokio::test]
async fn a_deleted_home_is_gone_but_for_home_routes_while_it_is_on() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    delete_workspace(&scene, ada.home()).await;
    scene.settle().await;
    let client = scene.client(&ada.person);
    let home = ada.home().to_owned();
    for path in ["/api/customers", "/api/no-such-route", &format!("/_annex/w/{home}/api/customers")] {
        assert_eq!(place_of(&client.get(path).await), "410 WORKSPACE_DELETED", "{path}");
        assert_eq!(place_of(&client.workspace(&home).get(path).await), "410 WORKSPACE_DELETED", "{path}, named");
    }
    client.get("/api/auth/me").await.expect(200);
    client.get("/some/page").await.expect(200);
    story::log_in(&scene.annex.url, &ada.person.email, &ada.person.password).await;
    assert_eq!(
        place_of(&client.workspace(&ada.second).get("/api/customers").await),
        ada.second,
        "elsewhere they work on"
    );
    scene.flag(&home, false).await;
    scene.settle().await;
    assert_eq!(place_of(&client.get("/api/customers").await), home, "the flag off opens a home again");
}
