//! Rows of `workspaces`, and of `workspace_users` as far as one person's own list goes.

use annex_policy::SystemRole;
use jiff::Timestamp;
use tokio_postgres::{Error, GenericClient, Row, Transaction};
use uuid::Uuid;

use super::load;
use crate::{ports::Role, snapshot::Workspace};

/// What Annex keeps of a workspace beside the flag and the members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub workspace: String,
    pub name: Option<String>,
    pub logo_url: Option<String>,
    pub business_type: Option<String>,
    pub currency: Option<String>,
    pub time_zone: Option<String>,
    pub created_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
    /// The person's id.
    pub owner: Option<String>,
    /// What the flag is judged by.
    pub row: Workspace,
}

/// One row of `workspace_users` with its workspace.
#[derive(Debug, Clone)]
pub struct Place {
    pub kept: Kept,
    pub membership: Option<Uuid>,
    pub is_active: bool,
    /// `None`: a blocking row.
    pub role: Option<Role>,
    pub invited_by: Option<String>,
    pub joined_at: Option<Timestamp>,
    pub last_accessed_at: Option<Timestamp>,
    pub created_at: Option<Timestamp>,
}

/// A place in the order of joining.
pub type JoinedAfter<'a> = (Timestamp, &'a str);

/// The workspaces that the person joined elsewhere, in the order of joining, after `after`; `limit` at
/// most, all if there is none.
pub async fn joined_by(
    client: &impl GenericClient,
    user: &str,
    home: &str,
    after: Option<JoinedAfter<'_>>,
    limit: Option<i64>,
) -> Result<Vec<Place>, Error> {
    let (at, workspace) = after.unzip();
    client.query(JOINED_BY, &[&user, &home, &at, &workspace, &limit]).await?.iter().map(place).collect()
}

/// The workspace, and the person's row in it if there is one: one statement, whatever there is.
pub async fn place_of(
    client: &impl GenericClient,
    workspace: &str,
    user: &str,
    home: &str,
) -> Result<Option<Place>, Error> {
    client.query_opt(PLACE, &[&user, &home, &workspace]).await?.as_ref().map(place).transpose()
}

const PLACE: &str = "
    select w.tenant_id, w.name, w.logo_url, w.business_type, w.currency, w.timezone, w.created_at as workspace_created_at,
           w.deleted_at, w.sponsor_tenant_id, w.owner_user_id, w.epoch,
           w.deleted_at is not null or w.purged_at is not null as deleted,
           m.id, m.status, m.invited_by, m.joined_at, m.last_accessed_at, m.created_at,
           r.id as role_id, r.key as role_key, r.name as role_name,
           array(select p.permission from annex.workspace_role_permissions p where p.role_id = r.id) as permissions
    from annex.workspaces w
    left join annex.workspace_users m on m.tenant_id = w.tenant_id and m.user_id = $1
         and m.kind = case when w.tenant_id = $2 then 'native' else 'joined' end
    left join annex.workspace_roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
    where w.tenant_id = $3";

const JOINED_BY: &str = "
    select w.tenant_id, w.name, w.logo_url, w.business_type, w.currency, w.timezone, w.created_at as workspace_created_at,
           w.deleted_at, w.sponsor_tenant_id, w.owner_user_id, w.epoch,
           w.deleted_at is not null or w.purged_at is not null as deleted,
           m.id, m.status, m.invited_by, m.joined_at, m.last_accessed_at, m.created_at,
           r.id as role_id, r.key as role_key, r.name as role_name,
           array(select p.permission from annex.workspace_role_permissions p where p.role_id = r.id) as permissions
    from annex.workspace_users m
    join annex.workspaces w on w.tenant_id = m.tenant_id and w.deleted_at is null and w.purged_at is null
    left join annex.workspace_roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
    where m.user_id = $1 and m.kind = 'joined' and m.status = 'active' and m.tenant_id <> $2
      and ($3::timestamptz is null or (m.joined_at, m.tenant_id) > ($3, $4))
    order by m.joined_at, m.tenant_id
    limit $5::bigint";

/// What Annex keeps of those of `workspaces` that it knows.
pub async fn kept_among(client: &impl GenericClient, workspaces: &[String]) -> Result<Vec<Kept>, Error> {
    client.query(KEPT_AMONG, &[&workspaces]).await?.iter().map(kept).collect()
}

const KEPT_AMONG: &str = "
    select w.tenant_id, w.name, w.logo_url, w.business_type, w.currency, w.timezone, w.created_at as workspace_created_at,
           w.deleted_at, w.owner_user_id, w.sponsor_tenant_id, w.epoch,
           w.deleted_at is not null or w.purged_at is not null as deleted
    from annex.workspaces w
    where w.tenant_id = any($1)";

fn kept(row: &Row) -> Result<Kept, Error> {
    Ok(Kept {
        workspace: row.try_get("tenant_id")?,
        name: row.try_get("name")?,
        logo_url: row.try_get("logo_url")?,
        business_type: row.try_get("business_type")?,
        currency: row.try_get("currency")?,
        time_zone: row.try_get("timezone")?,
        created_at: row.try_get("workspace_created_at")?,
        deleted_at: row.try_get("deleted_at")?,
        owner: row.try_get("owner_user_id")?,
        row: load::workspace_of(row)?,
    })
}

