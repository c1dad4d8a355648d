//! Rows of `workspace_users`, one workspace at a time. Who may change them is the caller's matter; that they change
//! through `crm::memberships` alone, `tidy` holds.
//!
//! Every change begins with [`lock`], so that changes of one workspace happen one after another.

use jiff::Timestamp;
use tokio_postgres::{Error, GenericClient, Row, Transaction};
use uuid::Uuid;

/// A row, joined or native.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    pub user: String,
    pub kind: Kind,
    pub status: Status,
    /// `None`: a blocking row, or a removed member of a role that is gone.
    pub role: Option<RoleName>,
    pub invited_by: Option<String>,
    pub joined_at: Timestamp,
    pub last_accessed_at: Option<Timestamp>,
}

/// A role, by key and by the name that people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleName {
    pub key: String,
    pub name: String,
}

/// How somebody belongs to a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Joined,
    /// Their home: the row narrows or blocks.
    Native,
}

/// Whether the row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Active,
    Suspended,
    Removed,
}

impl Kind {
    /// The word in `workspace_users.kind`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Joined => "joined",
            Kind::Native => "native",
        }
    }
}

impl Status {
    /// The word in `workspace_users.status`.
    pub fn name(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Suspended => "suspended",
            Status::Removed => "removed",
        }
    }
}

/// Makes sure that the workspace stands, locks it, and tells its owner.
pub async fn lock(transaction: &Transaction<'_>, workspace: &str) -> Result<Option<String>, Error> {
    transaction.query_one(LOCK, &[&workspace]).await?.try_get("owner_user_id")
}

/// All rows of a workspace, the removed ones included.
pub async fn all(client: &impl GenericClient, workspace: &str) -> Result<Vec<MemberRow>, Error> {
    client.query(ROWS, &[&workspace, &None::<&str>]).await?.iter().map(member).collect()
}

/// One person's row.
pub async fn one(client: &impl GenericClient, workspace: &str, user: &str) -> Result<Option<MemberRow>, Error> {
    client.query_opt(ROWS, &[&workspace, &Some(user)]).await?.as_ref().map(member).transpose()
}

/// The id of a role by its key.
pub async fn role_id(client: &impl GenericClient, workspace: &str, key: &str) -> Result<Option<Uuid>, Error> {
    client.query_opt(ROLE, &[&workspace, &key]).await?.map(|row| row.try_get(0)).transpose()
}

/// Gives a person a role, in a new row or in theirs; a removed or suspended one is active again.
pub async fn put(
    transaction: &Transaction<'_>,
    workspace: &str,
    user: &str,
    kind: Kind,
    role: Uuid,
) -> Result<(), Error> {
    transaction.execute(PUT, &[&workspace, &user, &kind.name(), &role]).await.map(drop)
}

/// Ends a membership, or blocks a native; the row stays.
pub async fn end(
    transaction: &Transaction<'_>,
    workspace: &str,
    user: &str,
    kind: Kind,
    by: &str,
) -> Result<(), Error> {
    transaction.execute(END, &[&workspace, &user, &kind.name(), &by]).await.map(drop)
}

/// Keeps an active member out; `false`: there is none.
pub async fn suspend(transaction: &Transaction<'_>, workspace: &str, user: &str) -> Result<bool, Error> {
    transaction.execute(SUSPEND, &[&workspace, &user]).await.map(|rows| rows > 0)
}

/// Lets a suspended member in again; `false`: there is none.
pub async fn resume(transaction: &Transaction<'_>, workspace: &str, user: &str) -> Result<bool, Error> {
    transaction.execute(RESUME, &[&workspace, &user]).await.map(|rows| rows > 0)
}

/// Shuts a native out of their home, whether they have a row or not; `false`: they were.
pub async fn block(transaction: &Transaction<'_>, workspace: &str, user: &str) -> Result<bool, Error> {
    transaction.execute(BLOCK, &[&workspace, &user]).await.map(|rows| rows > 0)
}

/// Takes away what an Admin set for a native; `false`: nothing was set.
pub async fn release(transaction: &Transaction<'_>, workspace: &str, user: &str) -> Result<bool, Error> {
    transaction.query_one(RELEASE, &[&workspace, &user]).await?.try_get(0)
}

