//! Rows of `onboarding`, and what our own tables tell of a workspace's first steps.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Error, GenericClient, Transaction, types::Json};

/// What people said, and what our tables show. No row reads as an empty one of version 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Steps {
    pub said: BTreeMap<String, Said>,
    pub dismissed_at: Option<Timestamp>,
    pub dismissed_by: Option<String>,
    pub version: i64,
    /// Since when there is a record; a workspace that Annex made has one from its first moment.
    pub started_at: Option<Timestamp>,
    /// Whether something of the branding was chosen.
    pub is_branded: bool,
    /// Whether somebody was invited, or joined.
    pub has_team: bool,
}

/// What somebody said of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// `completed` or `skipped`.
    pub status: String,
    pub by: String,
    pub at: Timestamp,
}

/// Reads it all in one statement.
pub async fn read(client: &impl GenericClient, workspace: &str) -> Result<Steps, Error> {
    let row = client.query_one(READ, &[&workspace]).await?;
    Ok(Steps {
        said: row.try_get::<_, Option<Json<_>>>("steps")?.map(|Json(said)| said).unwrap_or_default(),
        dismissed_at: row.try_get("dismissed_at")?,
        dismissed_by: row.try_get("dismissed_by")?,
        version: row.try_get("version")?,
        started_at: row.try_get("started_at")?,
        is_branded: row.try_get("is_branded")?,
        has_team: row.try_get("has_team")?,
    })
}

/// The record that a new workspace begins with.
pub async fn begin(transaction: &Transaction<'_>, workspace: &str) -> Result<(), Error> {
    transaction.execute(BEGIN, &[&workspace]).await.map(drop)
}

/// Writes what people said, and whether the list was put away.
pub async fn put(transaction: &Transaction<'_>, workspace: &str, steps: &Steps) -> Result<(), Error> {
    let said = Json(&steps.said);
    transaction.execute(PUT, &[&workspace, &said, &steps.dismissed_at, &steps.dismissed_by]).await.map(drop)
}

const READ: &str = "
    select o.steps, o.dismissed_at, o.dismissed_by, coalesce(o.version, 0) as version, o.created_at as started_at,
           exists (select from annex.branding b where b.tenant_id = w.id
                   and (b.logo is not null or b.live - 'showInCrm' <> '{}')) as is_branded,
           exists (select from annex.audit_events e where e.tenant_id = w.id and e.action = 'member.invited')
           or exists (select from annex.workspace_users m join annex.workspaces s on s.tenant_id = m.tenant_id
                      where m.tenant_id = w.id and m.kind = 'joined' and m.status = 'active'
                        and m.user_id is distinct from s.owner_user_id) as has_team
    from (select $1::text as id) w
    left join annex.onboarding o on o.tenant_id = w.id";

const BEGIN: &str = "insert into annex.onboarding (tenant_id) values ($1) on conflict (tenant_id) do nothing";

const PUT: &str = "
    insert into annex.onboarding (tenant_id, steps, dismissed_at, dismissed_by) values ($1, $2, $3, $4)
    on conflict (tenant_id) do update
    set steps = excluded.steps, dismissed_at = excluded.dismissed_at, dismissed_by = excluded.dismissed_by";
