//! Up, down and up again; one run or two at once; all of it or a part.

use std::time::Duration;

use annex_migrations::{DownOptions, LOCK_KEY, LOCK_WAIT, MigrateError, MigrationState, SchemaState, UpOptions};
use annex_migrations::{down, fingerprint, latest, status, up, verify};
use annex_tests::postgres::Cluster;

use super::{for_runtime, inside, migrated, sql, value};

#[tokio::test]
async fn up_and_down_leave_everything_outside_as_it_was() {
    let database = Cluster::shared().crm_database("trace").await;
    let mut superuser = database.connect().await;
    let mut owner = database.connect_as_owner().await;
    let before = fingerprint(&mut superuser).await.expect("a fingerprint");
    assert!(
        before.lines.iter().any(|line| line.starts_with("relation\tpublic.quotations\t")),
        "the CRM's tables are not in it"
    );

    for round in ["first", "second"] {
        let report = up(&mut owner, &for_runtime()).await.expect("up");
        assert_eq!(report.steps.len(), latest() as usize, "{round} up");
        assert_eq!(verify(&mut owner).await.expect("verify"), [], "{round} up");
        let applied = fingerprint(&mut superuser).await.expect("a fingerprint");
        assert!(before.diff(&applied).is_empty(), "{round} up changed the CRM's side:\n{}", before.diff(&applied));

        down(&mut owner, &DownOptions::to(0)).await.expect("down");
        let reverted = fingerprint(&mut superuser).await.expect("a fingerprint");
        assert_eq!(before.sha256, reverted.sha256, "{round} down left a trace:\n{}", before.diff(&reverted));
        let left: i64 = value(&superuser, "select count(*) from pg_namespace where nspname = 'annex'").await;
        assert_eq!(left, 0, "{round} down left the schema");
    }
}

#[tokio::test]
async fn a_second_up_finds_nothing_to_do() {
    let (_database, mut owner) = migrated("again").await;
    let before = inside(&owner).await;
    let report = up(&mut owner, &for_runtime()).await.expect("up");
    assert_eq!(report.steps, [], "a second up ran something");
    assert_eq!(inside(&owner).await, before, "a second up changed something");
    assert!(status(&owner).await.expect("status").is_current());
}

#[tokio::test]
async fn two_runs_at_once_apply_each_step_once() {
    let database = Cluster::shared().database("race").await;
    let (mut one, mut two) = (database.connect_as_owner().await, database.connect_as_owner().await);
    let options = for_runtime();
    let (first, second) = tokio::join!(up(&mut one, &options), up(&mut two, &options));
    let steps = first.expect("the first run").steps.len() + second.expect("the second run").steps.len();
    assert_eq!(steps, latest() as usize, "each step runs in one of the two");
    assert_eq!(verify(&mut one).await.expect("verify"), []);
}

#[tokio::test]
async fn the_wait_for_another_run_is_bounded_and_the_lock_is_given_back() {
    let database = Cluster::shared().database("lock").await;
    let (mut owner, other) = (database.connect_as_owner().await, database.connect_as_owner().await);
    sql(&other, &format!("select pg_advisory_lock({LOCK_KEY})")).await;
    let options = UpOptions { lock_wait: Duration::from_millis(50), ..UpOptions::default() };
    let refused = up(&mut owner, &options).await;
    assert!(matches!(refused, Err(MigrateError::Locked { .. })), "{refused:?}");
    assert!(inside(&owner).await.starts_with("no schema"), "a run without the lock changed something");

    sql(&other, &format!("select pg_advisory_unlock({LOCK_KEY})")).await;
    up(&mut owner, &options).await.expect("the lock is free");
    let held: i64 = value(&owner, "select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())").await;
    assert_eq!(held, 0, "a finished run keeps the lock");
    assert!(LOCK_WAIT >= Duration::from_secs(10), "two deploys at once must be able to wait for each other");
}

