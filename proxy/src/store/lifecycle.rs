//! Rows of `workspaces` on their way out and back.
//!
//! **Invariant:** nothing here revives what was purged: a row with `purged_at` stays as it is.

use jiff::Timestamp;
use tokio_postgres::{Error, GenericClient, Transaction};

use super::{
    load,
    workspaces::{self, Place},
};
use crate::{
    ports::{DeletedKey, Gone},
    snapshot::Workspace,
};

/// Lets one deletion go on at a time, of whatever workspace. Two people's last two workspaces would otherwise vanish
/// side by side, each deletion seeing the other one's alive.
pub async fn one_at_a_time(transaction: &Transaction<'_>) -> Result<(), Error> {
    transaction.execute(ONE_AT_A_TIME, &[]).await.map(drop)
}

const ONE_AT_A_TIME: &str = "select pg_advisory_xact_lock(hashtextextended('annex:delete', 0))";

/// Marks a living workspace as deleted; it may be purged after `restore_days`.
pub async fn delete(
    transaction: &Transaction<'_>,
    workspace: &str,
    by: &str,
    reason: Option<&str>,
    restore_days: u32,
) -> Result<Gone, Error> {
    let days = i32::try_from(restore_days).unwrap_or(i32::MAX);
    let row = transaction.query_one(DELETE, &[&workspace, &by, &reason, &days]).await?;
    Ok(Gone { deleted_at: row.try_get("deleted_at")?, purge_after: row.try_get("purge_after")? })
}

const DELETE: &str = "
    update annex.workspaces
    set deleted_at = now(), deleted_by = $2, delete_reason = $3, purge_after = now() + make_interval(days => $4)
    where tenant_id = $1 and deleted_at is null and purged_at is null
    returning deleted_at, purge_after";

/// Brings a deleted workspace back; `false`: it is not deleted, its time is over, or it was purged.
pub async fn restore(transaction: &Transaction<'_>, workspace: &str) -> Result<bool, Error> {
    transaction.execute(RESTORE, &[&workspace]).await.map(|rows| rows > 0)
}

const RESTORE: &str = "
    update annex.workspaces set deleted_at = null
    where tenant_id = $1 and deleted_at is not null and purged_at is null and (purge_after is null or purge_after > now())";

/// A workspace that somebody joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    pub user: String,
    pub workspace: String,
    pub row: Workspace,
}

/// The living workspaces, but `workspace`, that `users` are active members of.
pub async fn elsewhere(
    client: &impl GenericClient,
    users: &[String],
    workspace: &str,
) -> Result<Vec<Elsewhere>, Error> {
    let rows = client.query(ELSEWHERE, &[&users, &workspace]).await?;
    rows.iter()
        .map(|row| {
            Ok(Elsewhere {
                user: row.try_get("user_id")?,
                workspace: row.try_get("tenant_id")?,
                row: load::workspace_of(row)?,
            })
        })
        .collect()
}

const ELSEWHERE: &str = "
    select m.user_id, w.tenant_id, w.sponsor_tenant_id, w.epoch, false as deleted
    from annex.workspace_users m
    join annex.workspaces w on w.tenant_id = m.tenant_id and w.deleted_at is null and w.purged_at is null
    where m.user_id = any($1) and m.tenant_id <> $2 and m.kind = 'joined' and m.status = 'active'";

/// A deleted workspace with the person's place in it.
#[derive(Debug, Clone)]
pub struct DeletedPlace {
    pub place: Place,
    pub deleted_at: Timestamp,
    pub deleted_by: Option<String>,
    pub reason: Option<String>,
    pub purge_after: Option<Timestamp>,
}

/// The deleted workspaces that could be restored and that the person was in, newest first.
pub async fn deleted_of(
    client: &impl GenericClient,
    user: &str,
    home: &str,
    after: Option<&DeletedKey>,
    limit: usize,
) -> Result<Vec<DeletedPlace>, Error> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let (at, workspace) = (after.map(|key| key.deleted_at), after.map(|key| key.workspace.as_str()));
    let rows = client.query(DELETED, &[&user, &home, &at, &workspace, &limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(DeletedPlace {
                place: workspaces::place(row)?,
                deleted_at: row.try_get("deleted_at")?,
                deleted_by: row.try_get("deleted_by")?,
                reason: row.try_get("delete_reason")?,
                purge_after: row.try_get("purge_after")?,
            })
        })
        .collect()
}

const DELETED: &str = "
    select w.tenant_id, w.name, w.logo_url, w.business_type, w.currency, w.timezone, w.created_at as workspace_created_at,
           w.deleted_at, w.sponsor_tenant_id, w.owner_user_id, w.epoch, true as deleted,
           w.deleted_by, w.delete_reason, w.purge_after,
           m.id, m.status, m.invited_by, m.joined_at, m.last_accessed_at, m.created_at,
           r.id as role_id, r.key as role_key, r.name as role_name,
           array(select p.permission from annex.workspace_role_permissions p where p.role_id = r.id) as permissions
    from annex.workspaces w
    left join annex.workspace_users m on m.tenant_id = w.tenant_id and m.user_id = $1
         and m.kind = case when w.tenant_id = $2 then 'native' else 'joined' end
    left join annex.workspace_roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
    where w.deleted_at is not null and w.purged_at is null and (w.purge_after is null or w.purge_after > now())
      and (w.tenant_id = $2 or (m.status = 'active' and r.key = 'admin'))
      and ($3::timestamptz is null or (w.deleted_at, w.tenant_id) < ($3, $4))
    order by w.deleted_at desc, w.tenant_id desc
    limit $5";
