//! A workspace gets another owner: one offers, the other accepts, and nobody else has a say.

use annex_tests::http::json::{Answer, Client};
use reqwest::Method;
use serde_json::{Value, json};

use super::{World, at, delete, mistakes, refusal, restore};

fn path(workspace: &str) -> String {
    format!("{}/ownership-transfer", at(workspace))
}

async fn offer(client: &Client, workspace: &str, to: &str) -> Answer {
    client.post(&path(workspace), json!({ "userId": to })).await
}

async fn reply(client: &Client, workspace: &str, offer: &str, word: &str) -> Answer {
    client.send(Method::POST, &format!("{}/{offer}/{word}", path(workspace)), None).await
}

fn id_of(answer: &Answer) -> String {
    answer.json()["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn the_recipient_accepts_and_is_owner_and_admin_at_once() {
    let world = World::start("ownership").await;
    let [owner, heir, viewer] = world.people(["owner", "heir", "viewer"]).await;
    let id = world.make(&owner, "Handed over").await;
    for person in [&heir, &viewer] {
        world.join(&id, person, "viewer").await;
    }
    world.of(&heir).patch(&at(&id), json!({"industry": "x"})).await.expect(403);
    let keyed = world.of(&owner).header("idempotency-key", "once");
    let opened = offer(&keyed, &id, &heir.id).await.expect(201);
    let body = opened.json();
    assert_eq!(
        json!([body["fromUserId"], body["toUserId"], body["status"], body["workspaceId"]]),
        json!([owner.id, heir.id, "pending", id])
    );
    let transfer = id_of(&opened);
    assert_eq!(offer(&keyed, &id, &heir.id).await.expect(201).json(), body, "sent again, told again");
    offer(&keyed, &id, &viewer.id).await.expect(422);
    for person in [&owner, &heir] {
        assert_eq!(world.of(person).get(&path(&id)).await.expect(200).json()["transfer"], body);
    }
    assert_eq!(world.of(&viewer).get(&path(&id)).await.expect(200).json()["transfer"], Value::Null);
    assert_eq!(world.owner_of(&id).await.as_ref(), Some(&owner.id), "an offer changes nothing");

    let accepting = world.of(&heir).header("idempotency-key", "yes");
    let accepted = reply(&accepting, &id, &transfer, "accept").await.expect(200).json();
    assert_eq!(accepted["status"], json!("accepted"));
    assert_eq!(reply(&accepting, &id, &transfer, "accept").await.expect(200).json(), accepted);
    assert_eq!(world.owner_of(&id).await.as_ref(), Some(&heir.id));
    let seen = world.of(&heir).get(&at(&id)).await.expect(200).json();
    assert_eq!(
        json!([seen["role"], seen["ownerUserId"], seen["can"]["transferOwnership"]]),
        json!(["admin", heir.id, true])
    );
    world.of(&heir).patch(&at(&id), json!({"industry": "Media"})).await.expect(200);
    let seen = world.of(&owner).get(&at(&id)).await.expect(200).json();
    assert_eq!(
        json!([seen["role"], seen["can"]["transferOwnership"]]),
        json!(["admin", false]),
        "Admin still, owner no more"
    );
    let told = world.audit(&id).await;
    assert_eq!(
        told,
        [
            "workspace.created",
            "workspace.ownership_offered",
            "member.role_changed",
            "workspace.ownership_transferred",
            "workspace.updated"
        ]
    );
}

#[tokio::test]
async fn who_may_not_offer_or_reply_changes_nothing() {
    let world = World::start("ownershipno").await;
    let [owner, admin, member, stranger] = world.people(["owner", "admin", "member", "stranger"]).await;
    let id = world.make(&owner, "Mine").await;
    world.join(&id, &admin, "admin").await;
    world.join(&id, &member, "member").await;
    let client = world.of(&owner);
    assert_eq!(offer(&world.of(&admin), &id, &admin.id).await.expect(403).code(), "OWNER_ONLY");
    assert_eq!(offer(&world.of(&member), &id, &member.id).await.expect(403).code(), "WORKSPACE_PERMISSION_DENIED");
    let (real, none) = (
        offer(&world.of(&stranger), &id, &stranger.id).await,
        offer(&world.of(&stranger), "no-such-workspace", &stranger.id).await,
    );
    assert_eq!(refusal(&real), refusal(&none));
    assert_eq!(real.status, 403);
    for (body, wanted) in [
        (json!({}), json!([["userId", "required"]])),
        (json!({"userId": 5}), json!([["userId", "invalid_type"]])),
        (json!({"userId": "a b"}), json!([["userId", "not_an_id"]])),
        (json!({"userId": stranger.id}), json!([["userId", "not_an_active_member"]])),
        (json!({"userId": admin.id, "now": true}), json!([["now", "unknown_field"]])),
    ] {
        assert_eq!(mistakes(&client.post(&path(&id), body.clone()).await.expect(400)), wanted, "{body}");
    }
    assert_eq!(offer(&client, &id, &owner.id).await.expect(409).code(), "CONFLICT");

    let first = id_of(&offer(&client, &id, &admin.id).await.expect(201));
    assert_eq!(offer(&client, &id, &member.id).await.expect(409).code(), "CONFLICT", "one at a time");
    for unknown in ["7c9e6679-7425-40de-944b-e07fc1f90ae7", "nothing", "%00"] {
        reply(&world.of(&admin), &id, unknown, "accept").await.expect(404);
    }
    for (person, word) in
        [(&member, "accept"), (&member, "decline"), (&member, "cancel"), (&owner, "accept"), (&admin, "cancel")]
    {
        assert_eq!(reply(&world.of(person), &id, &first, word).await.expect(404).code(), "NOT_FOUND", "{word}");
    }
    // An id of another workspace is no offer here.
    let other = world.make(&admin, "Another").await;
    reply(&world.of(&admin), &other, &first, "accept").await.expect(404);
    reply(&world.of(&admin), &id, &first, "decline").await.expect(200);
    for word in ["accept", "decline"] {
        reply(&world.of(&admin), &id, &first, word).await.expect(409);
    }
    let second = id_of(&offer(&client, &id, &admin.id).await.expect(201));
    reply(&client, &id, &second, "cancel").await.expect(200);
    reply(&world.of(&admin), &id, &second, "accept").await.expect(409);

    // Past its time it gives nothing, and makes room.
    let third = id_of(&offer(&client, &id, &admin.id).await.expect(201));
    world
        .sql(&format!(
            "update annex.ownership_transfers set created_at = now() - interval '8 days', expires_at = now() - interval '1 day' where id = '{third}'"
        ))
        .await;
    reply(&world.of(&admin), &id, &third, "accept").await.expect(409);
    assert_eq!(client.get(&path(&id)).await.expect(200).json()["transfer"], Value::Null);
    offer(&client, &id, &member.id).await.expect(201);
    assert_eq!(world.owner_of(&id).await.as_ref(), Some(&owner.id));

    // What was offered before a deletion is not offered after it.
    delete(&client, &id, "Mine").await.expect(200);
    let told = world.audit(&id).await;
    assert_eq!(told[told.len() - 2..], ["workspace.ownership_offer_ended", "workspace.deleted"], "its end is told");
    let ended = format!(
        "select details->>'status' || ' ' || (details->>'reason') || ' ' || (details->>'to') from annex.audit_events
         where tenant_id = '{id}' and action = 'workspace.ownership_offer_ended' order by seq desc limit 1"
    );
    assert_eq!(world.value(&ended).await, Some(format!("cancelled workspace_deleted {}", member.id)));
    restore(&client, &id).await.expect(200);
    assert_eq!(client.get(&path(&id)).await.expect(200).json()["transfer"], Value::Null);
}

#[tokio::test]
async fn both_sides_are_judged_again_when_it_counts() {
    let world = World::start("ownershipagain").await;
    let [owner, heir] = world.people(["owner", "heir"]).await;
    let id = world.make(&owner, "Judged").await;
    world.join(&id, &heir, "admin").await;
    let pending = id_of(&offer(&world.of(&owner), &id, &heir.id).await.expect(201));
    let role = |key: &str, person: &str| {
        format!(
            "update annex.workspace_users set role_id = (select id from annex.workspace_roles where tenant_id = '{id}' and key = '{key}')
             where tenant_id = '{id}' and user_id = '{person}'"
        )
    };
    world.sql(&role("viewer", &owner.id)).await;
    assert_eq!(reply(&world.of(&heir), &id, &pending, "accept").await.expect(409).code(), "CONFLICT");
    world.sql(&role("admin", &owner.id)).await;
    world.sql(&format!("update annex.workspace_users set status = 'removed' where user_id = '{}'", heir.id)).await;
    assert_eq!(reply(&world.of(&heir), &id, &pending, "accept").await.expect(403).code(), "WORKSPACE_ACCESS_DENIED");
    assert_eq!(world.owner_of(&id).await.as_ref(), Some(&owner.id));
    world.sql(&format!("update annex.workspace_users set status = 'active' where user_id = '{}'", heir.id)).await;
    world.scene.settle().await;
    // Who offered owns it no more: what they offered is not theirs to give.
    let owned_by = |who: &str| format!("update annex.workspaces set owner_user_id = '{who}' where tenant_id = '{id}'");
    world.sql(&owned_by("somebody-else")).await;
    assert_eq!(reply(&world.of(&heir), &id, &pending, "accept").await.expect(409).code(), "CONFLICT");
    assert_eq!(world.owner_of(&id).await.as_deref(), Some("somebody-else"));
    world.sql(&owned_by(&owner.id)).await;
    reply(&world.of(&heir), &id, &pending, "accept").await.expect(200);
    assert_eq!(world.owner_of(&id).await.as_ref(), Some(&heir.id));
}

#[tokio::test]
async fn a_home_is_nobodys_until_one_of_its_administrators_takes_it() {
    let world = World::start("ownershiphome").await;
    let [native, guest] = world.people(["native", "guest"]).await;
    let home = native.tenant.clone();
    world.join(&home, &guest, "admin").await;
    assert_eq!(world.owner_of(&home).await, None);
    assert_eq!(
        offer(&world.of(&guest), &home, &guest.id).await.expect(403).code(),
        "OWNER_ONLY",
        "the CRM's own come first"
    );
    let claimed = offer(&world.of(&native), &home, &native.id).await.expect(201);
    assert_eq!(claimed.json()["fromUserId"], Value::Null);
    reply(&world.of(&native), &home, &id_of(&claimed), "accept").await.expect(200);
    assert_eq!(world.owner_of(&home).await.as_ref(), Some(&native.id));
    offer(&world.of(&guest), &home, &guest.id).await.expect(403);

    // An owner who was dismissed in the CRM owns nothing that others could not take up.
    world.sql(&format!("update public.users set is_active = false where id = '{}'", native.id)).await;
    let taken = offer(&world.of(&guest), &home, &guest.id).await.expect(201);
    reply(&world.of(&guest), &home, &id_of(&taken), "accept").await.expect(200);
    assert_eq!(world.owner_of(&home).await.as_ref(), Some(&guest.id));
}
