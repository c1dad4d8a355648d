//! Which workspace a request acts in (rules R3 and R4), and with what right.
//!
//! The order is the rule: our own paths; nothing on anywhere; routes that are always at home; who asks; what is
//! named; home; the flag of the workspace; membership; the decision.
//!
//! **Invariant:** a request that names a workspace is served in it or refused. An error never falls back to home.

use std::sync::Arc;

use annex_config::{Inject, RewriteKind};
use annex_policy::{Feature, MatchPath, Method, Mode, Naming, RouteClass, RouteMatch, WorkspaceState};
use pingora::http::RequestHeader;

use super::{
    Exchange, Passage, Received, Rejection, Room, Rooms,
    answer::{Adding, Among, Answer, At},
    canary::Canary,
    decide::{self, Place, Target},
    evidence::CanaryFact,
    flag,
    identify::identify,
    inject::is_navigation,
    marker,
    receive::{is_invite, is_own},
    refresh::{Refresh, is_refresh},
    shadow_user,
};
use crate::{
    identity::{IdentifyError, Principal, PrincipalKind, Vouched},
    ports::{Found, Standing},
    snapshot::Snapshot,
};

/// Finds the passage of an exchange whose head was received.
pub async fn contextualize(rooms: &Rooms, exchange: &mut Exchange, head: &RequestHeader) -> Result<Passage, Rejection> {
    let Some(received) = exchange.received.clone() else { return Err(Rejection::Internal) };
    if received.names.pinned.is_none() && is_own(&received.path) {
        return Ok(Passage::Own(Room::Api));
    }
    shadow_user::judge(rooms, exchange, head, &received)?;
    let snapshot = Arc::clone(&exchange.snapshot);
    if passes_without_a_look(&snapshot, &received) {
        return Ok(Passage::Untouched);
    }
    if received.names.pinned.is_none() && snapshot.anything_on && is_safe(&head.method) && is_invite(&received.path) {
        return Ok(Passage::Own(Room::Api));
    }
    if is_visit(rooms, exchange, head, &received).await {
        return Ok(Passage::Own(Room::Api));
    }
    let method = Method::parse(head.method.as_str());
    let lenient = MatchPath::lenient(&received.path);
    let route = rooms.config.profile.routes.find(method, &lenient);
    if is_refresh(rooms, &route) && !(snapshot.bindings.is_empty() && snapshot.shadow_users.is_empty()) {
        exchange.refresh = Some(Refresh::default());
    }
    if is_always_at_home(&route) {
        return match about_the_caller(rooms, &route) {
            Some(index) => as_seen_from_a_workspace(rooms, exchange, head, &received, index).await,
            None => Ok(at_home(&received, &snapshot)),
        };
    }
    let principal = match identify(rooms, head) {
        Ok(principal) => principal,
        Err(error) => return without_principal(&received, &error),
    };
    exchange.principal = Some(Arc::clone(&principal));
    let target = Target { path: &received.path, method };
    match named_workspace(&received, &principal, &snapshot, rooms).await? {
        Destination::Untouched => Ok(Passage::Untouched),
        Destination::Home => {
            if let RouteMatch::Route { index, .. } = &route {
                exchange.answer = people_at_home(rooms, &snapshot, &principal.home, *index).await;
            }
            home(rooms, exchange, &principal, &received, target)
        }
        Destination::Workspace { workspace, naming } => {
            foreign(rooms, exchange, &principal, target, &workspace, naming).await
        }
    }
}

/// Learns who asks for a document, and tells whether it is one of ours: our pages stand beside the CRM's for people who
/// have the feature, or for everybody, by the operator's choice.
async fn is_visit(rooms: &Rooms, exchange: &mut Exchange, head: &RequestHeader, received: &Received) -> bool {
    if received.names.pinned.is_some() || !exchange.snapshot.anything_on || !is_navigation(head) {
        return false;
    }
    let snapshot = Arc::clone(&exchange.snapshot);
    exchange.visitor = marker::visitor(rooms, &snapshot, head).await;
    let is_theirs = exchange.visitor.is_some() || rooms.config.ui.inject == Inject::Any;
    is_theirs && rooms.ui.page(&received.path).is_some()
}

