//! What requests with an `Idempotency-Key` did, so that one sent again is done once.
//!
//! **Invariant:** remembered in the transaction of the change itself; two requests with one key never run side by side.

use std::time::Duration;

use serde_json::Value;
use tokio_postgres::{Error, Transaction};

use crate::ports::{Denial, Once};

/// What is known of a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// Nothing: go on, and [`keep`] what was done.
    New,
    /// The same request was done.
    Done(Value),
    /// The key stands for another payload.
    Reused,
    /// The same key is under way.
    UnderWay,
}

impl Claim {
    /// What the same request did before; `None`: it is this one's to do.
    pub fn done(self) -> Result<Option<Value>, Denial> {
        match self {
            Claim::New => Ok(None),
            Claim::Done(result) => Ok(Some(result)),
            Claim::Reused => Err(Denial::KeyReused),
            Claim::UnderWay => Err(Denial::UnderWay),
        }
    }
}

/// Claims a key until the transaction ends.
pub async fn claim(transaction: &Transaction<'_>, once: &Once) -> Result<Claim, Error> {
    // What is remembered needs no lock, so that a replay never meets the end of the one before it.
    if let Some(known) = find(transaction, once).await? {
        return Ok(known);
    }
    if !lock(transaction, once).await? {
        return Ok(Claim::UnderWay);
    }
    // It may have been done between the two.
    Ok(find(transaction, once).await?.unwrap_or(Claim::New))
}

/// How long a key's lock is tried for. A request that was refused gives it back by a rollback that its answer does not
/// wait for: whoever tries again at once is not told that it is still under way.
const TRIED: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(10), Duration::from_millis(30), Duration::from_millis(60)];

async fn lock(transaction: &Transaction<'_>, once: &Once) -> Result<bool, Error> {
    let Once { principal, method, path, key, .. } = once;
    for pause in TRIED {
        tokio::time::sleep(pause).await;
        if transaction.query_one(LOCK, &[principal, method, path, key]).await?.try_get(0)? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn find(transaction: &Transaction<'_>, once: &Once) -> Result<Option<Claim>, Error> {
    let Once { principal, method, path, key, fingerprint } = once;
    let Some(row) = transaction.query_opt(FIND, &[principal, method, path, key]).await? else { return Ok(None) };
    if row.try_get::<_, &[u8]>("fingerprint")? != fingerprint {
        return Ok(Some(Claim::Reused));
    }
    Ok(Some(Claim::Done(row.try_get("result")?)))
}

/// Remembers what was done, ids and times alone; forgets what expired of this person.
pub async fn keep(transaction: &Transaction<'_>, once: &Once, result: &Value) -> Result<(), Error> {
    let Once { principal, method, path, key, fingerprint } = once;
    transaction.execute(FORGET, &[principal]).await?;
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [principal, method, path, key, &fingerprint.as_slice(), result];
    transaction.execute(KEEP, &values).await.map(drop)
}

// A record separator stands in none of the parts.
const LOCK: &str = "
    select pg_try_advisory_xact_lock(hashtextextended(
        'annex:once:' || concat_ws(chr(30), $1::text, $2::text, $3::text, $4::text), 0))";

const FIND: &str = "
    select fingerprint, result from annex.idempotency_keys
    where principal_id = $1 and method = $2 and path = $3 and key = $4 and expires_at > now()";

const FORGET: &str = "delete from annex.idempotency_keys where principal_id = $1 and expires_at <= now()";

const KEEP: &str = "
    insert into annex.idempotency_keys (principal_id, method, path, key, fingerprint, result)
    values ($1, $2, $3, $4, $5, $6)";
