//! A mail server that is away, hangs up or talks in cipher only; a transaction that ends in nothing; what operators see.

use std::time::Duration;

use annex_tests::folder::Folder;
use annex_tests::http::json::Client;
use annex_tests::http::{eventually, eventually_some};
use annex_tests::postgres::Cluster;
use annex_tests::smtp::{self, Encryption, Manner};
use serde_json::json;

use super::{World, link_token};

const DEADLINE: Duration = Duration::from_secs(30);

impl World {
    async fn outbox(&self, state: &str, reason: &str) -> i64 {
        let sql =
            format!("SELECT count(*) FROM annex.outbox WHERE state = '{state}' AND coalesce(reason, '') = '{reason}'");
        self.count(&sql).await
    }

    /// Until a metric of Annex has a value.
    async fn metric(&self, sample: &str, wanted: impl Fn(f64) -> bool) {
        let client = Client::new(&self.annex.admin_url);
        eventually_some(DEADLINE, sample, || async {
            let text = client.get("/metrics").await.expect(200).text;
            let line = text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
            let value: f64 = line.unwrap_or_else(|| panic!("no {sample}: {text}")).parse().expect("a number");
            if wanted(value) { Ok(()) } else { Err(value) }
        })
        .await;
    }
}

#[tokio::test]
async fn without_a_server_an_invitation_stands_and_its_mail_leaves_when_the_server_is_back() {
    let mut world = World::start("invaway").await;
    world.mail.stop().await;
    let guest = world.register("guest").await;
    let issued = world.invite(&guest.email, "viewer").await;
    world.preview(&link_token(&issued)).await.expect(200);
    eventually(DEADLINE, "the mail waits", || async { world.outbox("queued", "connection").await == 1 }).await;
    world.metric("annex_mails_waiting", |mails| mails == 1.0).await;
    world.sql("UPDATE annex.outbox SET created_at = now() - interval '20 min'").await;
    world.metric("annex_mail_oldest_seconds", |seconds| seconds >= 1200.0).await;
    world.metric("annex_mails_total{outcome=\"postponed\"}", |mails| mails >= 1.0).await;

    world.mail.restart().await;
    world.sql("UPDATE annex.outbox SET next_at = now() WHERE state = 'queued'").await;
    let token = world.mailed(&guest.email, 1).await;
    world.present(&guest, &token, "accept").await.expect(200);
    world.metric("annex_mails_waiting", |mails| mails == 0.0).await;
    world.metric("annex_mail_oldest_seconds", |seconds| seconds == 0.0).await;
    world.metric("annex_mails_total{outcome=\"sent\"}", |mails| mails == 1.0).await;
    assert_eq!(world.mail.mails().len(), 1);
}

#[tokio::test]
async fn a_server_that_hangs_up_behind_the_text_gets_it_no_second_time() {
    let world = World::start("invhangsup").await;
    world.mail.behave(Manner::HangsUp);
    let issued = world.invite("perhaps@example.test", "viewer").await;
    eventually(DEADLINE, "its fate is unknown", || async { world.outbox("failed", "interrupted").await == 1 }).await;
    world.mail.behave(Manner::Takes);
    world.metric("annex_mails_total{outcome=\"interrupted\"}", |mails| mails == 1.0).await;
    // The next one goes its way, and nothing of the first comes again.
    world.invite("next@example.test", "viewer").await;
    world.mail.mails_to("next@example.test", 1).await;
    assert_eq!(world.mail.mails().len(), 2);
    assert_eq!(world.status(&issued).await, "pending");
    let list = world.of(&world.owner).get(&format!("{}?status=pending", world.path())).await.expect(200).json();
    assert_eq!(list[1]["delivery"], json!("failed"), "whoever invited sees it: {list}");
}

#[tokio::test]
async fn mail_leaves_after_the_commit_or_never() {
    let world = World::start("invrolledback").await;
    // The last statement before the commit fails.
    world
        .sql(
            "CREATE FUNCTION annex.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               IF new.action = 'member.invited' THEN RAISE EXCEPTION 'no'; END IF; RETURN new; END $$;
             CREATE TRIGGER refuse BEFORE INSERT ON annex.audit_events FOR EACH ROW EXECUTE FUNCTION annex.refuse()",
        )
        .await;
    let body = json!({"email": "nobody@example.test", "role": "viewer"});
    let answer = world.of(&world.owner).post(&world.path(), body).await;
    assert!(answer.status >= 500, "{}", answer.status);
    world.sql("DROP TRIGGER refuse ON annex.audit_events").await;
    for table in ["workspace_invitations", "outbox", "invitation_counters"] {
        assert_eq!(world.count(&format!("SELECT count(*) FROM annex.{table}")).await, 0, "{table}");
    }
    world.invite("somebody@example.test", "viewer").await;
    world.mail.mails_to("somebody@example.test", 1).await;
    assert_eq!(world.mail.mails().len(), 1);
}

#[tokio::test]
async fn a_workspace_that_was_turned_off_mails_nobody() {
    let world = World::start("invmailoff").await;
    world.mail.behave(Manner::Later);
    world.invite("waits@example.test", "viewer").await;
    eventually(DEADLINE, "the mail waits", || async { world.outbox("queued", "later").await == 1 }).await;
    world.mail.behave(Manner::Takes);
    world.sql("UPDATE annex.feature_flags SET enabled = false").await;
    world.settle_off().await;
    world.sql("UPDATE annex.outbox SET next_at = now() WHERE state = 'queued'").await;
    eventually(DEADLINE, "it is not sent", || async { world.outbox("failed", "workspace_off").await == 1 }).await;
    assert!(world.mail.mails().is_empty(), "its link would have led nowhere");
}

#[tokio::test]
async fn a_server_that_is_encrypted_from_the_first_byte_is_talked_to_so() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let files = Folder::new("smtps");
    let ca = files.write("ca.pem", made.cert.pem());
    let mail = smtp::Server::start_encrypted(Encryption::Implicit, &made).await;
    let url = format!("smtps://crm:pass%3Aword@localhost:{}", mail.port);
    let database = Cluster::shared().migrated_database("invsmtps").await;
    let world = World::around(database, mail, |options| {
        options.with("ANNEX_MAIL_SMTP_URL", url).with("ANNEX_MAIL_CA_PATH", ca.display().to_string())
    })
    .await;
    world.invite("tls@example.test", "viewer").await;
    let mails = world.mail.mails_to("tls@example.test", 1).await;
    assert_eq!((mails[0].encrypted, mails[0].login.as_deref()), (true, Some("crm")));
}

#[tokio::test]
async fn a_password_that_is_wrong_is_told_and_mended_without_losing_a_mail() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let files = Folder::new("smtplogin");
    let ca = files.write("ca.pem", made.cert.pem());
    let mail = smtp::Server::start_encrypted(Encryption::StartTls, &made).await;
    let url = format!("smtp://crm:wrong-password-4711@localhost:{}?tls=required", mail.port);
    let database = Cluster::shared().migrated_database("invlogin").await;
    let world = World::around(database, mail, |options| {
        options.with("ANNEX_MAIL_SMTP_URL", url).with("ANNEX_MAIL_CA_PATH", ca.display().to_string())
    })
    .await;
    world.invite("login@example.test", "viewer").await;
    eventually(DEADLINE, "the login is refused", || async { world.outbox("queued", "login").await == 1 }).await;
    assert!(!world.annex.log().contains("wrong-password-4711"), "a log holds the password");
    assert!(world.mail.mails().is_empty());
}
