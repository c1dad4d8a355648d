//! A person's workspaces: rows of ours beside rows of the CRM, in one transaction where something changes.

use std::{collections::HashMap, sync::Arc};

use annex_policy::{PermissionSet, Reason, SystemRole, WorkspaceState};
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;
use tokio_postgres::{GenericClient, Transaction};
use uuid::Uuid;

use super::{
    Directory, Signboard, Statements, User, create_tenant, may_be_member, memberships, native_role, tenant_names,
    user_by_id,
};
use crate::{
    brand::Logo,
    identity::{Principal, PrincipalKind},
    ports::{
        CreateError, Created, Draft, EnterError, Once, Seat, SeatKey, SeatPage, SeatRole, SeatStatus, SourceError,
        Trail, Workspaces,
    },
    snapshot::{Life, Snapshot},
    store::{
        Announcer, Changed, PoolError, Postgres,
        audit::{self, Action, Event},
        branding::BrandRow,
        idempotency::{self, Claim},
        onboarding,
        workspaces::{self, NewWorkspace, Place},
    },
};

/// The port over the pool.
pub struct Seats {
    postgres: Postgres,
    crm: Arc<Statements>,
    directory: Arc<Directory>,
    announcer: Arc<Announcer>,
    signboard: Signboard,
    most_created: u32,
}

impl Seats {
    pub fn new(
        postgres: Postgres,
        crm: Arc<Statements>,
        directory: Arc<Directory>,
        announcer: Arc<Announcer>,
        signboard: Signboard,
        most_created: u32,
    ) -> Self {
        Seats { postgres, crm, directory, announcer, signboard, most_created }
    }

    async fn page(
        &self,
        client: &impl GenericClient,
        principal: &Principal,
        after: Option<&SeatKey>,
        limit: usize,
    ) -> Result<SeatPage, PoolError> {
        let (id, home) = (&*principal.id, &*principal.home);
        let Some(user) = self.member_now(client, principal).await? else { return Ok(SeatPage::default()) };
        let (native, at_home) = match after {
            None => {
                let is_ordinary = principal.kind == PrincipalKind::Ordinary;
                let native = is_ordinary.then(|| native_role(&self.crm, &user, home)).flatten();
                (native, workspaces::place_of(client, home, id, home).await?)
            }
            Some(_) => (None, None),
        };
        let room = limit.saturating_sub(usize::from(native.is_some()));
        let from = after.map(|after| match after {
            SeatKey::Home => (Timestamp::UNIX_EPOCH, ""),
            SeatKey::Joined { at, workspace } => (*at, workspace.as_str()),
        });
        let asked = i64::try_from(room.saturating_add(1)).unwrap_or(i64::MAX);
        let mut places = workspaces::joined_by(client, id, home, from, Some(asked)).await?;
        let more = places.len() > room;
        places.truncate(room);
        let last = places.last().map_or(Some(SeatKey::Home), place_key);
        let mut ids: Vec<String> = places.iter().map(|place| place.kept.workspace.clone()).collect();
        ids.push(home.to_owned());
        let mut names = tenant_names(client, &self.crm, &ids).await?;
        let home = native.and_then(|role| home_seat(principal, role, at_home, &mut names));
        let joined = places.into_iter().filter_map(|place| joined_seat(place, &mut names));
        Ok(SeatPage { seats: home.into_iter().chain(joined).collect(), next: last.filter(|_| more) })
    }

    /// The users row of somebody who may be a member of anything.
    async fn member_now(
        &self,
        client: &impl GenericClient,
        principal: &Principal,
    ) -> Result<Option<Arc<User>>, tokio_postgres::Error> {
        let user = self.directory.user_now(client, principal).await?;
        Ok(user.filter(|user| may_be_member(&self.crm, user)))
    }

    /// The transaction of a creation that is done once, up to its commit.
    async fn make_once(
        &self,
        transaction: &mut Transaction<'_>,
        principal: &Principal,
        draft: &Draft,
        once: Option<&Once>,
        trail: &Trail,
    ) -> Result<Created, Uncreated> {
        let Some(once) = once else { return self.make(transaction, principal, draft, trail).await };
        match idempotency::claim(&*transaction, once).await? {
            Claim::New => {}
            Claim::Done(result) => return serde_json::from_value(result).map_err(|_| Uncreated::KeyReused),
            Claim::Reused => return Err(Uncreated::KeyReused),
            Claim::UnderWay => return Err(Uncreated::UnderWay),
        }
        let created = self.make(transaction, principal, draft, trail).await?;
        idempotency::keep(&*transaction, once, &json!(created)).await?;
        Ok(created)
    }

