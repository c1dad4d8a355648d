//! What shadow recorded, in PostgreSQL.
//!
//! **Invariant:** writers take turns under one advisory lock, so that the numbers of rows hold on many nodes, and so that
//! a promotion sees all that was written before it.

mod read;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio_postgres::{Error, Statement, Transaction, types::ToSql};

use super::{PoolError, Postgres};
use crate::ports::{
    Count, MetRoute, Sample, ShadowBatch, ShadowLedger, SourceError, TENANT_ROWS_MAX, UNMAPPED_ROWS_MAX, WouldBe,
    WouldOutcome,
};

pub use read::{Acceptance, Decided, Known, Refusals, accept, forget, known, unmapped};

/// The ledger over the runtime role's pool.
pub struct PgShadow(Postgres);

impl PgShadow {
    pub fn new(postgres: Postgres) -> Self {
        PgShadow(postgres)
    }
}

#[async_trait]
impl ShadowLedger for PgShadow {
    async fn add(&self, batch: &ShadowBatch) -> Result<(), SourceError> {
        let added = self.0.within(async {
            let mut client = self.0.get().await?;
            let transaction = client.transaction().await?;
            lock(&transaction).await?;
            add(&transaction, batch).await?;
            transaction.commit().await?;
            Ok::<_, PoolError>(())
        });
        Ok(added.await?)
    }
}

/// Takes the writers' turn until the transaction ends.
pub async fn lock(transaction: &Transaction<'_>) -> Result<(), Error> {
    transaction.execute(LOCK, &[]).await.map(drop)
}

async fn add(transaction: &Transaction<'_>, batch: &ShadowBatch) -> Result<(), Error> {
    let decision = transaction.prepare(DECISION).await?;
    for (would_be, count) in &batch.decisions {
        let row = Row::of(would_be);
        if row.add(transaction, &decision, count, TENANT_ROWS_MAX).await? == 0 {
            row.beyond().add(transaction, &decision, count, i64::MAX).await?;
        }
    }
    if batch.unmapped.is_empty() {
        return Ok(());
    }
    transaction.execute(FORGET_UNSEEN, &[]).await?;
    let unmapped = transaction.prepare(UNMAPPED).await?;
    for (MetRoute { method, pattern }, count) in &batch.unmapped {
        let values: [&(dyn ToSql + Sync); 6] =
            [&method.as_str(), &&**pattern, &seen(count), &count.first_s, &count.last_s, &UNMAPPED_ROWS_MAX];
        transaction.execute(&unmapped, &values).await?;
    }
    Ok(())
}

/// The key of a row of `shadow_decisions`, as it is stored.
struct Row<'a> {
    tenant: &'a str,
    method: &'a str,
    pattern: &'a str,
    role: &'a str,
    basis: &'a str,
    effect: &'a str,
    reason: &'a str,
    permission: String,
}

impl<'a> Row<'a> {
    fn of(would_be: &'a WouldBe) -> Self {
        let (reason, permission) = match would_be.outcome {
            WouldOutcome::Allow => ("", None),
            WouldOutcome::Deny { reason, permission } => (reason, permission),
        };
        Row {
            tenant: &would_be.tenant,
            method: would_be.route.method.as_str(),
            pattern: &would_be.route.pattern,
            role: &would_be.role,
            basis: would_be.basis.label(),
            effect: would_be.outcome.effect(),
            reason,
            permission: permission.map(|permission| permission.to_string()).unwrap_or_default(),
        }
    }

    /// The row that counts what finds no room: a refusal there is one that nobody can name, so it stays in the way.
    fn beyond(&self) -> Self {
        let reason = if self.reason.is_empty() { "" } else { BEYOND };
        let (tenant, effect, permission) = (self.tenant, self.effect, String::new());
        Row { tenant, method: "ANY", pattern: "*", role: "*", basis: "any", effect, reason, permission }
    }

    /// How many rows were written: none if the tenant has `limit` and this is none of them.
    async fn add(
        &self,
        transaction: &Transaction<'_>,
        decision: &Statement,
        count: &Count,
        limit: i64,
    ) -> Result<u64, Error> {
        let samples = Value::Array(count.samples.iter().map(sample).collect());
        let values: [&(dyn ToSql + Sync); 13] = [
            &self.tenant,
            &self.method,
            &self.pattern,
            &self.role,
            &self.basis,
            &self.effect,
            &self.reason,
            &self.permission,
            &seen(count),
            &count.first_s,
            &count.last_s,
            &samples,
            &limit,
        ];
        transaction.execute(decision, &values).await
    }
}

/// The reason of refusals that found no row of their own.
const BEYOND: &str = "beyond_limit";

fn sample(sample: &Sample) -> Value {
    json!({ "request": &*sample.request, "principal": &*sample.principal, "at": sample.at_s })
}

fn seen(count: &Count) -> i64 {
    i64::try_from(count.seen).unwrap_or(i64::MAX)
}

const LOCK: &str = "select pg_advisory_xact_lock(hashtextextended('annex:shadow', 0))";

// SAMPLES is the 5 of both statements and of the table's check.
const DECISION: &str = "
    insert into annex.shadow_decisions as d (
        tenant_id, method, pattern, role_key, basis, effect, reason, permission, seen, first_seen_at, last_seen_at, samples)
    select $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text, $9::bigint,
           to_timestamp($10::bigint), to_timestamp($11::bigint), $12::jsonb
    where exists (
            select from annex.shadow_decisions as k
            where k.tenant_id = $1 and k.method = $2 and k.pattern = $3 and k.role_key = $4 and k.basis = $5
              and k.effect = $6 and k.reason = $7 and k.permission = $8)
       or (select count(*) from annex.shadow_decisions as k where k.tenant_id = $1 and k.basis <> 'any') < $13::bigint
    on conflict (tenant_id, method, pattern, role_key, basis, effect, reason, permission) do update
    set seen = d.seen + excluded.seen,
        first_seen_at = least(d.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(d.last_seen_at, excluded.last_seen_at),
        samples = jsonb_path_query_array(excluded.samples || d.samples, '$[0 to 4]')";

const FORGET_UNSEEN: &str = "delete from annex.unmapped_routes where last_seen_at < now() - interval '30 days'";

const UNMAPPED: &str = "
    insert into annex.unmapped_routes as u (method, pattern, seen, first_seen_at, last_seen_at)
    select $1::text, $2::text, $3::bigint, to_timestamp($4::bigint), to_timestamp($5::bigint)
    where exists (select from annex.unmapped_routes as k where k.method = $1 and k.pattern = $2)
       or (select count(*) from annex.unmapped_routes) < $6::bigint
    on conflict (method, pattern) do update
    set seen = u.seen + excluded.seen,
        first_seen_at = least(u.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(u.last_seen_at, excluded.last_seen_at)";
