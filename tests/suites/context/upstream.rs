//! What the CRM gets in a workspace's context, and what the caller gets back.

use std::collections::BTreeMap;

use annex_tests::http::json::Client;
use annex_tests::record::{Arrival, arrivals, probe};
use annex_tests::story;
use annex_tests::strategy::find_shadow;
use serde_json::Value;

use super::{Traveller, place, scene, send, switched};

#[tokio::test]
async fn the_re_signed_token_says_the_same_person_and_times_another_tenant_and_the_claims_of_the_role() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let secret = &scene.crm.jwt_secret;
    for (role, kind, admin) in [
        ("admin", "agency_admin", true),
        ("manager", "agency_admin", false),
        ("member", "team_member", false),
        ("finance", "agency_admin", false),
        ("viewer", "agency_admin", false),
    ] {
        story::add_member(&scene.database, &ada.second, &ada.person.id, role).await;
        scene.settle().await;
        for presented in ["agency_admin", "team_member", "saas_admin"] {
            let mut claims = story::claims(&ada.person, presented, true);
            let issued = story::now_s() - 7;
            claims["iat"] = issued.into();
            claims["exp"] = (issued + story::ACCESS_LIFETIME_S).into();
            claims["extra"] = "kept".into();
            claims["activeWorkspaceId"] = ada.third.clone().into();
            let token = story::sign(&claims, secret);
            let second = format!("X-Workspace-Id: {}", ada.second);
            let (answer, probe) = send(&scene, "GET /api/contacts", &token, &[&second]).await;
            assert_eq!(answer.status, 200, "{role} {presented}: {}", answer.text());
            let arrived = arrivals(&scene.crm.url, &probe).await.remove(0);
            let got = story::read_claims(arrived.token());
            let mut wanted = claims.clone();
            wanted["tenantId"] = ada.second.clone().into();
            if let Some(shadow) = find_shadow(&scene.database, &ada.second, &ada.person.id).await {
                wanted["userId"] = shadow.id.into();
                wanted["email"] = shadow.email.into();
            }
            wanted["userType"] = kind.into();
            wanted["isAdmin"] = admin.into();
            wanted.as_object_mut().unwrap().remove("activeWorkspaceId");
            assert_eq!(got, wanted, "{role} of a {presented}");
            assert_ne!(arrived.token(), token);
            let all = String::from_utf8_lossy(&answer.raw).into_owned();
            assert!(!all.contains(arrived.token()), "{role}: the upstream token came back");
            let mac = arrived.token().rsplit('.').next().unwrap();
            assert!(!all.contains(mac), "{role}: a part of the upstream token came back");
        }
    }
}

#[tokio::test]
async fn a_custom_role_is_in_force_with_the_claims_of_custom_roles() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let client = scene.database.connect().await;
    let sql = "WITH made AS (INSERT INTO annex.workspace_roles (tenant_id, key, name) VALUES ($1, 'seller', 'Seller') RETURNING id),
                    may AS (INSERT INTO annex.workspace_role_permissions (role_id, tenant_id, permission)
                            SELECT id, $1, 'customers:read' FROM made)
               UPDATE annex.workspace_users SET role_id = (SELECT id FROM made) WHERE tenant_id = $1 AND user_id = $2";
    client.execute(sql, &[&ada.second, &ada.person.id]).await.expect("a custom role");
    scene.settle().await;
    let second = format!("X-Workspace-Id: {}", ada.second);
    let (answer, probe) = send(&scene, "GET /api/customers", &ada.person.access, &[&second]).await;
    assert_eq!(place(&answer), ada.second);
    let claims = story::read_claims(arrivals(&scene.crm.url, &probe).await[0].token());
    assert_eq!((claims["userType"].as_str(), claims["isAdmin"].as_bool()), (Some("agency_admin"), Some(false)));
    for line in ["GET /api/deals", "POST /api/customers", "GET /api/team/members"] {
        let (answer, _) = send(&scene, line, &ada.person.access, &[&second]).await;
        assert_eq!(place(&answer), "403 WORKSPACE_PERMISSION_DENIED", "{line}");
    }
}

