//! What requests with an `Idempotency-Key` did, so that one sent again is done once.
//!
//! **Invariant:** remembered in the transaction of the change itself; two requests with one key never run side by side.

use serde_json::Value;
use tokio_postgres::{Error, Transaction};

use crate::ports::Once;

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

/// Claims a key until the transaction ends.
pub async fn claim(transaction: &Transaction<'_>, once: &Once) -> Result<Claim, Error> {
    let Once { principal, method, path, key, fingerprint } = once;
    if !transaction.query_one(LOCK, &[principal, method, path, key]).await?.try_get::<_, bool>(0)? {
        return Ok(Claim::UnderWay);
    }
    let Some(row) = transaction.query_opt(FIND, &[principal, method, path, key]).await? else {
        return Ok(Claim::New);
    };
    if row.try_get::<_, &[u8]>("fingerprint")? != fingerprint {
        return Ok(Claim::Reused);
    }
    Ok(Claim::Done(row.try_get("result")?))
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
