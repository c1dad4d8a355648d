//! What speaks against a run is said, and nothing is changed.

use annex_migrations::{DownOptions, MigrateError, MigrationState, Report, UpOptions};
use annex_migrations::{down, fingerprint, status, up, verify};
use annex_tests::postgres::Cluster;
use tokio_postgres::Client;

use super::{for_runtime, inside, migrated, sql};

/// Up and down, real and dry, all refused in the same words.
async fn all_refused(owner: &mut Client, expected: &str) {
    let before = inside(owner).await;
    let runs: [(&str, Result<Report, MigrateError>); 4] = [
        ("up", up(owner, &for_runtime()).await),
        ("dry up", up(owner, &UpOptions { dry_run: true, ..for_runtime() }).await),
        ("down", down(owner, &DownOptions::to(0)).await),
        ("dry down", down(owner, &DownOptions { dry_run: true, ..DownOptions::to(0) }).await),
    ];
    for (run, result) in runs {
        let refusal = result.expect_err(&format!("{run} despite: {expected}")).to_string();
        assert!(
            refusal.contains(expected) && refusal.contains("nothing was changed"),
            "{run}: `{refusal}` lacks `{expected}`"
        );
    }
    assert_eq!(inside(owner).await, before, "a refused run changed something: {expected}");
}

#[tokio::test]
async fn a_ledger_that_no_run_leaves_behind_stops_every_run() {
    let (_database, mut owner) = migrated("ledger").await;
    let ledger = "annex.schema_migrations";
    // What happened to the ledger, what the refusal says, what verify says, how to mend it.
    let rows = [
        (
            "set up_sha256 = 'x' || up_sha256 where number = 2",
            "0002_audit was edited after it was applied (up.sql",
            "up.sql was edited",
            "set up_sha256 = substr(up_sha256, 2) where number = 2",
        ),
        (
            "set down_sha256 = 'x' || down_sha256 where number = 1",
            "0001_workspaces was edited after it was applied (down.sql",
            "down.sql was edited",
            "set down_sha256 = substr(down_sha256, 2) where number = 1",
        ),
        (
            "set verify_sha256 = 'x' || verify_sha256 where number = 4",
            "0004_changes was edited after it was applied (verify.sql",
            "verify.sql was edited",
            "set verify_sha256 = substr(verify_sha256, 2) where number = 4",
        ),
        (
            "set state = 'applying' where number = 4",
            "0004_changes stopped half-way (its ledger row says `applying`)",
            "stopped half-way",
            "set state = 'applied' where number = 4",
        ),
        (
            "set state = 'reverting' where number = 3",
            "0003_flags stopped half-way (its ledger row says `reverting`)",
            "stopped half-way",
            "set state = 'applied' where number = 3",
        ),
        (
            "set number = 900 where number = 4",
            "migration 900 (changes), which this binary does not know: the database is newer",
            "does not know it",
            "set number = 4 where number = 900",
        ),
        (
            "set name = 'other' where number = 4",
            "migration 4 (other), which this binary does not know",
            "does not know it",
            "set name = 'changes' where number = 4",
        ),
    ];
    for (damage, refusal, finding, mend) in rows {
        sql(&owner, &format!("update {ledger} {damage}")).await;
        all_refused(&mut owner, refusal).await;
        let findings = verify(&mut owner).await.expect("verify");
        assert!(findings.iter().any(|f| f.sentence.contains(finding)), "{damage}: verify says {findings:?}");
        assert!(!status(&owner).await.expect("status").is_current(), "{damage}: status calls it current");
        sql(&owner, &format!("update {ledger} {mend}")).await;
    }
    sql(
        &owner,
        &format!(
            "create temp table kept as select * from {ledger} where number = 2; delete from {ledger} where number = 2"
        ),
    )
    .await;
    all_refused(&mut owner, "0002_audit is missing below applied ones").await;
    sql(&owner, &format!("insert into {ledger} select * from kept")).await;
    assert_eq!(verify(&mut owner).await.expect("verify"), [], "mended");
    up(&mut owner, &for_runtime()).await.expect("mended");
}

#[tokio::test]
async fn a_schema_of_that_name_that_is_not_ours_is_left_alone() {
    let database = Cluster::shared().database("foreign").await;
    let mut owner = database.connect_as_owner().await;
    sql(&owner, "create schema annex; create table annex.rooms (id int); insert into annex.rooms values (1)").await;
    all_refused(&mut owner, "a schema named annex exists but has no ledger").await;
    assert_eq!(verify(&mut owner).await.expect("verify").len(), 1, "verify says so too");
}

#[tokio::test]
async fn a_target_or_a_role_that_does_not_exist_is_refused_first() {
    let database = Cluster::shared().database("target").await;
    let mut owner = database.connect_as_owner().await;
    let runs = [
        (
            "target",
            up(&mut owner, &UpOptions { target: Some(999), ..UpOptions::default() }).await,
            "there is no migration 999",
        ),
        (
            "role",
            up(&mut owner, &UpOptions { runtime_role: Some("no \"such' role".into()), ..UpOptions::default() }).await,
            "the role `no \"such' role` does not exist",
        ),
        ("down", down(&mut owner, &DownOptions::to(999)).await, "there is no migration 999"),
    ];
    for (name, result, expected) in runs {
        let refusal = result.expect_err(name).to_string();
        assert!(refusal.contains(expected) && refusal.contains("nothing was changed"), "{name}: {refusal}");
    }
    assert!(inside(&owner).await.starts_with("no schema"));
}

#[tokio::test]
async fn down_does_not_drop_what_others_put_into_the_schema() {
    let (_database, mut owner) = migrated("guests").await;
    sql(&owner, "create table annex.rooms ()").await;
    let refusal = down(&mut owner, &DownOptions::to(0)).await.expect_err("a guest is in the schema");
    assert!(
        matches!(&refusal, MigrateError::ForeignObjects { objects } if objects.contains("annex.rooms")),
        "{refusal:?}"
    );
    let state = status(&owner).await.expect("status");
    assert_eq!(state.applied_up_to(), 1, "the first step is rolled back whole");
    assert!(state.migrations.iter().all(|m| !matches!(m.state, MigrationState::HalfApplied { .. })));

    sql(&owner, "drop table annex.rooms").await;
    down(&mut owner, &DownOptions::to(0)).await.expect("the guest left");
    assert!(inside(&owner).await.starts_with("no schema"));
}

#[tokio::test]
async fn a_role_that_may_not_make_a_schema_gets_an_error_and_no_trace() {
    let database = Cluster::shared().database("poor").await;
    let mut superuser = database.connect().await;
    let before = fingerprint(&mut superuser).await.expect("a fingerprint");
    let mut runtime = database.connect_as_runtime().await;
    let refused = up(&mut runtime, &UpOptions::default()).await;
    assert!(
        matches!(&refused, Err(MigrateError::Step { migration, .. }) if migration == "0001_workspaces"),
        "{refused:?}"
    );
    let after = fingerprint(&mut superuser).await.expect("a fingerprint");
    assert_eq!(before, after);
}
