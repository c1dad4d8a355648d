//! Rows of `feature_flags` and what stands over them.
//!
//! **Invariant:** a change writes the row of its own scope and no other, with its audit event in the same transaction.
//! Lock order: the scope's row, its override, its audit chain (as the functions of schema `annex` do).

mod port;
mod redis;
mod rollout;
mod table;

use annex_policy::{Mode, Scope};
use serde_json::{Value, json};
use tokio_postgres::{Error, GenericClient, Row, Transaction};

use super::{
    audit::{self, Action, Event},
    load::FLAG,
};
use crate::ports::{FlagChange, FlagEntry, FlagOverride, FlagRecord, Trail};

pub use port::PgFlags;
pub use redis::drop_override;
pub use rollout::{rollout, set_rollout};
pub use table::{Evaluator, evaluator};

/// Everything that was said, scope by scope in the order of their ids; `after` is a tenant's id or `*`.
pub async fn list(client: &impl GenericClient, after: Option<&str>, limit: i64) -> Result<Vec<FlagEntry>, Error> {
    client.query(LIST, &[&FLAG, &after, &limit]).await?.iter().map(entry).collect()
}

/// Everything that was said for one scope.
pub async fn one(client: &impl GenericClient, scope: &Scope) -> Result<FlagEntry, Error> {
    entry(&client.query_one(ONE, &[&FLAG, &scope_name(scope)]).await?)
}

/// What a write left behind.
#[derive(Debug, Clone)]
pub struct Written {
    pub entry: FlagEntry,
    /// The value in Redis that this write beat: the field may go (see [`drop_override`]).
    pub beaten: Option<bool>,
}

/// Writes one scope.
pub async fn set(transaction: &Transaction<'_>, change: &FlagChange, trail: &Trail) -> Result<Written, Error> {
    let tenant = tenant_of(&change.scope);
    let before = locked(transaction, tenant).await?;
    let beaten = active_override(transaction, &change.scope).await?;
    let (enabled, mode) = (change.mode == Mode::Enforce, stored_mode(change.mode));
    let by = trail.actor.id();
    let row = transaction.query_one(UPSERT, &[&FLAG, &tenant, &enabled, &mode, &change.description, &by]).await?;
    let entry = FlagEntry { scope: change.scope.clone(), row: record(&row)?, over: None };
    let details = json!({
        "key": FLAG,
        "scope": scope_name(&change.scope),
        "from": before.as_ref().map(value_of),
        "to": entry.row.as_ref().map(value_of),
        "beatenOverride": beaten,
    });
    append(transaction, trail, tenant, details).await?;
    Ok(Written { entry, beaten })
}

/// What a clearing did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cleared {
    /// Nothing was said for this scope.
    Nothing,
    /// The row went (of the global one: its value), and an override with it if there was one.
    Value { beaten: Option<bool> },
}

/// Takes a scope's value back: what is below in precedence decides. Ends an active override of the scope as well; its
/// field in Redis goes by [`drop_override`].
pub async fn clear(transaction: &Transaction<'_>, scope: &Scope, trail: &Trail) -> Result<Cleared, Error> {
    let tenant = tenant_of(scope);
    let before = locked(transaction, tenant).await?;
    let beaten = active_override(transaction, scope).await?;
    let said = before.as_ref().is_some_and(|row| tenant.is_some() || row.enabled.is_some() || row.shadow);
    if !said && beaten.is_none() {
        return Ok(Cleared::Nothing);
    }
    let statement = if tenant.is_some() { DELETE } else { RESET };
    transaction.execute(statement, &[&FLAG, &tenant]).await?;
    transaction.execute(END_OVERRIDE, &[&FLAG, &scope_name(scope), &trail.actor.id()]).await?;
    let details = json!({
        "key": FLAG,
        "scope": scope_name(scope),
        "from": before.as_ref().map(value_of),
        "to": null,
        "beatenOverride": beaten,
    });
    append(transaction, trail, tenant, details).await?;
    Ok(Cleared::Value { beaten })
}

/// A scope's name in lists and in Redis: a tenant's id or `*`.
pub fn scope_name(scope: &Scope) -> &str {
    tenant_of(scope).unwrap_or("*")
}

