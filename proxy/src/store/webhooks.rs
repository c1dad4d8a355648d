//! Rows of `webhooks` and `webhook_deliveries`, as people see them. What a node sends is in [`due`].

pub mod due;

use jiff::Timestamp;
use tokio_postgres::{Error, GenericClient, Row, Transaction};
use uuid::Uuid;

use crate::ports::{DeliveryRow, DeliveryState, HookChange, HookDraft, HookRow};

/// The endpoints of a workspace, the oldest first.
pub async fn all(client: &impl GenericClient, workspace: &str) -> Result<Vec<HookRow>, Error> {
    client.query(LIST, &[&workspace]).await?.iter().map(hook).collect()
}

/// One endpoint, locked until the transaction ends.
pub async fn locked(transaction: &Transaction<'_>, workspace: &str, id: Uuid) -> Result<Option<HookRow>, Error> {
    transaction.query_opt(LOCKED, &[&workspace, &id]).await?.as_ref().map(hook).transpose()
}

/// One endpoint, with its sealed secret.
pub async fn one(client: &impl GenericClient, workspace: &str, id: Uuid) -> Result<Option<(HookRow, Vec<u8>)>, Error> {
    let Some(row) = client.query_opt(ONE, &[&workspace, &id]).await? else { return Ok(None) };
    Ok(Some((hook(&row)?, row.try_get("secret")?)))
}

/// How many a workspace has.
pub async fn count(transaction: &Transaction<'_>, workspace: &str) -> Result<i64, Error> {
    transaction.query_one(COUNT, &[&workspace]).await?.try_get(0)
}

/// Adds one under an id of the caller's choice, which its secret is sealed for.
pub async fn insert(
    transaction: &Transaction<'_>,
    (workspace, id): (&str, Uuid),
    draft: &HookDraft,
    sealed: &[u8],
    by: &str,
) -> Result<HookRow, Error> {
    let HookDraft { url, description, events } = draft;
    hook(&transaction.query_one(INSERT, &[&id, &workspace, url, description, events, &sealed, &by]).await?)
}

/// Changes one.
pub async fn update(transaction: &Transaction<'_>, id: Uuid, change: &HookChange) -> Result<HookRow, Error> {
    let HookChange { url, description, events, is_enabled } = change;
    let (changes, text) = (description.is_some(), description.clone().flatten());
    hook(&transaction.query_one(UPDATE, &[&id, url, &changes, &text, events, is_enabled]).await?)
}

/// Removes one.
pub async fn delete(transaction: &Transaction<'_>, id: Uuid) -> Result<(), Error> {
    transaction.execute(DELETE, &[&id]).await.map(drop)
}

/// Gives one a new secret; the one before counts for a day.
pub async fn rotate(transaction: &Transaction<'_>, id: Uuid, sealed: &[u8]) -> Result<HookRow, Error> {
    hook(&transaction.query_one(ROTATE, &[&id, &sealed]).await?)
}

/// Queues an event that only says that it is a test.
pub async fn queue_test(transaction: &Transaction<'_>, workspace: &str, id: Uuid, by: &str) -> Result<Uuid, Error> {
    transaction.query_one(TEST, &[&id, &workspace, &by]).await?.try_get(0)
}

/// Until another test may be asked for, of a workspace that had `most` in the last minute. By its log: an endpoint that
/// was removed takes its deliveries along.
pub async fn test_pause_s(transaction: &Transaction<'_>, workspace: &str, most: i64) -> Result<Option<u32>, Error> {
    let Some(row) = transaction.query_opt(TEST_PAUSE, &[&workspace, &most.saturating_sub(1)]).await? else {
        return Ok(None);
    };
    Ok(u32::try_from(row.try_get::<_, i32>(0)?).ok().filter(|pause_s| *pause_s > 0))
}

/// Sends a delivery again that ended, as it was. `None`: the endpoint has no such delivery; `Some(false)`: it waits still.
pub async fn replay(transaction: &Transaction<'_>, id: Uuid, delivery: Uuid) -> Result<Option<bool>, Error> {
    if transaction.execute(REPLAY, &[&id, &delivery]).await? == 1 {
        return Ok(Some(true));
    }
    let stands: bool = transaction.query_one(DELIVERY, &[&id, &delivery]).await?.try_get(0)?;
    Ok(stands.then_some(false))
}

