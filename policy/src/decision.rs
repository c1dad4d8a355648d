//! The decision: may this principal do this here?
//!
//! Promise: [`authorize`] answers for every attempt, in the order of the rules, with a closed list of reasons.
//!
//! **Invariant (permit):** a [`Permit`] comes from [`authorize`] alone. **Invariant (silence):** who is not a member
//! gets one answer, whatever the workspace's state, so that nobody learns what exists.
//!
//! **Deliberately absent:** who the principal is, which workspace was named and how it was found out. The attempt is
//! made of facts; this room only weighs them.

use crate::permission::{Permission, PermissionSet};
use crate::route::{Obligations, RouteClass};
use crate::table::RouteMatch;

/// How a foreign workspace was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Naming {
    /// By the pinned path, which serves that workspace or refuses.
    Pinned,
    /// By header, query or claim.
    Named,
}

/// What the workspace in question is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkspaceState {
    /// There, and its flag enforces.
    On,
    /// There, and its flag does not enforce. A deleted home whose flag is off counts as this.
    Off,
    /// Deleted or purged, while its flag enforces.
    Deleted,
    /// Not there.
    Absent,
}

/// Does the caller have the feature at all?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feature {
    /// Their home is on, or a workspace that they joined is.
    Has,
    /// Neither; or they are a principal who never has it.
    Lacks,
}

/// What the caller is to the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    /// Elsewhere: nothing.
    Stranger,
    /// Elsewhere: a member who is suspended.
    Suspended,
    /// Elsewhere: a member with a role.
    Member {
        /// The role there.
        role: RoleView<'a>,
    },
    /// At home under the CRM's own rules.
    Native,
    /// At home under the CRM's own rules, with a membership elsewhere, now or once: guards follow the person.
    Guarded,
    /// At home with a role that an Admin set: the role narrows the CRM's own rights.
    Restricted {
        /// The role set.
        role: RoleView<'a>,
    },
    /// At home, removed or suspended by an Admin.
    Blocked,
}

/// A role as far as a decision needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleView<'a> {
    /// Its key.
    pub key: &'a str,
    /// What it allows.
    pub permissions: PermissionSet,
}

/// Everything that a decision is made of.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The state of the workspace in question; at home, of the home.
    pub workspace: WorkspaceState,
    /// Does the caller have the feature?
    pub feature: Feature,
    /// How the workspace was named; of no weight at home.
    pub naming: Naming,
    /// What the caller is to it.
    pub standing: Standing<'a>,
    /// What the request reaches.
    pub route: &'a RouteMatch<'a>,
}

/// Where a permitted request is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// At the caller's home, with their own credential.
    Home,
    /// In the active workspace's context.
    Workspace,
}

/// The proof that one request was allowed. Only [`authorize`] makes one.
///
/// ```compile_fail,E0451
/// let obligations = annex_policy::Obligations::NONE;
/// let forged = annex_policy::Permit { place: annex_policy::Place::Workspace, obligations: &obligations, permission: None };
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a permit that nobody carries lets nothing through"]
pub struct Permit<'a> {
    place: Place,
    obligations: &'a Obligations,
    permission: Option<Permission>,
}

/// A deny on its way out. Like a permit it comes from [`authorize`] alone.
///
/// ```compile_fail,E0639
/// let forged = annex_policy::Refusal { reason: annex_policy::Reason::AccessDenied };
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", reason.label())]
#[non_exhaustive]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The workspace is off, or the caller is one who never has the feature.
    FeatureDisabled,
    /// Not a member, or suspended.
    AccessDenied,
    /// The role lacks this.
    PermissionMissing(Permission),
    /// Nobody has said what the route needs.
    RouteNotMapped,
    /// Deleted.
    WorkspaceDeleted,
    /// Off, and the request was pinned to it.
    WorkspaceOff,
    /// Removed or suspended at home.
    HomeBlocked,
}

