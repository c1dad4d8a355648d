//! The return of a workspace, whole, as long as its time is not over.

use reqwest::Method;
use serde_json::{Value, json};

use super::{World, at, delete, refusal, restore};

#[tokio::test]
async fn members_roles_and_what_it_said_come_back() {
    let world = World::start("restore").await;
    let [owner, member, stranger] = world.people(["owner", "member", "stranger"]).await;
    let id = world.make(&owner, "Back").await;
    let role = format!("insert into annex.workspace_roles (tenant_id, key, name) values ('{id}', 'guide', 'Guide')");
    let permission = format!(
        "insert into annex.workspace_role_permissions (role_id, tenant_id, permission)
         select id, tenant_id, 'customers:read' from annex.workspace_roles where tenant_id = '{id}' and key = 'guide'"
    );
    let logo = format!("update annex.workspaces set logo_url = '/logo.png' where tenant_id = '{id}'");
    world.sql(&format!("{role}; {permission}; {logo}")).await;
    world.join(&id, &member, "guide").await;
    world.of(&owner).patch(&at(&id), json!({"industry": "Media", "phone": "+49 30 1"})).await.expect(200);
    let rows = format!(
        "select string_agg(m.user_id || ' ' || r.key || ' ' || m.status, ',' order by m.user_id)
         from annex.workspace_users m join annex.workspace_roles r on r.id = m.role_id where m.tenant_id = '{id}'"
    );
    let (before, about) = (world.value(&rows).await, world.of(&owner).get(&at(&id)).await.expect(200).json());

    let alive = restore(&world.of(&owner), &id).await.expect(400);
    assert_eq!(alive.json()["errors"][0]["code"], json!("not_deleted"));
    delete(&world.of(&owner), &id, "Back").await.expect(200);
    world.of(&member).workspace(&id).get("/api/customers").await.expect(410);
    assert_eq!(restore(&world.of(&member), &id).await.expect(403).code(), "WORKSPACE_PERMISSION_DENIED");
    let (real, none) =
        (restore(&world.of(&stranger), &id).await, restore(&world.of(&stranger), "no-such-workspace").await);
    assert_eq!(refusal(&real), refusal(&none));

    let keyed = world.of(&owner).header("idempotency-key", "again");
    let back = restore(&keyed, &id).await.expect(200);
    let mut body = back.json();
    for field in ["version", "updatedAt"] {
        body[field] = about[field].clone();
    }
    assert_eq!(body, about, "as it was");
    assert_eq!(world.value(&rows).await, before);
    world.of(&member).workspace(&id).get("/api/customers").await.expect(200);
    let refused = world.of(&member).workspace(&id).get("/api/deals").await.expect(403);
    assert_eq!(refused.code(), "WORKSPACE_PERMISSION_DENIED", "the custom role is what it was");
    assert_eq!(restore(&keyed, &id).await.expect(200).json()["id"], json!(id), "sent again, told again");
    let other = keyed.send(Method::POST, &format!("{}/restore", at(&id)), Some(json!({}))).await;
    assert_eq!(other.status, 200, "an empty body is no other payload");
    let told = world.audit(&id).await;
    assert_eq!(told, ["workspace.created", "workspace.updated", "workspace.deleted", "workspace.restored"]);
}

#[tokio::test]
async fn when_its_time_is_over_nothing_comes_back() {
    let world = World::start("toolate").await;
    let [owner] = world.people(["owner"]).await;
    let id = world.make(&owner, "Late").await;
    delete(&world.of(&owner), &id, "Late").await.expect(200);
    world
        .sql(&format!("update annex.workspaces set purge_after = now() - interval '1 second' where tenant_id = '{id}'"))
        .await;
    assert_eq!(restore(&world.of(&owner), &id).await.expect(410).code(), "WORKSPACE_DELETED");
    assert_eq!(world.of(&owner).get("/api/workspaces/deleted").await.expect(200).json()["data"], json!([]));
    // Kept for ever, by an operator's word.
    world.sql(&format!("update annex.workspaces set purge_after = null where tenant_id = '{id}'")).await;
    restore(&world.of(&owner), &id).await.expect(200);
}

#[tokio::test]
async fn who_could_restore_sees_what_and_until_when() {
    let world = World::start("deletedlist").await;
    let [owner, member, host] = world.people(["owner", "member", "host"]).await;
    let stays = world.make(&host, "Stays").await;
    world.join(&stays, &owner, "member").await;
    let mut ids = Vec::new();
    for name in ["One", "Two", "Three"] {
        let id = world.make(&owner, name).await;
        world.join(&id, &member, "viewer").await;
        delete(&world.of(&owner), &id, name).await.expect(200);
        ids.push(id);
    }
    delete(&world.of(&owner), &owner.tenant, "Agency owner").await.expect(200);
    ids.push(owner.tenant.clone());
    ids.reverse();

    let list = world.of(&owner).get("/api/workspaces/deleted").await.expect(200).json();
    let listed: Vec<&str> =
        list["data"].as_array().expect("a list").iter().filter_map(|entry| entry["id"].as_str()).collect();
    assert_eq!(listed, ids, "newest first, home among them");
    assert_eq!(list["nextCursor"], Value::Null);
    let first = &list["data"][0];
    assert_eq!(json!([first["name"], first["isPrimary"], first["deletedBy"]]), json!(["Agency owner", true, owner.id]));
    assert!(first["restorableUntil"].as_str() > first["deletedAt"].as_str(), "{first}");

    let (mut paged, mut path) = (Vec::new(), "/api/workspaces/deleted?limit=3".to_owned());
    loop {
        let page = world.of(&owner).get(&path).await.expect(200).json();
        paged.extend(
            page["data"].as_array().expect("a list").iter().filter_map(|entry| entry["id"].as_str().map(str::to_owned)),
        );
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        path = format!("/api/workspaces/deleted?limit=3&cursor={cursor}");
    }
    assert_eq!(paged, ids, "page by page");
    for bad in ["limit=0", "limit=101", "cursor=x"] {
        world.of(&owner).get(&format!("/api/workspaces/deleted?{bad}")).await.expect(400);
    }
    for person in [&member, &host] {
        assert_eq!(world.of(person).get("/api/workspaces/deleted").await.expect(200).json()["data"], json!([]));
    }
    restore(&world.of(&owner), &owner.tenant).await.expect(200);
    world.of(&owner).get("/api/customers").await.expect(200);
}
