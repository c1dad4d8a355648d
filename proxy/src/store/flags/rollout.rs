//! The rollout's one row.

use annex_policy::{FlagRow, Scope};
use serde_json::json;
use tokio_postgres::{Error, GenericClient, Row, Transaction};

use super::{record, set};
use crate::{
    ports::{FlagChange, Rollout, RolloutChange, Trail},
    store::{
        audit::{self, Action, Event},
        load::FLAG,
    },
};

/// How far a true global value reaches, and that value.
pub async fn rollout(client: &impl GenericClient) -> Result<Rollout, Error> {
    let row = client.query_one(READ, &[&FLAG]).await?;
    let global = client.query_opt(GLOBAL, &[&FLAG]).await?;
    read(&row, global.as_ref())
}

/// Changes what `change` names; the mode goes into the global row, which is an event of its own.
pub async fn set_rollout(
    transaction: &Transaction<'_>,
    change: &RolloutChange,
    trail: &Trail,
) -> Result<Rollout, Error> {
    // The rollout's row is locked before a flag's row and any chain.
    let before = transaction.query_one(READ_LOCKED, &[&FLAG]).await?;
    if let Some(mode) = change.mode {
        let change = FlagChange { scope: Scope::Global, mode, description: None };
        set(transaction, &change, trail).await?;
    }
    if change.percentage.is_some() || change.deny.is_some() {
        let percentage = change.percentage.map(i32::from);
        transaction.execute(UPDATE, &[&FLAG, &percentage, &change.deny, &trail.actor.id()]).await?;
        let details = json!({
            "key": FLAG,
            "fromPercentage": before.try_get::<_, i32>("percentage")?,
            "toPercentage": change.percentage,
            "toDeny": change.deny,
        });
        let event = Event { workspace: None, action: Action::RolloutChanged, target: ("flag", FLAG), details };
        audit::append(transaction, trail, &event).await?;
    }
    let row = transaction.query_one(READ, &[&FLAG]).await?;
    let global = transaction.query_opt(GLOBAL, &[&FLAG]).await?;
    read(&row, global.as_ref())
}

const READ: &str = "select percentage, deny, updated_at, updated_by from annex.rollout where key = $1";

const READ_LOCKED: &str = "select percentage from annex.rollout where key = $1 for update";

const GLOBAL: &str = "
    select id, enabled, mode, description, created_at, updated_at, updated_by
    from annex.feature_flags where key = $1 and tenant_id is null";

const UPDATE: &str = "
    update annex.rollout set percentage = coalesce($2, percentage), deny = coalesce($3, deny), updated_by = $4
    where key = $1";

fn read(row: &Row, global: Option<&Row>) -> Result<Rollout, Error> {
    let global = match global {
        Some(row) => record(row)?,
        None => None,
    };
    Ok(Rollout {
        percentage: u8::try_from(row.try_get::<_, i32>("percentage")?).unwrap_or(100),
        deny: row.try_get("deny")?,
        updated_at: row.try_get("updated_at")?,
        updated_by: row.try_get("updated_by")?,
        mode: global.and_then(|row| FlagRow { enabled: row.enabled, shadow: row.shadow }.value()),
    })
}
