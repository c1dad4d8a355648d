//! The whole way: invited, mailed, registered, joined.

use std::time::Duration;

use annex_tests::http::eventually_some;
use serde_json::json;

use super::{PUBLIC_URL, World, text};

#[tokio::test]
async fn somebody_unknown_is_mailed_registers_and_joins() {
    let world = World::start("invstory").await;
    let address = "nina.new@example.test";
    let body = json!({"email": "Nina.New@Example.test", "role": "manager", "language": "de", "expiresInDays": 3});
    let users = "SELECT count(*) FROM users";
    let before = world.count(users).await;
    let issued = world.of(&world.owner).post(&world.path(), body).await.expect(201).json();
    assert_eq!(
        (&issued["email"], &issued["role"], &issued["status"], &issued["workspaceId"], &issued["language"]),
        (
            &json!("Nina.New@Example.test"),
            &json!("manager"),
            &json!("pending"),
            &json!(world.owner.tenant),
            &json!("de")
        )
    );

    let mails = world.mail.mails_to(address, 1).await;
    let letter = mails[0].letter();
    assert_eq!(letter.subject, "Sie wurden in einen Arbeitsbereich eingeladen");
    for part in [&letter.text, &letter.html] {
        for said in ["Agency owner", "owner Test", "Manager", address, PUBLIC_URL] {
            assert!(part.contains(said), "{said}: {part}");
        }
    }
    assert!(mails[0].head().contains("From: \"Our CRM\" <crm@example.test>"), "{}", mails[0].head());
    let token = letter.token();
    assert_eq!(world.count(users).await, before, "nobody is made before they accept");

    let seen = world.preview(&token).await.expect(200).json();
    assert_eq!(
        (&seen["workspace"]["name"], &seen["inviterName"], &seen["roleName"], &seen["email"]),
        (&json!("Agency owner"), &json!("owner Test"), &json!("Manager"), &json!("n…@example.test"))
    );

    let nina = world.register_as(address).await;
    let joined = world.present(&nina, &token, "accept").await.expect(200).json();
    assert_eq!(joined["workspaceId"], json!(world.owner.tenant));
    assert_eq!(world.role(&nina).await, "manager");
    // In force at once: from a home that is off, into a workspace that is on.
    let there = world.of(&nina).workspace(&world.owner.tenant);
    there.get("/api/customers").await.expect(200);
    let list = world.of(&nina).get("/api/workspaces").await.expect(200).json();
    let seat = list["workspaces"].as_array().expect("a list").iter().find(|seat| seat["role"] == "manager");
    assert_eq!(seat.expect("the seat")["invitedBy"], json!(world.owner.id));

    let shown = eventually_some(Duration::from_secs(60), "the mail counts as sent", || async {
        let list = world.of(&world.owner).get(&world.path()).await.expect(200).json();
        if list[0]["delivery"] == "sent" { Ok(list[0].clone()) } else { Err(list) }
    })
    .await;
    assert_eq!((&shown["status"], &shown["sendCount"]), (&json!("accepted"), &json!(1)));
    assert!(shown["acceptedAt"].is_string() && shown["token"].is_null(), "{shown}");
    let wanted = [("member.invited".to_owned(), "user".to_owned()), ("member.joined".to_owned(), "user".to_owned())];
    assert_eq!(world.audit().await, wanted);
}

#[tokio::test]
async fn whoever_proved_an_address_needs_no_link_for_the_next_one() {
    let world = World::start("invproven").await;
    let guest = world.register("guest").await;
    let client = world.of(&guest);
    let pending = async || client.get("/api/invitations/pending").await.expect(200).json();

    // By a link alone nothing is proven.
    let issued = world.invite(&guest.email, "viewer").await;
    let by_id = |id: &str, verb: &str| format!("/api/invitations/by-id/{id}/{verb}");
    assert_eq!(pending().await, json!([]));
    let id = text(&issued["id"]);
    assert_eq!(client.post(&by_id(id, "accept"), json!({})).await.expect(404).code(), "INVITATION_NOT_FOUND");
    // An offer that ended is not mailed: this one shall be.
    world.mail.mails_to(&guest.email, 1).await;
    world.present(&guest, &super::link_token(&issued), "decline").await.expect(200);
    world.invite(&guest.email, "viewer").await;
    assert_eq!(pending().await, json!([]), "a link proves no mailbox");

    // By a mail it is.
    let token = world.mailed(&guest.email, 2).await;
    world.present(&guest, &token, "accept").await.expect(200);
    let other = world.register("other").await;
    world.flag(&other.tenant, true).await;
    let path = format!("/api/workspaces/{}/invitations", other.tenant);
    let third = world.of(&other).post(&path, json!({"email": guest.email, "role": "viewer"})).await.expect(201).json();
    let listed = pending().await;
    assert_eq!((&listed[0]["id"], &listed[0]["workspace"]["name"]), (&third["id"], &json!("Agency other")));
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert!(!listed.to_string().contains("token") && listed[0]["inviteLink"].is_null(), "{listed}");

    // Another person does not see it, and an address that changed is not proven.
    let stranger = world.register("stranger").await;
    let id = text(&third["id"]);
    world.of(&stranger).post(&by_id(id, "accept"), json!({})).await.expect(404);
    let change = |email: &str| format!("UPDATE users SET email = '{email}' WHERE id = '{}'", guest.id);
    world.sql(&change("elsewhere@example.test")).await;
    assert_eq!(pending().await, json!([]));
    client.post(&by_id(id, "accept"), json!({})).await.expect(404);
    world.sql(&change(&guest.email)).await;

    // The inviting workspace must be on; nothing of the caller's home counts.
    world.flag(&other.tenant, false).await;
    assert_eq!(pending().await, json!([]));
    client.post(&by_id(id, "accept"), json!({})).await.expect(404);
    world.flag(&other.tenant, true).await;
    client.post(&by_id(id, "accept"), json!({})).await.expect(200);
    client.post(&by_id(id, "accept"), json!({})).await.expect(200);
    assert_eq!(pending().await, json!([]));
}

