//! The end of a workspace: who may end it, who would be left without one, and that nothing else changes.

use annex_tests::http::json::Client;
use annex_tests::scene::place;
use annex_tests::story::{self, FlagScope, set_flag};
use reqwest::Method;
use serde_json::json;

use super::{World, at, delete, mistakes, refusal};

#[tokio::test]
async fn an_admin_who_types_the_name_deletes_and_nobody_else_does() {
    let world = World::start("delete").await;
    let [owner, viewer, admin, custom, stranger] =
        world.people(["owner", "viewer", "admin", "custom", "stranger"]).await;
    let id = world.make(&owner, "Nördlich & Co").await;
    for (person, role) in [(&viewer, "viewer"), (&admin, "admin")] {
        world.join(&id, person, role).await;
    }
    // Every permission there is makes no Admin.
    world
        .sql(&format!(
            "insert into annex.workspace_roles (tenant_id, key, name) values ('{id}', 'almost', 'Almost');
             insert into annex.workspace_role_permissions (role_id, tenant_id, permission)
             select r.id, r.tenant_id, m || ':' || v from annex.workspace_roles r,
               unnest(array['contacts','customers','deals','quotations','invoices','payments','proposals','tasks','products',
                            'reports','email','team','settings','members','roles','audit','workspace']) m,
               unnest(array['read','write','delete','manage']) v
             where r.tenant_id = '{id}' and r.key = 'almost'"
        ))
        .await;
    world.join(&id, &custom, "almost").await;
    let name = "Nördlich & Co";
    // Members learn that their role does not do, not that they are strangers.
    for person in [&viewer, &custom] {
        assert_eq!(delete(&world.of(person), &id, name).await.expect(403).code(), "WORKSPACE_PERMISSION_DENIED");
    }
    let (real, none) =
        (delete(&world.of(&stranger), &id, name).await, delete(&world.of(&stranger), "no-such-workspace", name).await);
    assert_eq!(refusal(&real), refusal(&none));
    assert_eq!(real.status, 403);

    let client = world.of(&admin);
    for wrong in ["", "nördlich & co", "Nördlich & Co ", &id] {
        assert_eq!(
            mistakes(&delete(&client, &id, wrong).await.expect(400)),
            json!([["confirmName", "not_the_name"]]),
            "{wrong:?}"
        );
    }
    let empty = client.send(Method::DELETE, &at(&id), Some(json!({"reason": "a\nb", "force": true}))).await.expect(400);
    assert_eq!(
        mistakes(&empty),
        json!([["confirmName", "required"], ["reason", "control_character"], ["force", "unknown_field"]])
    );
    assert_eq!(world.count("annex.workspaces where deleted_at is not null").await, 0, "a refusal deletes nothing");

    // An Admin who is not the owner.
    let body = json!({"confirmName": name, "reason": "The project is over"});
    let gone = client.send(Method::DELETE, &at(&id), Some(body)).await.expect(200).json();
    assert_eq!(gone["workspaceId"], json!(id));
    let days =
        "select round(extract(epoch from purge_after - deleted_at) / 86400) from annex.workspaces where tenant_id";
    assert_eq!(world.value(&format!("{days} = '{id}'")).await.as_deref(), Some("30"));
    assert_eq!(world.audit(&id).await, ["workspace.created", "workspace.deleted"]);
    for person in [&owner, &viewer, &admin] {
        assert_eq!(delete(&world.of(person), &id, name).await.expect(410).code(), "WORKSPACE_DELETED");
    }
    assert_eq!(refusal(&delete(&world.of(&stranger), &id, name).await), refusal(&none), "strangers hear no difference");
}