/// Only what reads is led elsewhere.
fn is_safe(method: &http::Method) -> bool {
    matches!(*method, http::Method::GET | http::Method::HEAD)
}

/// With nothing on anywhere, nobody is asked anything, unless there are shadow users: they are nobody in every mode.
/// Before the first load a name is not passed over: rule R1 wants 503 for it, and a name may stand in the claims as well.
fn passes_without_a_look(snapshot: &Snapshot, received: &Received) -> bool {
    received.names.pinned.is_none() && !snapshot.anything_on && snapshot.is_loaded() && snapshot.shadow_users.is_empty()
}

/// Register, login, refresh, logout, own profile, public pages, and everything outside the API prefixes.
fn is_always_at_home(route: &RouteMatch<'_>) -> bool {
    match route {
        RouteMatch::Static => true,
        RouteMatch::Route { route, .. } => matches!(route.class, RouteClass::Home),
        RouteMatch::None => false,
    }
}

/// The index of a route whose answer is about the caller, by the profile.
fn about_the_caller(rooms: &Rooms, route: &RouteMatch<'_>) -> Option<usize> {
    let RouteMatch::Route { index, .. } = route else { return None };
    (rooms.answers.kind_of(*index)? == RewriteKind::Identity).then_some(*index)
}

/// A home route whose answer is corrected for the workspace that is named, if the caller is a member there and it is
/// on. For everybody else it stays what it is: theirs, at home.
async fn as_seen_from_a_workspace(
    rooms: &Rooms,
    exchange: &mut Exchange,
    head: &RequestHeader,
    received: &Received,
    index: usize,
) -> Result<Passage, Rejection> {
    let snapshot = Arc::clone(&exchange.snapshot);
    let Ok(principal) = identify(rooms, head) else { return Ok(at_home(received, &snapshot)) };
    exchange.principal = Some(Arc::clone(&principal));
    // A home route ignores its context (rule R3), so what is wrong with the context, or cannot be known, is no error.
    let destination = named_workspace(received, &principal, &snapshot, rooms).await;
    let Ok(Destination::Workspace { workspace, .. }) = destination else { return Ok(at_home(received, &snapshot)) };
    if principal.may_have_feature() && snapshot.state_of(&workspace) == WorkspaceState::On {
        let found = standing(rooms, exchange, &principal, &workspace).await;
        if let Ok(Found { standing: Standing::Member(role), shadow, .. }) = &found {
            let at = At { workspace: &workspace, role, shadow: shadow.as_ref().filter(|_| rooms.has_shadow_users()) };
            exchange.answer = rooms.answers.identity(index, &rooms.config.profile, &principal, at);
            exchange.mode = Mode::Enforce;
            exchange.workspace = Some(Arc::clone(&workspace));
            return Ok(Passage::Home);
        }
    }
    Ok(at_home(received, &snapshot))
}

/// The caller's standing in a workspace, from memory if it may be.
pub(super) async fn standing(
    rooms: &Rooms,
    exchange: &mut Exchange,
    principal: &Principal,
    workspace: &str,
) -> Result<Found, Rejection> {
    let snapshot = Arc::clone(&exchange.snapshot);
    let found = match rooms.memberships.remembered(&snapshot, principal, workspace) {
        Some(found) => found,
        None => rooms
            .memberships
            .standing(&snapshot, principal, workspace)
            .await
            .map_err(|_| Rejection::ContextUnavailable)?,
    };
    exchange.tier = Some(found.tier);
    exchange.evidence.membership(&found);
    rooms.metrics.membership(found.tier);
    Ok(found)
}

/// Untouched where nothing of ours is in the request; with our names taken out where it was pinned.
fn at_home(received: &Received, snapshot: &Snapshot) -> Passage {
    if received.names.pinned.is_some() || (snapshot.anything_on && received.names.any()) {
        Passage::Home
    } else {
        Passage::Untouched
    }
}

