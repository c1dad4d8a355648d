//! What ran: the ledger `annex.schema_migrations` beside the list of this binary, and what speaks against going on.

use tokio_postgres::GenericClient;

use crate::error::{Doing, MigrateError};
use crate::list::{Checksums, MIGRATIONS, Migration, latest};

pub(crate) const CREATE: &str = include_str!("../ledger.sql");

/// What stands under the name `annex` in this database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaState {
    Absent,
    Ours,
    /// A schema of that name without our ledger.
    Foreign,
}

/// One migration, known to the binary, to the ledger, or to both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MigrationState {
    Pending,
    Applied,
    /// Applied, but the named file's bytes differ from those that ran.
    Edited {
        file: &'static str,
    },
    /// The ledger row says `applying` or `reverting`.
    HalfApplied {
        state: String,
    },
    /// In the ledger, not in this binary.
    Unknown,
}

#[derive(Debug, Clone)]
pub struct MigrationStatus {
    pub number: u32,
    pub name: String,
    pub state: MigrationState,
    /// RFC 3339 in UTC; none while pending, as for the three below.
    pub applied_at: Option<String>,
    pub applied_by: Option<String>,
    /// The version of the annex that applied it.
    pub version: Option<String>,
    pub duration_ms: Option<i64>,
    /// SHA-256 of `up.sql` in hex: as it ran, or as it would run.
    pub checksum: String,
}

/// Where a database stands, for `annex migrate status` and `/readyz`.
#[derive(Debug, Clone)]
pub struct Status {
    pub schema: SchemaState,
    /// By number; what only the ledger knows comes where its number belongs.
    pub migrations: Vec<MigrationStatus>,
}

impl Status {
    /// Everything that this binary knows is applied, unedited, and nothing else is.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.schema == SchemaState::Ours && self.migrations.iter().all(|m| m.state == MigrationState::Applied)
    }

    /// The highest number up to which everything is applied; 0 for none.
    #[must_use]
    pub fn applied_up_to(&self) -> u32 {
        self.migrations.iter().take_while(|m| m.state == MigrationState::Applied).map(|m| m.number).last().unwrap_or(0)
    }
}

/// Reads where the database stands. Changes nothing, not even a setting of the session; the runtime role may ask.
///
/// # Errors
/// [`MigrateError::Database`] when the database cannot be asked.
pub async fn status(client: &impl GenericClient) -> Result<Status, MigrateError> {
    let schema = schema_state(client).await?;
    let entries = if schema == SchemaState::Ours { entries(client).await? } else { Vec::new() };
    Ok(Status { schema, migrations: compare(&entries) })
}

/// One row of the ledger.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub number: u32,
    name: String,
    checksums: Checksums,
    state: String,
    applied_at: String,
    applied_by: String,
    version: String,
    duration_ms: i64,
}

async fn schema_state(client: &impl GenericClient) -> Result<SchemaState, MigrateError> {
    const DOING: &str = "look for schema annex";
    let row = client
        .query_one(
            "select exists (select from pg_catalog.pg_namespace where nspname = 'annex'),
                    exists (select from pg_catalog.pg_class as c
                            join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
                            where n.nspname = 'annex' and c.relname = 'schema_migrations' and c.relkind = 'r')",
            &[],
        )
        .await
        .doing(DOING)?;
    Ok(match (row.try_get(0).doing(DOING)?, row.try_get(1).doing(DOING)?) {
        (false, _) => SchemaState::Absent,
        (true, true) => SchemaState::Ours,
        (true, false) => SchemaState::Foreign,
    })
}

async fn entries(client: &impl GenericClient) -> Result<Vec<Entry>, MigrateError> {
    const DOING: &str = "read the ledger annex.schema_migrations";
    let rows = client
        .query(
            "select number, name, up_sha256, down_sha256, verify_sha256, state, applied_by, version, duration_ms,
                    pg_catalog.to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
             from annex.schema_migrations order by number",
            &[],
        )
        .await
        .doing(DOING)?;
    rows.iter()
        .map(|row| {
            let number: i32 = row.try_get(0)?;
            Ok(Entry {
                number: number.unsigned_abs(),
                name: row.try_get(1)?,
                checksums: Checksums { up: row.try_get(2)?, down: row.try_get(3)?, verify: row.try_get(4)? },
                state: row.try_get(5)?,
                applied_by: row.try_get(6)?,
                version: row.try_get(7)?,
                duration_ms: row.try_get(8)?,
                applied_at: row.try_get(9)?,
            })
        })
        .collect::<Result<_, tokio_postgres::Error>>()
        .doing(DOING)
}

fn compare(entries: &[Entry]) -> Vec<MigrationStatus> {
    let known = MIGRATIONS.iter().map(|migration| {
        let entry = entries.iter().find(|entry| entry.number == migration.number && entry.name == migration.name);
        entry.map_or_else(|| pending(migration), |entry| of_entry(entry, state_of(migration, entry)))
    });
    let unknown = entries
        .iter()
        .filter(|entry| !MIGRATIONS.iter().any(|m| m.number == entry.number && m.name == entry.name))
        .map(|entry| of_entry(entry, MigrationState::Unknown));
    let mut all: Vec<_> = known.chain(unknown).collect();
    all.sort_by_key(|migration| migration.number);
    all
}

