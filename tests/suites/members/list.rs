//! Who is listed, in which order, and found by what.

use annex_tests::story::{FlagScope, add_member, set_flag};
use serde_json::{Value, json};

use super::{Place, said, users};

#[tokio::test]
async fn a_list_has_natives_and_members_and_only_named_columns_of_them() {
    let place = Place::start("memberlist").await;
    let viewer = place.join("viewer", "viewer").await;
    let native = place.native(&place.id, "nina", false).await;
    let admin = place.native(&place.id, "carla", true).await;
    let list = place.of(&place.owner).get(&place.path("/members")).await.expect(200).json();
    let mut natives = [&native.id, &admin.id];
    natives.sort();
    assert_eq!(users(&list), [natives[0], natives[1], &place.owner.id, &viewer.id].map(String::clone));

    let of = |id: &str| list.as_array().unwrap().iter().find(|row| row["userId"] == id).unwrap().clone();
    let mut shown = of(&native.id);
    assert_eq!(shown["can"], json!({"changeRole": true, "suspend": true, "remove": true}));
    shown.as_object_mut().unwrap().remove("can");
    let expected = json!({
        "id": "primary", "userId": native.id, "workspaceId": place.id, "role": "member", "roleId": null,
        "roleName": "Team Member", "isPrimary": true, "isOwner": false, "status": "active", "invitedBy": null,
        "joinedAt": null, "lastAccessedAt": null, "createdAt": null,
        "user": {"id": native.id, "email": native.email, "firstName": "nina", "lastName": "Native",
                 "profileImageUrl": null, "userType": "team_member", "isActive": true},
    });
    assert_eq!(shown, expected);
    assert_eq!(of(&admin.id)["role"], "admin", "by the CRM");
    let owner = of(&place.owner.id);
    assert_eq!(
        (&owner["isOwner"], &owner["isPrimary"], &owner["role"]),
        (&json!(true), &json!(false), &json!("admin"))
    );
    assert_eq!(owner["can"], json!({"changeRole": false, "suspend": false, "remove": false}), "not oneself");
    assert_eq!(of(&viewer.id)["user"]["email"], json!(viewer.email));
    let text = list.to_string();
    assert!(!text.contains("password") && !text.contains(&viewer.tenant), "a member's home is nobody's business");

    // A viewer sees everybody and may do nothing.
    let seen = place.of(&viewer).get(&place.path("/members")).await.expect(200).json();
    assert_eq!(users(&seen), users(&list));
    let nothing = json!({"changeRole": false, "suspend": false, "remove": false});
    assert!(seen.as_array().unwrap().iter().all(|row| row["can"] == nothing), "{seen}");
    let removed = place.of(&viewer).get(&place.path("/members?status=removed")).await;
    assert_eq!(said(&removed), "403 WORKSPACE_PERMISSION_DENIED");
}

#[tokio::test]
async fn a_list_is_searched_filtered_and_paged_by_key() {
    let place = Place::start("memberpages").await;
    let owner = place.of(&place.owner);
    place
        .sql(&format!(
            "INSERT INTO users (id, tenant_id, email, password_hash, first_name, last_name, user_type, is_admin, is_active)
             SELECT 'n' || n, '{0}', 'native' || n || '@there.test', 'x', 'Nat', 'Number ' || n, 'team_member', n = 1, n <> 7
             FROM generate_series(1, 8) n;
             INSERT INTO users (id, tenant_id, email, password_hash, first_name, last_name, user_type)
             SELECT 'j' || n, '{1}', 'joined' || n || '@there.test', 'x', 'Ümit', 'O''Neil_%' || n, 'team_member'
             FROM generate_series(1, 30) n;
             INSERT INTO annex.workspace_users (tenant_id, user_id, role_id, status, joined_at)
             SELECT '{0}', 'j' || n, r.id, CASE WHEN n % 10 = 0 THEN 'suspended' ELSE 'active' END, now() + n % 3 * interval '1 s'
             FROM generate_series(1, 30) n JOIN annex.workspace_roles r ON r.tenant_id = '{0}' AND r.key = 'finance';
             INSERT INTO annex.workspace_users (tenant_id, user_id, role_id, status)
             SELECT '{0}', 'gone', r.id, 'active' FROM annex.workspace_roles r WHERE r.tenant_id = '{0}' AND r.key = 'viewer'",
            place.id, place.owner.tenant
        ))
        .await;
    let whole = owner.get(&place.path("/members?limit=100")).await.expect(200);
    assert_eq!(whole.header("link"), None);
    let whole = users(&whole.json());
    assert_eq!(whole.len(), 7 + 1 + 30 + 1, "an inactive native is none; whoever is gone from the CRM is shown");

    // By the header alone, through all pages.
    for (filters, expected) in [("", whole.len()), ("role=finance", 30), ("query=native", 7), ("status=suspended", 3)] {
        let (mut next, mut seen) = (Some(place.path(&format!("/members?limit=4&{filters}"))), Vec::new());
        while let Some(path) = next {
            let answer = owner.get(&path).await.expect(200);
            seen.extend(users(&answer.json()));
            next = answer.header("link").map(|link| {
                let target = link.strip_prefix('<').and_then(|rest| rest.split_once('>')).expect("a target");
                assert_eq!(target.1, "; rel=\"next\"");
                target.0.to_owned()
            });
        }
        assert_eq!(seen.len(), expected, "{filters}");
        if filters.is_empty() {
            assert_eq!(seen, whole, "pages make the whole");
        }
    }

    for (query, found) in [
        ("query=%C3%9Cmit", 30),
        ("query=%C3%BCmit", 30),
        ("query=number%203", 1),
        ("query=NATIVE1%40there", 1),
        ("query=%25", 30),
        ("query=_", 30),
        ("query=o'neil_%2512", 1),
        ("query=nobody", 0),
        ("role=admin", 2),
        ("role=member", 6),
        ("role=member&status=suspended", 0),
        ("status=active", 36),
        ("status=removed", 0),
    ] {
        let list = owner.get(&place.path(&format!("/members?limit=100&{query}"))).await.expect(200).json();
        assert_eq!(users(&list).len(), found, "{query}: {list}");
    }
    let gone = owner.get(&place.path("/members/gone")).await.expect(200).json();
    assert_eq!((&gone["user"], &gone["role"]), (&Value::Null, &json!("viewer")));

    // A cursor is for the list that it was made for.
    let link = owner.get(&place.path("/members?limit=4&role=finance")).await;
    let cursor = link.header("link").and_then(|link| link.split_once("cursor=")).unwrap().1.split('>').next().unwrap();
    for (path, status) in [
        (format!("/members?role=finance&cursor={cursor}"), 200),
        (format!("/members?role=viewer&cursor={cursor}"), 400),
        (format!("/members?cursor={cursor}"), 400),
        ("/members?cursor=x".to_owned(), 400),
        ("/members?limit=101".to_owned(), 400),
        ("/members?status=dead".to_owned(), 400),
        ("/members?role=No%20Key".to_owned(), 400),
        (format!("/members?query={}", "x".repeat(101)), 400),
    ] {
        owner.get(&place.path(&path)).await.expect(status);
    }
}

