//! Rows of `orphaned_workspaces`, and all workspaces in the order of their ids.
//!
//! **Deliberately absent:** what makes a workspace an orphan; `crm` reads it.

use tokio_postgres::{Error, GenericClient, Row, Transaction};

use super::load;
use crate::ports::{AdminWorkspace, Orphaned};

/// Workspaces by id after `after`, `limit` at most; each with the name that Annex keeps, if it keeps one.
pub async fn list(
    client: &impl GenericClient,
    which: Orphaned,
    after: &str,
    limit: i64,
) -> Result<Vec<AdminWorkspace>, Error> {
    let wanted = match which {
        Orphaned::Whichever => None,
        Orphaned::Only => Some(true),
        Orphaned::Not => Some(false),
    };
    client.query(LIST, &[&wanted, &after, &limit]).await?.iter().map(listed).collect()
}

/// The workspaces that are known to be orphans, `limit` at most.
pub async fn known(client: &impl GenericClient, limit: i64) -> Result<Vec<String>, Error> {
    client.query(KNOWN, &[&limit]).await?.iter().map(|row| row.try_get(0)).collect()
}

/// Whether this transaction is the one that sweeps; the others leave it to that one.
pub async fn begin_sweep(transaction: &Transaction<'_>) -> Result<bool, Error> {
    // Not on the request path: a large CRM is read in its own time.
    transaction.batch_execute(PATIENCE).await?;
    transaction.query_one(SWEEPER, &[]).await?.try_get(0)
}

/// Notes those of `orphans` that were not known, and tells which.
pub async fn note(transaction: &Transaction<'_>, orphans: &[String]) -> Result<Vec<String>, Error> {
    transaction.query(NOTE, &[&orphans]).await?.iter().map(|row| row.try_get(0)).collect()
}

/// Forgets whoever is after `from`, up to `to`, and not among `orphans`: they have an Admin again, or are gone.
pub async fn forget(
    transaction: &Transaction<'_>,
    from: &str,
    to: Option<&str>,
    orphans: &[String],
) -> Result<u64, Error> {
    transaction.execute(FORGET, &[&from, &to, &orphans]).await
}

/// Forgets one that has an Admin again.
pub async fn rescued(transaction: &Transaction<'_>, workspace: &str) -> Result<(), Error> {
    transaction.execute(RESCUED, &[&workspace]).await.map(drop)
}

const LIST: &str = "
    select w.tenant_id, w.name, w.owner_user_id, w.created_at, w.deleted_at, w.sponsor_tenant_id, w.epoch,
           w.deleted_at is not null or w.purged_at is not null as deleted, o.since,
           (select count(*) from annex.workspace_users m where m.tenant_id = w.tenant_id and m.status = 'active') as members
    from annex.workspaces w
    left join annex.orphaned_workspaces o on o.tenant_id = w.tenant_id
    where w.tenant_id > $2 and ($1::boolean is null or (o.tenant_id is not null) = $1)
    order by w.tenant_id
    limit $3";

const KNOWN: &str = "select tenant_id from annex.orphaned_workspaces order by tenant_id limit $1";

const PATIENCE: &str = "set local statement_timeout = '8s'";

const SWEEPER: &str = "select pg_try_advisory_xact_lock(hashtextextended('annex:orphans', 0))";

const NOTE: &str = "
    insert into annex.orphaned_workspaces (tenant_id)
    select o from unnest($1::text[]) o join annex.workspaces w on w.tenant_id = o
    on conflict do nothing
    returning tenant_id";

const FORGET: &str = "
    delete from annex.orphaned_workspaces
    where tenant_id > $1 and ($2::text is null or tenant_id <= $2) and tenant_id <> all($3)";

const RESCUED: &str = "delete from annex.orphaned_workspaces where tenant_id = $1";

fn listed(row: &Row) -> Result<AdminWorkspace, Error> {
    Ok(AdminWorkspace {
        workspace: row.try_get("tenant_id")?,
        name: row.try_get("name")?,
        owner: row.try_get("owner_user_id")?,
        members: row.try_get("members")?,
        created_at: row.try_get("created_at")?,
        deleted_at: row.try_get("deleted_at")?,
        orphaned_since: row.try_get("since")?,
        row: load::workspace_of(row)?,
    })
}
