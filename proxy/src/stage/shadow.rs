//! What enforce would have decided at home, for tenants in shadow (rule R1); and which routes nobody mapped.
//!
//! An exchange is looked at when it is over: its last byte is out, so nothing here can change or delay it. What was seen
//! goes into a bounded queue. Whoever drains it asks for the derived role, judges, counts and writes (`app`).
//!
//! **Invariant:** observing waits for nobody. A full queue loses the observation and counts the loss.
//! **Deliberately absent:** routes that no role is weighed for (static, always at home); requests that name another
//! workspace, which are no home traffic; the guards around a permit, which need the CRM's rows.

mod fold;
mod tally;

use std::sync::Arc;

use annex_policy::{
    Attempt, Feature, MatchPath, Method, Mode, Naming, Reason, RouteClass, RouteMatch, RouteTable, Standing,
    SystemRole, WorkspaceState, authorize,
};
use http::header;
use pingora::http::RequestHeader;
use tokio::sync::mpsc::{self, error::TrySendError};

pub use fold::fold;
pub use tally::Tally;

use super::{Exchange, Passage, Received, Rejection, Rooms};
use crate::{
    clock,
    identity::{Principal, PrincipalKind},
    ports::{Basis, MetRoute, Sample, WouldBe, WouldOutcome},
    snapshot::{Life, Restriction, Snapshot},
    telemetry::{Lost, Metrics},
};

/// How many observations may wait.
const QUEUE: usize = 8192;

/// The longest id that is recorded; the tables hold no longer one.
const ID_MAX: usize = 128;

/// Where exchanges are observed from.
pub struct Observer {
    queue: mpsc::Sender<Observation>,
    metrics: Arc<Metrics>,
}

impl Observer {
    /// An observer, and the end of its queue.
    pub fn new(metrics: Arc<Metrics>) -> (Self, mpsc::Receiver<Observation>) {
        let (queue, end) = mpsc::channel(QUEUE);
        (Observer { queue, metrics }, end)
    }

    fn note(&self, observation: Observation) {
        match self.queue.try_send(observation) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => self.metrics.shadow_lost(Lost::QueueFull),
            Err(TrySendError::Closed(_)) => self.metrics.shadow_lost(Lost::Leaving),
        }
    }
}

/// One exchange that is over.
#[derive(Debug)]
pub enum Observation {
    /// Home traffic of a tenant in shadow.
    AtHome(AtHome),
    /// A request that enforce met, on a route that nobody mapped.
    Unmapped { route: MetRoute, at_s: i64 },
}

/// Home traffic of a tenant in shadow, with what the snapshot of its own moment said.
#[derive(Debug)]
pub struct AtHome {
    pub principal: Arc<Principal>,
    pub sample: Sample,
    method: Method,
    path: Box<str>,
    home: WorkspaceState,
    restriction: Option<Restriction>,
}

/// Looks at an exchange that is over. Marks one of a tenant in shadow as such, for the log and its receipt.
pub fn observe(rooms: &Rooms, exchange: &mut Exchange, head: &RequestHeader) {
    let snapshot = Arc::clone(&exchange.snapshot);
    let enforced = is_enforced(exchange);
    if !enforced && !snapshot.anything_in_shadow {
        return;
    }
    let Some(received) = exchange.received.clone() else { return };
    let method = Method::parse(head.method.as_str());
    let path = MatchPath::lenient(&received.path);
    let route = rooms.config.profile.routes.find(method, &path);
    if !is_weighed(&route) {
        return;
    }
    if !enforced {
        at_home(rooms, exchange, &snapshot, &received, head, &route);
    } else if is_unmapped(&route) {
        let at_s = clock::unix_seconds();
        rooms.observer.note(Observation::Unmapped { route: met(method, &path, &route), at_s });
    }
}

/// Whether enforce let it pass, or refused it for its route alone: strangers fill no list.
fn is_enforced(exchange: &Exchange) -> bool {
    match exchange.rejection {
        Some(rejection) => rejection == Rejection::Refused(Reason::RouteNotMapped),
        None => exchange.mode == Mode::Enforce,
    }
}

fn at_home(
    rooms: &Rooms,
    exchange: &mut Exchange,
    snapshot: &Snapshot,
    received: &Received,
    head: &RequestHeader,
    route: &RouteMatch<'_>,
) {
    let passed = exchange.rejection.is_none() && matches!(exchange.passage, Some(Passage::Untouched | Passage::Home));
    let Some(principal) = passed.then(|| principal_of(rooms, exchange, head)).flatten() else { return };
    let in_shadow = principal.kind == PrincipalKind::Ordinary
        && snapshot.evaluate(&principal.home).mode == Mode::Shadow
        && principal.home.len().max(principal.id.len()) <= ID_MAX;
    if !in_shadow || !is_home_named(received, &principal) {
        return;
    }
    exchange.mode = Mode::Shadow;
    exchange.evidence.route(route);
    exchange.evidence.flag(snapshot, &principal.home);
    exchange.principal = Some(Arc::clone(&principal));
    let is_deleted = snapshot.workspaces.get(&principal.home).is_some_and(|known| known.life == Life::Deleted);
    let sample =
        Sample { request: Arc::clone(&exchange.id), principal: Arc::clone(&principal.id), at_s: clock::unix_seconds() };
    rooms.observer.note(Observation::AtHome(AtHome {
        restriction: snapshot.restriction(&principal.home, &principal.id).cloned(),
        home: if is_deleted { WorkspaceState::Deleted } else { WorkspaceState::On },
        method: Method::parse(head.method.as_str()),
        path: received.path.clone(),
        principal,
        sample,
    }));
}

