//! Roles of a workspace's own: made, changed and deleted by people who hold what they give.

use annex_tests::story;
use reqwest::Method;
use serde_json::{Value, json};

use super::members::{Place, said};

const LEAD: [&str; 5] = ["members:read", "members:manage", "roles:manage", "customers:read", "workspace:read"];

/// Somebody who manages roles and reads customers, no more; with the id of their role.
async fn lead(place: &Place) -> (annex_tests::story::Person, String) {
    let owner = place.of(&place.owner);
    let made = owner.post(&place.path("/roles"), json!({"name": "Lead", "permissions": LEAD})).await.expect(201).json();
    let person = place.join("lead", "viewer").await;
    owner.patch(&place.member(&person), json!({"role": "lead"})).await.expect(200);
    (person, made["id"].as_str().unwrap().to_owned())
}

fn keys(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|role| role["key"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_role_is_made_changed_and_deleted_and_its_holders_feel_it_at_once() {
    let place = Place::start("roles").await;
    let owner = place.of(&place.owner);
    let roles = place.path("/roles");
    let list = owner.get(&roles).await.expect(200).json();
    assert_eq!(keys(&list), ["admin", "manager", "member", "finance", "viewer"]);
    assert_eq!((&list["data"][0]["memberCount"], &list["nextCursor"]), (&json!(1), &Value::Null));
    assert_eq!(list["data"][0]["permissions"].as_array().unwrap().len(), 68);
    assert_eq!(list["data"][0]["can"], json!({"edit": false, "delete": false, "assign": true}));

    let body = json!({"name": "Sales lead", "description": "Leads sales", "color": "#12ab9F",
                      "permissions": ["customers:read", "deals:read", "customers:read"]});
    let made = owner.header("idempotency-key", "k").post(&roles, body.clone()).await.expect(201);
    let role = made.json();
    let id = role["id"].as_str().unwrap().to_owned();
    let at = format!("{roles}/{id}");
    assert_eq!(made.header("location"), Some(at.as_str()));
    assert_eq!(
        (&role["key"], &role["color"], &role["isSystem"]),
        (&json!("sales-lead"), &json!("#12ab9F"), &json!(false))
    );
    assert_eq!(role["permissions"], json!(["customers:read", "deals:read"]));
    assert_eq!(
        made.header("etag").unwrap(),
        format!("\"{}\"", role["version"]),
        "a list's row says what `If-Match` takes"
    );
    let again = owner.header("idempotency-key", "k").post(&roles, body.clone()).await.expect(201).json();
    assert_eq!(again, role, "done once");
    let other = owner.header("idempotency-key", "k").post(&roles, json!({"name": "X", "permissions": []})).await;
    assert_eq!(said(&other), "422 IDEMPOTENCY_CONFLICT");
    assert_eq!(said(&owner.post(&roles, body).await), "409 CONFLICT", "its name is taken");

    let person = place.join("person", "viewer").await;
    owner.patch(&place.member(&person), json!({"roleId": id})).await.expect(200);
    let there = place.of(&person).workspace(&place.id);
    there.get("/api/customers").await.expect(200);
    assert_eq!(said(&there.get("/api/invoices").await), "403 WORKSPACE_PERMISSION_DENIED");

    // What it allows changes under their feet.
    let tag = made.header("etag").unwrap();
    let changed = owner.header("if-match", tag).patch(&at, json!({"permissions": ["invoices:read"]})).await.expect(200);
    assert_eq!(changed.json()["permissions"], json!(["invoices:read"]));
    assert_eq!(changed.json()["description"], "Leads sales", "what is left out stays");
    there.get("/api/invoices").await.expect(200);
    assert_eq!(said(&there.get("/api/customers").await), "403 WORKSPACE_PERMISSION_DENIED");
    assert_eq!(said(&owner.header("if-match", tag).patch(&at, json!({"name": "Late"})).await), "412 STALE_VERSION");
    let cleared = owner.patch(&at, json!({"description": "", "color": "", "name": "Books"})).await.expect(200).json();
    assert_eq!(
        (&cleared["description"], &cleared["color"], &cleared["name"], &cleared["key"]),
        (&Value::Null, &Value::Null, &json!("Books"), &json!("sales-lead"))
    );
    assert_eq!(cleared["memberCount"], 1);

    // In use it stays, unless its holders get another one.
    let refused = owner.delete(&at).await;
    assert_eq!(said(&refused), "409 ROLE_IN_USE");
    assert_eq!(refused.json()["inUse"], json!({"members": 1, "invitations": 0}));
    let viewer = list["data"][4]["id"].clone();
    for (heir, code) in [
        (json!(id), "same_role"),
        (json!("00000000-0000-4000-8000-000000000000"), "unknown_role"),
        (json!("x"), "not_an_id"),
    ] {
        let answer = owner.send(Method::DELETE, &at, Some(json!({"reassignTo": heir}))).await.expect(400).json();
        assert_eq!((&answer["errors"][0]["path"], &answer["errors"][0]["code"]), (&json!("reassignTo"), &json!(code)));
    }
    let deleted = owner.send(Method::DELETE, &at, Some(json!({"reassignTo": viewer}))).await.expect(200).json();
    assert_eq!(deleted, json!({"message": "Role deleted", "reassigned": 1}));
    there.get("/api/customers").await.expect(200);
    assert_eq!(owner.get(&place.member(&person)).await.expect(200).json()["role"], "viewer");
    assert_eq!(said(&owner.delete(&at).await), "404 NOT_FOUND");
    assert_eq!(place.told().await, "role.created member.role_changed role.changed role.changed role.deleted");
    let told = "SELECT (details->'granted')::text || (details->'revoked')::text FROM annex.audit_events WHERE action = 'role.changed' ORDER BY seq LIMIT 1";
    assert_eq!(place.text(told).await, r#"["invoices:read"]["customers:read", "deals:read"]"#);
}

#[tokio::test]
async fn nobody_makes_or_changes_what_they_could_not_give() {
    let place = Place::start("rolerules").await;
    let (lead, own) = lead(&place).await;
    let (owner, leads, roles) = (place.of(&place.owner), place.of(&lead), place.path("/roles"));
    let wide = json!({"name": "Wide", "permissions": ["customers:read", "deals:delete"]});
    let wide = owner.post(&roles, wide).await.expect(201).json()["id"].as_str().unwrap().to_owned();
    let small = json!({"name": "Small", "permissions": ["customers:read"]});
    let small = leads.post(&roles, small).await.expect(201).json()["id"].as_str().unwrap().to_owned();
    let system = owner.get(&roles).await.expect(200).json()["data"][4]["id"].as_str().unwrap().to_owned();
    let viewer = place.join("viewer", "viewer").await;

    let (own, wide, small, system) =
        (format!("{roles}/{own}"), format!("{roles}/{wide}"), format!("{roles}/{small}"), format!("{roles}/{system}"));
    let beyond = json!({"name": "Beyond", "permissions": ["customers:write"]});
    let table = [
        ("making more than they hold", Method::POST, &roles, beyond.clone(), "403 ROLE_EXCEEDS_CALLER"),
        ("widening beyond", Method::PATCH, &small, json!({"permissions": ["deals:read"]}), "403 ROLE_EXCEEDS_CALLER"),
        ("narrowing who holds more", Method::PATCH, &wide, json!({"permissions": []}), "403 ROLE_EXCEEDS_CALLER"),
        ("renaming who holds more", Method::PATCH, &wide, json!({"name": "Wider"}), "403 ROLE_EXCEEDS_CALLER"),
        ("deleting who holds more", Method::DELETE, &wide, json!({}), "403 ROLE_EXCEEDS_CALLER"),
        ("their own role", Method::PATCH, &own, json!({"permissions": ["customers:read"]}), "403 OWN_ROLE"),
        ("deleting their own role", Method::DELETE, &own, json!({}), "403 OWN_ROLE"),
        ("a system role", Method::PATCH, &system, json!({"permissions": []}), "409 CONFLICT"),
        ("deleting a system role", Method::DELETE, &system, json!({}), "409 CONFLICT"),
    ];
    for (rule, method, path, body, expected) in table {
        assert_eq!(said(&leads.send(method, path, Some(body)).await), expected, "{rule}");
    }
    for (method, path, body) in [
        (Method::POST, &roles, beyond),
        (Method::PATCH, &small, json!({"name": "Y"})),
        (Method::DELETE, &small, json!({})),
    ] {
        let answer = place.of(&viewer).send(method.clone(), path, Some(body)).await;
        assert_eq!(said(&answer), "403 WORKSPACE_PERMISSION_DENIED", "a viewer: {method}");
    }
    assert_eq!(said(&owner.patch(&system, json!({"name": "Mine"})).await), "409 CONFLICT", "not even the owner");
    // A role given away by its deletion must be one that they could give.
    let person = place.join("person", "viewer").await;
    owner.patch(&place.member(&person), json!({"role": "small"})).await.expect(200);
    let heir = wide.rsplit('/').next().unwrap();
    let answer = leads.send(Method::DELETE, &small, Some(json!({"reassignTo": heir}))).await;
    assert_eq!(said(&answer), "403 ROLE_EXCEEDS_CALLER");
    let can = leads.get(&roles).await.expect(200).json();
    let of = |key: &str| can["data"].as_array().unwrap().iter().find(|role| role["key"] == key).unwrap()["can"].clone();
    assert_eq!(of("small"), json!({"edit": true, "delete": true, "assign": true}));
    assert_eq!(of("wide"), json!({"edit": false, "delete": false, "assign": false}));
    assert_eq!(of("lead"), json!({"edit": false, "delete": false, "assign": true}));
    assert_eq!(keys(&place.of(&viewer).get(&roles).await.expect(200).json()).len(), 8, "who sees members sees roles");
}

#[tokio::test]
async fn a_role_belongs_to_one_workspace() {
    let place = Place::start("roleforeign").await;
    let owner = place.of(&place.owner);
    let home = format!("/api/workspaces/{}/roles", place.owner.tenant);
    // A home in which nothing was changed has the system roles of everybody, and no rows.
    let unwritten = owner.get(&home).await.expect(200).json();
    assert_eq!(keys(&unwritten), ["admin", "manager", "member", "finance", "viewer"]);
    assert_eq!(unwritten["data"][0]["id"], Value::Null);
    let made = owner.post(&home, json!({"name": "At home", "permissions": ["deals:read"]})).await.expect(201).json();
    let foreign = made["id"].as_str().unwrap();
    let at = place.path(&format!("/roles/{foreign}"));
    assert_eq!(said(&owner.patch(&at, json!({"name": "Moved"})).await), "404 NOT_FOUND");
    assert_eq!(said(&owner.delete(&at).await), "404 NOT_FOUND");
    assert_eq!(said(&owner.delete(&place.path("/roles/x")).await), "404 NOT_FOUND");
    let own = owner.post(&place.path("/roles"), json!({"name": "Here", "permissions": []})).await.expect(201).json();
    let at = place.path(&format!("/roles/{}", own["id"].as_str().unwrap()));
    let answer = owner.send(Method::DELETE, &at, Some(json!({"reassignTo": foreign}))).await.expect(400).json();
    assert_eq!(answer["errors"][0]["code"], "unknown_role");
    let sql = format!(
        "INSERT INTO annex.workspace_role_permissions (tenant_id, role_id, permission) VALUES ('{}', '{foreign}', 'deals:write')",
        place.id
    );
    let refused =
        place.scene.database.connect_as_owner().await.batch_execute(&sql).await.expect_err("a role of elsewhere");
    assert_eq!(refused.as_db_error().unwrap().constraint(), Some("workspace_role_permissions_role_fkey"));
}

#[tokio::test]
async fn every_mistake_of_a_role_is_told() {
    let place = Place::start("rolebodies").await;
    let owner = place.of(&place.owner);
    let roles = place.path("/roles");
    for (body, mistakes) in [
        (json!({}), json!([["name", "required"], ["permissions", "required"]])),
        (json!({"name": "Admin", "permissions": []}), json!([["name", "reserved"]])),
        (json!({"name": "team member", "permissions": []}), json!([["name", "reserved"]])),
        (
            json!({"name": "a\nb", "permissions": "all"}),
            json!([["name", "control_character"], ["permissions", "invalid_type"]]),
        ),
        (
            json!({"name": "x".repeat(61), "permissions": ["*"]}),
            json!([["name", "too_long"], ["permissions", "unknown_permission"]]),
        ),
        (json!({"name": "A", "permissions": [5]}), json!([["permissions", "invalid_type"]])),
        (json!({"name": "A", "permissions": ["deals:see"]}), json!([["permissions", "unknown_permission"]])),
        (
            json!({"name": "A", "permissions": [], "key": "viewer", "color": "red", "description": "x".repeat(201), "isSystem": true}),
            json!([
                ["key", "reserved"],
                ["description", "too_long"],
                ["color", "not_a_color"],
                ["isSystem", "unknown_field"]
            ]),
        ),
        (json!({"name": "A", "permissions": [], "key": "owner"}), json!([["key", "reserved"]])),
        (json!({"name": "A", "permissions": [], "key": "Not a key"}), json!([["key", "not_a_key"]])),
    ] {
        let answer = owner.post(&roles, body.clone()).await.expect(400).json();
        let errors = answer["errors"].as_array().expect("errors").clone();
        let told: Vec<_> = errors.iter().map(|error| json!([error["path"], error["code"]])).collect();
        assert_eq!(json!(told), mistakes, "{body}");
    }
    let made = owner.post(&roles, json!({"name": "A", "key": "a-1", "permissions": []})).await.expect(201).json();
    let at = format!("{roles}/{}", made["id"].as_str().unwrap());
    assert_eq!(said(&owner.post(&roles, json!({"name": "B", "key": "a-1", "permissions": []})).await), "409 CONFLICT");
    assert_eq!(said(&owner.patch(&at, json!({})).await), "400 VALIDATION_FAILED");
    assert_eq!(said(&owner.patch(&at, json!({"key": "b"})).await), "400 VALIDATION_FAILED", "a key stays");
    assert_eq!(place.told().await, "role.created");
}

#[tokio::test]
async fn a_workspace_has_fifty_roles_of_its_own_and_a_list_has_pages() {
    let place = Place::start("rolecap").await;
    let owner = place.of(&place.owner);
    let roles = place.path("/roles");
    let insert = format!(
        "INSERT INTO annex.workspace_roles (tenant_id, key, name)
         SELECT '{}', 'r' || lpad(n::text, 2, '0'), 'Role ' || n FROM generate_series(1, 48) n",
        place.id
    );
    place.sql(&insert).await;
    // Two at once for the last places: each fits.
    let (one, two) = tokio::join!(
        owner.post(&roles, json!({"name": "One", "permissions": []})),
        owner.post(&roles, json!({"name": "Two", "permissions": []}))
    );
    assert_eq!((one.status, two.status), (201, 201));
    assert_eq!(said(&owner.post(&roles, json!({"name": "Three", "permissions": []})).await), "409 CONFLICT");

    let first = owner.get(&roles).await.expect(200).json();
    assert_eq!(first["data"].as_array().unwrap().len(), 50);
    let cursor = first["nextCursor"].as_str().expect("more");
    let second = owner.get(&format!("{roles}?cursor={cursor}")).await.expect(200).json();
    let all: Vec<&str> = keys(&first).into_iter().chain(keys(&second)).collect();
    assert_eq!((all.len(), &second["nextCursor"]), (55, &Value::Null));
    let mut own = all[5..].to_vec();
    own.sort_unstable();
    own.dedup();
    assert_eq!(own, all[5..], "in the order of their keys, each once");
    owner.get(&format!("{roles}?cursor=x")).await.expect(400);
}

#[tokio::test]
async fn a_deletion_and_an_assignment_at_once_leave_nobody_without_a_role() {
    let place = Place::start("rolerace").await;
    let owner = place.of(&place.owner);
    let roles = place.path("/roles");
    let person = place.join("person", "viewer").await;
    for round in 0..6 {
        let made =
            owner.post(&roles, json!({"name": format!("Round {round}"), "permissions": []})).await.expect(201).json();
        let (id, member) = (made["id"].as_str().unwrap().to_owned(), place.member(&person));
        let at = format!("{roles}/{id}");
        let (deleted, given) = tokio::join!(owner.delete(&at), owner.patch(&member, json!({"roleId": id})));
        let told = (said(&deleted), given.status);
        assert!(
            told == ("200".to_owned(), 400) || told == ("409 ROLE_IN_USE".to_owned(), 200),
            "{told:?}: {}",
            given.text
        );
        let role = owner.get(&member).await.expect(200).json()["role"].clone();
        assert!(role.is_string(), "round {round}: {role}");
    }
}

/// The same two writes without the lock: each looked, each may go on, and the schema has to stop the second.
#[tokio::test]
async fn without_the_lock_a_deletion_and_an_assignment_collide() {
    let place = Place::start("rolecontrol").await;
    let person = place.join("person", "viewer").await;
    let made = place.of(&place.owner).post(&place.path("/roles"), json!({"name": "Own", "permissions": []})).await;
    let id = made.expect(201).json()["id"].as_str().unwrap().to_owned();
    let (mut a, mut b) = (place.scene.database.connect().await, place.scene.database.connect().await);
    let (ta, tb) = (a.transaction().await.unwrap(), b.transaction().await.unwrap());
    let holders = format!("SELECT count(*) FROM annex.workspace_users WHERE role_id = '{id}'");
    let held: i64 = ta.query_one(&holders, &[]).await.unwrap().get(0);
    let stands: i64 = tb
        .query_one(&format!("SELECT count(*) FROM annex.workspace_roles WHERE id = '{id}'"), &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!((held, stands), (0, 1), "both looked, and both may go on");
    ta.batch_execute(&format!("DELETE FROM annex.workspace_roles WHERE id = '{id}'")).await.unwrap();
    ta.commit().await.unwrap();
    let give = format!("UPDATE annex.workspace_users SET role_id = '{id}' WHERE user_id = '{}'", person.id);
    let refused = tb.batch_execute(&give).await.expect_err("a role that is gone");
    assert_eq!(refused.as_db_error().unwrap().constraint(), Some("workspace_users_role_fkey"));
}

#[tokio::test]
async fn the_permissions_are_listed_with_the_system_roles_that_hold_them() {
    let place = Place::start("permissions").await;
    let stranger = place.scene.agency("stranger").await;
    let list = place.of(&place.owner).get("/api/permissions").await.expect(200).json();
    let permissions = list["permissions"].as_array().unwrap();
    assert_eq!((permissions.len(), list["modules"].as_array().unwrap().len()), (68, 17));
    let of = |key: &str| permissions.iter().find(|one| one["key"] == key).unwrap()["roles"].clone();
    assert_eq!(of("members:manage"), json!(["admin"]));
    assert_eq!(of("deals:write"), json!(["admin", "manager", "member"]));
    assert_eq!(of("invoices:read"), json!(["admin", "manager", "member", "finance", "viewer"]));
    assert_eq!(list["modules"][0], json!({"key": "contacts", "label": "Contacts"}));
    assert_eq!(said(&place.of(&stranger).get("/api/permissions").await), "403 MULTI_WORKSPACE_DISABLED");
    assert_eq!(said(&place.scene.client(&stranger).bearer("x").get("/api/permissions").await), "401 UNAUTHENTICATED");
    story::set_flag(&place.scene.database, story::FlagScope::Tenant(&stranger.tenant), true).await;
    place.scene.settle().await;
    place.of(&stranger).get("/API/Permissions/").await.expect(200);
}
