//! May they? Puts what is known before `annex_policy::authorize` and takes its word.

use std::sync::Arc;

use annex_policy::{
    Attempt, Feature, MatchPath, Method, Mode, Naming, Permit, Place as PermitPlace, RouteMatch, Standing as Stands,
    WorkspaceState, authorize,
};

use super::{Passage, Rejection, Rooms, evidence::Evidence, guard::Guard, rewrite};
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

/// What the request asks for.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    pub path: &'a str,
    pub method: Method,
}

/// What a permit gives: where to, and what must hold around it.
pub struct Permitted {
    pub passage: Passage,
    pub guard: Option<Guard>,
    /// The index of the route in the profile's table.
    pub route: Option<usize>,
    /// Whether the caller's own users row must allow it too.
    pub needs_admin_row: bool,
}

/// At home with the flag on: a native under the CRM's own rules, or narrowed by an Admin. `None`: nothing of ours
/// applies.
pub fn at_home(
    rooms: &Rooms,
    snapshot: &Snapshot,
    principal: &Principal,
    target: Target<'_>,
    evidence: &mut Evidence,
) -> Result<Option<Guard>, Rejection> {
    // The flag off restores what an Admin narrowed or deleted; what guests learned elsewhere they still know (rule R4).
    let on = snapshot.evaluate(&principal.home).mode == Mode::Enforce;
    let deleted = on && snapshot.workspaces.get(&principal.home).is_some_and(|known| known.life == Life::Deleted);
    let standing = match snapshot.restriction(&principal.home, &principal.id).filter(|_| on) {
        Some(Restriction::Blocked) => Stands::Blocked,
        Some(Restriction::Role(role)) => Stands::Restricted { role: role.view() },
        None if snapshot.guests.contains(&principal.id) => Stands::Guarded,
        None if deleted => Stands::Native,
        None => return Ok(None),
    };
    // Only these are matched strictly at home; everybody else's paths are the CRM's business.
    let path = MatchPath::parse(target.path).map_err(|_| Rejection::AmbiguousPath)?;
    let route = rooms.config.profile.routes.find(target.method, &path);
    evidence.route(&route);
    let workspace = match (on, deleted) {
        (false, _) => WorkspaceState::Off,
        (true, true) => WorkspaceState::Deleted,
        (true, false) => WorkspaceState::On,
    };
    let attempt = Attempt { workspace, feature: Feature::Has, naming: Naming::Named, standing, route: &route };
    let permit = authorize(&attempt).map_err(|refusal| Rejection::Refused(refusal.reason))?;
    evidence.permit(&permit);
    Ok(guard_of(&permit, &route, &principal.home))
}

/// In a workspace that is not home.
pub fn in_workspace(
    rooms: &Rooms,
    snapshot: &Snapshot,
    principal: &Principal,
    found: &Found,
    place: Place<'_>,
    target: Target<'_>,
    evidence: &mut Evidence,
) -> Result<Permitted, Rejection> {
    let path = MatchPath::parse(target.path).map_err(|_| Rejection::AmbiguousPath)?;
    let route = rooms.config.profile.routes.find(target.method, &path);
    evidence.route(&route);
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
    let permit = authorize(&attempt).map_err(|refusal| Rejection::Refused(refusal.reason))?;
    evidence.permit(&permit);
    let passage = match (permit.place(), role) {
        (PermitPlace::Home, _) => Passage::Home,
        (PermitPlace::Workspace, Some(role)) => enter(rooms, principal, found, place.workspace, role)?,
        (PermitPlace::Workspace, None) => return Err(Rejection::Internal),
    };
    let index = match &route {
        RouteMatch::Route { index, .. } => Some(*index),
        RouteMatch::Static | RouteMatch::None => None,
    };
    Ok(Permitted {
        passage,
        guard: guard_of(&permit, &route, place.workspace),
        route: index,
        needs_admin_row: permit.needs_admin_row(),
    })
}

/// Whether a member may stand in the workspace at all, whatever they will do there.
pub fn stands(snapshot: &Snapshot, found: &Found, place: Place<'_>) -> Result<(), Rejection> {
    let standing = match &found.standing {
        Standing::Stranger => Stands::Stranger,
        Standing::Suspended => Stands::Suspended,
        Standing::Member(role) => Stands::Member { role: role.view() },
    };
    let attempt = Attempt {
        workspace: found.state(snapshot, place.workspace),
        feature: place.feature,
        naming: place.naming,
        standing,
        route: &RouteMatch::Static,
    };
    authorize(&attempt).map(|_| ()).map_err(|refusal| Rejection::Refused(refusal.reason))
}

/// The guard that a permit's obligations ask for.
fn guard_of(permit: &Permit<'_>, route: &RouteMatch<'_>, workspace: &Arc<str>) -> Option<Guard> {
    let obligations = permit.obligations();
    let RouteMatch::Route { index, params, .. } = route else { return None };
    let idle = obligations.parent.is_empty() && obligations.body.is_none() && !obligations.redact;
    (!idle).then(|| Guard::new(*index, *params, Arc::clone(workspace)))
}

fn enter(
    rooms: &Rooms,
    principal: &Principal,
    found: &Found,
    workspace: &Arc<str>,
    role: &Role,
) -> Result<Passage, Rejection> {
    let shadow = match (rooms.has_shadow_users(), &found.shadow) {
        (false, _) => None,
        (true, Some(shadow)) => Some(shadow),
        (true, None) => {
            tracing::warn!(workspace.id = %workspace, "a member has no users row there; run `annex members sync`");
            return Err(Rejection::ContextUnavailable);
        }
    };
    let at = Standpoint { workspace, role: &role.key, shadow };
    rewrite::into_workspace(rooms, principal, at).map_err(|error| {
        tracing::error!(error = %error, "a permitted request could not be given a token");
        Rejection::Internal
    })
}
