//! The audit chain: whole under load, recomputable by a stranger, and never rewritten unseen.

use sha2::{Digest, Sha256};
use tokio_postgres::Client;

use super::{migrated, refusal, sql, value};

/// Appends `count` events to `tenant`'s chain.
async fn append(client: &Client, tenant: &str, count: usize) {
    for number in 0..count {
        let event = format!(
            "select annex.append_audit_event('{tenant}', 'member.role_changed', 'user', 'u{number}', 'member', 'ü', '{{\"to\": \"admin\", \"n\": {number}}}', '192.0.2.7', null, 'r1')"
        );
        sql(client, &event).await;
    }
}

async fn problems(client: &Client, tenant: &str) -> Vec<(i64, String)> {
    let rows =
        client.query("select seq, problem from annex.verify_audit_chain($1)", &[&tenant]).await.expect("a verdict");
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[tokio::test]
async fn a_stranger_recomputes_every_hash_from_the_documented_text() {
    let (database, owner) = migrated("stranger").await;
    append(&database.connect_as_runtime().await, "t", 3).await;
    let rows = owner
        .query(
            "select tenant_id, seq::text, id::text, to_char(at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), actor_kind, actor_id, action,
                    target_kind, target_id, details::text, ip, user_agent, request_id, prev_hash, hash
             from annex.audit_events where tenant_id = 't' order by seq",
            &[],
        )
        .await
        .expect("events");
    let mut before = vec![0_u8; 32];
    for row in &rows {
        let mut text = "13:annex-audit-1\n".to_owned();
        for place in 0..13 {
            match row.get::<_, Option<String>>(place) {
                Some(field) => text += &format!("{}:{field}\n", field.len()),
                None => text += "-\n",
            }
        }
        let hash = Sha256::new().chain_update(&before).chain_update(&text).finalize().to_vec();
        assert_eq!(row.get::<_, Vec<u8>>(13), before, "prev_hash of {text}");
        assert_eq!(row.get::<_, Vec<u8>>(14), hash, "hash of {text}");
        before = hash;
    }
    assert_eq!(rows.len(), 3);
    let printed: String =
        value(&owner, "select (rtrim(e.details::text)) from annex.audit_events as e where seq = 1").await;
    assert_eq!(printed, "{\"n\": 0, \"to\": \"admin\"}", "details print as jsonb prints");
}

#[tokio::test]
async fn chains_are_separate_and_a_rolled_back_event_leaves_no_gap() {
    let (_database, owner) = migrated("chains").await;
    append(&owner, "a", 2).await;
    append(&owner, "b", 1).await;
    sql(&owner, "begin").await;
    append(&owner, "a", 1).await;
    sql(&owner, "rollback").await;
    append(&owner, "a", 1).await;
    sql(&owner, "select annex.append_audit_event(null, 'flag.changed', 'saas_admin')").await;
    let numbers: String =
        value(&owner, "select string_agg(tenant_id || seq, ' ' order by tenant_id, seq) from annex.audit_events").await;
    assert_eq!(numbers, "1 a1 a2 a3 b1");
    let broken: i64 = value(&owner, "select count(*) from annex.verify_audit_chain()").await;
    assert_eq!(broken, 0);
}

#[tokio::test]
async fn many_writers_at_once_keep_the_chain() {
    let (database, owner) = migrated("writers").await;
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let client = database.connect_as_runtime().await;
        writers.spawn(async move { append(&client, "t", 12).await });
    }
    writers.join_all().await;
    assert_eq!(problems(&owner, "t").await, []);
    let (count, last): (i64, i64) = (
        value(&owner, "select count(*) from annex.audit_events where tenant_id = 't'").await,
        value(&owner, "select seq from annex.audit_heads where tenant_id = 't'").await,
    );
    assert_eq!((count, last), (96, 96));
}