const LIST: &str = r#"
    select s.scope, f.id, f.enabled, f.mode, f.description, f.created_at, f.updated_at, f.updated_by,
           o.value as override_value, o.state as override_state, o.seen_at as override_seen_at, o.node as override_node
    from (select coalesce(tenant_id, '*') as scope from annex.feature_flags where key = $1
          union select scope from annex.flag_overrides where key = $1 and state <> 'ended') as s
    left join annex.feature_flags as f on f.key = $1 and f.tenant_id is not distinct from nullif(s.scope, '*')
    left join annex.flag_overrides as o on o.key = $1 and o.scope = s.scope and o.state <> 'ended'
    where $2::text is null or s.scope collate "C" > $2::text collate "C"
    order by s.scope collate "C" limit $3"#;

const ONE: &str = "
    select s.scope, f.id, f.enabled, f.mode, f.description, f.created_at, f.updated_at, f.updated_by,
           o.value as override_value, o.state as override_state, o.seen_at as override_seen_at, o.node as override_node
    from (select $2::text as scope) as s
    left join annex.feature_flags as f on f.key = $1 and f.tenant_id is not distinct from nullif(s.scope, '*')
    left join annex.flag_overrides as o on o.key = $1 and o.scope = s.scope and o.state <> 'ended'";

const LOCK: &str = "
    select id, enabled, mode, description, created_at, updated_at, updated_by
    from annex.feature_flags where key = $1 and tenant_id is not distinct from $2 for update";

const ACTIVE: &str = "select value from annex.flag_overrides where key = $1 and scope = $2 and state = 'active'";

const UPSERT: &str = "
    insert into annex.feature_flags as f (key, tenant_id, enabled, mode, description, updated_by)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (key, tenant_id) do update
    set enabled = excluded.enabled, mode = excluded.mode, description = coalesce(excluded.description, f.description),
        updated_by = excluded.updated_by
    returning id, enabled, mode, description, created_at, updated_at, updated_by";

const RESET: &str = "
    update annex.feature_flags set enabled = null, mode = 'enforce' where key = $1 and tenant_id is not distinct from $2";

const DELETE: &str = "delete from annex.feature_flags where key = $1 and tenant_id = $2";

const END_OVERRIDE: &str = "select annex.end_override($1, $2, $3)";

async fn locked(transaction: &Transaction<'_>, tenant: Option<&str>) -> Result<Option<FlagRecord>, Error> {
    match transaction.query_opt(LOCK, &[&FLAG, &tenant]).await? {
        Some(row) => record(&row),
        None => Ok(None),
    }
}

async fn active_override(transaction: &Transaction<'_>, scope: &Scope) -> Result<Option<bool>, Error> {
    let row = transaction.query_opt(ACTIVE, &[&FLAG, &scope_name(scope)]).await?;
    row.map(|row| Ok(row.try_get::<_, &str>(0)? == "on")).transpose()
}

async fn append(
    transaction: &Transaction<'_>,
    trail: &Trail,
    workspace: Option<&str>,
    details: Value,
) -> Result<(), Error> {
    let event = Event { workspace, action: Action::FlagChanged, target: ("flag", FLAG), details };
    audit::append(transaction, trail, &event).await
}

fn tenant_of(scope: &Scope) -> Option<&str> {
    match scope {
        Scope::Global => None,
        Scope::Tenant(tenant) => Some(tenant),
    }
}

fn stored_mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Shadow => "shadow",
        Mode::Off | Mode::Enforce => "enforce",
    }
}

fn value_of(record: &FlagRecord) -> Value {
    json!({ "enabled": record.enabled, "shadow": record.shadow })
}

fn entry(row: &Row) -> Result<FlagEntry, Error> {
    let scope: &str = row.try_get("scope")?;
    let over = match row.try_get::<_, Option<&str>>("override_value")? {
        None => None,
        Some(value) => Some(FlagOverride {
            on: value == "on",
            is_active: row.try_get::<_, &str>("override_state")? == "active",
            seen_at: row.try_get("override_seen_at")?,
            node: row.try_get("override_node")?,
        }),
    };
    let scope = if scope == "*" { Scope::Global } else { Scope::Tenant(scope.into()) };
    Ok(FlagEntry { scope, row: record(row)?, over })
}

/// The record of a row whose `id` may be null (an outer join).
fn record(row: &Row) -> Result<Option<FlagRecord>, Error> {
    let Some(id) = row.try_get("id")? else { return Ok(None) };
    Ok(Some(FlagRecord {
        id,
        enabled: row.try_get("enabled")?,
        shadow: row.try_get::<_, &str>("mode")? == "shadow",
        description: row.try_get("description")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
        updated_by: row.try_get("updated_by")?,
    }))
}
