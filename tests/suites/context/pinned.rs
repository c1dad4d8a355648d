//! The pinned path serves exactly its workspace or refuses; in no mode does it fall through.

use annex_tests::http::json::Client;
use annex_tests::record::arrivals;
use annex_tests::story;
use serde_json::json;

use super::{Traveller, assert_never_arrived, delete_workspace, outsider, place, scene, send};

#[tokio::test]
async fn a_pin_serves_its_workspace_or_refuses_and_nothing_reaches_the_crm() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let eve = outsider(&scene).await;
    let off = scene.agency("off").await.tenant;
    let deleted = scene.agency("deleted").await.tenant;
    scene.flag(&off, false).await;
    scene.flag(&deleted, true).await;
    for tenant in [&off, &deleted] {
        story::add_member(&scene.database, tenant, &ada.person.id, "admin").await;
    }
    // Somebody whose only membership is in a workspace that is off has no feature, and is refused all the same.
    story::add_member(&scene.database, &off, &eve.id, "admin").await;
    delete_workspace(&scene, &deleted).await;
    scene.settle().await;

    let absent = uuid::Uuid::new_v4().to_string();
    let (ada_token, eve_token) = (ada.person.access.as_str(), eve.access.as_str());
    let table = [
        ("no credential", "", ada.second.as_str(), "401 UNAUTHENTICATED"),
        ("a credential that does not verify", "no.such.token", &ada.second, "401 UNAUTHENTICATED"),
        ("a refresh token", &ada.person.refresh, &ada.second, "401 UNAUTHENTICATED"),
        ("a stranger", eve_token, &ada.second, "403 WORKSPACE_ACCESS_DENIED"),
        ("an absent workspace", ada_token, &absent, "403 WORKSPACE_ACCESS_DENIED"),
        ("off, with the feature", ada_token, &off, "409 WORKSPACE_OFF"),
        ("off, without the feature", eve_token, &off, "409 WORKSPACE_OFF"),
        ("deleted", ada_token, &deleted, "410 WORKSPACE_DELETED"),
    ];
    for (row, token, workspace, refused) in table {
        for method in ["GET", "POST", "PATCH", "DELETE"] {
            let line = format!("{method} /_annex/w/{workspace}/api/customers");
            let (answer, probe) = send(&scene, &line, token, &[]).await;
            assert_eq!(place(&answer), refused, "{row}: {line}");
            assert_eq!(answer.head.all("www-authenticate").len(), usize::from(answer.status == 401), "{row}");
            assert_never_arrived(&scene, &probe, row).await;
        }
    }
    let (answer, _) = send(&scene, &format!("GET /_annex/w/{}/api/customers", ada.second), ada_token, &[]).await;
    assert_eq!(place(&answer), ada.second, "the control");
}

#[tokio::test]
async fn the_crm_never_sees_the_prefix_and_a_write_lands_in_the_pinned_workspace_alone() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let client = scene.client(&ada.person);
    let name = annex_tests::record::probe();
    let path = format!("/_annex/w/{}/api/customers?a=%20b&workspaceId={}&c", ada.second, ada.second);
    let body = json!({"name": name, "email": "x@x.test"});
    let probed = client.header("x-probe", &name).workspace(&ada.second);
    let made = probed.post(&path, body).await.expect(201).json();
    assert_eq!(made["tenantId"], ada.second.as_str());
    let arrived = arrivals(&scene.crm.url, &name).await.remove(0);
    assert_eq!(arrived.target, "/api/customers?a=%20b&c");
    assert_eq!(arrived.all("x-workspace-id"), Vec::<&str>::new());
    let rows = scene.database.connect().await;
    let rows = rows.query("SELECT tenant_id FROM customers WHERE name = $1", &[&name]).await.expect("rows");
    let tenants: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(tenants.join(" "), ada.second, "one row, in the pinned workspace");
}

#[tokio::test]
async fn routes_that_are_always_at_home_are_so_under_a_pin_too() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    for pinned in [ada.second.clone(), ada.home().to_owned(), uuid::Uuid::new_v4().to_string()] {
        let client = Client::new(&format!("{}/_annex/w/{pinned}", scene.annex.url));
        let me = client.bearer(&ada.person.access).get("/api/auth/me").await.expect(200);
        assert_eq!(me.json()["id"], ada.id_in(&scene, &pinned).await.as_str());
        client.bearer(&ada.person.access).patch("/api/users/profile", json!({"phone": "1"})).await.expect(200);
        let credentials = json!({"email": ada.person.email, "password": ada.person.password});
        client.post("/api/auth/login", credentials).await.expect(200);
        let page = client.get("/some/page").await.expect(200);
        assert!(page.text.contains("<html"), "a page under a pin: {}", page.text);
    }
}

#[tokio::test]
async fn encoded_doubled_and_nested_pins_are_refused_whoever_asks() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let eve = outsider(&scene).await;
    let (second, third) = (&ada.second, &ada.third);
    for path in [
        format!("/%5fannex/w/{second}/api/customers"),
        format!("/%255fannex/w/{second}/api/customers"),
        format!("/_annex%2fw/{second}/api/customers"),
        format!("//_annex/w/{second}/api/customers"),
        format!("/_ANNEX/W/{second}/api/customers"),
        format!("/_annex//w/{second}/api/customers"),
        format!("/_annex/w/{second}/_annex/w/{third}/api/customers"),
        format!("/_annex/w/{second}//_annex/w/{third}/api/customers"),
        format!("/_annex/w/{second}/%5fannex/w/{third}/api/customers"),
        format!("/_annex/w/{second}"),
        "/_annex/w/".to_owned(),
        "/_annex/w//api/customers".to_owned(),
        "/_annex/w/a%2fb/api/customers".to_owned(),
        "/_annex/w/a,b/api/customers".to_owned(),
    ] {
        for token in [ada.person.access.as_str(), &eve.access, ""] {
            let (answer, probe) = send(&scene, &format!("GET {path}"), token, &[]).await;
            assert_eq!(answer.status, 400, "{path}: {}", answer.text());
            assert_never_arrived(&scene, &probe, &path).await;
        }
    }
    let pinned = format!("/_annex/w/{second}/api/customers");
    for (line, more) in [
        (format!("GET {pinned}"), format!("X-Workspace-Id: {third}")),
        (format!("GET {pinned}?workspaceId={third}"), "X-Other: 1".to_owned()),
    ] {
        // Under a pin it is an error for everybody: a pin never falls through.
        for token in [ada.person.access.as_str(), &eve.access] {
            let (answer, probe) = send(&scene, &line, token, &[&more]).await;
            assert_eq!(place(&answer), "400 WORKSPACE_CONTEXT_CONFLICT", "{line} {more}");
            assert_never_arrived(&scene, &probe, &line).await;
        }
    }
}