#[tokio::test]
async fn a_dry_run_tells_the_steps_and_changes_nothing() {
    let database = Cluster::shared().database("dry").await;
    let mut owner = database.connect_as_owner().await;
    let numbers = |report: annex_migrations::Report| report.steps.iter().map(|step| step.number).collect::<Vec<_>>();

    let plan = up(&mut owner, &UpOptions { dry_run: true, ..for_runtime() }).await.expect("a dry up");
    assert!(plan.dry_run);
    assert_eq!(numbers(plan), (1..=latest()).collect::<Vec<_>>());
    assert!(inside(&owner).await.starts_with("no schema"), "a dry up changed something");

    up(&mut owner, &UpOptions { target: Some(2), ..UpOptions::default() }).await.expect("up to 2");
    let before = inside(&owner).await;
    let plan = up(&mut owner, &UpOptions { dry_run: true, ..UpOptions::default() }).await.expect("a dry up");
    assert_eq!(numbers(plan), (3..=latest()).collect::<Vec<_>>());
    let plan = down(&mut owner, &DownOptions { dry_run: true, ..DownOptions::to(0) }).await.expect("a dry down");
    assert_eq!(numbers(plan), [2, 1]);
    assert_eq!(inside(&owner).await, before, "a dry run changed something");
}

#[tokio::test]
async fn a_part_of_the_way_is_told_by_status() {
    let database = Cluster::shared().database("part").await;
    let mut owner = database.connect_as_owner().await;
    let empty = status(&owner).await.expect("status");
    assert_eq!((empty.schema, empty.applied_up_to(), empty.is_current()), (SchemaState::Absent, 0, false));

    up(&mut owner, &UpOptions { target: Some(3), ..for_runtime() }).await.expect("up to 3");
    down(&mut owner, &DownOptions::to(2)).await.expect("down to 2");
    let runtime = database.connect_as_runtime().await;
    let part = status(&runtime).await.expect("the runtime role may ask");
    assert_eq!((part.schema, part.applied_up_to(), part.is_current()), (SchemaState::Ours, 2, false));
    for migration in &part.migrations {
        let applied = migration.number <= 2;
        assert_eq!(migration.state == MigrationState::Applied, applied, "{}", migration.name);
        assert_eq!(migration.applied_by.as_deref(), applied.then_some("annex_owner"), "{}", migration.name);
        assert_eq!(migration.checksum.len(), 64, "{}", migration.name);
    }
    assert_eq!(verify(&mut owner).await.expect("verify"), [], "what is pending promises nothing");
}

#[tokio::test]
async fn a_failing_step_is_rolled_back_and_the_ones_before_it_stand() {
    let database = Cluster::shared().database("fails").await;
    let mut owner = database.connect_as_owner().await;
    up(&mut owner, &UpOptions { target: Some(2), ..UpOptions::default() }).await.expect("up to 2");
    sql(&owner, "create table annex.rollout ()").await;
    let before = inside(&owner).await;

    let refused = up(&mut owner, &UpOptions::default()).await;
    assert!(matches!(&refused, Err(MigrateError::Step { migration, .. }) if migration == "0003_flags"), "{refused:?}");
    assert_eq!(inside(&owner).await, before, "the failed step left something");

    sql(&owner, "drop table annex.rollout").await;
    up(&mut owner, &UpOptions::default()).await.expect("the rest of the way");
    assert_eq!(verify(&mut owner).await.expect("verify"), []);
}

#[tokio::test]
async fn the_session_s_own_settings_outlive_a_run_and_do_not_steer_it() {
    let database = Cluster::shared().database("session").await;
    let mut owner = database.connect_as_owner().await;
    sql(
        &owner,
        "create schema trap; create function trap.now() returns timestamptz language sql as 'select null::timestamptz';
         set search_path = trap, pg_catalog; set quote_all_identifiers = on; set datestyle = 'SQL, DMY'",
    )
    .await;
    up(&mut owner, &UpOptions::default()).await.expect("up under a hostile search_path");
    assert_eq!(verify(&mut owner).await.expect("verify"), []);
    let path: String = value(&owner, "select current_setting('search_path')").await;
    assert_eq!(path, "trap, pg_catalog");
    sql(&owner, "insert into annex.workspaces (tenant_id) values ('t')").await;
}
