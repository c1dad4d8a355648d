//! Another role, shut out, let in again.

use serde_json::json;

use super::{Place, said};

#[tokio::test]
async fn a_role_changes_and_is_in_force_at_the_very_next_request() {
    let place = Place::start("memberrole").await;
    let person = place.join("person", "viewer").await;
    let there = place.of(&person).workspace(&place.id);
    let customer = json!({"name": "New", "email": "new@example.test"});
    assert_eq!(said(&there.post("/api/customers", customer.clone()).await), "403 WORKSPACE_PERMISSION_DENIED");

    let owner = place.of(&place.owner);
    let before = owner.get(&place.member(&person)).await.expect(200);
    let tag = before.header("etag").expect("an ETag").to_owned();
    let changed =
        owner.header("if-match", &tag).patch(&place.member(&person), json!({"role": "manager"})).await.expect(200);
    let row = changed.json();
    assert_eq!(
        (&row["role"], &row["roleName"], &row["status"]),
        (&json!("manager"), &json!("Manager"), &json!("active"))
    );
    assert_eq!(row["id"], before.json()["id"]);
    assert_ne!(changed.header("etag"), Some(tag.as_str()));
    there.post("/api/customers", customer.clone()).await.expect(201);

    let stale = owner.header("if-match", &tag).patch(&place.member(&person), json!({"role": "viewer"})).await;
    assert_eq!(said(&stale), "412 STALE_VERSION");
    there.post("/api/customers", customer.clone()).await.expect(201);
    let viewer = row_id(&place, "viewer").await;
    let any = owner.header("if-match", "*").patch(&place.member(&person), json!({"roleId": viewer})).await.expect(200);
    assert_eq!(any.json()["role"], "viewer");
    assert_eq!(said(&there.post("/api/customers", customer).await), "403 WORKSPACE_PERMISSION_DENIED");
    there.get("/api/customers").await.expect(200);

    // The same again changes nothing and tells nothing.
    let tag = any.header("etag").unwrap().to_owned();
    let same = owner.patch(&place.member(&person), json!({"role": "viewer", "status": "active"})).await.expect(200);
    assert_eq!(same.header("etag"), Some(tag.as_str()));
    assert_eq!(place.told().await, "member.role_changed member.role_changed");
    let details = place.text("SELECT details->>'from' || '>' || (details->>'role') FROM annex.audit_events WHERE action = 'member.role_changed' ORDER BY seq LIMIT 1").await;
    assert_eq!(details, "viewer>manager");
}

async fn row_id(place: &Place, key: &str) -> String {
    place
        .text(&format!("SELECT id::text FROM annex.workspace_roles WHERE tenant_id = '{}' AND key = '{key}'", place.id))
        .await
}

#[tokio::test]
async fn a_suspended_member_is_out_at_once_and_comes_back_with_their_role() {
    let place = Place::start("membersuspend").await;
    let person = place.join("person", "finance").await;
    let there = place.of(&person).workspace(&place.id);
    there.get("/api/invoices").await.expect(200);
    let owner = place.of(&place.owner);
    let out = owner.patch(&place.member(&person), json!({"status": "suspended"})).await.expect(200).json();
    assert_eq!((&out["status"], &out["role"]), (&json!("suspended"), &json!("finance")));
    assert!(out.get("notice").is_none(), "somebody from elsewhere keeps nothing here");
    assert_eq!(said(&there.get("/api/invoices").await), "403 WORKSPACE_ACCESS_DENIED");

    // Another role meanwhile lets nobody in.
    let still = owner.patch(&place.member(&person), json!({"role": "viewer"})).await.expect(200).json();
    assert_eq!((&still["status"], &still["role"]), (&json!("suspended"), &json!("viewer")));
    assert_ne!(there.get("/api/invoices").await.status, 200);

    owner.patch(&place.member(&person), json!({"status": "active"})).await.expect(200);
    there.get("/api/invoices").await.expect(200);
    assert_eq!(place.told().await, "member.suspended member.role_changed member.resumed");
}

