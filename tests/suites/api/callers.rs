//! Who may ask what: every route × every sort of caller.

use annex_tests::http::json::Client;
use annex_tests::story::{self, FlagScope, add_member, set_flag};
use reqwest::Method;
use serde_json::{Value, json};

use super::World;

/// Every route, with a body that would be accepted.
fn routes(workspace: &str, tenant: &str) -> Vec<(Method, String, Option<Value>, Sort)> {
    let flag = json!({"key": "multi_workspace_enabled", "enabled": true, "tenantId": tenant});
    vec![
        (Method::GET, "/api/workspaces".to_owned(), None, Sort::Feature),
        (Method::POST, "/api/workspaces".to_owned(), Some(json!({"name": "More"})), Sort::Home),
        (Method::POST, format!("/api/workspaces/{workspace}/switch"), None, Sort::Member),
        (Method::GET, "/api/workspaces/nothing/here".to_owned(), None, Sort::Nothing),
        (Method::DELETE, "/api/workspaces".to_owned(), None, Sort::OtherMethod),
        (Method::GET, "/api/permissions".to_owned(), None, Sort::Feature),
        (Method::GET, format!("/api/workspaces/{workspace}/members"), None, Sort::Member),
        (Method::GET, format!("/api/workspaces/{workspace}/roles"), None, Sort::Member),
        (Method::GET, "/api/admin/workspaces".to_owned(), None, Sort::Admin),
        (Method::GET, "/api/admin/feature-flags".to_owned(), None, Sort::Admin),
        (Method::POST, "/api/admin/feature-flags".to_owned(), Some(flag), Sort::Admin),
        (Method::POST, format!("/api/admin/tenants/{tenant}/enable-multi-workspace"), None, Sort::Admin),
        (Method::POST, format!("/api/admin/tenants/{tenant}/disable-multi-workspace"), None, Sort::Admin),
        (Method::GET, "/api/admin/rollout".to_owned(), None, Sort::Admin),
        (Method::POST, "/api/admin/rollout".to_owned(), Some(json!({"percentage": 100})), Sort::Admin),
    ]
}

/// What a route asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Feature,
    /// A home that is on.
    Home,
    Member,
    Admin,
    Nothing,
    OtherMethod,
}

/// A sort of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Anonymous,
    BadToken,
    RefreshToken,
    Expired,
    /// Without the feature.
    Outsider,
    /// With the feature, and no member of the workspace.
    Stranger,
    Member,
    /// Who joined a workspace that is on, from a home that is off.
    Guest,
    Customer,
    SaasAdmin,
    /// The claim without the row.
    FakeAdmin,
}

fn expected(caller: Caller, sort: Sort) -> (u16, &'static str) {
    let disabled = (403, "MULTI_WORKSPACE_DISABLED");
    let not_admin = (403, "SAAS_ADMIN_REQUIRED");
    match (caller, sort) {
        (Caller::Anonymous | Caller::BadToken | Caller::RefreshToken | Caller::Expired, _) => (401, "UNAUTHENTICATED"),
        (Caller::SaasAdmin, Sort::Admin) => (200, ""),
        (_, Sort::Admin) => not_admin,
        (Caller::Outsider | Caller::Customer | Caller::SaasAdmin | Caller::FakeAdmin, _) => disabled,
        (_, Sort::Feature) => (200, ""),
        (Caller::Stranger | Caller::Member, Sort::Home) => (201, ""),
        (Caller::Guest, Sort::Home) => disabled,
        (Caller::Stranger, Sort::Member) => (403, "WORKSPACE_ACCESS_DENIED"),
        (Caller::Member | Caller::Guest, Sort::Member) => (200, ""),
        (_, Sort::Nothing) => (404, "NOT_FOUND"),
        (_, Sort::OtherMethod) => (405, "METHOD_NOT_ALLOWED"),
    }
}

