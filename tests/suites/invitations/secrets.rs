//! No usable secret anywhere but in the mail and in the answer that shows a link.

use std::process::Command;
use std::time::Duration;

use annex_tests::http::eventually;
use annex_tests::postgres::programs;
use annex_tests::sidecar::{Annex, SECRET};
use serde_json::json;

use super::{World, link_token};

#[tokio::test]
async fn neither_a_dump_nor_a_log_nor_a_list_holds_a_usable_secret() {
    let world = World::start_with("invdump", |options| options.with("ANNEX_LOG_LEVEL", "trace")).await;
    let (guest, other) = (world.register("guest").await, world.register("other").await);
    let keyed = world.of(&world.owner).header("idempotency-key", "k");
    let issued = keyed.post(&world.path(), json!({"email": guest.email, "role": "viewer"})).await.expect(201).json();
    let second = world.invite(&other.email, "viewer").await;
    let mut tokens = vec![link_token(&issued), link_token(&second)];
    tokens.push(world.mailed(&guest.email, 1).await);
    tokens.push(world.mailed(&other.email, 1).await);
    world.preview(&tokens[0]).await.expect(200);
    world.client().get(&format!("/invite/{}", tokens[0])).await.expect(303);
    world.present(&other, &tokens[0], "accept").await.expect(403);
    world.present(&guest, &tokens[2], "accept").await.expect(200);

    // The control: the search finds what is there.
    let dump = dump(&world.database.url);
    assert!(dump.contains(&guest.email) && dump.contains("workspace_invitations"), "the dump is none");
    let log = world.annex.log();
    assert!(log.contains("/api/invitations/:token/accept"), "the log tells of the request");
    for token in &tokens {
        let half = &token[..20];
        assert!(!dump.contains(half), "a dump of the schema holds a secret");
        assert!(!log.contains(half), "the log holds a secret");
        // Nor in another form: the tables hold hashes, as hex in a dump.
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token).expect("base64url");
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(!dump.contains(&hex), "a dump holds a secret in hex");
    }
    assert!(!log.contains(&guest.email), "no address stands in a log");
    assert!(!log.contains(SECRET));
}

fn dump(url: &str) -> String {
    // A folder of links to the server's programs need not hold the client's.
    let beside = programs().join("pg_dump");
    let program = if beside.exists() { beside } else { "pg_dump".into() };
    let output = Command::new(program).args(["--schema=annex", "--inserts", url]).output();
    let output = output.expect("pg_dump can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[tokio::test]
async fn who_can_only_write_the_table_forges_no_secret() {
    let world = World::start("invforge").await;
    let guest = world.register("guest").await;
    let issued = world.invite(&guest.email, "viewer").await;
    // Somebody puts the hash of a secret of their own choice into the row.
    let forged = "A".repeat(43);
    world.sql(&format!("UPDATE annex.workspace_invitations SET link_hash = sha256('{forged}'::bytea)")).await;
    world.preview(&forged).await.expect(404);
    world.present(&guest, &forged, "accept").await.expect(404);
    world.preview(&link_token(&issued)).await.expect(404);
    assert_eq!(world.status(&issued).await, "pending");
}

#[tokio::test]
async fn a_secret_survives_one_change_of_the_file_key_and_not_two() {
    let world = World::start("invrotate").await;
    let guest = world.register("guest").await;
    let token = link_token(&world.invite(&guest.email, "viewer").await);
    let options = |current: &str, previous: &str| {
        let environment = world.annex.environment.clone();
        annex_tests::sidecar::Options { environment, wait: annex_tests::sidecar::Wait::Ready }
            .with("ANNEX_LISTEN", format!("127.0.0.1:{}", annex_tests::ports::free_port()))
            .with("ANNEX_ADMIN_LISTEN", format!("127.0.0.1:{}", annex_tests::ports::free_port()))
            .with("ANNEX_SECRET", current)
            .with("ANNEX_SECRET_PREVIOUS", previous)
            .without(annex_tests::sidecar::UPGRADE_SOCKET)
    };
    let next = "the-second-secret-of-annex-for-this-suite-alone";
    let last = "the-third-secret-of-annex-for-this-suite-alone!";
    for (current, previous, status) in [(next, SECRET, 200), (last, next, 404)] {
        let node = Annex::start(options(current, previous)).await;
        let client = world.client().at(&node.url);
        client.post("/api/invitations/preview", json!({"token": token})).await.expect(status);
    }
    // A mail whose key is gone is not sent, and says so.
    world.mail.behave(annex_tests::smtp::Manner::Later);
    let waiting = world.invite("waits@example.test", "viewer").await;
    world.annex.program().signal("STOP");
    world.sql("UPDATE annex.outbox SET next_at = now() WHERE state = 'queued'").await;
    let node = Annex::start(options(last, next)).await;
    let failed = "SELECT count(*) FROM annex.outbox WHERE state = 'failed' AND reason = 'key_gone'";
    eventually(Duration::from_secs(60), "the mail has failed", || async { world.count(failed).await == 1 }).await;
    drop(node);
    world.annex.program().signal("CONT");
    assert_eq!(world.status(&waiting).await, "pending");
}