static NO_OBLIGATIONS: Obligations = Obligations::NONE;

/// Decides one attempt.
///
/// # Errors
/// A [`Refusal`] with the first reason in the order of the rules.
pub fn authorize<'a>(attempt: &Attempt<'a>) -> Result<Permit<'a>, Refusal> {
    match attempt.standing {
        Standing::Stranger | Standing::Suspended => refuse(Reason::AccessDenied),
        Standing::Member { role } => as_member(attempt, role),
        Standing::Native => at_home(attempt, |_, _| Ok(home(None, &NO_OBLIGATIONS))),
        Standing::Guarded => as_guarded(attempt),
        Standing::Restricted { role } => as_restricted(attempt, role),
        Standing::Blocked => as_blocked(attempt),
    }
}

fn as_member<'a>(attempt: &Attempt<'a>, role: RoleView<'a>) -> Result<Permit<'a>, Refusal> {
    match (attempt.workspace, attempt.naming, attempt.feature) {
        (WorkspaceState::Absent, _, _) => return refuse(Reason::AccessDenied),
        (WorkspaceState::Deleted, _, _) => return refuse(Reason::WorkspaceDeleted),
        (WorkspaceState::Off, Naming::Pinned, _) => return refuse(Reason::WorkspaceOff),
        (WorkspaceState::Off, Naming::Named, _) => return refuse(Reason::FeatureDisabled),
        // A membership in a workspace that is on gives the feature, so this is one who never has it.
        (WorkspaceState::On, _, Feature::Lacks) => return refuse(Reason::FeatureDisabled),
        (WorkspaceState::On, _, Feature::Has) => {}
    }
    match need_of(attempt.route) {
        Need::Home => Ok(home(None, &NO_OBLIGATIONS)),
        Need::Unknown => refuse(Reason::RouteNotMapped),
        Need::Role(permission, obligations) => {
            holds(role, permission, obligations)?;
            Ok(Permit { place: Place::Workspace, obligations, permission: Some(permission) })
        }
    }
}

/// The guards hold even while the home's flag is off: what this person learned elsewhere, they still know.
fn as_guarded<'a>(attempt: &Attempt<'a>) -> Result<Permit<'a>, Refusal> {
    match (need_of(attempt.route), attempt.workspace) {
        (Need::Role(_, obligations), WorkspaceState::Off) => Ok(home(None, obligations)),
        _ => at_home(attempt, |_, obligations| Ok(home(None, obligations))),
    }
}

/// The guards hold here as well: a role that was set to narrow must not be left by a child route.
fn as_restricted<'a>(attempt: &Attempt<'a>, role: RoleView<'a>) -> Result<Permit<'a>, Refusal> {
    at_home(attempt, |permission, obligations| {
        let Some(permission) = permission else { return refuse(Reason::RouteNotMapped) };
        holds(role, permission, obligations)?;
        Ok(home(Some(permission), obligations))
    })
}

fn as_blocked<'a>(attempt: &Attempt<'a>) -> Result<Permit<'a>, Refusal> {
    let off = attempt.workspace == WorkspaceState::Off;
    if off || matches!(need_of(attempt.route), Need::Home) {
        return Ok(home(None, &NO_OBLIGATIONS));
    }
    refuse(Reason::HomeBlocked)
}

/// What holds for every native: a home that was deleted is closed but for the `home` routes, and a flag that is
/// off opens it again without any rule of ours.
fn at_home<'a>(
    attempt: &Attempt<'a>,
    decide: impl FnOnce(Option<Permission>, &'a Obligations) -> Result<Permit<'a>, Refusal>,
) -> Result<Permit<'a>, Refusal> {
    match (need_of(attempt.route), attempt.workspace) {
        (Need::Home, _) | (_, WorkspaceState::Off) => Ok(home(None, &NO_OBLIGATIONS)),
        (Need::Role(..) | Need::Unknown, WorkspaceState::Deleted) => refuse(Reason::WorkspaceDeleted),
        (Need::Role(permission, obligations), WorkspaceState::On | WorkspaceState::Absent) => {
            decide(Some(permission), obligations)
        }
        (Need::Unknown, WorkspaceState::On | WorkspaceState::Absent) => decide(None, &NO_OBLIGATIONS),
    }
}