#[tokio::test]
async fn whoever_does_not_belong_learns_nothing() {
    let place = Place::start("memberstrangers").await;
    let viewer = place.join("viewer", "viewer").await;
    // Somebody with the feature and a workspace of their own.
    let other = place.scene.agency("other").await;
    set_flag(&place.scene.database, FlagScope::Tenant(&other.tenant), true).await;
    place.scene.settle().await;
    let unknown = "00000000-0000-4000-8000-000000000000";
    let paths = |id: &str| {
        let member = format!("/api/workspaces/{id}/members/{}", viewer.id);
        [
            ("GET", format!("/api/workspaces/{id}/members"), Value::Null),
            ("GET", member.clone(), Value::Null),
            ("PATCH", member.clone(), json!({"role": "admin"})),
            ("DELETE", member, Value::Null),
            ("POST", format!("/api/workspaces/{id}/leave"), json!({})),
        ]
    };
    let ask = async |(method, path, body): (&str, String, Value)| {
        let body = (!body.is_null()).then_some(body);
        let answer = place.of(&other).send(method.parse().unwrap(), &path, body).await;
        let mut told = answer.json();
        told.as_object_mut().unwrap().remove("requestId");
        (answer.status, told)
    };
    for (foreign, absent) in paths(&place.id).into_iter().zip(paths(unknown)) {
        let shown = format!("{} {}", foreign.0, foreign.1);
        let (foreign, absent) = (ask(foreign).await, ask(absent).await);
        assert_eq!(foreign, absent, "{shown}");
        assert_eq!((foreign.0, &foreign.1["code"]), (403, &json!("WORKSPACE_ACCESS_DENIED")), "{shown}");
    }
    assert_eq!(
        place.text(&format!("SELECT count(*)::text FROM annex.workspaces WHERE tenant_id = '{unknown}'")).await,
        "0"
    );

    let owner = place.of(&place.owner);
    let mismatch = owner.workspace(&place.owner.tenant).get(&place.path("/members")).await;
    assert_eq!(said(&mismatch), "409 WORKSPACE_CONTEXT_MISMATCH");
    owner.workspace(&place.id).get(&place.path("/members")).await.expect(200);
    place.of(&viewer).get("/api/WORKSPACES/x/Members").await.expect(403);
    let nobody = owner.get(&place.path(&format!("/members/{}", other.id))).await;
    assert_eq!(said(&nobody), "404 NOT_FOUND");
    assert_eq!(
        said(&place.scene.client(&viewer).bearer("x").get(&place.path("/members")).await),
        "401 UNAUTHENTICATED"
    );

    // Off: members learn that, and nobody else anything.
    place.scene.flag(&place.owner.tenant, false).await;
    add_member(&place.scene.database, &other.tenant, &viewer.id, "viewer").await;
    place.scene.settle().await;
    let off = place.of(&viewer).get(&place.path("/members")).await;
    assert_eq!(said(&off), "403 MULTI_WORKSPACE_DISABLED");
    assert_eq!(said(&place.of(&other).get(&place.path("/members")).await), "403 WORKSPACE_ACCESS_DENIED");
}