/// Who asked, judged by the moment at which they did: a stream may outlive its token.
fn principal_of(rooms: &Rooms, exchange: &Exchange, head: &RequestHeader) -> Option<Arc<Principal>> {
    if let Some(principal) = &exchange.principal {
        return Some(Arc::clone(principal));
    }
    let authorization = head.headers.get_all(header::AUTHORIZATION).iter().next();
    let age_s = i64::try_from(exchange.started.elapsed().as_secs()).unwrap_or(i64::MAX);
    let began_s = clock::unix_seconds().saturating_sub(age_s);
    rooms.verifier.identify(authorization.map(http::HeaderValue::as_bytes), began_s).ok()
}

/// Whether nothing is named, or home.
fn is_home_named(received: &Received, principal: &Principal) -> bool {
    let claimed = principal.active_workspace.as_deref();
    received.names.agreed().is_ok_and(|named| named.or(claimed).is_none_or(|named| named == &*principal.home))
}

/// Whether a role is weighed for it.
fn is_weighed(route: &RouteMatch<'_>) -> bool {
    match route {
        RouteMatch::Static => false,
        RouteMatch::Route { route, .. } => route.class != RouteClass::Home,
        RouteMatch::None => true,
    }
}

fn is_unmapped(route: &RouteMatch<'_>) -> bool {
    match route {
        RouteMatch::Static => false,
        RouteMatch::Route { route, .. } => route.class == RouteClass::Unmapped,
        RouteMatch::None => true,
    }
}

fn met(method: Method, path: &MatchPath, route: &RouteMatch<'_>) -> MetRoute {
    match route {
        RouteMatch::Route { route, .. } => MetRoute { method: route.method, pattern: route.pattern.as_str().into() },
        RouteMatch::Static | RouteMatch::None => {
            MetRoute { method: method.routed(), pattern: fold(path.as_str()).into() }
        }
    }
}

/// A judged observation.
pub struct Judged {
    pub would_be: WouldBe,
    /// The route, if nobody mapped it.
    pub unmapped: Option<MetRoute>,
}

impl AtHome {
    /// Whether the role must be derived from the CRM's users row: no Admin set one.
    pub fn needs_derived_role(&self) -> bool {
        self.restriction.is_none()
    }

    /// What enforce would have decided. `derived` counts where no Admin set a role; without one the person is no native
    /// and nothing would be weighed.
    pub fn judge(&self, routes: &RouteTable, derived: Option<SystemRole>) -> Option<Judged> {
        let (standing, basis, role) = match (&self.restriction, derived) {
            (Some(Restriction::Blocked), _) => (Standing::Blocked, Basis::Blocked, Arc::from("blocked")),
            (Some(Restriction::Role(role)), _) => {
                (Standing::Restricted { role: role.view() }, Basis::Set, Arc::clone(&role.key))
            }
            (None, Some(role)) => (Standing::Restricted { role: role.view() }, Basis::Derived, Arc::from(role.key())),
            (None, None) => return None,
        };
        let lenient = MatchPath::lenient(&self.path);
        let route = routes.find(self.method, &lenient);
        let met = met(self.method, &lenient, &route);
        let attempt =
            Attempt { workspace: self.home, feature: Feature::Has, naming: Naming::Named, standing, route: &route };
        let outcome = match (MatchPath::parse(&self.path), authorize(&attempt)) {
            // The gateway reads the path strictly before it decides.
            (Err(_), _) => WouldOutcome::Deny { reason: Rejection::AmbiguousPath.label(), permission: None },
            (Ok(_), Ok(_)) => WouldOutcome::Allow,
            (Ok(_), Err(refusal)) => denied(refusal.reason),
        };
        let unmapped = is_unmapped(&route).then(|| met.clone());
        let tenant = Arc::clone(&self.principal.home);
        Some(Judged { would_be: WouldBe { tenant, route: met, role, basis, outcome }, unmapped })
    }
}

fn denied(reason: Reason) -> WouldOutcome {
    let permission = match reason {
        Reason::PermissionMissing(permission) => Some(permission),
        _ => None,
    };
    WouldOutcome::Deny { reason: reason.label(), permission }
}