/// Gives whoever holds the role `from` the role `to`, and tells who they are.
pub async fn move_role(
    transaction: &Transaction<'_>,
    workspace: &str,
    from: Uuid,
    to: Uuid,
) -> Result<Vec<Moved>, Error> {
    let rows = transaction.query(MOVE, &[&workspace, &from, &to]).await?;
    rows.iter()
        .map(|row| {
            let is_active = row.try_get::<_, &str>("status")? == "active";
            Ok(Moved { user: row.try_get("user_id")?, kind: kind(row)?, is_active })
        })
        .collect()
}

/// Somebody whose role was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub user: String,
    pub kind: Kind,
    pub is_active: bool,
}

/// Tells the schema, for this transaction, that the CRM's tables give the workspace an Admin who can sign in.
pub async fn vouch_for_admin(transaction: &Transaction<'_>, workspace: &str) -> Result<(), Error> {
    transaction.execute(VOUCH, &[&workspace]).await.map(drop)
}

/// Whether PostgreSQL refused a commit because it would leave a workspace without an Admin.
pub fn leaves_no_admin(error: &Error) -> bool {
    error.as_db_error().and_then(|refused| refused.constraint()) == Some("workspace_users_admin_remains")
}
/// Notes who invited a member.
pub async fn introduce(transaction: &Transaction<'_>, workspace: &str, user: &str, inviter: &str) -> Result<(), Error> {
    transaction.execute(INTRODUCE, &[&workspace, &user, &inviter]).await.map(drop)
}

const INTRODUCE: &str = "update annex.workspace_users set invited_by = $3 where tenant_id = $1 and user_id = $2";

const LOCK: &str = "select owner_user_id from annex.ensure_workspace(p_tenant_id => $1)";

const ROWS: &str = "
    select m.user_id, m.kind, m.status, m.invited_by, m.joined_at, m.last_accessed_at,
           r.key as role_key, r.name as role_name
    from annex.workspace_users m
    left join annex.workspace_roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
    where m.tenant_id = $1 and ($2::text is null or m.user_id = $2)
    order by m.joined_at, m.user_id";

const ROLE: &str = "select id from annex.workspace_roles where tenant_id = $1 and key = $2";

const PUT: &str = "
    insert into annex.workspace_users (tenant_id, user_id, kind, role_id)
    values ($1, $2, $3, $4)
    on conflict (tenant_id, user_id) do update
    set kind = excluded.kind, role_id = excluded.role_id, status = 'active', removed_at = null, removed_by = null,
        joined_at = case when workspace_users.status = 'removed' then now() else workspace_users.joined_at end";

const END: &str = "
    insert into annex.workspace_users (tenant_id, user_id, kind, status, removed_at, removed_by)
    values ($1, $2, $3, 'removed', now(), $4)
    on conflict (tenant_id, user_id) do update
    set kind = excluded.kind, status = 'removed', removed_at = now(), removed_by = excluded.removed_by";

const SUSPEND: &str = "
    update annex.workspace_users set status = 'suspended' where tenant_id = $1 and user_id = $2 and status = 'active'";

const RESUME: &str = "
    update annex.workspace_users set status = 'active' where tenant_id = $1 and user_id = $2 and status = 'suspended'";

const BLOCK: &str = "
    insert into annex.workspace_users as m (tenant_id, user_id, kind, status)
    values ($1, $2, 'native', 'suspended')
    on conflict (tenant_id, user_id) do update set kind = 'native', status = 'suspended'
    where m.kind <> 'native' or m.status = 'active'";

const RELEASE: &str = "select annex.release_native(p_tenant_id => $1, p_user_id => $2)";

const MOVE: &str = "
    update annex.workspace_users set role_id = $3
    where tenant_id = $1 and role_id = $2 and status <> 'removed'
    returning user_id, kind, status";

const VOUCH: &str = "select annex.vouch_for_admin(p_tenant_id => $1)";

fn kind(row: &Row) -> Result<Kind, Error> {
    Ok(if row.try_get::<_, &str>("kind")? == "native" { Kind::Native } else { Kind::Joined })
}

fn member(row: &Row) -> Result<MemberRow, Error> {
    let role = match row.try_get::<_, Option<String>>("role_key")? {
        Some(key) => Some(RoleName { key, name: row.try_get("role_name")? }),
        None => None,
    };
    Ok(MemberRow {
        user: row.try_get("user_id")?,
        kind: kind(row)?,
        status: match row.try_get("status")? {
            "active" => Status::Active,
            "suspended" => Status::Suspended,
            _ => Status::Removed,
        },
        role,
        invited_by: row.try_get("invited_by")?,
        joined_at: row.try_get("joined_at")?,
        last_accessed_at: row.try_get("last_accessed_at")?,
    })
}
