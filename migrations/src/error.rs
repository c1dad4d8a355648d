//! Why a migration run, a verification or a fingerprint did not happen. The operator reads these: what is wrong, what to do.

use crate::list::Migration;

/// Every variant but [`MigrateError::Database`] and [`MigrateError::Step`] is found before anything is changed; a step that fails
/// leaves the schema as it was before that step.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("PostgreSQL {} is too old: annex needs 15 or newer; nothing was changed", server_name(*.found))]
    ServerTooOld { found: i32 },

    #[error(
        "a schema named annex exists but has no ledger (annex.schema_migrations), so it is somebody else's; \
         look at what is in it, rename or drop it, and run again; nothing was changed"
    )]
    ForeignSchema,

    #[error(
        "the ledger holds migration {number} ({name}), which this binary does not know: the database is newer; \
         use the annex that migrated it, or a newer one; nothing was changed"
    )]
    UnknownMigration { number: u32, name: String },

    #[error(
        "migration {migration} was edited after it was applied ({file} differs from the ledger); \
         use the binary that applied it, or put the file back and write a new migration; nothing was changed"
    )]
    Edited { migration: String, file: &'static str },

    #[error(
        "migration {migration} stopped half-way (its ledger row says `{state}`); look at schema annex with `annex migrate verify`, \
         finish or undo that step by hand, set or delete its row, and run again; nothing was changed"
    )]
    HalfApplied { migration: String, state: String },

    #[error(
        "migration {migration} is missing below applied ones; restore the ledger from a backup; nothing was changed"
    )]
    OutOfOrder { migration: String },

    #[error("there is no migration {number}: choose 0 to {latest}; nothing was changed")]
    NoSuchTarget { number: u32, latest: u32 },

    #[error("the role `{role}` does not exist; create it first or leave the runtime role out; nothing was changed")]
    NoSuchRole { role: String },

    #[error(
        "another migration run has held the lock for {waited_s} s; wait for it or look for it in pg_stat_activity, and run again"
    )]
    Locked { waited_s: u64 },

    #[error(
        "schema annex holds things that annex did not make ({objects}); move them away and run again; \
         the schema stands as before this step"
    )]
    ForeignObjects { objects: String },

    #[error("migration {migration} failed to {direction}; its transaction was rolled back and earlier steps stand")]
    Step {
        migration: String,
        direction: Direction,
        #[source]
        source: tokio_postgres::Error,
    },

    #[error("migration {migration} does not verify right after it ran ({finding}); its transaction was rolled back")]
    DoesNotVerify { migration: String, finding: String },

    #[error("cannot {doing}; check the connection and that it is the owner of schema annex")]
    Database {
        doing: &'static str,
        #[source]
        source: tokio_postgres::Error,
    },
}

/// Which half of a trio was running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Up,
    Down,
}

impl std::fmt::Display for Direction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Up => "apply",
            Self::Down => "revert",
        })
    }
}

/// `150004` reads `15.4`.
fn server_name(number: i32) -> String {
    format!("{}.{}", number / 10_000, number % 10_000)
}

/// Turns a driver's error into ours, saying what was being done.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, MigrateError>;
    fn step(self, migration: &Migration, direction: Direction) -> Result<T, MigrateError>;
}

impl<T> Doing<T> for Result<T, tokio_postgres::Error> {
    fn doing(self, doing: &'static str) -> Result<T, MigrateError> {
        self.map_err(|source| MigrateError::Database { doing, source })
    }

    fn step(self, migration: &Migration, direction: Direction) -> Result<T, MigrateError> {
        self.map_err(|source| MigrateError::Step { migration: migration.folder(), direction, source })
    }
}
