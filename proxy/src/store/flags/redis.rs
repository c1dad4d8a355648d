//! Taking an operator's override out of Redis.

use annex_policy::Scope;
use redis::{RedisError, aio::ConnectionLike};

use super::scope_name;
use crate::store::redis::FLAG_KEY;

/// Deletes the field of `scope`; with `beaten` only while it still has that value, so that a newer word stays.
/// Whether something was deleted.
pub async fn drop_override(
    connection: &mut impl ConnectionLike,
    scope: &Scope,
    beaten: Option<bool>,
) -> Result<bool, RedisError> {
    const COMPARE_AND_DELETE: &str = "
        if ARGV[2] == '' or redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
            return redis.call('HDEL', KEYS[1], ARGV[1])
        end
        return 0";
    let value = match beaten {
        None => "",
        Some(true) => "on",
        Some(false) => "off",
    };
    let deleted: i64 = redis::cmd("EVAL")
        .arg(COMPARE_AND_DELETE)
        .arg(1)
        .arg(FLAG_KEY)
        .arg(scope_name(scope))
        .arg(value)
        .query_async(connection)
        .await?;
    Ok(deleted > 0)
}
