//! May they? Puts what is known before `annex_policy::authorize` and takes its word.

use std::sync::Arc;

use annex_policy::{
    Attempt, Feature, MatchPath, Method, Naming, Obligations, Place as PermitPlace, Reason, Standing as Stands,
    WorkspaceState, authorize,
};

use super::{Passage, Rejection, Rooms, rewrite};
use crate::{
    identity::{Principal, Standpoint},
    ports::{Found, Role, Standing},
    snapshot::{Life, Restriction, Snapshot},
};

/// Where the caller wants to act, and how they said so.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub workspace: &'a Arc<str>,
    pub naming: Naming,
    pub feature: Feature,
}

/// At home with the flag on: a native under the CRM's own rules, or narrowed by an Admin.
pub fn at_home(
    rooms: &Rooms,
    snapshot: &Snapshot,
    principal: &Principal,
    path: &str,
    method: Method,
) -> Result<(), Rejection> {
    let restriction = snapshot.restriction(&principal.home, &principal.id);
    let deleted = snapshot.workspaces.get(&principal.home).is_some_and(|known| known.life == Life::Deleted);
    if restriction.is_none() && !deleted {
        return Ok(());
    }
    // Only restricted people are matched strictly at home; everybody else's paths are the CRM's business.
    let path = MatchPath::parse(path).map_err(|_| Rejection::AmbiguousPath)?;
    let route = rooms.config.profile.routes.find(method, &path);
    let standing = match restriction {
        None => Stands::Native,
        Some(Restriction::Blocked) => Stands::Blocked,
        Some(Restriction::Role(role)) => Stands::Restricted { role: role.view() },
    };
    let workspace = if deleted { WorkspaceState::Deleted } else { WorkspaceState::On };
    let attempt = Attempt { workspace, feature: Feature::Has, naming: Naming::Named, standing, route: &route };
    permit(&attempt).map(|_| ())
}

/// In a workspace that is not home.
pub fn in_workspace(
    rooms: &Rooms,
    snapshot: &Snapshot,
    principal: &Principal,
    found: &Found,
    place: Place<'_>,
    path: &str,
    method: Method,
) -> Result<Passage, Rejection> {
    let path = MatchPath::parse(path).map_err(|_| Rejection::AmbiguousPath)?;
    let route = rooms.config.profile.routes.find(method, &path);
    let (standing, role) = match &found.standing {
        Standing::Stranger => (Stands::Stranger, None),
        Standing::Suspended => (Stands::Suspended, None),
        Standing::Member(role) => (Stands::Member { role: role.view() }, Some(role)),
    };
    let attempt = Attempt {
        workspace: found.state(snapshot, place.workspace),
        feature: place.feature,
        naming: place.naming,
        standing,
        route: &route,
    };
    match (permit(&attempt)?, role) {
        (PermitPlace::Home, _) => Ok(Passage::Home),
        (PermitPlace::Workspace, Some(role)) => enter(rooms, principal, place.workspace, role),
        (PermitPlace::Workspace, None) => Err(Rejection::Internal),
    }
}

fn permit(attempt: &Attempt<'_>) -> Result<PermitPlace, Rejection> {
    match authorize(attempt) {
        Ok(permit) if can_discharge(permit.obligations()) => Ok(permit.place()),
        Ok(_) => Err(Rejection::Refused(Reason::RouteNotMapped)),
        Err(refusal) => Err(Rejection::Refused(refusal.reason())),
    }
}

/// A permit with an obligation that nobody fulfils is no permit.
fn can_discharge(obligations: &Obligations) -> bool {
    obligations.is_empty()
}

fn enter(rooms: &Rooms, principal: &Principal, workspace: &Arc<str>, role: &Role) -> Result<Passage, Rejection> {
    let at = Standpoint { workspace, role: &role.key };
    rewrite::into_workspace(rooms, principal, at).map_err(|error| {
        tracing::error!(error = %error, "a permitted request could not be given a token");
        Rejection::Internal
    })
}
