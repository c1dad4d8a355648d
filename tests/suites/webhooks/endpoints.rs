//! Who may say where webhooks go, and what is shown of it.

use std::time::Duration;

use annex_tests::document::{self, lines};
use annex_tests::folder::Folder;
use annex_tests::http::eventually;
use annex_tests::scene::Scene;
use annex_tests::story;
use serde_json::{Value, json};

use super::{Site, refused, text};

#[tokio::test]
async fn an_endpoint_is_made_changed_rotated_and_removed_and_each_is_an_event() {
    let site = Site::start("hooklife").await;
    let client = site.client();
    let body = json!({ "url": "https://example.com/in?key=hidden", "events": ["member.*", "workspace.updated"], "description": " To chat " });
    let answer = client.header("idempotency-key", "once").post(&site.path(""), body.clone()).await.expect(201);
    let made = answer.json();
    let (id, secret) = (text(&made["id"]), text(&made["secret"]));
    assert!(secret.starts_with("whsec_") && secret.len() == 6 + 44, "{secret}");
    assert_eq!((&made["description"], &made["enabled"]), (&json!("To chat"), &json!(true)));
    // The same request again: one endpoint, the same answer.
    let again = client.header("idempotency-key", "once").post(&site.path(""), body).await.expect(201).json();
    assert_eq!((&again["id"], &again["secret"]), (&made["id"], &made["secret"]));

    let list = client.get(&site.path("")).await.expect(200);
    assert!(!list.text.contains("whsec_") && !list.text.contains("\"secret\""), "{}", list.text);
    assert_eq!(list.json()["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(list.json()["nextCursor"], Value::Null);

    let one = site.path(&format!("/{id}"));
    let etag = answer.header("etag").expect("an ETag").to_owned();
    assert_eq!(format!("\"{}\"", list.json()["data"][0]["version"]), etag, "a list's row says what `If-Match` takes");
    let changed =
        client.header("if-match", &etag).patch(&one, json!({ "enabled": false, "description": "" })).await.expect(200);
    assert_eq!((&changed.json()["enabled"], &changed.json()["description"]), (&json!(false), &Value::Null));
    let stale = client.header("if-match", &etag).patch(&one, json!({ "enabled": true })).await.expect(412);
    assert_eq!(stale.code(), "STALE_VERSION");

    let rotated = client.send(reqwest::Method::POST, &format!("{one}/rotate-secret"), None).await.expect(200).json();
    assert_ne!(text(&rotated["secret"]), secret);
    client.delete(&one).await.expect(204);
    client.delete(&one).await.expect(404);
    let events = site.rows("SELECT action FROM annex.audit_events WHERE action LIKE 'webhook.%' ORDER BY seq").await;
    let events: Vec<String> = events.iter().map(|row| row.get(0)).collect();
    assert_eq!(events, ["webhook.created", "webhook.changed", "webhook.secret_rotated", "webhook.deleted"]);
    let told = site.rows("SELECT details::text FROM annex.audit_events WHERE action LIKE 'webhook.%'").await;
    for row in told {
        let details: String = row.get(0);
        assert!(!details.contains("hidden") && !details.contains("whsec"), "an event keeps a secret: {details}");
    }
}

/// An answer may be lost on the way: the same request, sent again, shows the secret that it made, and no other one.
#[tokio::test]
async fn a_request_sent_again_shows_the_secret_that_it_made_to_whoever_may_still_manage() {
    let site = Site::start("hookagain").await;
    let manager = site.scene.agency("manager").await;
    story::add_member(&site.scene.database, &site.owner.tenant, &manager.id, "admin").await;
    site.scene.settle().await;
    let client = site.scene.client(&manager);
    let body = json!({ "url": "https://example.com/in", "events": ["member.*"] });
    let (all, adding) = (site.path(""), client.header("idempotency-key", "made"));
    let add = || adding.post(&all, body.clone());
    let made = add().await.expect(201).json();
    let one = site.path(&format!("/{}", text(&made["id"])));
    assert!(text(&made["secret"]).starts_with("whsec_"));

    // What else is changed of the endpoint is not the secret.
    client.patch(&one, json!({ "description": "Chat" })).await.expect(200);
    assert_eq!(add().await.expect(201).json()["secret"], made["secret"]);
    // Somebody else's same key is another request: it makes an endpoint of its own.
    let other = site.client().header("idempotency-key", "made").post(&site.path(""), body.clone()).await.expect(201);
    assert_ne!((&other.json()["id"], &other.json()["secret"]), (&made["id"], &made["secret"]));

    // Another secret by now: the first request does not show it, and the one that made it does.
    let (at, rotating) = (format!("{one}/rotate-secret"), client.header("idempotency-key", "rotated"));
    let rotate = || rotating.send(reqwest::Method::POST, &at, None);
    let rotated = rotate().await.expect(200).json();
    assert_ne!(rotated["secret"], made["secret"]);
    assert_eq!(rotate().await.expect(200).json()["secret"], rotated["secret"]);
    let again = add().await.expect(201).json();
    assert_eq!((&again["id"], &again["secret"]), (&made["id"], &Value::Null), "the secret of another request");

    // The records hold nothing that signs; and a role that was taken away shows nothing any more.
    let kept = site.rows("SELECT k::text FROM annex.idempotency_keys k").await;
    for secret in [&made["secret"], &rotated["secret"]] {
        let bare = text(secret)["whsec_".len()..].to_owned();
        assert!(kept.iter().all(|row| !row.get::<_, String>(0).contains(&bare)));
    }
    let member = format!("/api/workspaces/{}/members/{}", site.owner.tenant, manager.id);
    site.client().patch(&member, json!({ "role": "viewer" })).await.expect(200);
    for answer in [add().await, rotate().await] {
        assert_eq!((answer.status, answer.code().as_str()), (403, "WORKSPACE_PERMISSION_DENIED"), "{}", answer.text);
        assert!(!answer.text.contains("whsec_"));
    }
}

#[tokio::test]
async fn a_dump_holds_no_secret_that_works() {
    use base64::Engine as _;
    let site = Site::start("hookdump").await;
    let (_, secret) = site.hook(&["*"]).await;
    let raw = base64::engine::general_purpose::STANDARD.decode(&secret["whsec_".len()..]).expect("base64");
    let hex: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
    for row in site.rows("SELECT w::text FROM annex.webhooks w").await {
        let row: String = row.get(0);
        assert!(!row.contains(&hex) && !row.contains(&secret["whsec_".len()..]), "{row}");
    }
    assert!(!site.scene.annex.log().contains(&secret), "the log tells it");
    let kept = site.rows("SELECT k::text FROM annex.idempotency_keys k").await;
    assert!(kept.iter().all(|row| !row.get::<_, String>(0).contains("whsec")));
}

#[tokio::test]
async fn every_mistake_is_told_at_once() {
    let site = Site::start("hookbody").await;
    for (body, wanted) in [
        (json!({}), json!([["url", "required"], ["events", "required"]])),
        (json!({ "url": "http://example.com/", "events": ["member.joined"] }), json!([["url", "not_https"]])),
        (json!({ "url": "https://me:word@example.com/", "events": ["*"] }), json!([["url", "credentials_in_address"]])),
        (json!({ "url": "https://example.com/#x", "events": ["*"] }), json!([["url", "fragment_in_address"]])),
        (json!({ "url": "example", "events": [] }), json!([["url", "not_an_address"], ["events", "not_1_to_50"]])),
        (
            json!({ "url": 7, "events": "x", "x": 1 }),
            json!([["url", "invalid_type"], ["events", "invalid_type"], ["x", "unknown_field"]]),
        ),
    ] {
        let answer = site.client().post(&site.path(""), body.clone()).await.expect(400);
        assert_eq!(refused(&answer), wanted, "{body}");
    }
    for event in ["flag.changed", "member", "member.", "Member.joined", "workspace.switched", "webhook.test", "m.*"] {
        let body = json!({ "url": "https://example.com/", "events": [event] });
        let answer = site.client().post(&site.path(""), body).await.expect(400);
        assert_eq!(refused(&answer), json!([["events", "unknown_event"]]), "{event}");
    }
    let empty = site.client().patch(&site.path(&format!("/{}", uuid::Uuid::new_v4())), json!({})).await.expect(400);
    assert_eq!(refused(&empty), json!([["", "nothing_to_change"]]));
    for number in 0..10 {
        let body = json!({ "url": format!("https://example.com/{number}"), "events": ["*"] });
        site.client().post(&site.path(""), body).await.expect(201);
    }
    let one_more = json!({ "url": "https://example.com/more", "events": ["*"] });
    assert_eq!(site.client().post(&site.path(""), one_more).await.expect(429).code(), "RATE_LIMITED");
}

#[tokio::test]
async fn only_whoever_manages_the_workspace_sees_or_changes_an_endpoint() {
    let site = Site::start("hookwho").await;
    let Scene { database, .. } = &site.scene;
    let (id, _) = site.hook(&["*"]).await;
    let stranger = site.scene.agency("stranger").await;
    site.scene.flag(&stranger.tenant, true).await;
    for role in ["viewer", "member", "finance", "manager"] {
        let person = site.scene.agency(role).await;
        story::add_member(database, &site.owner.tenant, &person.id, role).await;
        site.scene.settle().await;
        let wanted = if role == "manager" { "" } else { "WORKSPACE_PERMISSION_DENIED" };
        let answer = site.scene.client(&person).get(&site.path("")).await;
        // Whatever the roles say, it is one of the two, and never the list for whoever lacks the permission.
        assert!(answer.code() == wanted || answer.status == 403, "{role}: {} {}", answer.status, answer.text);
    }
    site.scene.settle().await;
    let client = site.scene.client(&stranger);
    for (method, rest, body) in [
        ("GET", String::new(), None),
        ("POST", String::new(), Some(json!({ "url": "https://example.com/", "events": ["*"] }))),
        ("PATCH", format!("/{id}"), Some(json!({ "enabled": false }))),
        ("DELETE", format!("/{id}"), None),
        ("POST", format!("/{id}/rotate-secret"), None),
        ("POST", format!("/{id}/test"), None),
        ("GET", format!("/{id}/deliveries"), None),
        ("POST", format!("/{id}/deliveries/{}/replay", uuid::Uuid::new_v4()), None),
        ("GET", "/not-an-id/deliveries".to_owned(), None),
    ] {
        let method: reqwest::Method = method.parse().expect("a method");
        let there = client.send(method.clone(), &site.path(&rest), body.clone()).await.expect(403);
        let nowhere = format!("/api/workspaces/{}/webhooks{rest}", uuid::Uuid::new_v4());
        let nowhere = client.send(method.clone(), &nowhere, body).await.expect(403);
        let said = |answer: &annex_tests::http::json::Answer| {
            let mut body = answer.json();
            body["requestId"].take();
            body
        };
        assert_eq!(said(&there), said(&nowhere), "{method} {rest}: a foreign workspace looks like none");
    }
    // Their own workspace does not lead to another's endpoint.
    let theirs = format!("/api/workspaces/{}/webhooks/{id}/deliveries", stranger.tenant);
    client.get(&theirs).await.expect(404);
}

#[tokio::test]
async fn every_line_of_the_document_does_what_it_says() {
    let site = Site::start("hookdocs").await;
    let (id, secret) = site.hook(&["*"]).await;
    site.happens("member.joined").await;
    site.receiver.wait(1).await;
    let ended = || async { site.deliveries(&id).await.first().is_some_and(|one| one["state"] == "delivered") };
    eventually(Duration::from_secs(40), "one was delivered", ended).await;
    let delivery = text(&site.deliveries(&id).await[0]["id"]);
    let (owner, folder) = (&site.owner, Folder::new("webhooks"));
    let variables =
        [("A", &*site.scene.annex.url), ("T", &owner.access), ("W", &owner.tenant), ("H", &id), ("D", &delivery)];
    let said = document::typed(&lines("Webhooks", 5), folder.path(), &variables).await;
    assert!(said.contains("https://example.com/annex") && said.matches("whsec_").count() == 2, "{said}");
    assert!(!said.contains(&secret) && said.contains("\"event\":\"webhook.test\""), "{said}");
    let events = site.rows("SELECT action FROM annex.audit_events WHERE action LIKE 'webhook.%' ORDER BY seq").await;
    let events: Vec<&str> = events.iter().map(|row| row.get(0)).collect();
    let wanted = ["created", "created", "tested", "replayed", "secret_rotated"].map(|word| format!("webhook.{word}"));
    assert_eq!(events, wanted);
}