#[tokio::test]
async fn nobody_gives_or_takes_more_than_they_hold() {
    let place = Place::start("memberrules").await;
    let (second, person) = (place.join("second", "admin").await, place.join("person", "viewer").await);
    let lead = place.join("lead", "viewer").await;
    let owner = place.of(&place.owner);
    // A lead manages members and reads customers, no more.
    let role =
        json!({"name": "Lead", "permissions": ["members:read", "members:manage", "customers:read", "workspace:read"]});
    owner.post(&place.path("/roles"), role).await.expect(201);
    let small = json!({"name": "Small", "permissions": ["customers:read"]});
    owner.post(&place.path("/roles"), small).await.expect(201);
    owner.patch(&place.member(&lead), json!({"role": "lead"})).await.expect(200);
    owner.patch(&place.member(&person), json!({"role": "small"})).await.expect(200);
    let roles = place.path("/members");
    let (own, theirs, admins) = (place.member(&lead), place.member(&person), place.member(&second));
    let owners = place.member(&place.owner);
    let leads = place.of(&lead);

    let table = [
        ("own role", &leads, &own, json!({"role": "small"}), "403 OWN_ROLE"),
        ("own status", &leads, &own, json!({"status": "suspended"}), "403 OWN_ROLE"),
        ("own role as owner", &owner, &owners, json!({"role": "viewer"}), "403 OWN_ROLE"),
        ("a role beyond their own", &leads, &theirs, json!({"role": "viewer"}), "403 ROLE_EXCEEDS_CALLER"),
        ("Admin", &leads, &theirs, json!({"role": "admin"}), "403 ROLE_EXCEEDS_CALLER"),
        ("of somebody who holds more", &leads, &admins, json!({"role": "small"}), "403 ROLE_EXCEEDS_CALLER"),
        ("shutting out who holds more", &leads, &admins, json!({"status": "suspended"}), "403 ROLE_EXCEEDS_CALLER"),
        ("the owner's role", &place.of(&second), &owners, json!({"role": "viewer"}), "409 OWNER_MUST_TRANSFER"),
        ("the owner's status", &place.of(&second), &owners, json!({"status": "suspended"}), "409 OWNER_MUST_TRANSFER"),
        (
            "without the permission",
            &place.of(&person),
            &own,
            json!({"role": "small"}),
            "403 WORKSPACE_PERMISSION_DENIED",
        ),
    ];
    for (rule, client, path, body, expected) in table {
        assert_eq!(said(&client.patch(path, body).await), expected, "{rule}");
    }
    for (path, expected) in
        [(&admins, "403 ROLE_EXCEEDS_CALLER"), (&own, "409 CONFLICT"), (&format!("{roles}/nobody"), "404 NOT_FOUND")]
    {
        assert_eq!(said(&leads.delete(path).await), expected, "DELETE {path}");
    }
    assert_eq!(said(&place.of(&second).delete(&owners).await), "409 OWNER_MUST_TRANSFER");
    let missing = leads.patch(&theirs, json!({"role": "viewer"})).await.json();
    assert!(missing["missingPermissions"].as_array().unwrap().contains(&json!("deals:read")), "{missing}");
    assert_eq!(place.admins().await, 2);
    leads.patch(&theirs, json!({"status": "suspended"})).await.expect(200);
    leads.delete(&theirs).await.expect(200);
}

#[tokio::test]
async fn every_mistake_of_a_body_is_told_and_nothing_is_half_written() {
    let place = Place::start("memberbodies").await;
    let person = place.join("person", "viewer").await;
    let owner = place.of(&place.owner);
    let elsewhere = place.scene.agency("elsewhere").await;
    place.sql(&format!("SELECT annex.ensure_workspace('{}')", elsewhere.tenant)).await;
    let foreign = place
        .text(&format!(
            "SELECT id::text FROM annex.workspace_roles WHERE tenant_id = '{}' AND key = 'viewer'",
            elsewhere.tenant
        ))
        .await;
    let viewer = row_id(&place, "viewer").await;
    for (body, mistakes) in [
        (json!({}), json!([["", "nothing_to_change"]])),
        (json!({"role": 7}), json!([["role", "invalid_type"]])),
        (json!({"role": "emperor"}), json!([["role", "unknown_role"]])),
        (json!({"role": "owner"}), json!([["role", "unknown_role"]])),
        (json!({"role": "Not A Key"}), json!([["role", "unknown_role"]])),
        (json!({"roleId": "x"}), json!([["roleId", "not_an_id"]])),
        (json!({"roleId": foreign}), json!([["roleId", "unknown_role"]])),
        (json!({"role": "viewer", "roleId": viewer}), json!([["roleId", "role_named_twice"]])),
        (
            json!({"status": "removed", "tenantId": "x"}),
            json!([["status", "not_a_status"], ["tenantId", "unknown_field"]]),
        ),
        (json!({"role": "manager", "status": "gone"}), json!([["status", "not_a_status"]])),
    ] {
        let answer = owner.patch(&place.member(&person), body.clone()).await.expect(400).json();
        let errors = answer["errors"].as_array().expect("errors").clone();
        let told: Vec<_> = errors.iter().map(|error| json!([error["path"], error["code"]])).collect();
        assert_eq!(json!(told), mistakes, "{body}");
    }
    let big = json!({"role": "x".repeat(200_000)});
    assert_eq!(said(&owner.patch(&place.member(&person), big).await), "413 BODY_TOO_LARGE");
    let row = owner.get(&place.member(&person)).await.expect(200).json();
    assert_eq!((&row["role"], &row["status"]), (&json!("viewer"), &json!("active")));
    assert_eq!(place.told().await, "");

    // What the API refuses the schema refuses too.
    let sql = format!(
        "UPDATE annex.workspace_users SET role_id = '{foreign}' WHERE tenant_id = '{}' AND user_id = '{}'",
        place.id, person.id
    );
    let refused =
        place.scene.database.connect_as_owner().await.batch_execute(&sql).await.expect_err("a role of elsewhere");
    let refused = refused.as_db_error().expect("PostgreSQL refuses").constraint().map(str::to_owned);
    assert_eq!(refused.as_deref(), Some("workspace_users_role_fkey"));
}