#[tokio::test]
async fn what_was_written_is_refused_to_everybody() {
    let (database, owner) = migrated("appendonly").await;
    append(&owner, "t", 2).await;
    let superuser = database.connect().await;
    let replica = database.connect().await;
    sql(&replica, "set session_replication_role = replica").await;
    for (who, client) in [("owner", &owner), ("superuser", &superuser), ("replication", &replica)] {
        for change in [
            "update annex.audit_events set action = 'other'",
            "update annex.audit_events set action = action where false",
            "delete from annex.audit_events where seq = 2",
            "truncate annex.audit_events",
            "delete from annex.audit_heads",
            "truncate annex.audit_heads",
            "update annex.audit_heads set seq = seq - 1",
            "update annex.audit_heads set hash = hash",
            "update annex.audit_heads set seq = seq + 2",
            "update annex.audit_heads set tenant_id = 'u', seq = seq + 1",
        ] {
            let words = refusal(client, change).await;
            assert!(words.contains("audit"), "{who}, {change}: {words}");
        }
    }
    assert_eq!(problems(&owner, "t").await, []);
}

#[tokio::test]
async fn tampering_behind_the_triggers_is_found() {
    let (database, owner) = migrated("tamper").await;
    append(&owner, "t", 5).await;
    append(&owner, "whole", 2).await;
    let superuser = database.connect().await;
    let rows = [
        ("update annex.audit_events set details = '{\"to\": \"viewer\"}' where seq = 3 and tenant_id = 't'", 3, "was changed after it was written"),
        ("update annex.audit_events set at = at + interval '1 microsecond' where seq = 1 and tenant_id = 't'", 1, "was changed after it was written"),
        ("update annex.audit_events set actor_id = null where seq = 5 and tenant_id = 't'", 5, "was changed after it was written"),
        // Shifting text from one field into the next does not keep the hash.
        ("update annex.audit_events set target_kind = 'memberü', target_id = '' where seq = 2 and tenant_id = 't'", 2, "was changed after it was written"),
        ("update annex.audit_events as e set actor_id = 'me', hash = annex.audit_hash(row(e.tenant_id, e.seq, e.id, e.at, 'me', e.actor_kind, e.action, e.target_kind,
            e.target_id, e.details, e.ip, e.user_agent, e.request_id, e.prev_hash, e.hash)::annex.audit_events) where seq = 2 and tenant_id = 't'",
            3, "does not follow the event before it"),
        ("delete from annex.audit_events where seq = 1 and tenant_id = 't'", 2, "events before this one are missing"),
        ("delete from annex.audit_events where seq = 4 and tenant_id = 't'", 5, "events before this one are missing"),
        ("delete from annex.audit_events where seq = 5 and tenant_id = 't'", 5, "the last event is not the one that the head names"),
        ("delete from annex.audit_events where tenant_id = 't'", 5, "the chain has a head and no events"),
        ("delete from annex.audit_heads where tenant_id = 't'", 5, "the chain has no head"),
        ("update annex.audit_heads set hash = sha256('x') where tenant_id = 't'", 5, "the last event is not the one that the head names"),
        ("update annex.audit_events set tenant_id = 'u' where seq = 5 and tenant_id = 't'", 5, "the last event is not the one that the head names"),
    ];
    for (tampering, seq, problem) in rows {
        sql(&superuser, "begin; alter table annex.audit_events disable trigger all; alter table annex.audit_heads disable trigger all").await;
        sql(&superuser, tampering).await;
        let found = problems(&superuser, "t").await;
        assert!(
            found.contains(&(seq, problem.to_owned())),
            "`{tampering}` is not found as {seq}: {problem}, but {found:?}"
        );
        assert_eq!(problems(&superuser, "whole").await, [], "`{tampering}` accuses another chain");
        let all: i64 =
            value(&superuser, "select count(*) from annex.verify_audit_chain() where tenant_id in ('t', 'u')").await;
        assert!(all > 0, "`{tampering}` is not found when all chains are asked");
        sql(&superuser, "rollback").await;
    }
    assert_eq!(problems(&superuser, "t").await, []);
}

#[tokio::test]
async fn an_event_that_makes_no_sense_is_refused() {
    let (_database, owner) = migrated("sense").await;
    for (event, constraint) in [
        ("'t', 'Shouted', 'user'", "audit_events_action_check"),
        ("'t', '', 'user'", "audit_events_action_check"),
        ("'t', 'a', 'stranger'", "audit_events_actor_kind_check"),
        ("'t', 'a', 'user', null, null, null, '[]'", "audit_events_details_check"),
    ] {
        let words = refusal(&owner, &format!("select annex.append_audit_event({event})")).await;
        assert!(words.contains(constraint), "{event}: {words}");
    }
    let left: i64 = value(&owner, "select count(*) from annex.audit_heads").await;
    assert_eq!(left, 0, "a refused event left a head");
}
