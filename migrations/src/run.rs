//! Up and down: one transaction per migration, under the lock, after everything that speaks against it was looked for.

use std::time::Duration;

use tokio_postgres::Client;

use crate::error::{Direction, Doing, MigrateError};
use crate::ledger::{self, SchemaState};
use crate::list::{MIGRATIONS, Migration, latest};
use crate::session::{Access, begin, require_server};
use crate::{grants, lock, verify};

/// How far up, and for whom.
#[derive(Debug, Clone)]
pub struct UpOptions {
    /// Find out what would run; change nothing.
    pub dry_run: bool,
    /// The role that `annex serve` connects as. Left out, or the owner itself: no grants are given.
    pub runtime_role: Option<String>,
    /// The last migration to apply; none for the newest.
    pub target: Option<u32>,
    /// How long to wait for another run.
    pub lock_wait: Duration,
}

impl Default for UpOptions {
    fn default() -> Self {
        Self { dry_run: false, runtime_role: None, target: None, lock_wait: lock::LOCK_WAIT }
    }
}

/// How far down.
#[derive(Debug, Clone)]
pub struct DownOptions {
    /// The last migration to keep; 0 drops the schema wholly.
    pub to: u32,
    /// Find out what would run; change nothing.
    pub dry_run: bool,
    /// How long to wait for another run.
    pub lock_wait: Duration,
}

impl DownOptions {
    #[must_use]
    pub fn to(to: u32) -> Self {
        Self { to, dry_run: false, lock_wait: lock::LOCK_WAIT }
    }
}

/// What a run did, or, dry, would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Copied from the options: false, and `steps` happened.
    pub dry_run: bool,
    /// In the order in which they ran. Empty: there was nothing to do.
    pub steps: Vec<Step>,
    /// The role that holds the grants inside schema annex after the run, if one was given.
    pub granted_to: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub number: u32,
    pub name: String,
    /// 0 for a step that only would run.
    pub duration_ms: i64,
}

/// Applies what is pending, up to the target, then states the grants. The connection must be the owner's. Every step is verified
/// before it commits. A failing step is rolled back; the steps before it stand.
///
/// # Errors
/// [`MigrateError`]; its variants say what was found and what still stands.
pub async fn up(client: &mut Client, options: &UpOptions) -> Result<Report, MigrateError> {
    require_server(client).await?;
    let target = ledger::require_target(options.target.unwrap_or_else(latest))?;
    if let Some(role) = &options.runtime_role {
        grants::require_role(client, role).await?;
    }
    if options.dry_run {
        let applied = ledger::require_sound(&ledger::status(client).await?)?;
        return Ok(Report { granted_to: options.runtime_role.clone(), ..planned(between(applied, target)) });
    }
    lock::acquire(client, options.lock_wait).await?;
    let result = up_locked(client, options, target).await;
    lock::release(client).await;
    result
}

async fn up_locked(client: &mut Client, options: &UpOptions, target: u32) -> Result<Report, MigrateError> {
    let status = ledger::status(client).await?;
    let applied = ledger::require_sound(&status)?;
    let mut steps = Vec::new();
    for migration in between(applied, target) {
        steps.push(apply(client, migration).await?);
    }
    if status.schema == SchemaState::Ours || !steps.is_empty() {
        let transaction = begin(client, Access::Write).await?;
        grants::apply(&transaction, options.runtime_role.as_deref()).await?;
        transaction.commit().await.doing("commit the grants")?;
    }
    Ok(Report { dry_run: false, steps, granted_to: options.runtime_role.clone() })
}

