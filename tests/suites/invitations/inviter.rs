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

#[tokio::test]
async fn whoever_may_do_less_by_the_api_offers_less() {
    let world = World::start("invnarrowed").await;
    let of = world.of(&world.owner);
    let at = |what: &str| format!("/api/workspaces/{}/{what}", world.owner.tenant);
    let given =
        json!({"name": "Recruiter", "permissions": ["members:read", "members:manage", "customers:read", "deals:read"]});
    let role = of.post(&at("roles"), given).await.expect(201).json()["id"].clone();
    let small = json!({"name": "Small", "permissions": ["customers:read"]});
    let small = of.post(&at("roles"), small).await.expect(201).json()["id"].clone();
    let wide = json!({"name": "Wide", "permissions": ["customers:read", "deals:read"]});
    let wide = of.post(&at("roles"), wide).await.expect(201).json()["id"].clone();
    let person = world.register("recruiter").await;
    let join = async |role: &serde_json::Value| {
        let body = json!({"email": person.email, "roleId": role});
        let token = link_token(&of.post(&world.path(), body).await.expect(201).json());
        world.present(&person, &token, "accept").await.expect(200);
    };
    join(&role).await;
    let invite = async |email: &str, role: &serde_json::Value| {
        world.of(&person).post(&world.path(), json!({"email": email, "roleId": role})).await.expect(201).json()
    };
    let member = at(&format!("members/{}", person.id));

    // The role that they hold allows less: what is beyond it goes, the rest stands.
    let (beyond, within) = (invite("wide@example.test", &wide).await, invite("small@example.test", &small).await);
    let less = json!({"permissions": ["members:read", "members:manage", "customers:read"]});
    of.patch(&at(&format!("roles/{}", role.as_str().expect("an id"))), less).await.expect(200);
    assert_eq!(
        (world.status(&beyond).await, world.status(&within).await),
        ("revoked".to_owned(), "pending".to_owned())
    );
    // Another role, a suspension, a removal.
    of.patch(&member, json!({"role": "viewer"})).await.expect(200);
    assert_eq!(world.status(&within).await, "revoked");
    of.patch(&member, json!({"roleId": role})).await.expect(200);
    world.settle().await;
    let again = invite("again@example.test", &small).await;
    of.patch(&member, json!({"status": "suspended"})).await.expect(200);
    assert_eq!(world.status(&again).await, "revoked");
    of.patch(&member, json!({"status": "active"})).await.expect(200);
    world.settle().await;
    let last = invite("last@example.test", &small).await;
    of.delete(&member).await.expect(200);
    assert_eq!(world.status(&last).await, "revoked");
    let told = world.audit().await.into_iter().filter(|(action, _)| action == "invitation.revoked").count();
    assert_eq!(told, 4, "each is an event");
}

#[tokio::test]
async fn a_role_that_is_offered_is_in_use_and_its_heir_is_offered_instead() {
    let world = World::start("invroleuse").await;
    let of = world.of(&world.owner);
    let roles = format!("/api/workspaces/{}/roles", world.owner.tenant);
    let made = json!({"name": "Guide", "permissions": ["customers:read"]});
    let role = of.post(&roles, made).await.expect(201).json()["id"].clone();
    let guest = world.register("guest").await;
    let body = json!({"email": guest.email, "roleId": role});
    let issued = of.post(&world.path(), body).await.expect(201).json();
    let at = format!("{roles}/{}", role.as_str().expect("an id"));
    let refused = of.delete(&at).await.expect(409);
    assert_eq!(
        (refused.code(), &refused.json()["inUse"]),
        ("ROLE_IN_USE".to_owned(), &json!({"members": 0, "invitations": 1}))
    );
    let listed = of.get(&roles).await.expect(200).json();
    let viewer =
        listed["data"].as_array().expect("roles").iter().find(|role| role["key"] == "viewer").expect("one")["id"]
            .clone();
    of.send(reqwest::Method::DELETE, &at, Some(json!({"reassignTo": viewer}))).await.expect(200);
    world.present(&guest, &link_token(&issued), "accept").await.expect(200);
    assert_eq!(world.role(&guest).await, "viewer");
    // One that expired holds no role.
    let made = json!({"name": "Guide", "permissions": ["customers:read"]});
    let role = of.post(&roles, made).await.expect(201).json()["id"].clone();
    of.post(&world.path(), json!({"email": "late@example.test", "roleId": role})).await.expect(201);
    world.sql("UPDATE annex.workspace_invitations SET created_at = now() - interval '9 days', expires_at = now() - interval '1 s' WHERE status = 'pending'").await;
    of.delete(&format!("{roles}/{}", role.as_str().expect("an id"))).await.expect(200);
}
