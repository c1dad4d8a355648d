//! `annex audit verify`: a changed log is found, and where.

use annex_tests::sidecar::annex;
use serde_json::{Value, json};

use super::Site;

#[tokio::test]
async fn a_whole_log_is_said_to_be_whole_and_a_changed_one_where_it_is_changed() {
    let site = Site::start("auditverify").await;
    site.happens(20, "member.joined", "somebody").await;
    let environment = &site.scene.annex.environment;
    let whole = annex(&["audit", "verify"], environment).await;
    assert_eq!((whole.status, whole.stdout.contains("whole")), (0, true), "{}{}", whole.stdout, whole.stderr);
    let superuser = site.scene.database.connect().await;
    let forge = "ALTER TABLE annex.audit_events DISABLE TRIGGER audit_events_refuse_change;
                 UPDATE annex.audit_events SET actor_id = 'somebody-else' WHERE seq = 7;
                 ALTER TABLE annex.audit_events ENABLE ALWAYS TRIGGER audit_events_refuse_change";
    superuser.batch_execute(forge).await.expect("a superuser can");
    for arguments in [vec!["audit", "verify"], vec!["audit", "verify", "--workspace", &site.owner.tenant]] {
        let broken = annex(&arguments, environment).await;
        assert_eq!(broken.status, 1, "{arguments:?}: {}{}", broken.stdout, broken.stderr);
        assert!(
            broken.stdout.contains(&site.owner.tenant) && broken.stdout.contains("was changed after"),
            "{}",
            broken.stdout
        );
    }
    let told = annex(&["audit", "verify", "--json"], environment).await;
    let told: Value = serde_json::from_str(&told.stdout).expect("JSON");
    assert_eq!(
        told["broken"],
        json!([{ "workspaceId": site.owner.tenant, "seq": 7, "problem": "was changed after it was written" }])
    );
    let other = annex(&["audit", "verify", "--workspace", "another"], environment).await;
    assert_eq!(other.status, 0, "another chain is whole");
}

/// Without its triggers, as only the owner of the tables can have them.
fn forced(statement: &str) -> String {
    format!(
        "SET session_replication_role = replica;
         ALTER TABLE annex.audit_events DISABLE TRIGGER ALL;
         ALTER TABLE annex.audit_heads DISABLE TRIGGER ALL;
         {statement}
         ALTER TABLE annex.audit_events ENABLE TRIGGER ALL;
         ALTER TABLE annex.audit_heads ENABLE TRIGGER ALL;"
    )
}