fn state_of(migration: &Migration, entry: &Entry) -> MigrationState {
    let now = migration.checksums();
    let then = &entry.checksums;
    if entry.state != "applied" {
        return MigrationState::HalfApplied { state: entry.state.clone() };
    }
    [("up.sql", now.up != then.up), ("down.sql", now.down != then.down), ("verify.sql", now.verify != then.verify)]
        .into_iter()
        .find_map(|(file, differs)| differs.then_some(MigrationState::Edited { file }))
        .unwrap_or(MigrationState::Applied)
}

fn pending(migration: &Migration) -> MigrationStatus {
    MigrationStatus {
        number: migration.number,
        name: migration.name.to_owned(),
        state: MigrationState::Pending,
        applied_at: None,
        applied_by: None,
        version: None,
        duration_ms: None,
        checksum: migration.checksums().up,
    }
}

fn of_entry(entry: &Entry, state: MigrationState) -> MigrationStatus {
    MigrationStatus {
        number: entry.number,
        name: entry.name.clone(),
        state,
        applied_at: Some(entry.applied_at.clone()),
        applied_by: Some(entry.applied_by.clone()),
        version: Some(entry.version.clone()),
        duration_ms: Some(entry.duration_ms),
        checksum: entry.checksums.up.clone(),
    }
}

/// Refuses to go on from a state that no run of this binary leaves behind. Answers the highest applied number.
pub(crate) fn require_sound(status: &Status) -> Result<u32, MigrateError> {
    if status.schema == SchemaState::Foreign {
        return Err(MigrateError::ForeignSchema);
    }
    for migration in &status.migrations {
        let folder = || format!("{:04}_{}", migration.number, migration.name);
        match &migration.state {
            MigrationState::Pending | MigrationState::Applied => {}
            MigrationState::Edited { file } => {
                return Err(MigrateError::Edited { migration: folder(), file });
            }
            MigrationState::HalfApplied { state } => {
                return Err(MigrateError::HalfApplied { migration: folder(), state: state.clone() });
            }
            MigrationState::Unknown => {
                return Err(MigrateError::UnknownMigration { number: migration.number, name: migration.name.clone() });
            }
        }
    }
    let applied = status.applied_up_to();
    let beyond = status.migrations.iter().any(|m| m.number > applied && m.state == MigrationState::Applied);
    match status.migrations.iter().find(|m| m.state == MigrationState::Pending) {
        Some(gap) if beyond => Err(MigrateError::OutOfOrder { migration: format!("{:04}_{}", gap.number, gap.name) }),
        _ => Ok(applied),
    }
}

/// Refuses a target that is not a migration's number, nor zero.
pub(crate) fn require_target(number: u32) -> Result<u32, MigrateError> {
    if number <= latest() { Ok(number) } else { Err(MigrateError::NoSuchTarget { number, latest: latest() }) }
}

pub(crate) async fn begin_row(client: &impl GenericClient, migration: &Migration) -> Result<(), tokio_postgres::Error> {
    let sums = migration.checksums();
    client
        .execute(
            "insert into annex.schema_migrations (number, name, up_sha256, down_sha256, verify_sha256, version, state)
             values ($1::bigint::integer, $2, $3, $4, $5, $6, 'applying')",
            &[
                &i64::from(migration.number),
                &migration.name,
                &sums.up,
                &sums.down,
                &sums.verify,
                &env!("CARGO_PKG_VERSION"),
            ],
        )
        .await
        .map(drop)
}

pub(crate) async fn finish_row(
    client: &impl GenericClient,
    migration: &Migration,
) -> Result<i64, tokio_postgres::Error> {
    client
        .query_one(
            "update annex.schema_migrations
             set state = 'applied',
                 duration_ms = (extract(epoch from pg_catalog.clock_timestamp() - applied_at) * 1000)::bigint
             where number = $1::bigint::integer
             returning duration_ms",
            &[&i64::from(migration.number)],
        )
        .await?
        .try_get(0)
}

pub(crate) async fn mark_reverting(
    client: &impl GenericClient,
    migration: &Migration,
) -> Result<(), tokio_postgres::Error> {
    client
        .execute(
            "update annex.schema_migrations set state = 'reverting' where number = $1::bigint::integer",
            &[&i64::from(migration.number)],
        )
        .await
        .map(drop)
}

pub(crate) async fn delete_row(
    client: &impl GenericClient,
    migration: &Migration,
) -> Result<(), tokio_postgres::Error> {
    client
        .execute(
            "delete from annex.schema_migrations where number = $1::bigint::integer",
            &[&i64::from(migration.number)],
        )
        .await
        .map(drop)
}
