//! Going on in another workspace.

use annex_tests::story::{self, FlagScope, add_member, remove_member, set_flag};
use reqwest::Method;
use serde_json::{Value, json};

use super::World;

#[tokio::test]
async fn a_member_switches_and_a_stranger_learns_nothing() {
    let world = World::start("switch").await;
    let admin = world.platform_admin().await;
    let (person, host, deleted, off) = (
        world.register("person").await,
        world.register("host").await,
        world.register("deleted").await,
        world.register("off").await,
    );
    for tenant in [&person.tenant, &host.tenant, &deleted.tenant] {
        world.enable(&admin, tenant).await;
    }
    let switch =
        async |id: &str| world.of(&person).send(Method::POST, &format!("/api/workspaces/{id}/switch"), None).await;

    // The same answer for what is there, what is off, what is gone and what never was.
    let superuser = world.database.connect().await;
    superuser.execute("SELECT annex.ensure_workspace($1)", &[&deleted.tenant]).await.expect("a workspace");
    let delete = "UPDATE annex.workspaces SET deleted_at = now(), deleted_by = 'x' WHERE tenant_id = $1";
    superuser.execute(delete, &[&deleted.tenant]).await.expect("a deleted workspace");
    let mut refusals = Vec::new();
    for id in [&host.tenant, &off.tenant, &deleted.tenant, "no-such-workspace", "not%20an%20id", "%00"] {
        let answer = switch(id).await.expect(403);
        let mut body = answer.json();
        body["requestId"] = Value::Null;
        refusals.push(body);
    }
    assert!(refusals.iter().all(|body| *body == refusals[0]), "{refusals:?}");
    assert_eq!(refusals[0]["code"], "WORKSPACE_ACCESS_DENIED");

    for tenant in [&host.tenant, &deleted.tenant, &off.tenant] {
        add_member(&world.database, tenant, &person.id, "manager").await;
    }
    let answer = switch(&host.tenant).await.expect(200).json();
    assert_eq!(
        answer,
        json!({"message": "Workspace switched", "activeWorkspaceId": host.tenant}),
        "no token without one"
    );
    assert_eq!(switch(&off.tenant).await.expect(403).code(), "MULTI_WORKSPACE_DISABLED");
    assert_eq!(switch(&deleted.tenant).await.expect(410).code(), "WORKSPACE_DELETED");
    switch(&person.tenant).await.expect(200);

    let switches = async || {
        let events = world.audit(&host.tenant).await;
        events.into_iter().filter(|event| *event == ("workspace.switched".to_owned(), "user".to_owned())).count()
    };
    assert_eq!(switches().await, 1);
    let seen = format!(
        "SELECT count(*) FROM annex.workspace_users WHERE tenant_id = '{}' AND last_accessed_at IS NOT NULL",
        host.tenant
    );
    assert_eq!(world.count(&seen).await, 1);

    remove_member(&world.database, &host.tenant, &person.id).await;
    assert_eq!(switch(&host.tenant).await.expect(403).code(), "WORKSPACE_ACCESS_DENIED");
    assert_eq!(switches().await, 1, "a refused switch is no switch");
}

#[tokio::test]
async fn a_refresh_token_comes_back_only_to_its_owner() {
    let world = World::start("refresh").await;
    let admin = world.platform_admin().await;
    let (person, other) = (world.register("person").await, world.register("other").await);
    world.enable(&admin, &person.tenant).await;
    let path = format!("/api/workspaces/{}/switch", person.tenant);
    let own = world.of(&person).post(&path, json!({"refreshToken": person.refresh})).await.expect(200).json();
    assert_eq!(own["refreshToken"], json!(person.refresh));
    for (whose, token) in
        [("another's", other.refresh.as_str()), ("an access token", &person.access), ("nonsense", "x.y.z")]
    {
        let answer = world.of(&person).post(&path, json!({"refreshToken": token})).await.expect(400);
        let errors = answer.json()["errors"].clone();
        assert_eq!(errors, json!([{"path": "refreshToken", "code": "not_your_refresh_token"}]), "{whose}");
        assert!(!answer.text.contains(token), "{whose} is repeated");
    }
}

#[tokio::test]
async fn a_client_that_switches_by_token_takes_its_workspace_off_again_when_it_goes_home() {
    let world = World::start("homeward").await;
    let admin = world.platform_admin().await;
    let (person, host) = (world.register("person").await, world.register("host").await);
    world.enable(&admin, &person.tenant).await;
    world.enable(&admin, &host.tenant).await;
    add_member(&world.database, &host.tenant, &person.id, "manager").await;
    let switch = async |token: &str, to: &str| {
        let body = json!({"refreshToken": person.refresh});
        let answer = world.client().bearer(token).post(&format!("/api/workspaces/{to}/switch"), body).await.expect(200);
        answer.json()["accessToken"].as_str().expect("a token").to_owned()
    };
    let there = switch(&person.access, &host.tenant).await;
    assert_eq!(story::read_claims(&there)["activeWorkspaceId"], json!(host.tenant));
    let list = world.client().bearer(&there).get("/api/workspaces").await.expect(200).json();
    assert_eq!(list["activeWorkspaceId"], json!(host.tenant));
    let back = switch(&there, &person.tenant).await;
    assert_eq!(story::read_claims(&back), story::read_claims(&person.access), "as the CRM itself would say it");
    let renewed =
        world.client().post("/api/auth/refresh", json!({"refreshToken": person.refresh})).await.expect(200).json();
    let renewed = story::read_claims(renewed["accessToken"].as_str().expect("a token"));
    assert_eq!(renewed["activeWorkspaceId"], Value::Null, "the refresh token goes on at home");
}

#[tokio::test]
async fn home_can_be_gone_back_to_when_only_the_other_workspace_is_on() {
    let world = World::start("goinghome").await;
    let admin = world.platform_admin().await;
    let (person, host) = (world.register("person").await, world.register("host").await);
    add_member(&world.database, &host.tenant, &person.id, "member").await;
    world.enable(&admin, &host.tenant).await;
    let path = format!("/api/workspaces/{}/switch", person.tenant);
    world.of(&person).send(Method::POST, &path, None).await.expect(200);
    assert_eq!(world.audit(&person.tenant).await, [], "a home that is off is only the CRM's");
    set_flag(&world.database, FlagScope::Tenant(&host.tenant), false).await;
}
