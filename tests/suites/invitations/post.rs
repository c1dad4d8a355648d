//! Mail: retried while nothing of it is there, never sent twice, never in anybody's way.

use std::time::Duration;

use annex_tests::folder::Folder;
use annex_tests::http::{eventually, eventually_some};
use annex_tests::postgres::Cluster;
use annex_tests::sidecar::{Annex, Options, Wait};
use annex_tests::smtp::{self, Encryption, Manner};
use serde_json::json;

use super::{World, text};

const DEADLINE: Duration = Duration::from_secs(60);

async fn delivery(world: &World, wanted: &str) {
    eventually_some(DEADLINE, &format!("the delivery is {wanted}"), || async {
        let list = world.of(&world.owner).get(&world.path()).await.expect(200).json();
        if list[0]["delivery"] == wanted { Ok(()) } else { Err(list[0]["delivery"].clone()) }
    })
    .await;
}

/// Until the next attempt is due, which is now.
async fn hurry(world: &World) {
    world.sql("UPDATE annex.outbox SET next_at = now() WHERE state = 'queued'").await;
}

const ATTEMPTS: &str = "SELECT coalesce(max(attempts), 0)::bigint FROM annex.outbox";

async fn attempts(world: &World, at_least: i64) {
    eventually(DEADLINE, "the mail was tried", || async { world.count(ATTEMPTS).await >= at_least }).await;
}

/// Until the mail was tried `more` times again, each time at once.
async fn tried_again(world: &World, more: i64) {
    let wanted = world.count(ATTEMPTS).await + more;
    eventually(DEADLINE, "the mail was tried again", || async {
        hurry(world).await;
        world.count(ATTEMPTS).await >= wanted
    })
    .await;
}

#[tokio::test]
async fn mail_that_is_not_taken_is_tried_again_and_hurts_nobody() {
    let world = World::start("invretry").await;
    world.mail.behave(Manner::Later);
    let issued = world.invite("later@example.test", "viewer").await;
    attempts(&world, 1).await;
    delivery(&world, "queued").await;
    let pause = "SELECT (extract(epoch FROM next_at - now()))::bigint FROM annex.outbox";
    eventually(DEADLINE, "it waits", || async { (20..=30).contains(&world.count(pause).await) }).await;
    // Meanwhile all else goes on, with other mail too.
    world.of(&world.owner).get("/api/workspaces").await.expect(200);
    tried_again(&world, 1).await;
    world.mail.behave(Manner::Forgets);
    // The attempt under way may still have met the manner before.
    tried_again(&world, 2).await;
    delivery(&world, "queued").await;
    world.mail.behave(Manner::Takes);
    eventually(DEADLINE, "it is sent", || async {
        hurry(&world).await;
        !world.mail.mails().is_empty()
    })
    .await;
    delivery(&world, "sent").await;
    assert_eq!(world.mail.mails().len(), 1, "once");
    let token = world.mailed("later@example.test", 1).await;
    world.preview(&token).await.expect(200);
    assert_eq!(world.status(&issued).await, "pending");
}

#[tokio::test]
async fn mail_that_is_refused_or_tried_too_often_has_failed_and_can_be_sent_again() {
    let world = World::start("invrefused").await;
    world.mail.behave(Manner::Refuses);
    let issued = world.invite("never@example.test", "viewer").await;
    delivery(&world, "failed").await;
    assert_eq!(world.count("SELECT count(*) FROM annex.outbox WHERE reason = 'refused' AND attempts = 1").await, 1);
    world.mail.behave(Manner::Later);
    world.sql("UPDATE annex.workspace_invitations SET last_sent_at = now() - interval '61 s'").await;
    world.on(&issued, "resend").await.expect(200);
    delivery(&world, "queued").await;
    world.sql("UPDATE annex.outbox SET attempts = 8 WHERE state = 'queued'").await;
    eventually(DEADLINE, "it has failed", || async {
        hurry(&world).await;
        world.count("SELECT count(*) FROM annex.outbox WHERE state = 'failed' AND reason = 'later'").await == 1
    })
    .await;
    // A server that is gone altogether.
    world.sql("UPDATE annex.workspace_invitations SET last_sent_at = now() - interval '61 s'").await;
    world.mail.behave(Manner::Takes);
    world.on(&issued, "resend").await.expect(200);
    delivery(&world, "sent").await;
}