/// Rule R3: a credential that does not verify is refused only where the request names a workspace.
fn without_principal(received: &Received, error: &IdentifyError) -> Result<Passage, Rejection> {
    tracing::debug!(identify.error = error.label(), "no principal");
    if received.names.any() { Err(Rejection::Unauthenticated) } else { Ok(Passage::Untouched) }
}

/// Where a request wants to go.
enum Destination {
    /// As before Annex: the caller lacks the feature and nothing on is named.
    Untouched,
    Home,
    Workspace {
        workspace: Arc<str>,
        naming: Naming,
    },
}

async fn named_workspace(
    received: &Received,
    principal: &Principal,
    snapshot: &Snapshot,
    rooms: &Rooms,
) -> Result<Destination, Rejection> {
    let names = &received.names;
    let agreed = match names.agreed() {
        Ok(agreed) => agreed,
        // A name that is no name: an error for people who have the feature, noise for everybody else.
        Err(rejection) if names.pinned.is_some() => return Err(rejection),
        Err(rejection) => {
            return match feature(rooms, snapshot, principal).await? {
                Feature::Has => Err(rejection),
                Feature::Lacks => Ok(Destination::Untouched),
            };
        }
    };
    let workspace: Arc<str> = match (agreed, &principal.active_workspace) {
        (Some(named), _) => Arc::from(named),
        (None, Some(claimed)) => Arc::clone(claimed),
        (None, None) => return Ok(Destination::Home),
    };
    if workspace == principal.home {
        return Ok(Destination::Home);
    }
    if !snapshot.is_loaded() {
        return Err(Rejection::ContextUnavailable);
    }
    let naming = if names.pinned.is_some() { Naming::Pinned } else { Naming::Named };
    Ok(Destination::Workspace { workspace, naming })
}

/// At home: under the CRM's own rules, narrowed by what an Admin set, and guarded for people who know ids of other
/// workspaces (rule R4).
fn home(
    rooms: &Rooms,
    exchange: &mut Exchange,
    principal: &Arc<Principal>,
    received: &Received,
    target: Target<'_>,
) -> Result<Passage, Rejection> {
    let snapshot = Arc::clone(&exchange.snapshot);
    let on = flag::home_is_on(&snapshot, principal.who());
    exchange.evidence.flag(&snapshot, &principal.home);
    if principal.kind == PrincipalKind::Ordinary {
        exchange.attempted = snapshot.workspaces.contains_key(&principal.home).then(|| Arc::clone(&principal.home));
        let evidence = &mut exchange.evidence;
        exchange.guard = decide::at_home(rooms, &snapshot, principal, target, evidence)?;
    }
    if on {
        exchange.mode = Mode::Enforce;
    }
    let touched = exchange.guard.is_some() || received.names.pinned.is_some() || (on && received.names.any());
    Ok(if touched { Passage::Home } else { Passage::Untouched })
}

/// A list of the home's people in which shadow users stand: whoever they stand for is shown. With the stores down the
/// CRM's own answer passes, which names the same people by their rows.
async fn people_at_home(rooms: &Rooms, snapshot: &Snapshot, home: &str, index: usize) -> Option<Answer> {
    let concerned = rooms.answers.kind_of(index) == Some(RewriteKind::People) && !snapshot.shadow_users.is_empty();
    if !concerned || !snapshot.shadow_users.values().any(|workspace| **workspace == *home) {
        return None;
    }
    let joined = rooms.people.joined(home).await.ok()?;
    let among = Among { workspace: home, joined: &joined, shadows: &snapshot.shadow_users, adding: Adding::Nobody };
    rooms.answers.people(index, &rooms.config.profile, among)
}