enum Need<'a> {
    Home,
    Role(Permission, &'a Obligations),
    Unknown,
}

fn need_of<'a>(route: &'a RouteMatch<'a>) -> Need<'a> {
    match route {
        RouteMatch::Static => Need::Home,
        RouteMatch::None => Need::Unknown,
        RouteMatch::Route { route, .. } => match &route.class {
            RouteClass::Home => Need::Home,
            RouteClass::Unmapped => Need::Unknown,
            RouteClass::Mapped(permission, obligations) => Need::Role(*permission, obligations),
        },
    }
}

fn holds(role: RoleView<'_>, permission: Permission, obligations: &Obligations) -> Result<(), Refusal> {
    let needed = obligations.also.with(permission);
    if role.permissions.contains(permission) {
        return match needed.difference(role.permissions).iter().next() {
            Some(missing) => refuse(Reason::PermissionMissing(missing)),
            None => Ok(()),
        };
    }
    refuse(Reason::PermissionMissing(permission))
}

fn home(permission: Option<Permission>, obligations: &Obligations) -> Permit<'_> {
    Permit { place: Place::Home, obligations, permission }
}

fn refuse<T>(reason: Reason) -> Result<T, Refusal> {
    Err(Refusal { reason })
}

impl<'a> Permit<'a> {
    /// Where the request is served.
    pub const fn place(&self) -> Place {
        self.place
    }

    /// What must be done around it.
    pub const fn obligations(&self) -> &'a Obligations {
        self.obligations
    }

    /// The permission that was weighed, if one was.
    pub const fn permission(&self) -> Option<Permission> {
        self.permission
    }

    /// Must the caller's users row allow it too? Never at home, where the CRM reads the right row itself.
    pub const fn needs_admin_row(&self) -> bool {
        matches!(self.place, Place::Workspace) && self.obligations.admin_row
    }
}

impl Reason {
    /// Every label, for the metrics.
    pub const LABELS: [&'static str; 7] = [
        "feature_disabled",
        "access_denied",
        "permission_missing",
        "route_not_mapped",
        "workspace_deleted",
        "workspace_off",
        "home_blocked",
    ];

    /// The code that the caller sees.
    pub const fn code(self) -> &'static str {
        match self {
            Reason::FeatureDisabled => "MULTI_WORKSPACE_DISABLED",
            Reason::AccessDenied | Reason::HomeBlocked => "WORKSPACE_ACCESS_DENIED",
            Reason::PermissionMissing(_) => "WORKSPACE_PERMISSION_DENIED",
            Reason::RouteNotMapped => "ROUTE_NOT_MAPPED",
            Reason::WorkspaceDeleted => "WORKSPACE_DELETED",
            Reason::WorkspaceOff => "WORKSPACE_OFF",
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            Reason::FeatureDisabled
            | Reason::AccessDenied
            | Reason::HomeBlocked
            | Reason::PermissionMissing(_)
            | Reason::RouteNotMapped => 403,
            Reason::WorkspaceDeleted => 410,
            Reason::WorkspaceOff => 409,
        }
    }

    /// The name in metrics: one of [`Reason::LABELS`].
    pub const fn label(self) -> &'static str {
        match self {
            Reason::FeatureDisabled => "feature_disabled",
            Reason::AccessDenied => "access_denied",
            Reason::PermissionMissing(_) => "permission_missing",
            Reason::RouteNotMapped => "route_not_mapped",
            Reason::WorkspaceDeleted => "workspace_deleted",
            Reason::WorkspaceOff => "workspace_off",
            Reason::HomeBlocked => "home_blocked",
        }
    }
}