#[tokio::test]
async fn a_process_that_dies_in_the_middle_sends_nothing_twice() {
    let world = World::start_with("invkilled", |options| options.with("ANNEX_MAIL_TIMEOUT_MS", "5000")).await;
    world.mail.behave(Manner::Silent);
    let issued = world.invite("once@example.test", "viewer").await;
    world.mail.mails_to("once@example.test", 1).await;
    let environment = world.annex.environment.clone();
    let (owner, mail, path) = (world.owner.clone(), &world.mail, world.path());
    world.annex.program().signal("KILL");
    mail.behave(Manner::Takes);
    let state = "SELECT count(*) FROM annex.outbox WHERE state = 'sending'";
    eventually(DEADLINE, "it was begun, and nobody ended it", || async { world.count(state).await == 1 }).await;
    let options = Options { environment, wait: Wait::Ready }
        .with("ANNEX_LISTEN", format!("127.0.0.1:{}", annex_tests::ports::free_port()))
        .with("ANNEX_ADMIN_LISTEN", format!("127.0.0.1:{}", annex_tests::ports::free_port()))
        .without(annex_tests::sidecar::UPGRADE_SOCKET);
    let heir = Annex::start(options).await;
    let ended = "SELECT count(*) FROM annex.outbox WHERE state = 'failed' AND reason = 'interrupted'";
    eventually(DEADLINE, "it counts as interrupted", || async { world.count(ended).await == 1 }).await;
    assert_eq!(mail.mails().len(), 1, "nothing is sent twice with one key");
    // Whoever invited sees it, and sends another one, with another secret.
    world.sql("UPDATE annex.workspace_invitations SET last_sent_at = now() - interval '61 s'").await;
    let client = annex_tests::http::json::Client::new(&heir.url).bearer(&owner.access);
    let list = client.get(&path).await.expect(200).json();
    assert_eq!(list[0]["delivery"], json!("failed"));
    client.post(&format!("{path}/{}/resend", text(&issued["id"])), json!({})).await.expect(200);
    let mails = mail.mails_to("once@example.test", 2).await;
    assert_ne!(mails[0].letter().message_id, mails[1].letter().message_id);
    assert_ne!(mails[0].letter().token(), mails[1].letter().token());
}

#[tokio::test]
async fn what_was_only_reserved_by_a_process_that_died_is_sent_by_another() {
    let world = World::start("invreserved").await;
    world.mail.behave(Manner::Later);
    world.invite("heir@example.test", "viewer").await;
    attempts(&world, 1).await;
    // As a node leaves it that died before it began: reserved for a while, and nothing sent.
    world.sql("UPDATE annex.outbox SET attempts = attempts + 1, next_at = now() + interval '1 s'").await;
    world.mail.behave(Manner::Takes);
    world.mail.mails_to("heir@example.test", 1).await;
    delivery(&world, "sent").await;
    assert_eq!(world.mail.mails().len(), 1);
}

#[tokio::test]
async fn what_was_revoked_or_sent_anew_is_not_mailed() {
    let world = World::start("invdropped").await;
    world.mail.behave(Manner::Later);
    let issued = world.invite("gone@example.test", "viewer").await;
    attempts(&world, 1).await;
    world.revoke(&issued).await.expect(200);
    world.mail.behave(Manner::Takes);
    eventually(DEADLINE, "it is dropped", || async {
        hurry(&world).await;
        world.count("SELECT count(*) FROM annex.outbox WHERE state = 'dropped'").await == 1
    })
    .await;
    assert!(world.mail.mails().is_empty());
}

