//! Who may do what with a workspace's invitations, and how it is refused.

use annex_tests::story as people;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{World, link_token, text};

/// Every route of a workspace, with a body that would be accepted.
fn routes(base: &str, id: &str) -> Vec<(Method, String, Option<Value>)> {
    vec![
        (Method::GET, base.to_owned(), None),
        (Method::POST, base.to_owned(), Some(json!({"email": "a@example.test", "role": "viewer"}))),
        (Method::POST, format!("{base}/bulk"), Some(json!({"invitations": [{"email": "b@example.test"}]}))),
        (Method::POST, format!("{base}/{id}/resend"), None),
        (Method::POST, format!("{base}/{id}/link"), None),
        (Method::DELETE, format!("{base}/{id}"), None),
    ]
}

#[tokio::test]
async fn every_route_answers_every_caller_as_the_rules_say() {
    let world = World::start("invcallers").await;
    let (viewer, stranger, other) =
        (world.register("viewer").await, world.register("stranger").await, world.register("other").await);
    people::add_member(&world.database, &world.owner.tenant, &viewer.id, "viewer").await;
    world.flag(&other.tenant, true).await;
    let issued = world.invite("somebody@example.test", "viewer").await;
    let id = text(&issued["id"]);
    for (method, path, body) in routes(&world.path(), id) {
        let shown = format!("{method} {path}");
        let send = |client: annex_tests::http::json::Client| {
            let (method, path, body) = (method.clone(), path.clone(), body.clone());
            async move { client.send(method, &path, body).await }
        };
        assert_eq!(send(world.client()).await.expect(401).code(), "UNAUTHENTICATED", "{shown}");
        assert_eq!(send(world.of(&stranger)).await.expect(403).code(), "MULTI_WORKSPACE_DISABLED", "{shown}");
        assert_eq!(send(world.of(&other)).await.expect(403).code(), "WORKSPACE_ACCESS_DENIED", "{shown}");
        let seen = send(world.of(&viewer)).await;
        match method {
            Method::GET => drop(seen.expect(200)),
            _ => assert_eq!(seen.expect(403).code(), "WORKSPACE_PERMISSION_DENIED", "{shown}"),
        }
        let crossed = send(world.of(&world.owner).workspace(&other.tenant)).await.expect(409);
        assert_eq!(crossed.code(), "WORKSPACE_CONTEXT_MISMATCH", "{shown}");
    }
    assert_eq!(world.status(&issued).await, "pending");

    // Unknown and foreign workspaces differ in nothing.
    for (known, unknown) in
        routes(&world.path(), id).iter().zip(routes(&format!("/api/workspaces/{}/invitations", Uuid::new_v4()), id))
    {
        let of = world.of(&other);
        let known = of.send(known.0.clone(), &known.1, known.2.clone()).await;
        let unknown = of.send(unknown.0, &unknown.1, unknown.2).await;
        let told = |answer: &annex_tests::http::json::Answer| {
            let mut body = answer.json();
            body["requestId"] = Value::Null;
            (answer.status, body)
        };
        assert_eq!(told(&known), told(&unknown));
    }

    // An invitation of another workspace is none of this one.
    let foreign = format!("/api/workspaces/{}/invitations", other.tenant);
    for (method, path, body) in routes(&foreign, id).into_iter().skip(3) {
        let answer = world.of(&other).send(method, &path, body).await.expect(404);
        assert_eq!(answer.code(), "INVITATION_NOT_FOUND", "{path}");
    }
    world.of(&world.owner).delete(&format!("{}/not-an-id", world.path())).await.expect(404);
}

#[tokio::test]
async fn every_mistake_in_a_body_is_told_with_its_place() {
    let world = World::start("invbodies").await;
    let of = world.of(&world.owner);
    for (body, mistakes) in [
        (json!({}), json!([["email", "required"]])),
        (json!({"email": "nobody"}), json!([["email", "not_an_email_address"]])),
        (json!({"email": "a@b.test\r\nBcc: c@d.test"}), json!([["email", "not_an_email_address"]])),
        (json!({"email": "A B <a@b.test>"}), json!([["email", "not_an_email_address"]])),
        (json!({"email": "a@b.test, c@d.test"}), json!([["email", "not_an_email_address"]])),
        (
            json!({"email": 5, "expiresInDays": 31}),
            json!([["email", "invalid_type"], ["expiresInDays", "not_1_to_30"]]),
        ),
        (json!({"email": "a@b.test", "expiresInDays": 0}), json!([["expiresInDays", "not_1_to_30"]])),
        (json!({"email": "a@b.test", "role": "king"}), json!([["role", "unknown_role"]])),
        (json!({"email": "a@b.test", "role": "owner"}), json!([["role", "unknown_role"]])),
        (json!({"email": "a@b.test", "roleId": Uuid::new_v4()}), json!([["role", "unknown_role"]])),
        (
            json!({"email": "a@b.test", "role": "viewer", "roleId": Uuid::new_v4()}),
            json!([["roleId", "role_given_twice"]]),
        ),
        (json!({"email": "a@b.test", "language": "fr"}), json!([["language", "unknown_language"]])),
        (json!({"email": "a@b.test", "invitedBy": "me"}), json!([["invitedBy", "unknown_field"]])),
    ] {
        let answer = of.post(&world.path(), body.clone()).await.expect(400);
        assert_eq!(answer.code(), "VALIDATION_FAILED");
        let errors = answer.json()["errors"].as_array().expect("errors").clone();
        let told: Vec<Value> = errors.iter().map(|error| json!([error["path"], error["code"]])).collect();
        assert_eq!(json!(told), mistakes, "{body}");
    }
    assert_eq!(world.count("SELECT count(*) FROM annex.workspace_invitations").await, 0);
    assert_eq!(of.get(&format!("{}?status=lost", world.path())).await.expect(400).code(), "VALIDATION_FAILED");
}