#[tokio::test]
async fn offers_come_in_pages_are_counted_whatever_the_domain_and_speak_the_workspaces_language() {
    let world = World::start("invpages").await;
    let guest = world.register("guest").await;
    world
        .sql(&format!(
            "UPDATE users SET email = 'guest@bücher.test' WHERE id = '{0}';
             INSERT INTO annex.proven_addresses (user_id, address) VALUES ('{0}', 'guest@xn--bcher-kva.test')",
            guest.id
        ))
        .await;
    let mut made = Vec::new();
    for name in ["one", "two", "three"] {
        let owner = world.register(name).await;
        world.flag(&owner.tenant, true).await;
        let path = format!("/api/workspaces/{}/invitations", owner.tenant);
        let body = json!({"email": "guest@bücher.test", "role": "viewer"});
        made.insert(0, world.of(&owner).post(&path, body).await.expect(201).json()["id"].clone());
    }
    let client = world.of(&guest);
    let first = client.get("/api/invitations/pending?limit=2").await.expect(200);
    let link = first.header("link").expect("a next page").to_owned();
    let next = link.strip_prefix('<').and_then(|rest| rest.split_once(">; rel=\"next\"")).expect("a link").0;
    let second = client.get(next).await.expect(200);
    let pages = [first.json(), second.json()];
    let ids: Vec<_> = pages.iter().flat_map(|page| page.as_array().expect("a list")).map(|one| &one["id"]).collect();
    assert_eq!(ids, made.iter().collect::<Vec<_>>(), "newest first, each once");
    assert_eq!(second.header("link"), None);
    client.get("/api/invitations/pending?cursor=x").await.expect(400);
    world.flag(&guest.tenant, true).await;
    let summary = client.get("/api/workspaces/summary").await.expect(200).json();
    assert_eq!(summary["pendingInvitations"], json!(3), "{summary}");

    // The language of the mail: what the inviter says, else the workspace's, else English.
    let of = world.of(&world.owner);
    let language = async |email: &str, said: Option<&str>| {
        let body = json!({"email": email, "role": "viewer", "language": said});
        of.post(&world.path(), body).await.expect(201).json()["language"].clone()
    };
    assert_eq!(language("a@example.test", None).await, "en");
    for (theirs, wanted) in [("de-AT", "de"), ("fr", "en")] {
        let about = format!("/api/workspaces/{}", world.owner.tenant);
        of.patch(&about, json!({"language": theirs})).await.expect(200);
        assert_eq!(language(&format!("b@{theirs}.example.test"), None).await, wanted);
        assert_eq!(language(&format!("c@{theirs}.example.test"), Some("en")).await, "en");
    }
}

#[tokio::test]
async fn a_link_leads_to_a_page_that_is_asked_for_without_the_secret() {
    let world = World::start("invpage").await;
    let page = world.client().get("/_annex/invite").await.expect(200);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'nonce-") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("cache-control"), Some("no-store"));

    let old = world.client().get("/invite/abc-DEF_1").await.expect(303);
    assert_eq!(old.header("location"), Some("/_annex/invite#abc-DEF_1"));
    assert_eq!((old.header("cache-control"), old.header("referrer-policy")), (Some("no-store"), Some("no-referrer")));

    // With nothing on anywhere it is the CRM's, byte for byte.
    world.sql("UPDATE annex.feature_flags SET enabled = false").await;
    world.settle_off().await;
    let ours = world.client().get("/invite/abc-DEF_1").await;
    let theirs = annex_tests::http::json::Client::new(&world.crm.url).get("/invite/abc-DEF_1").await;
    assert_eq!((ours.status, &ours.text), (theirs.status, &theirs.text));
    assert_eq!(ours.header("location"), None);
}