async fn apply(client: &mut Client, migration: &Migration) -> Result<Step, MigrateError> {
    let up = |result: Result<(), tokio_postgres::Error>| result.step(migration, Direction::Up);
    let transaction = begin(client, Access::Write).await?;
    if migration.number == 1 {
        up(transaction.batch_execute("create schema annex").await)?;
        up(transaction.batch_execute(ledger::CREATE).await)?;
    }
    up(ledger::begin_row(&transaction, migration).await)?;
    up(transaction.batch_execute(migration.up).await)?;
    // Default privileges of the database must not make a fresh table look damaged.
    grants::apply(&transaction, None).await?;
    if let Some(finding) = verify::verify_one(&transaction, migration, &[migration]).await?.into_iter().next() {
        return Err(MigrateError::DoesNotVerify { migration: migration.folder(), finding: finding.sentence });
    }
    let duration_ms = ledger::finish_row(&transaction, migration).await.step(migration, Direction::Up)?;
    up(transaction.commit().await)?;
    Ok(Step { duration_ms, ..step(migration) })
}

/// Reverts what is applied above `to`, newest first. To zero, the schema and its ledger go too, in the last step's transaction.
///
/// # Errors
/// [`MigrateError`]; among them [`MigrateError::ForeignObjects`] when somebody put things of their own into the schema.
pub async fn down(client: &mut Client, options: &DownOptions) -> Result<Report, MigrateError> {
    require_server(client).await?;
    let to = ledger::require_target(options.to)?;
    if options.dry_run {
        let applied = ledger::require_sound(&ledger::status(client).await?)?;
        return Ok(planned(between(to, applied).rev()));
    }
    lock::acquire(client, options.lock_wait).await?;
    let result = down_locked(client, to).await;
    lock::release(client).await;
    result
}

async fn down_locked(client: &mut Client, to: u32) -> Result<Report, MigrateError> {
    let applied = ledger::require_sound(&ledger::status(client).await?)?;
    let mut steps = Vec::new();
    for migration in between(to, applied).rev() {
        steps.push(revert(client, migration).await?);
    }
    Ok(Report { dry_run: false, steps, granted_to: None })
}

async fn revert(client: &mut Client, migration: &Migration) -> Result<Step, MigrateError> {
    let down = |result: Result<(), tokio_postgres::Error>| result.step(migration, Direction::Down);
    let started = std::time::Instant::now();
    let transaction = begin(client, Access::Write).await?;
    down(ledger::mark_reverting(&transaction, migration).await)?;
    down(transaction.batch_execute(migration.down).await)?;
    down(ledger::delete_row(&transaction, migration).await)?;
    if migration.number == 1 {
        down(transaction.batch_execute("drop table annex.schema_migrations").await)?;
        refuse_foreign_objects(&transaction).await?;
        down(transaction.batch_execute("drop schema annex").await)?;
    }
    down(transaction.commit().await)?;
    let duration_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    Ok(Step { duration_ms, ..step(migration) })
}

/// What is left in the schema once all of ours is gone is not ours to drop.
async fn refuse_foreign_objects(client: &impl tokio_postgres::GenericClient) -> Result<(), MigrateError> {
    const DOING: &str = "look for what else is in schema annex";
    let row = client
        .query_one(
            "select string_agg(pg_catalog.pg_describe_object(d.classid, d.objid, 0), ', ' order by d.classid, d.objid)
             from pg_catalog.pg_depend as d
             where d.refclassid = 'pg_catalog.pg_namespace'::regclass
               and d.refobjid = (select oid from pg_catalog.pg_namespace where nspname = 'annex')
               and d.deptype = 'n'",
            &[],
        )
        .await
        .doing(DOING)?;
    match row.try_get::<_, Option<String>>(0).doing(DOING)? {
        Some(objects) => Err(MigrateError::ForeignObjects { objects }),
        None => Ok(()),
    }
}

fn between(applied: u32, target: u32) -> impl DoubleEndedIterator<Item = &'static Migration> {
    MIGRATIONS.iter().filter(move |migration| migration.number > applied && migration.number <= target)
}

fn planned<'a>(migrations: impl Iterator<Item = &'a Migration>) -> Report {
    Report { dry_run: true, steps: migrations.map(step).collect(), granted_to: None }
}

fn step(migration: &Migration) -> Step {
    Step { number: migration.number, name: migration.name.to_owned(), duration_ms: 0 }
}
