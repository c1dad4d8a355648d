//! The schema `annex` in the CRM's own database: trios of up, down and verify, and the runner with its ledger.
//!
//! Promises: each migration runs in one transaction together with its row in the ledger; nothing outside schema `annex` is
//! touched, which [`fingerprint()`] shows; `down` to zero leaves no trace; two runs at once do no harm.
//!
//! **Invariant (refuse first)**: whatever speaks against a run (an old server, a foreign schema, an edited, half-applied or
//! unknown migration) is found before anything is changed.
//!
//! **Deliberately absent**: migrating by itself. `annex serve` never calls [`up`]; an operator does. Connecting: every function
//! takes a connection, of the owner role but for [`status`], which the runtime role may ask as well. The connection must be
//! direct: a pooler in transaction mode breaks the lock.

mod error;
mod fingerprint;
mod grants;
mod ledger;
mod list;
mod lock;
mod run;
mod session;
mod verify;

pub use error::MigrateError;
pub use fingerprint::{Fingerprint, FingerprintDiff, fingerprint};
pub use ledger::{MigrationState, MigrationStatus, SchemaState, Status, status};
pub use list::{MIGRATIONS, Migration, latest};
pub use lock::{LOCK_KEY, LOCK_WAIT};
pub use run::{DownOptions, Report, Step, UpOptions, down, up};
pub use verify::{Finding, verify};

/// The first PostgreSQL that Annex runs on, as `server_version_num`: unique constraints over nulls need it.
pub const OLDEST_SERVER: i32 = 150_000;

/// The schema that belongs to Annex. Nothing outside it is ours.
pub const SCHEMA: &str = "annex";
