//! From the tables to the snapshot: everything at once, the flags alone, or one workspace.

use std::{collections::HashMap, sync::Arc};

use annex_policy::{FlagRow, FlagTable, Permission, PermissionSet, Rollout, Scope, SystemRole};
use tokio_postgres::{GenericClient, Row};

use super::postgres::PoolError;
use crate::snapshot::{Binding, Life, Restriction, Restrictions, Role, Schema, Snapshot, SnapshotHub, Workspace};

/// The one flag there is.
pub const FLAG: &str = "multi_workspace_enabled";

/// Why the snapshot could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("the schema annex is missing or older than this binary")]
    SchemaMissing,
    #[error("PostgreSQL cannot be read")]
    Read(#[from] PoolError),
}

impl From<tokio_postgres::Error> for LoadError {
    fn from(error: tokio_postgres::Error) -> Self {
        LoadError::Read(PoolError::Statement(error))
    }
}

/// Writes what it reads into the hub.
pub struct Loader {
    hub: Arc<SnapshotHub>,
    environment: bool,
    redis_on: bool,
    /// One load at a time: a reading from before a commit never lands over one from after it.
    turn: tokio::sync::Mutex<()>,
}

impl Loader {
    pub fn new(hub: Arc<SnapshotHub>, environment: bool, redis_on: bool) -> Self {
        Loader { hub, environment, redis_on, turn: tokio::sync::Mutex::new(()) }
    }

    pub fn hub(&self) -> &Arc<SnapshotHub> {
        &self.hub
    }

    /// Everything. What was remembered of workspaces and restrictions is replaced as a whole.
    pub async fn all(&self, client: &impl GenericClient) -> Result<(), LoadError> {
        let _turn = self.turn.lock().await;
        let flags = flag_table(client, self.environment, self.redis_on).await?;
        let workspaces = client.query(WORKSPACES, &[&None::<&str>]).await?;
        let natives = client.query(NATIVES, &[&None::<&str>]).await?;
        let guests = client.query(GUESTS, &[&None::<&str>]).await?;
        let shadows = shadows(client, None).await?;
        let bindings = client.query(BINDINGS, &[&None::<&[u8]>]).await?;
        let bindings = bindings.iter().map(binding).collect::<Result<_, _>>()?;
        let versions = workspaces.iter().map(version).collect::<Result<_, _>>()?;
        let workspaces = workspaces.iter().map(workspace).collect::<Result<_, _>>()?;
        let restrictions = by_workspace(&natives)?;
        let guests = guests.iter().map(|row| row.try_get::<_, &str>(0).map(Arc::from)).collect::<Result<_, _>>()?;
        self.hub
            .change(|next| {
                put_flags(next, flags);
                next.workspaces = workspaces;
                next.versions = versions;
                next.touched = imbl::HashMap::new();
                next.reread_at = next.revision.saturating_add(1);
                next.restrictions = restrictions.into_iter().map(|(id, some)| (id, Arc::new(some))).collect();
                next.guests = guests;
                next.shadow_users = imbl::HashMap::new();
                next.shadow_user_emails = imbl::HashSet::new();
                put_shadows(next, shadows);
                next.bindings = bindings;
            })
            .await;
        Ok(())
    }

    /// The flags, overrides and rollout.
    pub async fn flags(&self, client: &impl GenericClient) -> Result<(), LoadError> {
        let _turn = self.turn.lock().await;
        let flags = flag_table(client, self.environment, self.redis_on).await?;
        self.hub.change(|next| put_flags(next, flags)).await;
        Ok(())
    }

    /// One workspace: its row, its restricted natives, its guests.
    pub async fn workspace(&self, client: &impl GenericClient, id: &str) -> Result<(), LoadError> {
        let _turn = self.turn.lock().await;
        let row = client.query_opt(WORKSPACES, &[&Some(id)]).await?;
        let natives = client.query(NATIVES, &[&Some(id)]).await?;
        let guests = client.query(GUESTS, &[&Some(id)]).await?;
        let touched = client.query(TOUCHED, &[&id, &self.known_epoch(id)]).await?;
        let version = row.as_ref().map(version).transpose()?;
        let shadows = shadows(client, Some(id)).await?;
        let row = row.as_ref().map(workspace).transpose()?;
        let touched = touched.iter().map(|row| row.try_get::<_, &str>(0).map(Arc::from));
        let touched: Vec<Arc<str>> = touched.collect::<Result<_, _>>()?;
        let restrictions = by_workspace(&natives)?.remove(id);
        let guests: Vec<Arc<str>> =
            guests.iter().map(|row| row.try_get::<_, &str>(0).map(Arc::from)).collect::<Result<_, _>>()?;
        self.hub
            .change(|next| {
                match row {
                    // Two readers may arrive in either order; the higher epoch is the later truth.
                    Some((id, read)) if next.epoch_of(&id) <= read.epoch => drop(next.workspaces.insert(id, read)),
                    Some(_) => {}
                    None => drop(next.workspaces.remove(id)),
                }
                match restrictions {
                    Some(some) => drop(next.restrictions.insert(Arc::from(id), Arc::new(some))),
                    None => drop(next.restrictions.remove(id)),
                }
                for guest in guests {
                    next.guests.insert(guest);
                }
                match version {
                    Some((id, version)) => drop(next.versions.insert(id, version)),
                    None => drop(next.versions.remove(id)),
                }
                let revision = next.revision.saturating_add(1);
                for person in touched {
                    next.touched.insert(person, revision);
                }
                put_shadows(next, shadows);
            })
            .await;
        Ok(())
    }

