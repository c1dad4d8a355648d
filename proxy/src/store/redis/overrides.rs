//! The overrides that stand in Redis, and what becomes of them.
//!
//! A field that this node sees is copied into `annex.flag_overrides` with an audit event, so that it survives a lost
//! Redis. While PostgreSQL is down it is in force from Redis alone and copied as soon as it can be.

use std::collections::{HashMap, HashSet};

use annex_policy::Scope;
use redis::aio::MultiplexedConnection;

use super::{FLAG_KEY, RedisError};
use crate::store::{
    Loader,
    load::FLAG,
    postgres::{PoolError, Postgres},
};

/// Why the overrides are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// First look, or a flushed Redis: a missing field means nothing.
    Connected,
    /// The key changed on a live connection: a missing field was taken out.
    Changed,
}

/// What one connection saw last.
pub struct Seen<'a> {
    postgres: &'a Postgres,
    loader: &'a Loader,
    node: &'a str,
    fields: HashMap<String, String>,
    owing: bool,
}

impl<'a> Seen<'a> {
    pub fn new(postgres: &'a Postgres, loader: &'a Loader, node: &'a str) -> Self {
        Seen { postgres, loader, node, fields: HashMap::new(), owing: false }
    }

    /// Whether something could not be copied to PostgreSQL yet.
    pub fn is_owing(&self) -> bool {
        self.owing
    }

    /// Reads the hash and brings PostgreSQL, or at least this node, in line with it.
    pub async fn reconcile(&mut self, connection: &mut MultiplexedConnection, cause: Cause) -> Result<(), RedisError> {
        let read: HashMap<String, String> = redis::cmd("HGETALL").arg(FLAG_KEY).query_async(connection).await?;
        let (mut fields, odd): (HashMap<_, _>, HashMap<_, _>) =
            read.into_iter().partition(|(_, value)| value == "on" || value == "off");
        for (field, value) in odd {
            tracing::warn!(flag.scope = %field, flag.value = %value, "an override in Redis is neither `on` nor `off`; ignored");
        }
        self.owing = false;
        let mut beaten = HashSet::new();
        for (scope, value) in &fields {
            match self.record(scope, value).await {
                Ok(Verdict::InForce) => {}
                Ok(Verdict::Superseded) => drop(beaten.insert(scope.clone())),
                Err(error) => self.in_force_from_redis(scope, value, &error).await,
            }
        }
        for scope in beaten {
            if let Some(value) = fields.remove(&scope) {
                drop_field(connection, &scope, &value).await?;
            }
        }
        if cause == Cause::Changed {
            for scope in self.fields.keys().filter(|scope| !fields.contains_key(*scope)).cloned().collect::<Vec<_>>() {
                self.end(&scope).await;
            }
        }
        self.fields = fields;
        Ok(())
    }

    async fn record(&self, scope: &str, value: &str) -> Result<Verdict, PoolError> {
        let verdict = self
            .postgres
            .within(async {
                let client = self.postgres.get().await?;
                let row = client.query_one(RECORD, &[&FLAG, &scope, &value, &self.node]).await?;
                Ok(row.try_get::<_, String>(0)?)
            })
            .await?;
        Ok(if verdict == "superseded" { Verdict::Superseded } else { Verdict::InForce })
    }

    async fn in_force_from_redis(&mut self, scope: &str, value: &str, error: &PoolError) {
        tracing::warn!(error = error as &dyn std::error::Error, flag.scope = %scope, "an override is in force from Redis alone");
        self.owing = true;
        let on = value == "on";
        self.loader
            .hub()
            .change(|next| {
                let _ = next.flags.overrides.insert(scope_of(scope), on);
            })
            .await;
    }

    async fn end(&mut self, scope: &str) {
        let ended = self
            .postgres
            .within(async {
                let client = self.postgres.get().await?;
                client.query_one(END, &[&FLAG, &scope, &self.node]).await?;
                Ok(())
            })
            .await;
        if let Err(error) = ended {
            tracing::warn!(error = &error as &dyn std::error::Error, flag.scope = %scope, "an ended override is not written down yet");
            self.loader
                .hub()
                .change(|next| {
                    let _ = next.flags.overrides.remove(&scope_of(scope));
                })
                .await;
        }
    }
}

enum Verdict {
    InForce,
    Superseded,
}

const RECORD: &str = "select annex.record_override($1, $2, $3, $4)";

const END: &str = "select annex.end_override($1, $2, $3)";

fn scope_of(field: &str) -> Scope {
    if field == "*" { Scope::Global } else { Scope::Tenant(field.into()) }
}

/// Takes a beaten field out, unless somebody wrote another value meanwhile.
async fn drop_field(connection: &mut MultiplexedConnection, field: &str, value: &str) -> Result<(), RedisError> {
    const COMPARE_AND_DELETE: &str = "if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return redis.call('HDEL', KEYS[1], ARGV[1]) end return 0";
    let _: i64 =
        redis::Script::new(COMPARE_AND_DELETE).key(FLAG_KEY).arg(field).arg(value).invoke_async(connection).await?;
    Ok(())
}
