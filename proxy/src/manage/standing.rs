//! Where the caller stands in the workspace that they ask about.
//!
//! **Invariant:** a workspace that does not exist and one that is not the caller's are told apart by nothing: the same
//! statements, the same answer (rule R2).

use annex_policy::{Lack, Mode, Permission, PermissionSet, Reason, RoleView, SystemRole, WorkspaceState};
use tokio_postgres::GenericClient;
use uuid::Uuid;

use crate::{
    crm::{Statements, may_be_member, native_role, user_by_id},
    identity::PrincipalKind,
    ports::{Asked, Denial, Denied},
    store::{
        PoolError,
        members::Kind,
        workspaces::{self, Place},
    },
};

/// A caller who may be here, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub kind: Kind,
    /// `None`: derived from the CRM's users row.
    pub role_id: Option<Uuid>,
    pub role_key: String,
    pub role_name: String,
    pub permissions: PermissionSet,
}

impl Standing {
    /// Reads where the caller stands, and refuses strangers, then what is deleted, then what is off.
    pub async fn read(client: &impl GenericClient, crm: &Statements, asked: &Asked<'_>) -> Result<Standing, Denied> {
        let (standing, state) = Self::find(client, crm, asked).await?;
        asked.life.check(state)?;
        Ok(standing)
    }

    /// Reads where the caller stands and what state the workspace is in; refuses strangers alone.
    pub async fn find(
        client: &impl GenericClient,
        crm: &Statements,
        asked: &Asked<'_>,
    ) -> Result<(Standing, WorkspaceState), Denied> {
        let user = user_by_id(client, crm, &asked.principal.id).await.map_err(PoolError::from).map_err(source)?;
        let home = &*asked.principal.home;
        let place = workspaces::place_of(client, asked.workspace, &asked.principal.id, home).await;
        let place = place.map_err(PoolError::from).map_err(source)?;
        // Whom the CRM lets in no more is a member of nothing, whatever our rows say.
        let user = user.filter(|user| may_be_member(crm, user));
        let state = state(asked, place.as_ref());
        let standing = user.and_then(|user| match asked.workspace == home {
            true if asked.principal.kind != PrincipalKind::Ordinary => None,
            true => native_role(crm, &user, home).and_then(|derived| at_home(derived, place)),
            false => place.and_then(joined),
        });
        Ok((standing.ok_or(Reason::AccessDenied)?, state))
    }

    /// Where somebody else stands, by their own rows: what they did is judged by what they could do now. `None`: they could
    /// not come in.
    pub async fn of(
        client: &impl GenericClient,
        crm: &Statements,
        workspace: &str,
        user: &str,
    ) -> Result<Option<Standing>, tokio_postgres::Error> {
        let user = user_by_id(client, crm, user).await?.filter(|user| may_be_member(crm, user));
        let Some(user) = user else { return Ok(None) };
        let place = workspaces::place_of(client, workspace, &user.id, &user.tenant).await?;
        Ok(match user.tenant == workspace {
            true => native_role(crm, &user, workspace).and_then(|derived| at_home(derived, place)),
            false => place.and_then(joined),
        })
    }

    /// Refuses whoever lacks `permission`.
    pub fn need(&self, permission: Permission) -> Result<(), Denial> {
        if self.permissions.contains(permission) { Ok(()) } else { Err(Denial::missing(permission)) }
    }

    /// Refuses whoever is not an Admin of the workspace, whatever permissions a custom role has.
    pub fn need_admin(&self) -> Result<(), Denial> {
        if self.is_admin() { Ok(()) } else { Err(Denial::AdminOnly) }
    }

    /// Refuses to put into a role what the caller lacks (rule R5).
    pub fn may_grant(&self, granted: PermissionSet) -> Result<(), Denial> {
        let missing = granted.difference(self.permissions);
        if missing.is_empty() { Ok(()) } else { Err(Denial::RoleExceedsCaller(missing)) }
    }

    /// Refuses to give a role, or to take it from somebody, that the caller could not: one judgement for every path.
    pub fn may_give(&self, role: RoleView<'_>) -> Result<(), Denial> {
        self.view().may_give(role).map_err(|lack| match lack {
            Lack::Permissions(missing) => Denial::RoleExceedsCaller(missing),
            Lack::Admin => Denial::AdminOnly,
        })
    }

    /// Whether they hold the role Admin.
    pub fn is_admin(&self) -> bool {
        self.view().is_admin()
    }

    /// Their role as the policy sees it.
    pub fn view(&self) -> RoleView<'_> {
        RoleView { key: &self.role_key, permissions: self.permissions }
    }
}

fn source(error: PoolError) -> Denied {
    Denied::Source(error.into())
}

fn state(asked: &Asked<'_>, place: Option<&Place>) -> WorkspaceState {
    match place {
        Some(place) => asked.snapshot.state_of_new(asked.workspace, &place.kept.row),
        None if asked.snapshot.evaluate(asked.workspace).mode == Mode::Enforce => WorkspaceState::On,
        None => WorkspaceState::Off,
    }
}

/// A native: the role that an Admin set, else the derived one; nobody who was removed or suspended.
pub(super) fn at_home(derived: SystemRole, place: Option<Place>) -> Option<Standing> {
    let Some(Place { membership: Some(_), is_active, role, .. }) = place else {
        return Some(Standing {
            kind: Kind::Native,
            role_id: None,
            role_key: derived.key().to_owned(),
            role_name: derived.name().to_owned(),
            permissions: derived.permissions(),
        });
    };
    role.filter(|_| is_active).map(|role| Standing {
        kind: Kind::Native,
        role_id: Some(role.id),
        role_key: role.key.to_string(),
        role_name: role.name.to_string(),
        permissions: role.permissions,
    })
}

/// A member who joined; nobody who was removed or suspended.
pub(super) fn joined(place: Place) -> Option<Standing> {
    let role = place.role.filter(|_| place.is_active)?;
    Some(Standing {
        kind: Kind::Joined,
        role_id: Some(role.id),
        role_key: role.key.to_string(),
        role_name: role.name.to_string(),
        permissions: role.permissions,
    })
}