#[tokio::test]
async fn the_names_that_annex_consumed_are_gone_and_everything_else_arrives() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let claimed = switched(&scene, &ada.person, &ada.third);
    let more = [
        format!("X-Workspace-Id: {}", ada.second),
        "X-Annex-Workspace-Id: forged".to_owned(),
        "x_annex_user: forged".to_owned(),
        "Cookie: a=1; annex=ours; b=2; __Host-annex=ours".to_owned(),
        "Accept: application/json".to_owned(),
        "X-Other: 1".to_owned(),
    ];
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    let line = format!("GET /api/customers?x=%20&workspaceId={}&y=1&y=2", ada.second);
    let (answer, probe) = send(&scene, &line, &claimed, &more).await;
    assert_eq!(place(&answer), ada.second);
    let arrived = arrivals(&scene.crm.url, &probe).await.remove(0);
    assert_eq!(arrived.target, "/api/customers?x=%20&y=1&y=2");
    let got: BTreeMap<String, Vec<&str>> = arrived
        .headers
        .iter()
        .map(|(name, _)| (name.to_ascii_lowercase(), arrived.all(name)))
        .filter(|(name, _)| !matches!(name.as_str(), "authorization" | "connection" | "x-probe"))
        .collect();
    let wanted = [("accept", "application/json"), ("cookie", "a=1; b=2"), ("host", "crm.test"), ("x-other", "1")];
    assert_eq!(got, wanted.map(|(name, value)| (name.to_owned(), vec![value])).into());
    assert!(story::read_claims(arrived.token()).get("activeWorkspaceId").is_none());
}

#[tokio::test]
async fn an_answer_of_a_workspace_says_whose_it_is_and_no_cache_may_reuse_it() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let there = scene.client(&ada.person).workspace(&ada.second);
    for (path, status) in [("/api/customers", 200), ("/api/customers/none", 404), ("/api/reports/dashboard", 200)] {
        let answer = there.get(path).await.expect(status);
        assert_eq!(answer.header("x-annex-workspace-id"), Some(ada.second.as_str()), "{path}");
        assert_eq!(answer.header("cache-control"), Some("private, no-store"), "{path}");
        let vary: Vec<&str> = answer.headers.get_all("vary").iter().filter_map(|value| value.to_str().ok()).collect();
        assert!(
            vary.join(",").split(',').any(|name| name.trim().eq_ignore_ascii_case("x-workspace-id")),
            "{path}: {vary:?}"
        );
        assert!(answer.header("x-annex-request-id").is_some(), "{path}");
    }
    // A tag of the home's answer must not make the workspace's answer a 304 with another body.
    let home = scene.client(&ada.person).get("/api/customers").await.expect(200);
    let tag = home.header("etag").expect("the CRM tags its answers").to_owned();
    let answer = there.header("if-none-match", &tag).get("/api/customers").await;
    assert_eq!(annex_tests::scene::place(&answer), ada.second);
    // What the caller sends under our names never comes back as ours.
    let forged = scene.client(&ada.person).header("x-annex-workspace-id", &ada.second).get("/api/customers").await;
    assert_eq!(
        (annex_tests::scene::place(&forged).as_str(), forged.header("x-annex-workspace-id")),
        (ada.home(), None)
    );
}

#[tokio::test]
async fn naming_ones_own_home_is_home_with_the_own_token() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let home = format!("X-Workspace-Id: {}", ada.home());
    for (line, target) in [
        ("GET /api/customers?a=1".to_owned(), "/api/customers?a=1"),
        (format!("GET /api/customers?workspaceId={}", ada.home()), "/api/customers"),
        (format!("GET /_annex/w/{}/api/customers?a=1", ada.home()), "/api/customers?a=1"),
        // The CRM's own routes that nobody mapped are there at home.
        (format!("GET /_annex/w/{}/api/no-such-route", ada.home()), "/api/no-such-route"),
    ] {
        let (answer, probe) = send(&scene, &line, &ada.person.access, &[&home]).await;
        assert_eq!(answer.status, 200, "{line}");
        let Arrival { target: came, .. } = arrivals(&scene.crm.url, &probe).await.remove(0);
        assert_eq!(came, target, "{line}");
        let arrived = arrivals(&scene.crm.url, &probe).await.remove(0);
        assert_eq!(arrived.token(), ada.person.access, "{line}: the token was changed");
        assert_eq!(arrived.all("x-workspace-id"), Vec::<&str>::new(), "{line}");
        assert_eq!(answer.header("x-annex-workspace-id"), None, "{line}");
    }
}

#[tokio::test]
async fn the_upstream_token_dies_with_the_presented_one() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let mut claims = story::claims(&ada.person, "agency_admin", true);
    let expires = story::now_s() + 8;
    claims["exp"] = expires.into();
    let client =
        Client::new(&scene.annex.url).bearer(&story::sign(&claims, &scene.crm.jwt_secret)).workspace(&ada.second);
    let mark = probe();
    client.header("x-probe", &mark).get("/api/customers").await.expect(200);
    let sent: Value = story::read_claims(arrivals(&scene.crm.url, &mark).await[0].token());
    assert_eq!(sent["exp"], expires, "it must not live longer");
    let until = std::time::Duration::from_secs(60);
    annex_tests::http::eventually(until, "the token expired", || async {
        client.get("/api/customers").await.status == 401
    })
    .await;
    assert!(story::now_s() >= expires, "refused before its time");
}