#[tokio::test]
async fn the_invited_and_members_are_told_to_those_who_see_them_anyway() {
    let world = World::start("invknown").await;
    let member = world.register("member").await;
    people::add_member(&world.database, &world.owner.tenant, &member.id, "viewer").await;
    let of = world.of(&world.owner);
    let invite = async |email: &str| of.post(&world.path(), json!({"email": email, "role": "viewer"})).await;
    assert_eq!(invite(&member.email).await.expect(409).code(), "ALREADY_MEMBER");
    assert_eq!(
        invite(&world.owner.email.to_uppercase()).await.expect(409).code(),
        "ALREADY_MEMBER",
        "a native, in capitals"
    );
    invite("twice@example.test").await.expect(201);
    assert_eq!(invite("Twice@Example.test").await.expect(409).code(), "ALREADY_INVITED");
    // Somebody who is only registered elsewhere is like anybody.
    let elsewhere = world.register("elsewhere").await;
    invite(&elsewhere.email).await.expect(201);
}

#[tokio::test]
async fn lists_page_filter_and_hold_no_secret() {
    let world = World::start("invlist").await;
    let of = world.of(&world.owner);
    let mut tokens = Vec::new();
    for number in 0..5 {
        tokens.push(link_token(&world.invite(&format!("p{number}@example.test"), "viewer").await));
    }
    let all = of.get(&world.path()).await.expect(200);
    for token in &tokens {
        assert!(!all.text.contains(token.as_str()), "a list holds a secret");
    }
    assert_eq!(all.json().as_array().map(Vec::len), Some(5));
    assert_eq!(all.header("link"), None);
    let (mut path, mut seen) = (format!("{}?status=pending&limit=2", world.path()), Vec::new());
    loop {
        let page = of.get(&path).await.expect(200);
        seen.extend(page.json().as_array().expect("a list").iter().map(|row| text(&row["email"]).to_owned()));
        let Some(link) = page.header("link") else { break };
        path = link.split(['<', '>']).nth(1).expect("an address").to_owned();
    }
    assert_eq!(seen, (0..5).rev().map(|number| format!("p{number}@example.test")).collect::<Vec<_>>(), "newest first");
    let first = all.json()[0].clone();
    assert_eq!(world.revoke(&first).await.expect(200).json()["message"], json!("Invitation revoked"));
    let revoked = of.get(&format!("{}?status=revoked", world.path())).await.expect(200).json();
    assert_eq!((revoked.as_array().map(Vec::len), &revoked[0]["id"]), (Some(1), &first["id"]));
    assert_eq!(world.revoke(&first).await.expect(409).code(), "CONFLICT");
    assert_eq!(world.audit().await.last().map(|(action, _)| action.clone()).as_deref(), Some("invitation.revoked"));
}

#[tokio::test]
async fn a_request_with_a_key_is_done_once_and_shows_the_same_link() {
    let world = World::start("invonce").await;
    let of = world.of(&world.owner).header("idempotency-key", "one");
    let body = json!({"email": "once@example.test", "role": "viewer"});
    let first = of.post(&world.path(), body.clone()).await.expect(201).json();
    let again = of.post(&world.path(), body.clone()).await.expect(201).json();
    assert_eq!((&first["id"], &first["inviteLink"]), (&again["id"], &again["inviteLink"]));
    let changed = of.post(&world.path(), json!({"email": "other@example.test", "role": "viewer"})).await.expect(422);
    assert_eq!(changed.code(), "IDEMPOTENCY_CONFLICT");
    assert_eq!(world.count("SELECT count(*) FROM annex.workspace_invitations").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM annex.outbox").await, 1);

    // A link made anew is not what the first request showed.
    let linked = world.on(&first, "link").await.expect(200).json();
    assert_ne!(linked["inviteLink"], first["inviteLink"]);
    let later = of.post(&world.path(), body).await.expect(201).json();
    assert_eq!((&later["id"], &later["inviteLink"]), (&first["id"], &Value::Null));
    let kept =
        "SELECT count(*) FROM annex.idempotency_keys WHERE result::text LIKE '%invite%' OR length(result::text) > 100";
    assert_eq!(world.count(kept).await, 0, "a key remembers ids alone");
}
