//! Numbers of many workspaces, each sort in one statement.

use std::collections::HashMap;

use jiff::Timestamp;
use tokio_postgres::{Error, GenericClient};

/// Who is in a workspace, by our rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Joined {
    /// Active members who joined.
    pub members: i64,
    /// Natives who may not come in.
    pub blocked: Vec<String>,
}

/// Who is in each of `workspaces`.
pub async fn joined(client: &impl GenericClient, workspaces: &[String]) -> Result<HashMap<String, Joined>, Error> {
    let rows = client.query(JOINED, &[&workspaces]).await?;
    rows.iter()
        .map(|row| {
            Ok((
                row.try_get("tenant_id")?,
                Joined { members: row.try_get("members")?, blocked: row.try_get("blocked")? },
            ))
        })
        .collect()
}

/// Workspace by workspace, so that each is counted by its index however many there are.
const JOINED: &str = "
    select t.tenant_id, m.members,
           array(select b.user_id from annex.workspace_users b
                 where b.tenant_id = t.tenant_id and b.kind = 'native' and b.status <> 'active') as blocked
    from unnest($1::text[]) t (tenant_id)
    cross join lateral (select count(*) as members from annex.workspace_users j
                        where j.tenant_id = t.tenant_id and j.kind = 'joined' and j.status = 'active') m";

/// Whether the schema has invitations.
pub async fn has_invitations(client: &impl GenericClient) -> Result<bool, Error> {
    client.query_one(HAS_INVITATIONS, &[]).await?.try_get(0)
}

const HAS_INVITATIONS: &str = "
    select to_regclass('annex.workspace_invitations') is not null and to_regclass('annex.proven_addresses') is not null";

/// Invitations of each of `workspaces` that nobody answered yet.
pub async fn open_invitations(
    client: &impl GenericClient,
    workspaces: &[String],
) -> Result<HashMap<String, i64>, Error> {
    let rows = client.query(OPEN_INVITATIONS, &[&workspaces]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

const OPEN_INVITATIONS: &str = "
    select tenant_id, count(*) from annex.workspace_invitations
    where tenant_id = any($1) and status = 'pending' and expires_at > now() group by tenant_id";

/// The workspaces that invite a person, by an address, as it is compared, that is theirs now and that they once proved to
/// read (rule R6).
pub async fn inviting(client: &impl GenericClient, user: &str, address: &str) -> Result<HashMap<String, i64>, Error> {
    let rows = client.query(INVITING, &[&user, &address]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

const INVITING: &str = "
    select i.tenant_id, count(*)
    from annex.workspace_invitations i
    join annex.proven_addresses p on p.address = i.address and p.user_id = $1
    join annex.workspaces w on w.tenant_id = i.tenant_id and w.deleted_at is null and w.purged_at is null
    where i.status = 'pending' and i.expires_at > now() and i.address = $2
    group by i.tenant_id";

/// Which of `workspaces` a person is offered to own, and until when.
pub async fn offered(
    client: &impl GenericClient,
    workspaces: &[String],
    user: &str,
) -> Result<HashMap<String, Timestamp>, Error> {
    let rows = client.query(OFFERED, &[&workspaces, &user]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

const OFFERED: &str = "
    select tenant_id, expires_at from annex.ownership_transfers
    where tenant_id = any($1) and status = 'pending' and expires_at > now() and to_user_id = $2";
