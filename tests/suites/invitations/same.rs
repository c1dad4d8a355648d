//! Inviting tells nobody who has an account.

use annex_tests::postgres::Cluster;
use annex_tests::smtp;
use serde_json::Value;

use super::World;

#[tokio::test]
async fn a_registered_and_an_unregistered_address_differ_in_nothing() {
    let database = Cluster::shared().migrated_database("invsame").await;
    let log_all = format!("ALTER ROLE annex_app IN DATABASE \"{}\" SET log_statement = 'all'", database.name);
    database.connect().await.batch_execute(&log_all).await.expect("statements are logged");
    let mail = smtp::Server::start().await;
    let url = mail.url();
    let world = World::around(database, mail, |options| options.with("ANNEX_MAIL_SMTP_URL", url)).await;
    let (registered, unregistered) =
        (world.register("registered").await.email, "nobody-at-all@example.test".to_owned());
    // Nothing else runs meanwhile: mail waits for its turn elsewhere.
    let mut seen = Vec::new();
    for email in [&unregistered, &registered, &"nobody-else@example.test".to_owned()] {
        let before = statements(&world).len();
        let mut body = world.invite(email, "viewer").await;
        for name in ["id", "email", "inviteLink", "createdAt", "expiresAt", "lastSentAt"] {
            body[name] = Value::Null;
        }
        world.mail.mails_to(email, 1).await;
        let ran = statements(&world).split_off(before);
        // What the outbox does in its own time is the same for all, and interleaved as it likes.
        let request: Vec<String> = ran.into_iter().filter(|statement| !is_background(statement)).collect();
        assert!(request.len() > 8, "no statements were logged: {request:?}");
        seen.push((body, request));
    }
    let [(first_body, _), (body, statements), (other_body, others)] = &seen[..] else { panic!("three invitations") };
    assert_eq!(body, other_body);
    assert_eq!(body, first_body);
    assert_eq!(statements, others, "a registered and an unregistered address");
    assert_eq!(world.count("SELECT count(*) FROM annex.workspace_invitations").await, 3);
}

/// What the outbox, the courier, the sweep and the loader ask in their own time.
fn is_background(statement: &str) -> bool {
    ["annex.outbox set", "annex.outbox o set", "from annex.workspace_invitations i left join annex.workspace_roles r on r.tenant_id = i.tenant_id and r.id = i.role_id where i.id = $1"]
        .iter()
        .any(|mark| statement.contains(mark))
        || ["annex.flag_overrides", "annex.webhook", "annex.branding", "annex.assets", "annex.orphaned_workspaces", "annex:orphans", "statement_timeout = '8s'", "where w.tenant_id > $1"]
            .iter()
            .any(|mark| statement.contains(mark))
        || statement.contains("annex.schema_migrations")
        || statement.contains("count(*) as mails")
        || statement.contains("listen ")
        || statement.contains("select name, logo_url from annex.workspaces")
        || statement.starts_with("select 1")
        || statement.contains("btrim(concat_ws")
        || statement.contains("w.tenant_id = any($1)")
        || statement.contains("t.\"id\" = any($1)")
        || statement.contains("delete from annex.invitation_counters")
        || statement.contains("where status = 'pending' and expires_at <= now() and ($1::text is null or tenant_id = $1)")
}

/// What the role that serves has asked in this database, in order, without names and values.
fn statements(world: &World) -> Vec<String> {
    let log = std::fs::read_to_string(Cluster::shared().folder().join("log")).expect("the server's log");
    let whose = format!("annex_app@{} LOG:", world.database.name);
    let (mut found, mut taking) = (Vec::<String>::new(), false);
    for line in log.lines() {
        if line.starts_with('\t') {
            if let Some(last) = found.last_mut().filter(|_| taking) {
                last.push(' ');
                last.push_str(line.trim());
            }
            continue;
        }
        let text = line.split_once(&whose).map(|(_, text)| text.trim());
        let said = text.and_then(|text| text.strip_prefix("execute ")?.split_once(':')).map(|(_, said)| said.trim());
        taking = said.is_some();
        found.extend(said.map(str::to_owned));
    }
    found.into_iter().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}
