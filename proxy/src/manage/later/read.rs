//! The later version's rows, as they stand.
//!
//! A table that is not there is empty: which of them an installation has depends on how far it went.

use std::collections::{HashMap, HashSet};

use annex_policy::PermissionSet;
use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::{Client, Error};

use super::{
    SchemaName,
    looks::{self, Progress, Shown},
    roles,
};

/// Everything that was found.
#[derive(Debug, Clone, Default)]
pub struct Later {
    /// The tables that are there, of those that are read.
    pub tables: Vec<&'static str>,
    pub members: Vec<Member>,
    pub invitations: Vec<Invitation>,
    pub roles: Vec<CustomRole>,
    pub flags: Vec<Flag>,
    pub deleted: HashMap<String, Deletion>,
    pub events: Vec<Activity>,
    pub shown: Vec<Shown>,
    pub progress: Vec<Progress>,
}

/// A row of `workspace_users`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub workspace: String,
    pub user: String,
    pub role: String,
    pub is_primary: bool,
    pub invited_by: Option<String>,
    pub joined_at: Option<Timestamp>,
    pub last_accessed_at: Option<Timestamp>,
}

/// A row of `workspace_invitations`, less its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub workspace: String,
    pub email: String,
    pub role: String,
    pub invited_by: String,
    pub status: String,
    pub expires_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// A row of `workspace_custom_roles` with what it allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomRole {
    pub id: String,
    pub workspace: String,
    pub name: String,
    pub description: Option<String>,
    pub color: Option<String>,
    pub created_by: Option<String>,
    pub permissions: PermissionSet,
    /// `module:action` pairs that mean nothing here.
    pub unknown: Vec<String>,
}

/// A row of `feature_flags`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    pub tenant: Option<String>,
    pub enabled: bool,
    pub description: Option<String>,
}

/// A tenant with `deleted_at`, and what its log says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    pub at: Timestamp,
    pub by: Option<String>,
    pub reason: Option<String>,
    pub purge_at: Option<Timestamp>,
}

/// A row of `workspace_activity_logs`.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    pub workspace: String,
    pub user: String,
    pub action: String,
    pub details: Value,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub at: Timestamp,
}

/// Reads what is there of the later version in `schema`. Columns come as text, so that a slightly other type still reads.
pub async fn read(client: &Client, schema: &SchemaName) -> Result<Later, Error> {
    let found = client.query(TABLES, &[&schema.as_str()]).await?;
    let found: HashSet<String> = found.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let tables: Vec<&'static str> =
        WANTED.into_iter().chain(looks::TABLES).filter(|table| found.contains(*table)).collect();
    let has = |table: &str| tables.contains(&table);
    // Names are looked up in the schema that the operator named, for this session alone.
    client
        .execute("select set_config('search_path', quote_ident($1) || ', pg_catalog', false)", &[&schema.as_str()])
        .await?;
    let mut later = Later { tables: tables.clone(), ..Later::default() };
    if has("workspace_users") {
        later.members = client.query(MEMBERS, &[]).await?.iter().map(member).collect::<Result<_, _>>()?;
    }
    if has("workspace_invitations") {
        later.invitations = client.query(INVITATIONS, &[]).await?.iter().map(invitation).collect::<Result<_, _>>()?;
    }
    if has("workspace_custom_roles") {
        later.roles = custom_roles(client, has("workspace_role_permissions")).await?;
    }
    if has("feature_flags") {
        later.flags = client.query(FLAGS, &[&crate::store::FLAG]).await?.iter().map(flag).collect::<Result<_, _>>()?;
    }
    if !client.query(DELETED_COLUMN, &[&schema.as_str()]).await?.is_empty() {
        later.deleted = deletions(client, has("workspace_deletion_logs")).await?;
    }
    if has("workspace_activity_logs") {
        later.events = client.query(EVENTS, &[]).await?.iter().map(activity).collect::<Result<_, _>>()?;
    }
    later.shown = looks::shown(client, has).await?;
    if has("workspace_onboarding_progress") {
        later.progress = looks::progress(client).await?;
    }
    client.execute("select set_config('search_path', 'pg_catalog', false)", &[]).await?;
    Ok(later)
}

const WANTED: [&str; 7] = [
    "feature_flags",
    "workspace_activity_logs",
    "workspace_custom_roles",
    "workspace_deletion_logs",
    "workspace_invitations",
    "workspace_role_permissions",
    "workspace_users",
];

const TABLES: &str = "
    select c.relname::text from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 and c.relkind in ('r', 'p')";

const DELETED_COLUMN: &str = "
    select 1 from information_schema.columns
    where table_schema = $1 and table_name = 'tenants' and column_name = 'deleted_at'";