#[tokio::test]
async fn a_password_goes_to_a_server_that_shows_its_certificate_and_to_no_other() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let files = Folder::new("smtp");
    let ca = files.write("ca.pem", made.cert.pem());
    let mail = smtp::Server::start_encrypted(Encryption::StartTls, &made).await;
    let url = format!("smtp://crm:pass%3Aword@localhost:{}?tls=required", mail.port);
    let database = Cluster::shared().migrated_database("invtls").await;
    let world = World::around(database, mail, |options| {
        options.with("ANNEX_MAIL_SMTP_URL", url).with("ANNEX_MAIL_CA_PATH", ca.display().to_string())
    })
    .await;
    world.invite("tls@example.test", "viewer").await;
    let mails = world.mail.mails_to("tls@example.test", 1).await;
    assert_eq!((mails[0].encrypted, mails[0].login.as_deref()), (true, Some("crm")));

    // A node that does not know the authority sends nothing, and no password.
    let environment = world.annex.environment.clone();
    world.annex.program().signal("KILL");
    let options = Options { environment, wait: Wait::Ready }
        .with("ANNEX_LISTEN", format!("127.0.0.1:{}", annex_tests::ports::free_port()))
        .with("ANNEX_ADMIN_LISTEN", format!("127.0.0.1:{}", annex_tests::ports::free_port()))
        .without(annex_tests::sidecar::UPGRADE_SOCKET)
        .without("ANNEX_MAIL_CA_PATH");
    let node = Annex::start(options).await;
    let body = json!({"email": "untrusted@example.test", "role": "viewer"});
    let client = annex_tests::http::json::Client::new(&node.url).bearer(&world.owner.access);
    client.post(&world.path(), body).await.expect(201);
    let refused = "SELECT count(*) FROM annex.outbox WHERE state = 'queued' AND reason = 'tls'";
    eventually(DEADLINE, "TLS is refused", || async { world.count(refused).await == 1 }).await;
    assert_eq!(world.mail.mails().len(), 1);
}

#[tokio::test]
async fn a_folder_takes_mail_where_there_is_no_server_and_without_either_links_are_enough() {
    let folder = Folder::new("mails");
    let path = folder.join("out");
    let world = World::start_with("invfolder", |options| {
        options.with("ANNEX_MAIL_TRANSPORT", "file").with("ANNEX_MAIL_FOLDER", path.display().to_string())
    })
    .await;
    world.invite("file@example.test", "viewer").await;
    let written = || std::fs::read_dir(&path).map(|entries| entries.count()).unwrap_or(0);
    eventually(DEADLINE, "a file", || async { written() == 1 }).await;
    delivery(&world, "sent").await;
    let entry = std::fs::read_dir(&path).expect("the folder").next().expect("a file").expect("an entry");
    let raw = std::fs::read(entry.path()).expect("a mail");
    let mail = smtp::Mail { to: Vec::new(), login: None, encrypted: false, raw };
    world.preview(&mail.letter().token()).await.expect(200);
    assert!(world.mail.mails().is_empty());

    let off = World::start_with("invnomail", |options| options.with("ANNEX_MAIL_TRANSPORT", "off")).await;
    let issued = off.invite("link@example.test", "viewer").await;
    assert_eq!(issued["delivery"], json!(null));
    assert_eq!(off.count("SELECT count(*) FROM annex.outbox").await, 0);
    assert_eq!(off.on(&issued, "resend").await.expect(409).code(), "CONFLICT");
    off.preview(&super::link_token(&issued)).await.expect(200);
}

#[tokio::test]
async fn two_nodes_send_each_mail_once() {
    let world = World::start("invnodes").await;
    world.mail.behave(Manner::Later);
    let rows: Vec<_> = (0..30).map(|number| json!({"email": format!("n{number}@example.test")})).collect();
    let environment = world.annex.environment.clone();
    let options = Options { environment, wait: Wait::Ready }
        .with("ANNEX_LISTEN", format!("127.0.0.1:{}", annex_tests::ports::free_port()))
        .with("ANNEX_ADMIN_LISTEN", format!("127.0.0.1:{}", annex_tests::ports::free_port()))
        .without(annex_tests::sidecar::UPGRADE_SOCKET);
    let second = Annex::start(options).await;
    world.of(&world.owner).post(&format!("{}/bulk", world.path()), json!({"invitations": rows})).await.expect(200);
    world.mail.behave(Manner::Takes);
    eventually(DEADLINE, "all are sent", || async {
        hurry(&world).await;
        // What a node has taken is not to be hurried: the other one would take it again.
        tokio::time::sleep(Duration::from_secs(1)).await;
        world.count("SELECT count(*) FROM annex.outbox WHERE state = 'sent'").await == 30
    })
    .await;
    drop(second);
    let mut to: Vec<String> = world.mail.mails().into_iter().flat_map(|mail| mail.to).collect();
    to.sort();
    to.dedup();
    assert_eq!((to.len(), world.mail.mails().len()), (30, 30));
}