/// In a workspace that is not home.
async fn foreign(
    rooms: &Rooms,
    exchange: &mut Exchange,
    principal: &Arc<Principal>,
    target: Target<'_>,
    workspace: &Arc<str>,
    naming: Naming,
) -> Result<Passage, Rejection> {
    let snapshot = Arc::clone(&exchange.snapshot);
    exchange.evidence.flag(&snapshot, workspace);
    let state = snapshot.state_of(workspace);
    let feature = feature_towards(rooms, &snapshot, principal, state).await?;
    if feature == Feature::Lacks && naming == Naming::Named && state != WorkspaceState::On {
        return Ok(Passage::Untouched);
    }
    if principal.vouched == Vouched::LongLived {
        return Err(Rejection::NotABearer);
    }
    exchange.mode = Mode::Enforce;
    let found = standing(rooms, exchange, principal, workspace).await?;
    if !matches!(found.standing, Standing::Stranger) {
        exchange.attempted = Some(Arc::clone(workspace));
    }
    let place = Place { workspace, naming, feature };
    let evidence = &mut exchange.evidence;
    let permitted = decide::in_workspace(rooms, &snapshot, principal, &found, place, target, evidence)?;
    if permitted.needs_admin_row {
        let row = found.shadow.as_ref().filter(|_| rooms.has_shadow_users()).map_or(&principal.id, |shadow| &shadow.id);
        require_admin_row(rooms, row).await?;
    }
    if let Some(index) = permitted.route
        && rooms.answers.kind_of(index) == Some(RewriteKind::People)
    {
        let joined = rooms.people.joined(workspace).await.map_err(|_| Rejection::ContextUnavailable)?;
        let adding = if rooms.has_shadow_users() { Adding::Nobody } else { Adding::WhoeverIsMissing };
        let among = Among { workspace, joined: &joined, shadows: &snapshot.shadow_users, adding };
        exchange.answer = rooms.answers.people(index, &rooms.config.profile, among);
    }
    watch_answer(rooms, exchange, workspace, permitted.route);
    if let Standing::Member(role) = &found.standing {
        exchange.held = Some(role.permissions);
    }
    exchange.guard = permitted.guard;
    exchange.workspace = Some(Arc::clone(workspace));
    Ok(permitted.passage)
}

/// Has the answer read for what is another tenant's, if it is one of the sample.
fn watch_answer(rooms: &Rooms, exchange: &mut Exchange, workspace: &Arc<str>, route: Option<usize>) {
    let route = route.and_then(|index| rooms.config.profile.routes.routes().get(index));
    let Some(RouteClass::Mapped(permission, _)) = route.map(|route| &route.class) else { return };
    exchange.canary = Canary::sample(rooms, &exchange.snapshot, workspace, permission.module);
    exchange.evidence.canary = exchange.canary.as_ref().map(|canary| CanaryFact {
        reading: canary.describe(),
        outcome: None,
        reason: None,
        tenant: None,
    });
}

/// Routes that the CRM decides by the caller's own users row need policy and that row (rule R8).
async fn require_admin_row(rooms: &Rooms, row: &str) -> Result<(), Rejection> {
    match rooms.people.is_admin_row(row).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Rejection::AdminRow),
        Err(_) => Err(Rejection::ContextUnavailable),
    }
}

/// The caller's feature as far as it matters for a workspace in `state`: one that is on decides by membership alone,
/// so that nobody is asked for it. Customers never have it, whatever row names them (rule R2).
pub(super) async fn feature_towards(
    rooms: &Rooms,
    snapshot: &Snapshot,
    principal: &Principal,
    state: WorkspaceState,
) -> Result<Feature, Rejection> {
    match state {
        WorkspaceState::On if principal.may_have_feature() => Ok(Feature::Has),
        WorkspaceState::On => Ok(Feature::Lacks),
        WorkspaceState::Off | WorkspaceState::Deleted | WorkspaceState::Absent => {
            feature(rooms, snapshot, principal).await
        }
    }
}

async fn feature(rooms: &Rooms, snapshot: &Snapshot, principal: &Principal) -> Result<Feature, Rejection> {
    flag::feature_of(snapshot, rooms.memberships.as_ref(), principal.who())
        .await
        .map_err(|_| Rejection::ContextUnavailable)
}