/// The newest deliveries of one endpoint.
pub async fn deliveries(
    client: &impl GenericClient,
    (workspace, id): (&str, Uuid),
    before: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<DeliveryRow>, Error> {
    let (at, last) = before.unzip();
    client.query(DELIVERIES, &[&workspace, &id, &at, &last, &limit]).await?.iter().map(delivery).collect()
}

/// Whether the workspace has it.
pub async fn stands(client: &impl GenericClient, workspace: &str, id: Uuid) -> Result<bool, Error> {
    client.query_one(STANDS, &[&workspace, &id]).await?.try_get(0)
}

const LIST: &str = "
    select id, url, description, events, is_enabled, failing_since, disabled_at, disabled_reason, version, created_by,
           created_at, updated_at
    from annex.webhooks where tenant_id = $1 order by created_at, id";

const ONE: &str = "
    select id, url, description, events, is_enabled, failing_since, disabled_at, disabled_reason, version, created_by,
           created_at, updated_at, secret
    from annex.webhooks where tenant_id = $1 and id = $2";

const LOCKED: &str = "
    select id, url, description, events, is_enabled, failing_since, disabled_at, disabled_reason, version, created_by,
           created_at, updated_at
    from annex.webhooks where tenant_id = $1 and id = $2 for update";

const COUNT: &str = "select count(*) from annex.webhooks where tenant_id = $1";

const STANDS: &str = "select exists (select from annex.webhooks where tenant_id = $1 and id = $2)";

const INSERT: &str = "
    insert into annex.webhooks (id, tenant_id, url, description, events, secret, created_by)
    values ($1, $2, $3, $4, $5, $6, $7)
    returning id, url, description, events, is_enabled, failing_since, disabled_at, disabled_reason, version, created_by,
              created_at, updated_at";

const UPDATE: &str = "
    update annex.webhooks
    set url = coalesce($2, url), description = case when $3 then $4 else description end, events = coalesce($5, events),
        is_enabled = coalesce($6, is_enabled),
        failing_since = case when coalesce($6, false) then null else failing_since end,
        disabled_at = case when coalesce($6, false) then null else disabled_at end,
        disabled_reason = case when coalesce($6, false) then null else disabled_reason end,
        version = version + 1, updated_at = now()
    where id = $1
    returning id, url, description, events, is_enabled, failing_since, disabled_at, disabled_reason, version, created_by,
              created_at, updated_at";

const DELETE: &str = "delete from annex.webhooks where id = $1";

const ROTATE: &str = "
    update annex.webhooks
    set previous_secret = secret, previous_until = now() + interval '24 hours', secret = $2, version = version + 1,
        updated_at = now()
    where id = $1
    returning id, url, description, events, is_enabled, failing_since, disabled_at, disabled_reason, version, created_by,
              created_at, updated_at";

const TEST: &str = "
    insert into annex.webhook_deliveries (webhook_id, tenant_id, event, payload)
    values ($1, $2, 'webhook.test', jsonb_build_object(
        'type', 'webhook.test',
        'timestamp', to_char(now() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),
        'data', jsonb_build_object('workspaceId', $2::text, 'actorKind', 'user', 'actorId', $3::text)))
    returning id";

const TEST_PAUSE: &str = "
    select ceil(extract(epoch from at + interval '1 minute' - now()))::int
    from annex.audit_events where tenant_id = $1 and action = 'webhook.tested' order by seq desc offset $2 limit 1";

const REPLAY: &str = "
    update annex.webhook_deliveries set state = 'pending', attempts = 0, next_attempt_at = now(), ended_at = null
    where webhook_id = $1 and id = $2 and state <> 'pending'";

const DELIVERY: &str = "select exists (select from annex.webhook_deliveries where webhook_id = $1 and id = $2)";

const DELIVERIES: &str = "
    select d.id, d.event, d.state, d.attempts, d.next_attempt_at, d.last_status, d.last_error, d.created_at, d.ended_at
    from annex.webhook_deliveries d
    where d.tenant_id = $1 and d.webhook_id = $2
      and ($3::timestamptz is null or (d.created_at, d.id) < ($3, $4::uuid))
    order by d.created_at desc, d.id desc
    limit $5";

fn hook(row: &Row) -> Result<HookRow, Error> {
    let disabled_at: Option<Timestamp> = row.try_get("disabled_at")?;
    Ok(HookRow {
        id: row.try_get("id")?,
        url: row.try_get("url")?,
        description: row.try_get("description")?,
        events: row.try_get("events")?,
        is_enabled: row.try_get("is_enabled")?,
        failing_since: row.try_get("failing_since")?,
        disabled: disabled_at.zip(row.try_get::<_, Option<String>>("disabled_reason")?),
        version: row.try_get("version")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}

fn delivery(row: &Row) -> Result<DeliveryRow, Error> {
    let state = match row.try_get("state")? {
        "delivered" => DeliveryState::Delivered,
        "failed" => DeliveryState::Failed,
        _ => DeliveryState::Pending,
    };
    let next: Timestamp = row.try_get("next_attempt_at")?;
    Ok(DeliveryRow {
        id: row.try_get("id")?,
        event: row.try_get("event")?,
        state,
        attempts: row.try_get("attempts")?,
        next_attempt_at: (state == DeliveryState::Pending).then_some(next),
        last_status: row.try_get("last_status")?,
        last_error: row.try_get("last_error")?,
        created_at: row.try_get("created_at")?,
        ended_at: row.try_get("ended_at")?,
    })
}
