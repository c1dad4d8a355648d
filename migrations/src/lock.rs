//! One run at a time: a session-level advisory lock, so that it spans the transactions of a run. The second run waits for a
//! bounded time and then finds nothing to do. A connection that dies gives the lock back.

use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::error::{Doing, MigrateError};

/// The key of the advisory lock: the letters `annex` as a number. `select * from pg_locks where locktype = 'advisory'` shows it.
pub const LOCK_KEY: i64 = 0x61_6e6e_6578;

/// How long a run waits for another one, unless its options say otherwise.
pub const LOCK_WAIT: Duration = Duration::from_secs(60);

pub(crate) async fn acquire(client: &mut Client, wait: Duration) -> Result<(), MigrateError> {
    const DOING: &str = "take the migration lock";
    let transaction = client.transaction().await.doing(DOING)?;
    let bound = format!("{}ms", wait.as_millis().max(1));
    transaction
        .execute("select pg_catalog.set_config('lock_timeout', $1, true), pg_catalog.set_config('statement_timeout', '0', true)", &[&bound])
        .await
        .doing(DOING)?;
    match transaction.execute("select pg_catalog.pg_advisory_lock($1)", &[&LOCK_KEY]).await {
        // A session-level lock outlives the transaction that took it.
        Ok(_) => transaction.commit().await.doing(DOING),
        Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
            Err(MigrateError::Locked { waited_s: wait.as_secs() })
        }
        Err(error) => Err(error).doing(DOING),
    }
}

/// Best effort: if the connection is gone, so is the lock.
pub(crate) async fn release(client: &Client) {
    let _ = client.execute("select pg_catalog.pg_advisory_unlock($1)", &[&LOCK_KEY]).await;
}
