//! Nobody offers what they lack, when they offer it and when it is taken.

use annex_tests::story::{self as people, Person};
use serde_json::json;

use super::{World, link_token};

/// A member with a role of their own: who invites, and reads customers.
async fn recruiter(world: &World, permissions: &[&str]) -> Person {
    let person = world.register("recruiter").await;
    let rows: Vec<String> = permissions.iter().map(|permission| format!("('{permission}')")).collect();
    world
        .sql(&format!(
            "WITH r AS (INSERT INTO annex.workspace_roles (tenant_id, key, name) VALUES ('{0}', 'recruiter', 'Recruiter')
                        RETURNING id, tenant_id),
                  p AS (INSERT INTO annex.workspace_role_permissions (role_id, tenant_id, permission)
                        SELECT r.id, r.tenant_id, v.permission FROM r, (VALUES {1}) AS v (permission))
             INSERT INTO annex.workspace_users (tenant_id, user_id, role_id) SELECT tenant_id, '{2}', id FROM r",
            world.owner.tenant,
            rows.join(", "),
            person.id,
        ))
        .await;
    world.settle().await;
    person
}

#[tokio::test]
async fn a_role_is_offered_by_whom_it_does_not_exceed() {
    let world = World::start("invexceeds").await;
    world.sql(&format!("SELECT annex.ensure_workspace('{}')", world.owner.tenant)).await;
    let person = recruiter(&world, &["members:read", "members:manage", "customers:read"]).await;
    let of = world.of(&person);
    let invite =
        async |role: &str| of.post(&world.path(), json!({"email": format!("{role}@example.test"), "role": role})).await;
    for role in ["admin", "manager", "viewer"] {
        let answer = invite(role).await.expect(403);
        assert_eq!(answer.code(), "ROLE_EXCEEDS_CALLER", "{role}");
        assert!(answer.json()["missingPermissions"].as_array().is_some_and(|missing| !missing.is_empty()), "{role}");
    }
    invite("recruiter").await.expect(201);
    // In many, each row is judged.
    let rows = json!({"invitations": [{"email": "a@example.test", "role": "admin"}, {"email": "b@example.test", "role": "recruiter"}]});
    let answer = of.post(&format!("{}/bulk", world.path()), rows).await.expect(200).json();
    assert_eq!(
        (&answer["results"][0]["code"], &answer["results"][1]["status"]),
        (&json!("ROLE_EXCEEDS_CALLER"), &json!("invited"))
    );
    // What an Admin offered, they can neither mail again nor link.
    let issued = world.invite("chief@example.test", "admin").await;
    world.sql("UPDATE annex.workspace_invitations SET last_sent_at = now() - interval '61 s'").await;
    for verb in ["resend", "link"] {
        let path = format!("{}/{}/{verb}", world.path(), issued["id"].as_str().expect("an id"));
        assert_eq!(of.post(&path, json!({})).await.expect(403).code(), "ROLE_EXCEEDS_CALLER", "{verb}");
    }
}

#[tokio::test]
async fn whoever_is_demoted_or_removed_takes_their_offers_along() {
    let world = World::start("invwithdrawn").await;
    let second = world.register("second").await;
    let token = link_token(&world.invite(&second.email, "admin").await);
    world.present(&second, &token, "accept").await.expect(200);
    let invite = async |email: &str, role: &str| {
        world.of(&second).post(&world.path(), json!({"email": email, "role": role})).await.expect(201).json()
    };
    let (viewer, owners) = (invite("v@example.test", "viewer").await, world.invite("o@example.test", "viewer").await);
    let run = async |arguments: &[&str]| {
        let mut all = vec!["members"];
        all.extend(arguments);
        all.extend(["--workspace", world.owner.tenant.as_str(), "--user", second.id.as_str()]);
        let output = annex_tests::sidecar::annex(&all, &world.annex.environment).await;
        assert_eq!(output.status, 0, "{all:?}: {}{}", output.stdout, output.stderr);
    };
    run(&["add", "--role", "viewer"]).await;
    assert_eq!(world.status(&viewer).await, "revoked", "a viewer offers nothing");
    assert_eq!(world.status(&owners).await, "pending", "another's offers stand");
    let revoked = world.audit().await.into_iter().find(|(action, _)| action == "invitation.revoked");
    assert_eq!(revoked.map(|(_, actor)| actor).as_deref(), Some("node"));
    world.preview(&link_token(&viewer)).await.expect(404);

    run(&["add", "--role", "admin"]).await;
    world.settle().await;
    let again = invite("w@example.test", "viewer").await;
    run(&["remove"]).await;
    assert_eq!(world.status(&again).await, "revoked");
}

#[tokio::test]
async fn what_the_crm_did_to_the_inviter_counts_when_the_offer_is_taken() {
    let world = World::start("invdismissed").await;
    let (guest, late) = (world.register("guest").await, world.register("late").await);
    let second = world.register("second").await;
    people::add_member(&world.database, &world.owner.tenant, &second.id, "admin").await;
    world.settle().await;
    let invite = async |email: &str| {
        world.of(&second).post(&world.path(), json!({"email": email, "role": "admin"})).await.expect(201).json()
    };
    let (first, other) = (invite(&guest.email).await, invite(&late.email).await);
    world.present(&guest, &link_token(&first), "accept").await.expect(200);
    // The CRM dismisses the inviter behind our back.
    world.sql(&format!("UPDATE users SET is_active = false WHERE id = '{}'", second.id)).await;
    let answer = world.present(&late, &link_token(&other), "accept").await.expect(404);
    assert_eq!(answer.code(), "INVITATION_NOT_FOUND");
    assert_eq!((world.status(&other).await, world.role(&late).await), ("revoked".to_owned(), String::new()));
}