    /// The transaction of a creation, up to its commit.
    async fn make(
        &self,
        transaction: &mut Transaction<'_>,
        principal: &Principal,
        draft: &Draft,
        trail: &Trail,
    ) -> Result<Created, Uncreated> {
        let user = user_by_id(&*transaction, &self.crm, &principal.id).await?;
        let home = principal.home.as_ref();
        if user.and_then(|user| native_role(&self.crm, &user, home)).is_none() {
            return Err(Uncreated::NoSponsor);
        }
        let made = workspaces::created_by(&*transaction, &principal.id).await?;
        if made >= i64::from(self.most_created) {
            return Err(Uncreated::TooMany);
        }
        let id = Uuid::new_v4().to_string();
        create_tenant(&*transaction, &self.crm, &id, &draft.name, draft.currency.as_deref()).await?;
        let new = NewWorkspace {
            id: &id,
            sponsor: home,
            creator: &principal.id,
            business_type: draft.business_type.as_deref(),
            currency: draft.currency.as_deref(),
            time_zone: draft.time_zone.as_deref(),
        };
        let made = memberships::found(&*transaction, &self.crm, new).await?;
        onboarding::begin(&*transaction, &id).await?;
        let logo_url = match &draft.logo {
            Some(logo) => Some(self.hang(transaction, &id, logo, &principal.id).await?),
            None => None,
        };
        let details = json!({ "name": draft.name, "sponsor": home, "businessType": draft.business_type });
        let event =
            Event { workspace: Some(&id), action: Action::WorkspaceCreated, target: ("workspace", &id), details };
        audit::append(&*transaction, trail, &event).await?;
        let workspaces::Made { membership, role_id, created_at } = made;
        Ok(Created { workspace: id, membership, role_id, created_at, logo_url })
    }

    /// The logo that a workspace begins with; its path.
    async fn hang(
        &self,
        transaction: &mut Transaction<'_>,
        id: &str,
        logo: &Logo,
        by: &str,
    ) -> Result<String, PoolError> {
        let (name, path) = self.signboard.hang(&*transaction, id, logo).await?;
        let row = BrandRow { logo: Some(name), ..BrandRow::default() };
        self.signboard.put(transaction, id, row, Some(&path), by).await?;
        Ok(path)
    }
}

/// Why a creation's transaction is rolled back.
enum Uncreated {
    NoSponsor,
    TooMany,
    KeyReused,
    UnderWay,
    Pool(PoolError),
}

impl<E: Into<PoolError>> From<E> for Uncreated {
    fn from(error: E) -> Self {
        Uncreated::Pool(error.into())
    }
}

#[async_trait]
impl Workspaces for Seats {
    async fn list(
        &self,
        principal: &Principal,
        after: Option<&SeatKey>,
        limit: usize,
    ) -> Result<SeatPage, SourceError> {
        let listed = self.postgres.within(async {
            let client = self.postgres.get().await?;
            self.page(&**client, principal, after, limit).await
        });
        Ok(listed.await?)
    }

    async fn one(&self, principal: &Principal, workspace: &str) -> Result<Option<Seat>, SourceError> {
        let found = self.postgres.within(async {
            let client = self.postgres.get().await?;
            if self.member_now(&**client, principal).await?.is_none() {
                return Ok::<_, PoolError>(None);
            }
            let place = workspaces::place_of(&**client, workspace, &principal.id, &principal.home).await?;
            let mut names = tenant_names(&**client, &self.crm, &[workspace.to_owned()]).await?;
            let open = place.filter(|place| place.is_active && place.kept.row.life == Life::Alive);
            Ok(open.and_then(|place| joined_seat(place, &mut names)))
        });
        Ok(found.await?)
    }

    async fn create(
        &self,
        principal: &Principal,
        draft: &Draft,
        once: Option<&Once>,
        trail: &Trail,
    ) -> Result<Created, CreateError> {
        if principal.kind != PrincipalKind::Ordinary {
            return Err(CreateError::NoSponsor);
        }
        let attempt = async {
            let mut client = self.postgres.get().await?;
            let mut transaction = client.transaction().await?;
            let created = self.make_once(&mut transaction, principal, draft, once, trail).await?;
            transaction.commit().await?;
            Ok(created)
        };
        let created = match tokio::time::timeout(self.postgres.patience, attempt).await {
            Ok(Ok(created)) => created,
            Ok(Err(Uncreated::NoSponsor)) => return Err(CreateError::NoSponsor),
            Ok(Err(Uncreated::TooMany)) => return Err(CreateError::TooMany { limit: self.most_created }),
            Ok(Err(Uncreated::KeyReused)) => return Err(CreateError::KeyReused),
            Ok(Err(Uncreated::UnderWay)) => return Err(CreateError::UnderWay),
            Ok(Err(Uncreated::Pool(error))) => return Err(CreateError::Source(error.into())),
            Err(_) => return Err(CreateError::Source(PoolError::Timeout.into())),
        };
        self.announcer.announce(Changed::Workspace(&created.workspace)).await;
        Ok(created)
    }

