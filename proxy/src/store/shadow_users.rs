//! Rows of `shadow_users`: which users rows of the CRM stand for members, and who is behind them.
//!
//! **Invariant:** a row is never deleted. What rests is still known to be nobody.

use tokio_postgres::{Error, GenericClient, Row, Transaction};

/// One shadow user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowRow {
    /// The id of the CRM's users row.
    pub id: String,
    pub workspace: String,
    /// The person behind it.
    pub user: String,
    pub email: String,
    /// Whether it stands; else it rests.
    pub stands: bool,
}

/// The shadow user of a person in a workspace, standing or not.
pub async fn one(client: &impl GenericClient, workspace: &str, user: &str) -> Result<Option<ShadowRow>, Error> {
    client.query_opt(ONE, &[&workspace, &user]).await?.as_ref().map(shadow).transpose()
}

/// Every one that stands, by workspace.
pub async fn standing(client: &impl GenericClient) -> Result<Vec<ShadowRow>, Error> {
    client.query(STANDING, &[]).await?.iter().map(shadow).collect()
}

/// Remembers a users row that was just made.
pub async fn keep(
    transaction: &Transaction<'_>,
    workspace: &str,
    user: &str,
    id: &str,
    email: &str,
) -> Result<(), Error> {
    transaction.execute(KEEP, &[&id, &workspace, &user, &email]).await.map(drop)
}

/// Notes that it stands. One that stood already raises no epoch.
pub async fn stand(transaction: &Transaction<'_>, id: &str) -> Result<(), Error> {
    transaction.execute(STAND, &[&id]).await.map(drop)
}

/// Notes that it rests.
pub async fn rest(transaction: &Transaction<'_>, id: &str) -> Result<(), Error> {
    transaction.execute(REST, &[&id]).await.map(drop)
}

/// Where rows and memberships do not agree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Disagreement {
    /// Active members without a users row that stands, as (workspace, person).
    pub lacking: Vec<(String, String)>,
    /// Shadow users that stand for nobody who is an active member, as (workspace, person).
    pub left_over: Vec<(String, String)>,
}

/// Compares the two tables, everywhere or in one workspace.
pub async fn disagreement(client: &impl GenericClient, workspace: Option<&str>) -> Result<Disagreement, Error> {
    Ok(Disagreement {
        lacking: pairs(&client.query(LACKING, &[&workspace]).await?)?,
        left_over: pairs(&client.query(LEFT_OVER, &[&workspace]).await?)?,
    })
}

fn pairs(rows: &[Row]) -> Result<Vec<(String, String)>, Error> {
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// The workspaces that have members from elsewhere, or shadow users that stand.
pub async fn workspaces(client: &impl GenericClient) -> Result<Vec<String>, Error> {
    client.query(WORKSPACES, &[]).await?.iter().map(|row| row.try_get(0)).collect()
}

const ONE: &str = "
    select shadow_user_id, tenant_id, user_id, email, deactivated_at is null as stands
    from annex.shadow_users where tenant_id = $1 and user_id = $2";

const STANDING: &str = "
    select shadow_user_id, tenant_id, user_id, email, true as stands
    from annex.shadow_users where deactivated_at is null order by tenant_id, user_id";

const KEEP: &str = "
    insert into annex.shadow_users (shadow_user_id, tenant_id, user_id, email) values ($1, $2, $3, $4)";

const STAND: &str = "
    update annex.shadow_users set activated_at = now(), deactivated_at = null
    where shadow_user_id = $1 and deactivated_at is not null";

const REST: &str = "
    update annex.shadow_users set deactivated_at = now() where shadow_user_id = $1 and deactivated_at is null";

const LACKING: &str = "
    select m.tenant_id, m.user_id from annex.workspace_users m
    where m.kind = 'joined' and m.status = 'active' and ($1::text is null or m.tenant_id = $1)
      and not exists (select from annex.shadow_users s
                      where s.tenant_id = m.tenant_id and s.user_id = m.user_id and s.deactivated_at is null)
    order by m.tenant_id, m.user_id";

const LEFT_OVER: &str = "
    select s.tenant_id, s.user_id from annex.shadow_users s
    where s.deactivated_at is null and ($1::text is null or s.tenant_id = $1)
      and not exists (select from annex.workspace_users m
                      where m.tenant_id = s.tenant_id and m.user_id = s.user_id
                        and m.kind = 'joined' and m.status = 'active')
    order by s.tenant_id, s.user_id";

const WORKSPACES: &str = "
    select tenant_id from annex.workspace_users where kind = 'joined'
    union
    select tenant_id from annex.shadow_users where deactivated_at is null
    order by 1";

fn shadow(row: &Row) -> Result<ShadowRow, Error> {
    Ok(ShadowRow {
        id: row.try_get("shadow_user_id")?,
        workspace: row.try_get("tenant_id")?,
        user: row.try_get("user_id")?,
        email: row.try_get("email")?,
        stands: row.try_get("stands")?,
    })
}
