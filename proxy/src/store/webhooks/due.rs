//! Deliveries as a node sends them.
//!
//! **Invariant:** a delivery is taken by one node at a time: whoever takes it moves its next attempt beyond the time that
//! an attempt may last. A node that dies leaves it to the others when that time is over, so that it arrives once or more.
//! **Invariant:** an endpoint that is switched off, by whomever, is sent nothing but the tests that somebody asks for.

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::{Error, GenericClient, Row, Transaction};
use uuid::Uuid;

/// A delivery that is due, with its endpoint.
#[derive(Debug, Clone)]
pub struct Due {
    pub id: Uuid,
    pub hook: Uuid,
    pub workspace: String,
    pub event: String,
    pub payload: Value,
    /// This one included.
    pub attempts: i32,
    pub created_at: Timestamp,
    pub url: String,
    /// Sealed.
    pub secret: Vec<u8>,
    /// Sealed; while it still signs.
    pub previous: Option<Vec<u8>>,
}

/// Takes the delivery that is due the longest, none of these workspaces and endpoints.
pub async fn take(
    client: &impl GenericClient,
    full_workspaces: &[&str],
    full_hooks: &[Uuid],
    lease_s: f64,
) -> Result<Option<Due>, Error> {
    client.query_opt(TAKE, &[&full_workspaces, &full_hooks, &lease_s]).await?.as_ref().map(due).transpose()
}

/// It arrived.
pub async fn arrived(client: &impl GenericClient, due: &Due, status: i32) -> Result<(), Error> {
    client.execute(ARRIVED, &[&due.id, &due.hook, &status]).await.map(drop)
}

/// What went wrong, in a word and with the answer's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    pub status: Option<i32>,
    pub error: &'static str,
}

/// It did not arrive and is tried again in `pause_s`, or with `None` never. Tells since when nothing arrives there.
pub async fn failed(
    transaction: &Transaction<'_>,
    due: &Due,
    failure: Failure,
    pause_s: Option<f64>,
) -> Result<Option<Timestamp>, Error> {
    let Failure { status, error } = failure;
    // The endpoint first: whoever removes it locks it first too.
    let since = transaction.query_opt(FAILING, &[&due.hook]).await?.map(|row| row.try_get(0)).transpose()?;
    transaction.execute(FAILED, &[&due.id, &status, &error, &pause_s]).await?;
    Ok(since)
}

/// It was not even tried: not this node's to send now.
pub async fn postpone(client: &impl GenericClient, due: &Due, pause_s: f64) -> Result<(), Error> {
    client.execute(POSTPONE, &[&due.id, &pause_s]).await.map(drop)
}

/// Switches an endpoint off for a reason and gives its deliveries up. `false`: somebody did it before.
pub async fn disable(transaction: &Transaction<'_>, hook: Uuid, reason: &str) -> Result<bool, Error> {
    if transaction.execute(DISABLE, &[&hook, &reason]).await? == 0 {
        return Ok(false);
    }
    give_up(transaction, hook).await?;
    Ok(true)
}

/// Gives up what waits for an endpoint that was switched off.
pub async fn give_up(transaction: &Transaction<'_>, hook: Uuid) -> Result<(), Error> {
    transaction.execute(GIVE_UP, &[&hook]).await.map(drop)
}

/// Seals secrets anew that were sealed under the secret from before a rotation.
pub async fn reseal(client: &impl GenericClient, due: &Due, secret: &[u8]) -> Result<(), Error> {
    client.execute(RESEAL, &[&due.hook, &due.secret, &secret]).await.map(drop)
}

/// Forgets what ended long ago.
pub async fn forget(client: &impl GenericClient) -> Result<u64, Error> {
    client.execute(FORGET, &[]).await
}

const TAKE: &str = "
    with due as (
      select d.id from annex.webhook_deliveries d join annex.webhooks w on w.id = d.webhook_id
      where d.state = 'pending' and d.next_attempt_at <= now() and d.tenant_id <> all ($1) and d.webhook_id <> all ($2)
        and (w.is_enabled and w.disabled_at is null or d.event = 'webhook.test')
      order by d.next_attempt_at limit 1
      for update of d skip locked
    ), taken as (
      update annex.webhook_deliveries d
      set attempts = d.attempts + 1, next_attempt_at = now() + make_interval(secs => $3)
      from due where d.id = due.id
      returning d.id, d.webhook_id, d.tenant_id, d.event, d.payload, d.attempts, d.created_at
    )
    select t.*, w.url, w.secret,
           case when w.previous_until > now() then w.previous_secret end as previous_secret
    from taken t join annex.webhooks w on w.id = t.webhook_id";

const ARRIVED: &str = "
    with ended as (
      update annex.webhook_deliveries
      set state = 'delivered', ended_at = now(), last_status = $3, last_error = null
      where id = $1 and state = 'pending'
    )
    update annex.webhooks set failing_since = null where id = $2 and failing_since is not null";

const FAILED: &str = "
    update annex.webhook_deliveries
    set last_status = $2, last_error = $3,
        state = case when $4::double precision is null then 'failed' else state end,
        ended_at = case when $4 is null then now() end,
        next_attempt_at = case when $4 is null then next_attempt_at else now() + make_interval(secs => $4) end
    where id = $1 and state = 'pending'";

const FAILING: &str = "
    update annex.webhooks set failing_since = coalesce(failing_since, now()) where id = $1 returning failing_since";

const POSTPONE: &str = "
    update annex.webhook_deliveries set attempts = attempts - 1, next_attempt_at = now() + make_interval(secs => $2)
    where id = $1 and state = 'pending'";

const DISABLE: &str = "
    update annex.webhooks
    set disabled_at = now(), disabled_reason = $2, version = version + 1, updated_at = now()
    where id = $1 and disabled_at is null";

const GIVE_UP: &str = "
    update annex.webhook_deliveries set state = 'failed', ended_at = now(), last_error = coalesce(last_error, 'disabled')
    where webhook_id = $1 and state = 'pending'";

const RESEAL: &str = "update annex.webhooks set secret = $3 where id = $1 and secret = $2";

const FORGET: &str = "
    delete from annex.webhook_deliveries where id in (
      select id from annex.webhook_deliveries
      where state <> 'pending' and ended_at < now() - interval '30 days'
      order by ended_at limit 1000)";

fn due(row: &Row) -> Result<Due, Error> {
    Ok(Due {
        id: row.try_get("id")?,
        hook: row.try_get("webhook_id")?,
        workspace: row.try_get("tenant_id")?,
        event: row.try_get("event")?,
        payload: row.try_get("payload")?,
        attempts: row.try_get("attempts")?,
        created_at: row.try_get("created_at")?,
        url: row.try_get("url")?,
        secret: row.try_get("secret")?,
        previous: row.try_get("previous_secret")?,
    })
}