#[tokio::test]
async fn what_is_not_deleted_goes_on() {
    let world = World::start("deleteothers").await;
    let [owner, guest] = world.people(["owner", "guest"]).await;
    let (gone, kept) = (world.make(&owner, "Gone").await, world.make(&owner, "Kept").await);
    world.join(&gone, &guest, "member").await;
    world.join(&kept, &guest, "member").await;
    // A client that goes on in the workspace by its refresh token.
    let switched = json!({"refreshToken": guest.refresh});
    let there = world.of(&guest).post(&format!("{}/switch", at(&gone)), switched).await.expect(200).json();
    let there = world.scene.client(&guest).bearer(there["accessToken"].as_str().expect("a token"));
    there.get("/api/customers").await.expect(200);

    delete(&world.of(&owner), &gone, "Gone").await.expect(200);
    let pinned = format!("/_annex/w/{gone}/api/customers");
    for person in [&owner, &guest] {
        let client = world.of(person);
        assert_eq!(client.workspace(&gone).get("/api/customers").await.expect(410).code(), "WORKSPACE_DELETED");
        assert_eq!(client.get(&pinned).await.expect(410).code(), "WORKSPACE_DELETED");
        let write = json!({"name": "Late", "email": "late@example.test"});
        client.workspace(&gone).post("/api/customers", write).await.expect(410);
        client.workspace(&kept).get("/api/customers").await.expect(200);
        assert_eq!(place(&client.get("/api/customers").await), person.tenant, "home is as it was");
        story::log_in(&world.scene.annex.url, &person.email, &person.password).await;
        let list = client.get("/api/workspaces").await.expect(200).json();
        let ids: Vec<&str> =
            list["workspaces"].as_array().expect("a list").iter().filter_map(|w| w["workspaceId"].as_str()).collect();
        assert_eq!(ids, [person.tenant.as_str(), kept.as_str()]);
    }
    assert_eq!(world.count(&format!("public.customers where tenant_id = '{gone}'")).await, 0);
    // The bound token renews nothing, and least of all a token for home.
    there.get("/api/customers").await.expect(410);
    let refreshed =
        Client::new(&world.scene.annex.url).post("/api/auth/refresh", json!({"refreshToken": guest.refresh})).await;
    assert_eq!((refreshed.status, refreshed.code().as_str()), (410, "WORKSPACE_DELETED"));
}

#[tokio::test]
async fn nobody_is_left_without_a_workspace() {
    let world = World::start("onlyone").await;
    let [owner, other] = world.people(["owner", "other"]).await;
    let (home, name) = (owner.tenant.clone(), "Agency owner");
    let client = world.of(&owner);
    assert_eq!(delete(&client, &home, name).await.expect(409).code(), "ONLY_WORKSPACE", "the caller's only one");
    let second = world.make(&owner, "Second").await;
    let colleague = world.colleague(&owner, "colleague").await;
    assert_eq!(delete(&client, &home, name).await.expect(409).code(), "ONLY_WORKSPACE", "a colleague's only one");
    let off = world.make(&other, "Off").await;
    set_flag(&world.scene.database, FlagScope::Tenant(&off), false).await;
    world.join(&off, &colleague, "member").await;
    assert_eq!(
        delete(&client, &home, name).await.expect(409).code(),
        "ONLY_WORKSPACE",
        "one that is off is nowhere to go"
    );
    assert_eq!(world.count("annex.workspaces where deleted_at is not null").await, 0);

    // Whoever was dismissed in the CRM has no say.
    world.sql(&format!("update public.users set is_active = false where id = '{}'", colleague.id)).await;
    delete(&client, &home, name).await.expect(200);
    // Now the second one is the last.
    assert_eq!(delete(&client, &second, "Second").await.expect(409).code(), "ONLY_WORKSPACE");
}

#[tokio::test]
async fn a_deleted_home_lets_its_people_log_in_and_go_elsewhere() {
    let world = World::start("deletedhome").await;
    let [owner, host] = world.people(["owner", "host"]).await;
    let (away, elsewhere) = (world.make(&owner, "Away").await, world.make(&host, "Elsewhere").await);
    let colleague = world.colleague(&owner, "colleague").await;
    world.join(&elsewhere, &colleague, "manager").await;
    delete(&world.of(&owner), &owner.tenant, "Agency owner").await.expect(200);

    for (person, other) in [(&owner, &away), (&colleague, &elsewhere)] {
        let signed_in = story::log_in(&world.scene.annex.url, &person.email, &person.password).await;
        let client = world.of(&signed_in);
        client.get("/api/auth/me").await.expect(200);
        assert_eq!(client.get("/api/customers").await.expect(410).code(), "WORKSPACE_DELETED");
        let list = client.get("/api/workspaces").await.expect(200).json();
        let home = &list["workspaces"][0];
        assert_eq!(json!([home["workspace"]["state"], home["can"]["switch"]]), json!(["deleted", false]));
        assert_eq!(home["can"]["restore"], json!(home["role"] == "admin"));
        client.send(Method::POST, &format!("{}/switch", at(other)), None).await.expect(200);
        client.workspace(other).get("/api/customers").await.expect(200);
        let crm_through_annex = Client::new(&world.scene.annex.url);
        let renewal = json!({"refreshToken": signed_in.refresh});
        crm_through_annex.post("/api/auth/refresh", renewal).await.expect(200);
    }
    // Turned off, a home opens again.
    set_flag(&world.scene.database, FlagScope::Tenant(&owner.tenant), false).await;
    world.scene.settle().await;
    assert_eq!(place(&world.of(&owner).get("/api/customers").await), owner.tenant);
}
