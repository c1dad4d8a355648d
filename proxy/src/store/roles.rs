//! Rows of `workspace_roles` with their permissions, one workspace at a time.
//!
//! **Invariant:** a statement that writes names the workspace beside the role, so that no id reaches into another one.

use annex_policy::{PermissionSet, SystemRole};
use jiff::Timestamp;
use tokio_postgres::{Error, GenericClient, Row, Transaction};
use uuid::Uuid;

use super::load;
use crate::ports::Role;

/// A role as it stands.
#[derive(Debug, Clone)]
pub struct RoleRow {
    pub role: Role,
    pub is_system: bool,
    pub description: Option<String>,
    pub color: Option<String>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Active and suspended ones.
    pub members: i64,
}

/// What a role says of itself.
#[derive(Debug, Clone, Copy)]
pub struct RoleText<'a> {
    pub name: &'a str,
    /// Empty: none.
    pub description: &'a str,
    /// Empty: none.
    pub color: &'a str,
}

/// All roles of a workspace, system roles first.
pub async fn all(client: &impl GenericClient, workspace: &str) -> Result<Vec<RoleRow>, Error> {
    let mut roles = client
        .query(ROLES, &[&workspace, &None::<Uuid>, &None::<&str>])
        .await?
        .iter()
        .map(role)
        .collect::<Result<Vec<_>, _>>()?;
    let place = |row: &RoleRow| SystemRole::ALL.iter().position(|system| system.key() == &*row.role.key);
    roles.sort_by_key(|row| place(row).unwrap_or(SystemRole::ALL.len()));
    Ok(roles)
}

/// The role of that id, if it is this workspace's.
pub async fn by_id(client: &impl GenericClient, workspace: &str, id: Uuid) -> Result<Option<RoleRow>, Error> {
    client.query_opt(ROLES, &[&workspace, &Some(id), &None::<&str>]).await?.as_ref().map(role).transpose()
}

/// The role of that key.
pub async fn by_key(client: &impl GenericClient, workspace: &str, key: &str) -> Result<Option<RoleRow>, Error> {
    client.query_opt(ROLES, &[&workspace, &None::<Uuid>, &Some(key)]).await?.as_ref().map(role).transpose()
}

/// Adds a custom role.
pub async fn create(
    transaction: &Transaction<'_>,
    workspace: &str,
    key: &str,
    text: RoleText<'_>,
    permissions: PermissionSet,
    by: &str,
) -> Result<Uuid, Error> {
    let RoleText { name, description, color } = text;
    let row = transaction.query_one(CREATE, &[&workspace, &key, &name, &description, &color, &by]).await?;
    let id: Uuid = row.try_get(0)?;
    grant(transaction, workspace, id, permissions).await?;
    Ok(id)
}

/// Changes what a custom role says; its version rises whatever changed.
pub async fn update(transaction: &Transaction<'_>, workspace: &str, id: Uuid, text: RoleText<'_>) -> Result<(), Error> {
    let RoleText { name, description, color } = text;
    transaction.execute(UPDATE, &[&workspace, &id, &name, &description, &color]).await.map(drop)
}

/// Lets a custom role allow exactly this.
pub async fn set_permissions(
    transaction: &Transaction<'_>,
    workspace: &str,
    id: Uuid,
    permissions: PermissionSet,
) -> Result<(), Error> {
    let kept: Vec<String> = permissions.iter().map(|permission| permission.to_string()).collect();
    transaction.execute(UNGRANT, &[&workspace, &id, &kept]).await?;
    grant(transaction, workspace, id, permissions).await
}

/// Deletes a custom role that nobody holds; the foreign key refuses while somebody does.
pub async fn delete(transaction: &Transaction<'_>, workspace: &str, id: Uuid) -> Result<(), Error> {
    transaction.execute(DELETE, &[&workspace, &id]).await.map(drop)
}

async fn grant(
    transaction: &Transaction<'_>,
    workspace: &str,
    id: Uuid,
    permissions: PermissionSet,
) -> Result<(), Error> {
    let granted: Vec<String> = permissions.iter().map(|permission| permission.to_string()).collect();
    transaction.execute(GRANT, &[&workspace, &id, &granted]).await.map(drop)
}

const ROLES: &str = "
    select r.id as role_id, r.key as role_key, r.name as role_name, r.is_system, r.description, r.color, r.version,
           r.created_at, r.updated_at,
           array(select p.permission from annex.workspace_role_permissions p where p.role_id = r.id) as permissions,
           (select count(*) from annex.workspace_users m
            where m.tenant_id = r.tenant_id and m.role_id = r.id and m.status <> 'removed') as members
    from annex.workspace_roles r
    where r.tenant_id = $1 and ($2::uuid is null or r.id = $2) and ($3::text is null or r.key = $3)
    order by r.key";

const CREATE: &str = "
    insert into annex.workspace_roles (tenant_id, key, name, description, color, created_by)
    values ($1, $2, $3, nullif($4, ''), nullif($5, ''), $6)
    returning id";

const UPDATE: &str = "
    update annex.workspace_roles
    set name = $3, description = nullif($4, ''), color = nullif($5, ''), version = version + 1, updated_at = now()
    where tenant_id = $1 and id = $2 and not is_system";

const UNGRANT: &str = "
    delete from annex.workspace_role_permissions where tenant_id = $1 and role_id = $2 and permission <> all($3)";

const GRANT: &str = "
    insert into annex.workspace_role_permissions (tenant_id, role_id, permission)
    select $1, $2, p from unnest($3::text[]) p
    on conflict do nothing";

const DELETE: &str = "delete from annex.workspace_roles where tenant_id = $1 and id = $2 and not is_system";

fn role(row: &Row) -> Result<RoleRow, Error> {
    let id = row.try_get("role_id")?;
    let read = load::role(row)?;
    Ok(RoleRow {
        role: read.unwrap_or(Role { id, key: "".into(), name: "".into(), permissions: PermissionSet::EMPTY }),
        is_system: row.try_get("is_system")?,
        description: row.try_get("description")?,
        color: row.try_get("color")?,
        version: row.try_get("version")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
        members: row.try_get("members")?,
    })
}