    fn known_epoch(&self, id: &str) -> i64 {
        i64::try_from(self.hub.current().epoch_of(id)).unwrap_or(i64::MAX)
    }

    /// One binding of a refresh token.
    pub async fn binding(&self, client: &impl GenericClient, hash: &[u8; 32]) -> Result<(), LoadError> {
        let _turn = self.turn.lock().await;
        let row = client.query_opt(BINDINGS, &[&Some(hash.as_slice())]).await?;
        let read = row.as_ref().map(binding).transpose()?;
        self.hub
            .change(|next| match read {
                Some((hash, binding)) => drop(next.bindings.insert(hash, binding)),
                None => drop(next.bindings.remove(hash)),
            })
            .await;
        Ok(())
    }

    /// The schema went away or was never there: everything passes untouched.
    pub async fn schema_missing(&self) {
        if self.hub.current().schema == Schema::Missing {
            return;
        }
        let unknown = Snapshot::unknown(false, self.redis_on);
        self.hub
            .change(|next| {
                *next = Snapshot { revision: next.revision, ..unknown };
                next.schema = Schema::Missing;
                next.flags.loaded = true;
            })
            .await;
    }
}

/// The flag's table as it stands, `loaded`.
pub async fn flag_table(
    client: &impl GenericClient,
    environment: bool,
    redis_on: bool,
) -> Result<FlagTable, PoolError> {
    let mut table = FlagTable { environment, redis_on, ..FlagTable::default() };
    for row in client.query(FLAGS, &[&FLAG]).await? {
        let enabled: Option<bool> = row.try_get("enabled")?;
        let shadow = row.try_get::<_, &str>("mode")? == "shadow";
        table.rows.insert(scope(row.try_get("tenant_id")?), FlagRow { enabled, shadow });
    }
    for row in client.query(OVERRIDES, &[&FLAG]).await? {
        let at: &str = row.try_get("scope")?;
        table.overrides.insert(scope((at != "*").then_some(at)), row.try_get::<_, &str>("value")? == "on");
    }
    if let Some(row) = client.query_opt(ROLLOUT, &[&FLAG]).await? {
        let percentage = u8::try_from(row.try_get::<_, i32>("percentage")?).unwrap_or(100);
        let deny: Vec<String> = row.try_get("deny")?;
        let deny = deny.into_iter().map(String::into_boxed_str).collect();
        table.rollout = Rollout { percentage, deny, ..Rollout::default() };
    }
    table.loaded = true;
    Ok(table)
}

const FLAGS: &str = "select tenant_id, enabled, mode from annex.feature_flags where key = $1";

const OVERRIDES: &str = "select scope, value from annex.flag_overrides where key = $1 and state = 'active'";

const ROLLOUT: &str = "select percentage, deny from annex.rollout where key = $1";

const WORKSPACES: &str = "
    select tenant_id, sponsor_tenant_id, epoch, deleted_at is not null or purged_at is not null as deleted, version
    from annex.workspaces where $1::text is null or tenant_id = $1";

// A membership row carries the epoch that its own last change brought.
const TOUCHED: &str = "select user_id from annex.workspace_users where tenant_id = $1 and epoch > $2";

const BINDINGS: &str = "
    select token_hash, user_id, tenant_id from annex.refresh_bindings
    where expires_at > now() and ($1::bytea is null or token_hash = $1)";

const SHADOWS: &str = "
    select shadow_user_id, tenant_id, email from annex.shadow_users where $1::text is null or tenant_id = $1";

const GUESTS: &str = "
    select distinct user_id from annex.workspace_users where kind = 'joined' and ($1::text is null or tenant_id = $1)";

