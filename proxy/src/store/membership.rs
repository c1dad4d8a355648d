//! Membership from memory over Redis over PostgreSQL.
//!
//! **Invariant:** an answer counts only at the workspace epoch that the snapshot has, or a later one. A late answer of
//! a read that began before a revocation carries the older epoch and is worth nothing.
//! **Invariant:** memory is bounded by a number of entries, whoever asks for whatever.

mod shared;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use moka::{future, sync};

use super::{
    load,
    postgres::{PoolError, Postgres},
    redis::Redis,
};
use crate::{
    identity::{Principal, Shadow, Who},
    keyring::Keyring,
    ports::{Found, Memberships, Standing, Tier, Unavailable},
    snapshot::{Freshness, Snapshot, SnapshotHub, Workspace},
};

/// How long an answer is kept at most, whatever its epoch.
const KEPT: Duration = Duration::from_secs(600);

/// How often a person's question is asked anew after an answer that was already too old when it came.
const ATTEMPTS: u8 = 3;

/// Issuer, principal, workspace: two issuers with the same user id do not meet.
type Key = (Arc<str>, Arc<str>, Arc<str>);

/// The answer as memory keeps it.
#[derive(Debug, Clone)]
struct Remembered {
    standing: Standing,
    epoch: u64,
    workspace: Option<Workspace>,
    shadow: Option<Shadow>,
}

impl Remembered {
    fn found(self, tier: Tier) -> Found {
        let Remembered { standing, epoch, workspace, shadow } = self;
        Found { standing, epoch, tier, workspace, shadow }
    }
}

/// The port's implementation.
pub struct TieredMemberships {
    hub: Arc<SnapshotHub>,
    postgres: Postgres,
    redis: Option<Arc<Redis>>,
    keyring: Arc<Keyring>,
    remembered: sync::Cache<Key, Remembered>,
    /// One question at a time per key and epoch; an entry lives as long as its question.
    flights: future::Cache<(Key, u64), Remembered>,
    joined: sync::Cache<(Arc<str>, Arc<str>), Joined>,
}

/// The workspaces that a principal joined, at the revision at which they were read.
type Joined = (u64, Arc<[Arc<str>]>);

impl TieredMemberships {
    /// Remembers `capacity` answers at most, the negative ones included.
    pub fn new(
        hub: Arc<SnapshotHub>,
        postgres: Postgres,
        redis: Option<Arc<Redis>>,
        keyring: Arc<Keyring>,
        capacity: u64,
    ) -> Self {
        TieredMemberships {
            hub,
            postgres,
            redis,
            keyring,
            remembered: sync::Cache::builder().max_capacity(capacity).time_to_live(KEPT).build(),
            flights: future::Cache::builder().max_capacity(capacity).time_to_live(Duration::from_secs(5)).build(),
            joined: sync::Cache::builder().max_capacity(capacity).time_to_live(KEPT).build(),
        }
    }

    async fn ask(&self, principal: &Principal, workspace: &str) -> Result<Remembered, PoolError> {
        self.postgres
            .within(async {
                let client = self.postgres.get().await?;
                let row = client.query_opt(STANDING, &[&workspace, &&*principal.id]).await?;
                let Some(row) = row else {
                    return Ok(Remembered { standing: Standing::Stranger, epoch: 0, workspace: None, shadow: None });
                };
                let read = load::workspace_of(&row)?;
                let standing = match (row.try_get::<_, Option<&str>>("status")?, load::role(&row)?) {
                    (Some("active"), Some(role)) => Standing::Member(Arc::new(role)),
                    (Some("suspended"), _) => Standing::Suspended,
                    _ => Standing::Stranger,
                };
                let shadow = match row.try_get::<_, Option<&str>>("shadow_user_id")? {
                    Some(id) => Some(Shadow { id: id.into(), email: row.try_get::<_, &str>("shadow_email")?.into() }),
                    None => None,
                };
                Ok(Remembered { standing, epoch: read.epoch, workspace: Some(read), shadow })
            })
            .await
    }

