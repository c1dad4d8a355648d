//! Accepting and declining: by whom, of what, in which order it is refused.

use annex_tests::story as people;
use reqwest::Method;
use serde_json::{Value, json};

use super::{World, link_token, text};

#[tokio::test]
async fn nobody_without_a_session_learns_whether_a_secret_is_one() {
    let world = World::start("invanonymous").await;
    let token = link_token(&world.invite("who@example.test", "viewer").await);
    let answers = async |token: &str, verb: &str| {
        let answer = world.client().send(Method::POST, &format!("/api/invitations/{token}/{verb}"), None).await;
        let mut body = answer.json();
        body["requestId"] = Value::Null;
        (answer.status, body)
    };
    for verb in ["accept", "decline"] {
        let known = answers(&token, verb).await;
        assert_eq!(known.0, 401);
        assert_eq!(known, answers("no-secret-of-anybody", verb).await);
    }
    // The tables are not even there, and the answer is the same: nothing was looked up.
    world.sql("ALTER TABLE annex.workspace_invitations RENAME TO hidden").await;
    assert_eq!(answers(&token, "accept").await.0, 401);
    world.sql("ALTER TABLE annex.hidden RENAME TO workspace_invitations").await;
}

#[tokio::test]
async fn another_address_changes_nothing_and_the_claim_counts_for_nothing() {
    let world = World::start("invmismatch").await;
    let (guest, other) = (world.register("guest").await, world.register("other").await);
    let issued = world.invite(&guest.email, "viewer").await;
    let token = link_token(&issued);
    for verb in ["accept", "decline"] {
        assert_eq!(world.present(&other, &token, verb).await.expect(403).code(), "INVITATION_EMAIL_MISMATCH");
    }
    // A token that claims the address, of somebody whose row says another.
    let mut claims = people::claims(&other, "agency_admin", true);
    claims["email"] = json!(guest.email);
    let forged = world.client().bearer(&people::sign(&claims, &world.crm.jwt_secret));
    let answer = forged.send(Method::POST, &format!("/api/invitations/{token}/accept"), None).await.expect(403);
    assert_eq!(answer.code(), "INVITATION_EMAIL_MISMATCH");
    assert_eq!(world.status(&issued).await, "pending");

    // The row of this moment counts: who has the address now is who is meant.
    world.sql(&format!("UPDATE users SET email = 'old@example.test' WHERE id = '{}'", guest.id)).await;
    assert_eq!(world.present(&guest, &token, "accept").await.expect(403).code(), "INVITATION_EMAIL_MISMATCH");
    world.sql(&format!("UPDATE users SET email = upper('{}') WHERE id = '{}'", guest.email, guest.id)).await;
    world.present(&guest, &token, "accept").await.expect(200);
    assert_eq!(world.role(&guest).await, "viewer");
}

#[tokio::test]
async fn an_offer_has_one_end() {
    let world = World::start("invends").await;
    let (guest, other) = (world.register("guest").await, world.register("other").await);
    let token = link_token(&world.invite(&guest.email, "viewer").await);
    world.present(&guest, &token, "accept").await.expect(200);
    world.present(&guest, &token, "accept").await.expect(200);
    assert_eq!(world.present(&other, &token, "accept").await.expect(404).code(), "INVITATION_NOT_FOUND");
    assert_eq!(world.present(&guest, &token, "decline").await.expect(404).code(), "INVITATION_NOT_FOUND");
    assert_eq!(world.audit().await.iter().filter(|(action, _)| action == "member.joined").count(), 1);

    // Whoever was removed is not let in again by what they still hold.
    people::remove_member(&world.database, &world.owner.tenant, &guest.id).await;
    world.present(&guest, &token, "accept").await.expect(404);
    assert_eq!(world.role(&guest).await, "");

    let declined = world.invite(&other.email, "viewer").await;
    let token = link_token(&declined);
    world.present(&other, &token, "decline").await.expect(200);
    world.present(&other, &token, "decline").await.expect(200);
    assert_eq!(world.present(&other, &token, "accept").await.expect(404).code(), "INVITATION_NOT_FOUND");
    assert_eq!(world.status(&declined).await, "declined");
    assert_eq!(world.audit().await.last().map(|(action, _)| action.clone()).as_deref(), Some("invitation.declined"));
}

#[tokio::test]
async fn an_offer_that_was_hoarded_brings_nobody_back() {
    let world = World::start("invhoard").await;
    let guest = world.register("guest").await;
    let kept = link_token(&world.invite(&guest.email, "viewer").await);
    // They join by another way, and are removed; the offer is older than that.
    people::add_member(&world.database, &world.owner.tenant, &guest.id, "viewer").await;
    assert_eq!(world.present(&guest, &kept, "accept").await.expect(409).code(), "ALREADY_MEMBER");
    let suspend = format!("UPDATE annex.workspace_users SET status = 'suspended' WHERE user_id = '{}'", guest.id);
    world.sql(&suspend).await;
    assert_eq!(world.present(&guest, &kept, "accept").await.expect(409).code(), "ALREADY_MEMBER");
    people::remove_member(&world.database, &world.owner.tenant, &guest.id).await;
    assert_eq!(world.present(&guest, &kept, "accept").await.expect(404).code(), "INVITATION_NOT_FOUND");
    assert_eq!(world.role(&guest).await, "");
    // A new one does.
    world.sql("UPDATE annex.workspace_invitations SET status = 'revoked', ended_at = now()").await;
    let token = link_token(&world.invite(&guest.email, "viewer").await);
    world.present(&guest, &token, "accept").await.expect(200);
}