    async fn enter(
        &self,
        principal: &Principal,
        snapshot: &Snapshot,
        workspace: &str,
        trail: &Trail,
    ) -> Result<(), EnterError> {
        let entered = self.postgres.within(async {
            let mut client = self.postgres.get().await?;
            let transaction = client.transaction().await?;
            if let Some(reason) = self.refusal(&transaction, principal, snapshot, workspace).await? {
                return Ok(Err(reason));
            }
            workspaces::touch(&transaction, workspace, &principal.id).await?;
            let event = Event {
                workspace: Some(workspace),
                action: Action::WorkspaceSwitched,
                target: ("workspace", workspace),
                details: json!({ "from": principal.active_workspace.as_deref().unwrap_or(&principal.home) }),
            };
            audit::append(&transaction, trail, &event).await?;
            transaction.commit().await?;
            Ok(Ok(()))
        });
        entered.await.map_err(SourceError::from)?.map_err(EnterError::Refused)
    }
}

impl Seats {
    /// Rule R2: a stranger learns nothing; a member learns that it is deleted or off.
    async fn refusal(
        &self,
        transaction: &Transaction<'_>,
        principal: &Principal,
        snapshot: &Snapshot,
        workspace: &str,
    ) -> Result<Option<Reason>, PoolError> {
        if *workspace == *principal.home {
            let native = self.directory.native_now(transaction, principal).await?.is_some();
            return Ok((!native).then_some(Reason::AccessDenied));
        }
        if self.member_now(transaction, principal).await?.is_none() {
            return Ok(Some(Reason::AccessDenied));
        }
        let Some((row, Some(_))) = workspaces::standing(transaction, workspace, &principal.id).await? else {
            return Ok(Some(Reason::AccessDenied));
        };
        Ok(match snapshot.state_of_new(workspace, &row) {
            WorkspaceState::On => None,
            WorkspaceState::Deleted => Some(Reason::WorkspaceDeleted),
            WorkspaceState::Off => Some(Reason::FeatureDisabled),
            WorkspaceState::Absent => Some(Reason::AccessDenied),
        })
    }
}

/// A native's home; without a row the role is the derived one.
fn home_seat(
    principal: &Principal,
    derived: SystemRole,
    place: Option<Place>,
    names: &mut HashMap<String, String>,
) -> Option<Seat> {
    let name = names.remove(&*principal.home)?;
    let role = SeatRole {
        id: None,
        key: derived.key().to_owned(),
        name: derived.name().to_owned(),
        permissions: derived.permissions(),
    };
    let Some(place) = place else {
        return Some(Seat {
            membership: None,
            workspace: principal.home.to_string(),
            is_home: true,
            role,
            status: SeatStatus::Active,
            invited_by: None,
            joined_at: None,
            last_accessed_at: None,
            created_at: None,
            name,
            logo_url: None,
            business_type: None,
            currency: None,
            time_zone: None,
            workspace_created_at: None,
            deleted_at: None,
            owner: None,
            row: None,
        });
    };
    let status = match (place.membership, place.is_active) {
        (Some(_), false) => SeatStatus::Blocked,
        (None, _) | (Some(_), true) => SeatStatus::Active,
    };
    let role = match (&place.role, status) {
        (Some(set), SeatStatus::Active) => seat_role(set),
        (_, SeatStatus::Blocked) => SeatRole { permissions: PermissionSet::EMPTY, ..role },
        (None, SeatStatus::Active) => role,
    };
    Some(Seat { is_home: true, status, ..seat(place, role, name) })
}

fn place_key(place: &Place) -> Option<SeatKey> {
    place.joined_at.map(|at| SeatKey::Joined { at, workspace: place.kept.workspace.clone() })
}

/// A joined workspace; one whose tenant vanished from the CRM is nowhere to go.
fn joined_seat(place: Place, names: &mut HashMap<String, String>) -> Option<Seat> {
    let name = names.remove(&place.kept.workspace)?;
    let role = seat_role(place.role.as_ref()?);
    Some(seat(place, role, name))
}

fn seat(place: Place, role: SeatRole, tenant_name: String) -> Seat {
    let kept = place.kept;
    Seat {
        membership: place.membership,
        workspace: kept.workspace,
        is_home: false,
        role,
        status: SeatStatus::Active,
        invited_by: place.invited_by,
        joined_at: place.joined_at,
        last_accessed_at: place.last_accessed_at,
        created_at: place.created_at,
        name: kept.name.unwrap_or(tenant_name),
        logo_url: kept.logo_url,
        business_type: kept.business_type,
        currency: kept.currency,
        time_zone: kept.time_zone,
        workspace_created_at: Some(kept.created_at),
        deleted_at: kept.deleted_at,
        owner: kept.owner,
        row: Some(kept.row),
    }
}

fn seat_role(role: &crate::ports::Role) -> SeatRole {
    SeatRole {
        id: Some(role.id),
        key: role.key.to_string(),
        name: role.name.to_string(),
        permissions: role.permissions,
    }
}