const MEMBERS: &str = "
    select workspace_id::text, user_id::text, role::text, coalesce(is_primary, false), invited_by::text,
           joined_at::timestamptz, last_accessed_at::timestamptz
    from workspace_users order by workspace_id, joined_at nulls last, user_id";

fn member(row: &tokio_postgres::Row) -> Result<Member, Error> {
    Ok(Member {
        workspace: row.try_get(0)?,
        user: row.try_get(1)?,
        role: row.try_get(2)?,
        is_primary: row.try_get(3)?,
        invited_by: row.try_get(4)?,
        joined_at: row.try_get(5)?,
        last_accessed_at: row.try_get(6)?,
    })
}

const INVITATIONS: &str = "
    select workspace_id::text, email::text, role::text, invited_by::text, status::text, expires_at::timestamptz,
           accepted_at::timestamptz, created_at::timestamptz
    from workspace_invitations order by workspace_id, created_at, email";

fn invitation(row: &tokio_postgres::Row) -> Result<Invitation, Error> {
    Ok(Invitation {
        workspace: row.try_get(0)?,
        email: row.try_get(1)?,
        role: row.try_get(2)?,
        invited_by: row.try_get(3)?,
        status: row.try_get(4)?,
        expires_at: row.try_get(5)?,
        accepted_at: row.try_get(6)?,
        created_at: row.try_get(7)?,
    })
}

const ROLES: &str = "
    select id::text, workspace_id::text, name::text, description::text, color::text, created_by::text
    from workspace_custom_roles order by workspace_id, name, id";

const ALLOWED: &str = "select role_id::text, module::text, action::text from workspace_role_permissions where allowed";

async fn custom_roles(client: &Client, with_permissions: bool) -> Result<Vec<CustomRole>, Error> {
    let mut roles: Vec<CustomRole> = Vec::new();
    for row in client.query(ROLES, &[]).await? {
        roles.push(CustomRole {
            id: row.try_get(0)?,
            workspace: row.try_get(1)?,
            name: row.try_get(2)?,
            description: row.try_get(3)?,
            color: row.try_get(4)?,
            created_by: row.try_get(5)?,
            permissions: PermissionSet::EMPTY,
            unknown: Vec::new(),
        });
    }
    let allowed = if with_permissions { client.query(ALLOWED, &[]).await? } else { Vec::new() };
    for row in allowed {
        let (id, module, action): (String, String, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let Some(role) = roles.iter_mut().find(|role| role.id == id) else { continue };
        match roles::permissions(&module, &action) {
            PermissionSet::EMPTY => role.unknown.push(format!("{module}:{action}")),
            permissions => role.permissions = role.permissions.union(permissions),
        }
    }
    Ok(roles)
}

const FLAGS: &str = "
    select tenant_id::text, enabled, description::text from feature_flags where key = $1 order by tenant_id nulls first";

fn flag(row: &tokio_postgres::Row) -> Result<Flag, Error> {
    Ok(Flag { tenant: row.try_get(0)?, enabled: row.try_get(1)?, description: row.try_get(2)? })
}

const DELETED: &str = "select id::text, deleted_at::timestamptz from tenants where deleted_at is not null";

const DELETION_LOGS: &str = "
    select distinct on (workspace_id) workspace_id::text, deleted_by::text, reason::text, scheduled_purge_at::timestamptz
    from workspace_deletion_logs where deleted_by is not null order by workspace_id, created_at desc";

async fn deletions(client: &Client, with_log: bool) -> Result<HashMap<String, Deletion>, Error> {
    let mut deleted = HashMap::new();
    for row in client.query(DELETED, &[]).await? {
        let deletion = Deletion { at: row.try_get(1)?, by: None, reason: None, purge_at: None };
        deleted.insert(row.try_get(0)?, deletion);
    }
    let logs = if with_log { client.query(DELETION_LOGS, &[]).await? } else { Vec::new() };
    for row in logs {
        let Some(deletion) = deleted.get_mut(row.try_get::<_, &str>(0)?) else { continue };
        (deletion.by, deletion.reason, deletion.purge_at) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    }
    Ok(deleted)
}

const EVENTS: &str = "
    select workspace_id::text, user_id::text, action::text, details::text, ip_address::text, user_agent::text,
           created_at::timestamptz
    from workspace_activity_logs order by workspace_id, created_at, id";

fn activity(row: &tokio_postgres::Row) -> Result<Activity, Error> {
    let details: Option<String> = row.try_get(3)?;
    let details = details.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
    Ok(Activity {
        workspace: row.try_get(0)?,
        user: row.try_get(1)?,
        action: row.try_get(2)?,
        details,
        ip: row.try_get(4)?,
        user_agent: row.try_get(5)?,
        at: row.try_get(6)?,
    })
}