/// A place from a row with the columns of `PLACE`.
pub fn place(row: &Row) -> Result<Place, Error> {
    Ok(Place {
        kept: kept(row)?,
        membership: row.try_get("id")?,
        is_active: row.try_get::<_, Option<&str>>("status")? == Some("active"),
        role: load::role(row)?,
        invited_by: row.try_get("invited_by")?,
        joined_at: row.try_get("joined_at")?,
        last_accessed_at: row.try_get("last_accessed_at")?,
        created_at: row.try_get("created_at")?,
    })
}

/// Lets one person create one workspace at a time, and tells how many they made that were not purged.
pub async fn created_by(transaction: &Transaction<'_>, user: &str) -> Result<i64, Error> {
    transaction.execute(ONE_AT_A_TIME, &[&user]).await?;
    transaction.query_one(CREATED, &[&user]).await?.try_get(0)
}

const ONE_AT_A_TIME: &str = "select pg_advisory_xact_lock(hashtextextended('annex:create:' || $1::text, 0))";

const CREATED: &str = "select count(*) from annex.workspaces where created_by = $1 and purged_at is null";

/// The name that Annex keeps and the path of the logo; without a name the tenant's own counts.
pub async fn shown(client: &impl GenericClient, workspace: &str) -> Result<(Option<String>, Option<String>), Error> {
    let Some(row) = client.query_opt(SHOWN, &[&workspace]).await? else { return Ok((None, None)) };
    Ok((row.try_get(0)?, row.try_get(1)?))
}

const SHOWN: &str = "select name, logo_url from annex.workspaces where tenant_id = $1";

/// What a new workspace is to hold.
#[derive(Debug, Clone, Copy)]
pub struct NewWorkspace<'a> {
    pub id: &'a str,
    pub sponsor: &'a str,
    /// Creator, owner and first Admin.
    pub creator: &'a str,
    pub business_type: Option<&'a str>,
    pub currency: Option<&'a str>,
    pub time_zone: Option<&'a str>,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub membership: Uuid,
    pub role_id: Uuid,
    pub created_at: Timestamp,
}

/// Adds the workspace, its roles, and its creator as Admin and owner. The name stays the tenant's own.
pub async fn create(transaction: &Transaction<'_>, new: NewWorkspace<'_>) -> Result<Made, Error> {
    let NewWorkspace { id, sponsor, creator, business_type, currency, time_zone } = new;
    transaction.query_one(ENSURE, &[&id, &Some(sponsor), &Some(creator)]).await?;
    let about = transaction.query_one(ABOUT, &[&id, &business_type, &currency, &time_zone]).await?;
    let member = transaction.query_one(JOIN_AS, &[&id, &creator, &SystemRole::Admin.key()]).await?;
    Ok(Made {
        membership: member.try_get("id")?,
        role_id: member.try_get("role_id")?,
        created_at: about.try_get("created_at")?,
    })
}

const ENSURE: &str = "
    select epoch from annex.ensure_workspace(
        p_tenant_id => $1, p_sponsor_tenant_id => $2, p_created_by => $3, p_owner_user_id => $3)";

const ABOUT: &str = "
    update annex.workspaces set business_type = $2, currency = $3, timezone = $4 where tenant_id = $1 returning created_at";

const JOIN_AS: &str = "
    insert into annex.workspace_users (tenant_id, user_id, kind, role_id, last_accessed_at)
    select r.tenant_id, $2, 'joined', r.id, now() from annex.workspace_roles r where r.tenant_id = $1 and r.key = $3
    returning id, role_id";

/// Those of `tenants` that have no row.
pub async fn without_row(client: &impl GenericClient, tenants: &[String]) -> Result<Vec<String>, Error> {
    client.query(WITHOUT_ROW, &[&tenants]).await?.iter().map(|row| row.try_get(0)).collect()
}

/// Makes sure that each of `tenants` has a row and the system roles; locks them in the order of their ids.
pub async fn ensure_all(transaction: &Transaction<'_>, tenants: &[String]) -> Result<(), Error> {
    transaction.execute(ENSURE_ALL, &[&tenants]).await.map(drop)
}

const WITHOUT_ROW: &str = "
    select t from unnest($1::text[]) t
    where not exists (select from annex.workspaces w where w.tenant_id = t)
    order by t";

const ENSURE_ALL: &str = "
    select annex.ensure_workspace(p_tenant_id => t) from (select t from unnest($1::text[]) t order by t) o";

/// Where a person stands in a workspace that is not their home: one statement, whatever there is.
pub async fn standing(
    client: &impl GenericClient,
    workspace: &str,
    user: &str,
) -> Result<Option<(Workspace, Option<Role>)>, Error> {
    let Some(row) = client.query_opt(STANDING, &[&workspace, &user]).await? else { return Ok(None) };
    Ok(Some((load::workspace_of(&row)?, load::role(&row)?)))
}

const STANDING: &str = "
    select w.sponsor_tenant_id, w.epoch, w.deleted_at is not null or w.purged_at is not null as deleted,
           r.id as role_id, r.key as role_key, r.name as role_name,
           array(select p.permission from annex.workspace_role_permissions p where p.role_id = r.id) as permissions
    from annex.workspaces w
    join annex.workspace_users m on m.tenant_id = w.tenant_id and m.user_id = $2 and m.kind = 'joined' and m.status = 'active'
    left join annex.workspace_roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
    where w.tenant_id = $1";

/// Notes that a member was here now. Raises no epoch and tells nobody.
pub async fn touch(transaction: &Transaction<'_>, workspace: &str, user: &str) -> Result<(), Error> {
    transaction.execute(TOUCH, &[&workspace, &user]).await.map(drop)
}

const TOUCH: &str = "
    update annex.workspace_users set last_accessed_at = now() where tenant_id = $1 and user_id = $2 and status = 'active'";