#[tokio::test]
async fn every_route_answers_every_caller_as_the_rules_say() {
    let world = World::start("callers").await;
    let (owner, outsider) = (world.register("owner").await, world.register("outsider").await);
    let (stranger, member, guest) =
        (world.register("stranger").await, world.register("member").await, world.register("guest").await);
    let admin = world.platform_admin().await;
    for on in [&owner, &stranger, &member] {
        world.enable(&admin, &on.tenant).await;
    }
    add_member(&world.database, &owner.tenant, &member.id, "viewer").await;
    add_member(&world.database, &owner.tenant, &guest.id, "viewer").await;
    world.enable(&admin, &owner.tenant).await;

    let secret = &world.crm.jwt_secret;
    let mut expired = story::claims(&member, "agency_admin", true);
    expired["exp"] = json!(story::now_s() - 1);
    let customer = story::claims(&owner, "customer", false);
    let fake = story::claims(&outsider, "saas_admin", true);
    let table: Vec<(Caller, Client)> = vec![
        (Caller::Anonymous, world.client()),
        (Caller::BadToken, world.client().bearer(&story::sign(&fake, "another secret than the CRM's"))),
        (Caller::RefreshToken, world.client().bearer(&member.refresh)),
        (Caller::Expired, world.client().bearer(&story::sign(&expired, secret))),
        (Caller::Outsider, world.of(&outsider)),
        (Caller::Stranger, world.of(&stranger)),
        (Caller::Member, world.of(&member)),
        (Caller::Guest, world.of(&guest)),
        (Caller::Customer, world.client().bearer(&story::sign(&customer, secret))),
        (Caller::SaasAdmin, world.of(&admin)),
        (Caller::FakeAdmin, world.client().bearer(&story::sign(&fake, secret))),
    ];
    // The admin's routes flip a tenant that nobody else of the table lives in.
    let other = world.register("other").await;
    let mut wrong = Vec::new();
    for (caller, client) in &table {
        for (method, path, body, sort) in routes(&owner.tenant, &other.tenant) {
            let answer = client.send(method.clone(), &path, body).await;
            let (status, code) = expected(*caller, sort);
            if (answer.status, answer.code().as_str()) != (status, code) {
                wrong
                    .push(format!("{caller:?} {method} {path}: {} {} for {status} {code}", answer.status, answer.text));
            }
            assert!(answer.header("x-annex-request-id").is_some(), "{method} {path} without a request id");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{method} {path}");
            if status == 401 {
                assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{method} {path}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn features_answers_everybody_200_and_says_who_has_it() {
    let world = World::start("features").await;
    let (person, host) = (world.register("person").await, world.register("host").await);
    let read = |client: Client| async move { client.get("/api/features").await.expect(200).json() };
    let has = |enabled: bool, tenant: Option<&str>| json!({"multi_workspace_enabled": enabled, "tenant_id": tenant});

    assert_eq!(read(world.client()).await, has(false, None), "without a credential");
    assert_eq!(read(world.client().bearer("nonsense")).await, has(false, None), "with nonsense");
    assert_eq!(read(world.client().bearer(&person.refresh)).await, has(false, None), "with a refresh token");
    assert_eq!(read(world.of(&person)).await, has(false, Some(&person.tenant)), "with nothing on");

    let admin = world.platform_admin().await;
    world.enable(&admin, &person.tenant).await;
    assert_eq!(read(world.of(&person)).await, has(true, Some(&person.tenant)), "with home on");
    world.disable(&admin, &person.tenant).await;
    assert_eq!(read(world.of(&person)).await, has(false, Some(&person.tenant)), "with home off again");

    world.enable(&admin, &host.tenant).await;
    add_member(&world.database, &host.tenant, &person.id, "member").await;
    // Written behind Annex's back: in force as soon as the notification came, which the flag's write waits for.
    world.enable(&admin, &host.tenant).await;
    annex_tests::http::eventually_some(std::time::Duration::from_secs(60), "the membership counts", || async {
        let answer = read(world.of(&person)).await;
        if answer["multi_workspace_enabled"] == true { Ok(()) } else { Err(answer) }
    })
    .await;
    set_flag(&world.database, FlagScope::Tenant(&host.tenant), false).await;
}

#[tokio::test]
async fn with_nothing_on_the_api_is_closed_and_the_known_paths_of_the_crm_are_not_ours() {
    let world = World::start("closed").await;
    let person = world.register("person").await;
    world.client().get("/api/workspaces").await.expect(401);
    let refused = world.of(&person).get("/api/workspaces").await.expect(403);
    assert_eq!(refused.code(), "MULTI_WORKSPACE_DISABLED");
    world.of(&person).get("/api/customers").await.expect(200);
    let nowhere = world.client().get("/_annex/nothing").await.expect(404);
    assert_eq!(nowhere.code(), "NOT_FOUND");
}

#[tokio::test]
async fn paths_are_read_as_the_crm_would_read_them() {
    let world = World::start("paths").await;
    let (admin, person) = (world.platform_admin().await, world.register("person").await);
    world.enable(&admin, &person.tenant).await;
    for path in ["/API/Workspaces", "/api/workspaces/", "/Api/WORKSPACES/?limit=3"] {
        world.of(&person).get(path).await.expect(200);
    }
    let path = format!("/API/Workspaces/{}/SWITCH/", person.tenant);
    world.of(&person).send(Method::POST, &path, None).await.expect(200);
}