#[tokio::test]
async fn what_was_changed_removed_swapped_cut_off_or_slipped_in_is_found_where_it_is() {
    let site = Site::start("audittamper").await;
    let environment = &site.scene.annex.environment;
    let superuser = site.scene.database.connect().await;
    for (at, (rule, statement, problems)) in [
        (
            "details",
            "UPDATE annex.audit_events SET details = '{\"n\": 1}' WHERE CHAIN AND seq = 5;",
            vec![(5, "was changed after it was written")],
        ),
        (
            "time",
            "UPDATE annex.audit_events SET at = at - interval '1 second' WHERE CHAIN AND seq = 5;",
            vec![(5, "was changed after it was written")],
        ),
        (
            "removed",
            "DELETE FROM annex.audit_events WHERE CHAIN AND seq = 5;",
            vec![(6, "does not follow the event before it"), (6, "events before this one are missing")],
        ),
        (
            "the first removed",
            "DELETE FROM annex.audit_events WHERE CHAIN AND seq = 1;",
            vec![(2, "does not follow the event before it"), (2, "events before this one are missing")],
        ),
        (
            "swapped",
            "UPDATE annex.audit_events SET seq = 100 WHERE CHAIN AND seq = 5;
             UPDATE annex.audit_events SET seq = 5 WHERE CHAIN AND seq = 6;
             UPDATE annex.audit_events SET seq = 6 WHERE CHAIN AND seq = 100;",
            vec![
                (5, "does not follow the event before it"),
                (5, "was changed after it was written"),
                (6, "does not follow the event before it"),
                (6, "was changed after it was written"),
                (7, "does not follow the event before it"),
            ],
        ),
        (
            "the end cut off",
            "DELETE FROM annex.audit_events WHERE CHAIN AND seq > 8;",
            vec![(10, "the last event is not the one that the head names")],
        ),
        (
            "all of it removed",
            "DELETE FROM annex.audit_events WHERE CHAIN;",
            vec![(10, "the chain has a head and no events")],
        ),
        ("the head removed", "DELETE FROM annex.audit_heads WHERE CHAIN;", vec![(10, "the chain has no head")]),
        (
            "slipped in behind the end",
            "INSERT INTO annex.audit_events (tenant_id, seq, id, at, actor_kind, action, prev_hash, hash)
             SELECT tenant_id, 11, gen_random_uuid(), now(), 'node', 'member.joined', hash, hash
             FROM annex.audit_events WHERE CHAIN AND seq = 10;",
            vec![(10, "the last event is not the one that the head names"), (11, "was changed after it was written")],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let chain = format!("chain-{at}");
        let write = "SELECT annex.append_audit_event($1, 'member.joined', 'user', 'somebody', 'user', n::text) FROM generate_series(1, 10) n";
        superuser.execute(write, &[&chain]).await.expect("events");
        let verify = ["audit", "verify", "--json", "--workspace", &chain];
        let whole = annex(&verify, environment).await;
        assert_eq!(whole.status, 0, "{rule}: the control: {}", whole.stdout);
        let statement = statement.replace("CHAIN", &format!("tenant_id = '{chain}'"));
        superuser.batch_execute(&forced(&statement)).await.unwrap_or_else(|error| panic!("{rule}: {error:?}"));
        let broken = annex(&verify, environment).await;
        assert_eq!(broken.status, 1, "{rule}: {}{}", broken.stdout, broken.stderr);
        let told: Value = serde_json::from_str(&broken.stdout).expect("JSON");
        let wanted: Vec<Value> = problems
            .iter()
            .map(|(seq, problem)| json!({ "workspaceId": chain, "seq": seq, "problem": problem }))
            .collect();
        assert_eq!(told["broken"], json!(wanted), "{rule}");
    }
}

#[tokio::test]
async fn a_chain_that_was_written_anew_is_found_by_what_was_kept_of_it() {
    let site = Site::start("auditanew").await;
    let environment = &site.scene.annex.environment;
    site.happens(10, "member.joined", "somebody").await;
    let folder = annex_tests::folder::Folder::new("audit");
    let before = annex(&["audit", "verify", "--json"], environment).await;
    let file = folder.write("heads.json", before.stdout).display().to_string();
    site.happens(2, "member.left", "somebody").await;
    let since = ["audit", "verify", "--since", &file];
    let grown = annex(&since, environment).await;
    assert_eq!(grown.status, 0, "the control: it only grew: {}{}", grown.stdout, grown.stderr);
    // Whoever owns the tables takes the chain away and writes one that is whole, as long, and says something else.
    let superuser = site.scene.database.connect().await;
    let tenant = &site.owner.tenant;
    let forge = format!(
        "DELETE FROM annex.audit_events WHERE tenant_id = '{tenant}'; DELETE FROM annex.audit_heads WHERE tenant_id = '{tenant}';
         SELECT annex.append_audit_event('{tenant}', 'member.joined', 'user', 'somebody-else') FROM generate_series(1, 12);"
    );
    superuser.batch_execute(&forced(&forge)).await.expect("a superuser can");
    assert_eq!(annex(&["audit", "verify"], environment).await.status, 0, "in itself it is whole");
    let found = annex(&since, environment).await;
    assert_eq!(found.status, 1, "{}{}", found.stdout, found.stderr);
    assert!(found.stdout.contains(tenant) && found.stdout.contains("is not the event that it was"), "{}", found.stdout);
    let nothing = folder.write("other.json", "{}").display().to_string();
    let unread = annex(&["audit", "verify", "--since", &nothing], environment).await;
    assert!(
        unread.status == 1 && unread.stderr.contains("is no answer of"),
        "no answer is no proof: {}",
        unread.stderr
    );
}

#[tokio::test]
async fn a_log_that_cannot_be_read_is_not_said_to_be_whole() {
    let site = Site::start("auditunread").await;
    let superuser = site.scene.database.connect().await;
    superuser.batch_execute("DROP FUNCTION annex.verify_audit_chain(text)").await.expect("it goes");
    let unread = annex(&["audit", "verify"], &site.scene.annex.environment).await;
    assert!(unread.status == 1 && unread.stderr.contains("cannot be read"), "{} {}", unread.status, unread.stderr);
}