    /// Asks Redis where its answer can be believed, else PostgreSQL.
    async fn fetch(&self, principal: &Principal, workspace: &str, epoch: u64) -> Result<(Remembered, Tier), PoolError> {
        let believable = epoch > 0 && self.hub.freshness() == Freshness::Leased;
        if let Some(redis) = self.redis.as_deref().filter(|_| believable)
            && let Some((role, shadow)) = shared::read(redis, &self.keyring, principal, workspace, epoch).await
        {
            let standing = Standing::Member(Arc::new(role));
            return Ok((Remembered { standing, epoch, workspace: None, shadow }, Tier::Redis));
        }
        let answer = self.ask(principal, workspace).await?;
        if let (Some(redis), Standing::Member(role)) = (&self.redis, &answer.standing) {
            let allow = shared::Allow { epoch: answer.epoch, role, shadow: answer.shadow.as_ref() };
            shared::write(redis, &self.keyring, principal, workspace, allow).await;
        }
        Ok((answer, Tier::Postgres))
    }
}

const STANDING: &str = "
    select w.sponsor_tenant_id, w.epoch, w.deleted_at is not null or w.purged_at is not null as deleted,
           m.status, r.id as role_id, r.key as role_key, r.name as role_name,
           s.shadow_user_id, s.email as shadow_email,
           array(select p.permission from annex.workspace_role_permissions p where p.role_id = r.id) as permissions
    from annex.workspaces w
    left join annex.workspace_users m on m.tenant_id = w.tenant_id and m.user_id = $2 and m.kind = 'joined'
    left join annex.workspace_roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
    left join annex.shadow_users s on s.tenant_id = m.tenant_id and s.user_id = m.user_id and s.deactivated_at is null
    where w.tenant_id = $1";

const JOINED: &str = "
    select tenant_id from annex.workspace_users where user_id = $1 and kind = 'joined' and status = 'active'";

#[async_trait]
impl Memberships for TieredMemberships {
    fn remembered(&self, snapshot: &Snapshot, principal: &Principal, workspace: &str) -> Option<Found> {
        if self.hub.freshness() == Freshness::Lapsed {
            return None;
        }
        // For a workspace that this node has not heard of, or whose row is gone, the epoch is 0: then only an answer
        // that found no row either counts, and hearing of the workspace ends that one too.
        let epoch = snapshot.epoch_of(workspace);
        let remembered = self.remembered.get(&key(principal, workspace))?;
        let counts = if epoch == 0 { remembered.epoch == 0 } else { remembered.epoch >= epoch };
        counts.then(|| remembered.found(Tier::Memory))
    }

    async fn standing(
        &self,
        snapshot: &Snapshot,
        principal: &Principal,
        workspace: &str,
    ) -> Result<Found, Unavailable> {
        let key = key(principal, workspace);
        let mut epoch = snapshot.epoch_of(workspace);
        for _ in 0..ATTEMPTS {
            let flight = (key.clone(), epoch);
            let mut asked = None;
            let answer = self
                .flights
                .try_get_with(flight.clone(), async {
                    let (answer, tier) = self.fetch(principal, workspace, epoch).await?;
                    asked = Some(tier);
                    Ok::<_, PoolError>(answer)
                })
                .await;
            self.flights.invalidate(&flight).await;
            let answer = answer.map_err(|error| {
                tracing::warn!(error = &*error as &dyn std::error::Error, "membership cannot be established");
                Unavailable
            })?;
            self.remembered.insert(key.clone(), answer.clone());
            let newest = self.hub.current().epoch_of(workspace);
            // The row went while the question was on its way: what it found then is worth nothing now.
            let vanished = epoch > 0 && newest == 0;
            if answer.epoch >= newest && !vanished {
                return Ok(answer.found(asked.unwrap_or(Tier::Postgres)));
            }
            epoch = newest;
        }
        Err(Unavailable)
    }

    async fn joined(&self, who: Who<'_>) -> Result<Arc<[Arc<str>]>, Unavailable> {
        let key = (Arc::clone(who.issuer), Arc::clone(who.id));
        let revision = self.hub.current().revision;
        let leased = self.hub.freshness() == Freshness::Leased;
        if let Some((_, joined)) = self.joined.get(&key).filter(|(read_at, _)| leased && *read_at == revision) {
            return Ok(joined);
        }
        let read = self
            .postgres
            .within(async {
                let client = self.postgres.get().await?;
                let rows = client.query(JOINED, &[&&**who.id]).await?;
                Ok(rows.iter().map(|row| row.try_get::<_, &str>(0).map(Arc::from)).collect::<Result<Arc<[_]>, _>>()?)
            })
            .await;
        let joined = read.map_err(|_| Unavailable)?;
        self.joined.insert(key, (revision, Arc::clone(&joined)));
        Ok(joined)
    }
}

fn key(principal: &Principal, workspace: &str) -> Key {
    (Arc::clone(&principal.issuer), Arc::clone(&principal.id), Arc::from(workspace))
}
