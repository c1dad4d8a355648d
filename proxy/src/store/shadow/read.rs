//! What was recorded, for the command line; and an operator's word on it.

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_postgres::{Error, GenericClient, Row, Transaction};

use super::lock;
use crate::{
    ports::Trail,
    store::audit::{self, Action, Event},
};

/// One row of `shadow_decisions`.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    pub tenant: String,
    pub method: String,
    pub pattern: String,
    pub role: String,
    /// `derived`, `set`, `blocked`; `any` counts what found no room.
    pub basis: String,
    /// Empty: allowed.
    pub reason: String,
    /// The permission that the role lacks, if that is the reason.
    pub permission: String,
    pub seen: i64,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// `[{request, principal, at}]`, `at` in seconds since the Unix epoch.
    pub samples: Value,
    pub accepted: Option<Acceptance>,
}

/// An operator's word on a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    pub at: Timestamp,
    pub by: String,
    pub because: String,
}

/// A route that nobody mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub method: String,
    pub pattern: String,
    pub seen: i64,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
}

/// All that was recorded of `tenant`, or of every tenant: by tenant, the most frequent first.
pub async fn known(client: &impl GenericClient, tenant: Option<&str>) -> Result<Vec<Decided>, Error> {
    client.query(DECIDED, &[&tenant]).await?.iter().map(decided).collect()
}

/// Routes that were met and that nobody mapped, the most frequent first.
pub async fn unmapped(client: &impl GenericClient) -> Result<Vec<Known>, Error> {
    let rows = client.query(UNMAPPED, &[]).await?;
    let known = |row: &Row| {
        Ok(Known {
            method: row.try_get("method")?,
            pattern: row.try_get("pattern")?,
            seen: row.try_get("seen")?,
            first_seen_at: row.try_get("first_seen_at")?,
            last_seen_at: row.try_get("last_seen_at")?,
        })
    };
    rows.iter().map(known).collect()
}

/// Whose refusals where an operator accepts.
#[derive(Debug, Clone, Copy)]
pub struct Refusals<'a> {
    pub tenant: &'a str,
    pub method: &'a str,
    pub pattern: &'a str,
    pub role: &'a str,
}

/// Marks the refusals that are recorded now; tells how many rows. One that comes for another reason is a new row, and not
/// accepted; neither is the row of those that found no room, which nobody can judge.
pub async fn accept(
    transaction: &Transaction<'_>,
    refusals: Refusals<'_>,
    because: &str,
    trail: &Trail,
) -> Result<u64, Error> {
    lock(transaction).await?;
    let Refusals { tenant, method, pattern, role } = refusals;
    let by = trail.actor.id();
    let rows = transaction.execute(ACCEPT, &[&tenant, &method, &pattern, &role, &by, &because]).await?;
    if rows > 0 {
        let route = format!("{method} {pattern}");
        let details = json!({ "role": role, "because": because, "rows": rows });
        let event =
            Event { workspace: Some(tenant), action: Action::ShadowAccepted, target: ("route", &route), details };
        audit::append(transaction, trail, &event).await?;
    }
    Ok(rows)
}

/// Deletes all that was recorded of `tenant`, marks included; tells how many rows.
pub async fn forget(transaction: &Transaction<'_>, tenant: &str, trail: &Trail) -> Result<u64, Error> {
    lock(transaction).await?;
    let rows = transaction.execute(FORGET, &[&tenant]).await?;
    if rows > 0 {
        let details = json!({ "rows": rows });
        let event =
            Event { workspace: Some(tenant), action: Action::ShadowForgotten, target: ("workspace", tenant), details };
        audit::append(transaction, trail, &event).await?;
    }
    Ok(rows)
}

const DECIDED: &str = r#"
    select tenant_id, method, pattern, role_key, basis, reason, permission, seen, first_seen_at, last_seen_at, samples,
           accepted_at, accepted_by, accepted_because
    from annex.shadow_decisions where $1::text is null or tenant_id = $1
    order by tenant_id collate "C", seen desc, pattern collate "C", method, role_key, reason, permission"#;

const UNMAPPED: &str = r#"
    select method, pattern, seen, first_seen_at, last_seen_at
    from annex.unmapped_routes order by seen desc, pattern collate "C", method"#;

const ACCEPT: &str = "
    update annex.shadow_decisions set accepted_at = now(), accepted_by = $5, accepted_because = $6
    where tenant_id = $1 and method = $2 and pattern = $3 and role_key = $4 and effect = 'deny'
      and basis <> 'any'";

const FORGET: &str = "delete from annex.shadow_decisions where tenant_id = $1";

fn decided(row: &Row) -> Result<Decided, Error> {
    let accepted = match row.try_get::<_, Option<Timestamp>>("accepted_at")? {
        None => None,
        Some(at) => Some(Acceptance { at, by: row.try_get("accepted_by")?, because: row.try_get("accepted_because")? }),
    };
    Ok(Decided {
        tenant: row.try_get("tenant_id")?,
        method: row.try_get("method")?,
        pattern: row.try_get("pattern")?,
        role: row.try_get("role_key")?,
        basis: row.try_get("basis")?,
        reason: row.try_get("reason")?,
        permission: row.try_get("permission")?,
        seen: row.try_get("seen")?,
        first_seen_at: row.try_get("first_seen_at")?,
        last_seen_at: row.try_get("last_seen_at")?,
        samples: row.try_get("samples")?,
        accepted,
    })
}