#[tokio::test]
async fn what_offers_nothing_says_one_thing() {
    let world = World::start("invuniform").await;
    let told = async |token: &str| {
        let answer = world.preview(token).await;
        let mut body = answer.json();
        body["requestId"] = Value::Null;
        (answer.status, body)
    };
    let nothing = told("no-secret-of-anybody").await;
    assert_eq!((nothing.0, &nothing.1["code"]), (404, &json!("INVITATION_NOT_FOUND")));
    assert_eq!(told("").await, nothing);

    let mut number = 0;
    let mut invited = async || {
        number += 1;
        world.invite(&format!("u{number}@example.test"), "viewer").await
    };
    let revoked = invited().await;
    world.revoke(&revoked).await.expect(200);
    let expired = invited().await;
    let past = "UPDATE annex.workspace_invitations SET created_at = now() - interval '9 days', expires_at = now() - interval '1 s'";
    world.sql(&format!("{past} WHERE id = '{}'", text(&expired["id"]))).await;
    let open = invited().await;
    for (what, issued) in [("revoked", &revoked), ("expired", &expired)] {
        assert_eq!(told(&link_token(issued)).await, nothing, "{what}");
    }
    let token = link_token(&open);
    assert_eq!(told(&token).await.0, 200);
    world.flag(&world.owner.tenant, false).await;
    assert_eq!(told(&token).await, nothing, "off");
    world.flag(&world.owner.tenant, true).await;
    let delete = format!("UPDATE annex.workspaces SET deleted_at = now() WHERE tenant_id = '{}'", world.owner.tenant);
    world.sql(&delete).await;
    assert_eq!(told(&token).await, nothing, "deleted");
}

#[tokio::test]
async fn reading_changes_nothing() {
    let world = World::start("invreads").await;
    let guest = world.register("guest").await;
    let token = link_token(&world.invite(&guest.email, "viewer").await);
    world.mail.mails_to(&guest.email, 1).await;
    let everything = "SELECT coalesce(sum(hashtextextended(i::text, 0)), 0)::bigint FROM annex.workspace_invitations i";
    let sent = "SELECT count(*) FROM annex.outbox WHERE state <> 'sent'";
    annex_tests::http::eventually(std::time::Duration::from_secs(60), "the mail is sent", || async {
        world.count(sent).await == 0
    })
    .await;
    let before = world.count(everything).await;
    for path in [
        world.path(),
        "/api/invitations/pending".to_owned(),
        "/_annex/invite".to_owned(),
        format!("/invite/{token}"),
        format!("/api/invitations/{token}/accept"),
        format!("/api/invitations/{token}/decline"),
    ] {
        for client in [world.of(&world.owner), world.of(&guest)] {
            for method in [Method::GET, Method::HEAD] {
                client.send(method, &path, None).await;
            }
        }
    }
    world.preview(&token).await.expect(200);
    assert_eq!(world.count(everything).await, before);
    world.present(&guest, &token, "accept").await.expect(200);
}

#[tokio::test]
async fn customers_the_inactive_and_natives_join_nothing() {
    let world = World::start("invwho").await;
    let guest = world.register("guest").await;
    let token = link_token(&world.invite(&guest.email, "viewer").await);
    let row = |change: &str| format!("UPDATE users SET {change} WHERE id = '{}'", guest.id);
    world.sql(&row("user_type = 'customer'")).await;
    // The row of now counts, whatever the token still claims.
    assert_eq!(world.present(&guest, &token, "accept").await.expect(403).code(), "MULTI_WORKSPACE_DISABLED");
    let customer =
        world.client().bearer(&people::sign(&people::claims(&guest, "customer", false), &world.crm.jwt_secret));
    for path in [format!("/api/invitations/{token}/accept"), "/api/invitations/unknown/accept".to_owned()] {
        assert_eq!(customer.post(&path, json!({})).await.expect(403).code(), "MULTI_WORKSPACE_DISABLED");
    }
    assert_eq!(customer.get("/api/invitations/pending").await.expect(200).json(), json!([]));
    world.sql(&row("user_type = 'agency_admin', is_active = false")).await;
    assert_eq!(world.present(&guest, &token, "accept").await.expect(403).code(), "WORKSPACE_ACCESS_DENIED");
    // A native of the workspace is there already.
    world.sql(&row(&format!("is_active = true, tenant_id = '{}'", world.owner.tenant))).await;
    assert_eq!(world.present(&guest, &token, "accept").await.expect(409).code(), "ALREADY_MEMBER");
    world.sql(&row(&format!("tenant_id = '{}'", guest.tenant))).await;
    world.present(&guest, &token, "accept").await.expect(200);
}
