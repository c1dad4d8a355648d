//! The runner's transactions: each begins with the same settings, and none of them outlives it.

use tokio_postgres::{Client, IsolationLevel, Transaction};

use crate::OLDEST_SERVER;
use crate::error::{Doing, MigrateError};

const SETTINGS: &str = include_str!("../session.sql");

/// Whether a transaction of the runner may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Write,
    /// One unchanging view of the catalog.
    Read,
}

pub(crate) async fn begin(client: &mut Client, access: Access) -> Result<Transaction<'_>, MigrateError> {
    let builder = match access {
        Access::Write => client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).read_only(false),
        Access::Read => client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true),
    };
    let transaction = builder.start().await.doing("begin a transaction")?;
    transaction.batch_execute(SETTINGS).await.doing("set up the session")?;
    Ok(transaction)
}

/// Reads the server's version and refuses one that is too old.
pub(crate) async fn require_server(client: &Client) -> Result<i32, MigrateError> {
    let row = client
        .query_one("select pg_catalog.current_setting('server_version_num')::integer", &[])
        .await
        .doing("read the server's version")?;
    let found: i32 = row.try_get(0).doing("read the server's version")?;
    require_version(found)
}

fn require_version(found: i32) -> Result<i32, MigrateError> {
    if found < OLDEST_SERVER { Err(MigrateError::ServerTooOld { found }) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::*;

    #[test]
    fn servers_before_fifteen_are_refused_by_number() {
        for (number, name) in [(140_012, "14.12"), (140_000, "14.0"), (90_624, "9.624")] {
            let refusal = require_version(number).unwrap_err().to_string();
            assert!(
                refusal.starts_with(&format!("PostgreSQL {name} is too old: annex needs 15")),
                "{number}: {refusal}"
            );
        }
        for number in [150_000, 150_018, 170_001] {
            assert!(require_version(number).is_ok(), "{number} is new enough");
        }
    }
}
