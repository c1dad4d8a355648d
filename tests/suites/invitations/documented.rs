//! The lines of `docs/API.md`, as somebody types them, and the statements of the runbooks.

use std::time::Duration;

use annex_tests::document::{self, lines};
use annex_tests::folder::Folder;
use annex_tests::http::eventually;
use annex_tests::smtp::Manner;
use annex_tests::tree;

use super::{World, link_token, text};

/// The statements of a runbook.
fn statements(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(tree::root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let pieces = text.split("```sql\n").skip(1);
    pieces.filter_map(|piece| piece.split_once("```")).map(|(block, _)| block.to_owned()).collect()
}

#[tokio::test]
async fn every_line_of_the_document_does_what_it_says() {
    let world = World::start("invdocs").await;
    let guest = world.register("guest").await;
    let offered = world.invite(&guest.email, "viewer").await;
    let other = world.invite("other@example.test", "viewer").await;
    world.sql("UPDATE annex.workspace_invitations SET last_sent_at = now() - interval '61 s'").await;
    let folder = Folder::new("invdocs");
    let (id, secret) = (text(&other["id"]), link_token(&offered));
    let owner = &world.owner;
    let variables = [("A", &*world.annex.url), ("T", &*owner.access), ("W", &*owner.tenant), ("I", id)];
    let variables = [variables.as_slice(), &[("G", &*guest.access), ("SECRET", &*secret)]].concat();
    let said = document::typed(&lines("Invitations", 9), folder.path(), &variables).await;
    for words in ["nina@example.com", "\"dryRun\":true", "Invitation revoked", "Invitation accepted", "g…@"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(world.role(&guest).await, "viewer");
    assert_eq!(world.status(&other).await, "revoked");
    // The dry runs kept nothing: Nina, the two of the file, the guest and the other one.
    assert_eq!(world.count("SELECT count(*) FROM annex.workspace_invitations").await, 5);
}

#[tokio::test]
async fn the_runbooks_bring_mail_on_its_way_again_and_nothing_twice() {
    let world = World::start("invrunbook").await;
    world.mail.behave(Manner::HangsUp);
    world.invite("perhaps@example.test", "viewer").await;
    let interrupted = "SELECT count(*) FROM annex.outbox WHERE reason = 'interrupted'";
    eventually(Duration::from_secs(30), "one is interrupted", || async { world.count(interrupted).await == 1 }).await;
    world.mail.behave(Manner::Later);
    let issued = world.invite("given-up@example.test", "viewer").await;
    world.invite("waits@example.test", "viewer").await;
    let waiting = "SELECT count(*) FROM annex.outbox WHERE state = 'queued' AND reason = 'later'";
    eventually(Duration::from_secs(30), "two wait", || async { world.count(waiting).await == 2 }).await;
    let id = text(&issued["id"]);
    world
        .sql(&format!("UPDATE annex.outbox SET state = 'failed', ended_at = now() WHERE invitation_id = '{id}'"))
        .await;
    world.mail.behave(Manner::Takes);

    let owner = world.database.connect_as_owner().await;
    for name in ["docs/runbooks/AnnexMailFailing.md", "docs/runbooks/AnnexMailWaiting.md"] {
        let statements = statements(name);
        assert_eq!(statements.len(), 2, "{name}: a question and an update");
        for statement in statements {
            owner.batch_execute(&statement).await.unwrap_or_else(|error| panic!("{name}: {error:?}\n{statement}"));
        }
    }
    world.mail.mails_to("given-up@example.test", 1).await;
    world.mail.mails_to("waits@example.test", 1).await;
    let open = "SELECT count(*) FROM annex.outbox WHERE ended_at IS NULL";
    eventually(Duration::from_secs(30), "the outbox is empty", || async { world.count(open).await == 0 }).await;
    assert_eq!(world.mail.mails().len(), 3, "what may have arrived is not sent again");
    assert_eq!(world.count(interrupted).await, 1);
}