const NATIVES: &str = "
    select m.tenant_id, m.user_id, m.status, r.id as role_id, r.key as role_key, r.name as role_name,
           array(select p.permission from annex.workspace_role_permissions p where p.role_id = r.id) as permissions
    from annex.workspace_users m
    left join annex.workspace_roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
    where m.kind = 'native' and ($1::text is null or m.tenant_id = $1)";

/// Users row, workspace, address.
type Shadows = Vec<[Arc<str>; 3]>;

async fn shadows(client: &impl GenericClient, workspace: Option<&str>) -> Result<Shadows, tokio_postgres::Error> {
    let text = |row: &Row, name| row.try_get::<_, &str>(name).map(Arc::from);
    let rows = client.query(SHADOWS, &[&workspace]).await?;
    rows.iter().map(|row| Ok([text(row, "shadow_user_id")?, text(row, "tenant_id")?, text(row, "email")?])).collect()
}

/// Rows are never deleted, so none is taken out.
fn put_shadows(next: &mut Snapshot, shadows: Shadows) {
    for [id, workspace, email] in shadows {
        next.shadow_users.insert(id, workspace);
        next.shadow_user_emails.insert(email);
    }
}

fn put_flags(next: &mut Snapshot, flags: FlagTable) {
    next.flags = flags;
    next.schema = Schema::Ready;
}

fn scope(tenant: Option<&str>) -> Scope {
    tenant.map_or(Scope::Global, |tenant| Scope::Tenant(tenant.into()))
}

fn binding(row: &Row) -> Result<([u8; 32], Binding), tokio_postgres::Error> {
    let hash: &[u8] = row.try_get("token_hash")?;
    let binding = Binding {
        principal: Arc::from(row.try_get::<_, &str>("user_id")?),
        workspace: Arc::from(row.try_get::<_, &str>("tenant_id")?),
    };
    // The table's own check holds the length.
    Ok((hash.try_into().unwrap_or([0; 32]), binding))
}

fn workspace(row: &Row) -> Result<(Arc<str>, Workspace), tokio_postgres::Error> {
    let id: &str = row.try_get("tenant_id")?;
    Ok((Arc::from(id), workspace_of(row)?))
}

fn version(row: &Row) -> Result<(Arc<str>, i64), tokio_postgres::Error> {
    Ok((Arc::from(row.try_get::<_, &str>("tenant_id")?), row.try_get("version")?))
}

/// The part of a row that every exchange may need: columns `sponsor_tenant_id`, `epoch`, `deleted`.
pub fn workspace_of(row: &Row) -> Result<Workspace, tokio_postgres::Error> {
    Ok(Workspace {
        sponsor: row.try_get::<_, Option<&str>>("sponsor_tenant_id")?.map(Arc::from),
        epoch: u64::try_from(row.try_get::<_, i64>("epoch")?).unwrap_or(0),
        life: if row.try_get("deleted")? { Life::Deleted } else { Life::Alive },
    })
}

fn by_workspace(rows: &[Row]) -> Result<HashMap<Arc<str>, Restrictions>, tokio_postgres::Error> {
    let mut found: HashMap<Arc<str>, Restrictions> = HashMap::new();
    for row in rows {
        let restriction = match (row.try_get::<_, &str>("status")?, role(row)?) {
            ("active", Some(role)) => Restriction::Role(Arc::new(role)),
            _ => Restriction::Blocked,
        };
        let id: Arc<str> = Arc::from(row.try_get::<_, &str>("tenant_id")?);
        found.entry(id).or_default().insert(Arc::from(row.try_get::<_, &str>("user_id")?), restriction);
    }
    Ok(found)
}

/// The role of a row: columns `role_id`, `role_key`, `role_name`, `permissions`. System roles' permissions are the
/// policy's; a custom permission that the policy does not know grants nothing.
pub fn role(row: &Row) -> Result<Option<Role>, tokio_postgres::Error> {
    let Some(id) = row.try_get::<_, Option<uuid::Uuid>>("role_id")? else { return Ok(None) };
    let key: &str = row.try_get("role_key")?;
    let permissions = match key.parse::<SystemRole>() {
        Ok(system) => system.permissions(),
        Err(_) => row
            .try_get::<_, Vec<String>>("permissions")?
            .iter()
            .filter_map(|text| text.parse::<Permission>().ok())
            .collect::<PermissionSet>(),
    };
    Ok(Some(Role { id, key: Arc::from(key), name: Arc::from(row.try_get::<_, &str>("role_name")?), permissions }))
}
