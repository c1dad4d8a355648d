//! What somebody wants of one workspace, and how it is refused.

use annex_policy::{Permission, PermissionSet, Reason, WorkspaceState};

use super::{Once, SourceError, Trail};
use crate::{identity::Principal, snapshot::Snapshot};

/// Who asks, of which workspace, at which moment.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    pub principal: &'a Principal,
    /// The moment at which the caller was found to have the feature.
    pub snapshot: &'a Snapshot,
    /// The workspace of the path: it is what is authorised, whatever headers say.
    pub workspace: &'a str,
    pub trail: Trail,
    /// Done once, however often it is sent.
    pub once: Option<&'a Once>,
    /// The version that the caller has seen; another one is [`Denial::Stale`].
    pub seen: Seen<'a>,
    pub life: Expected,
}

/// Which versions of a thing the caller accepts (`If-Match`, RFC 9110 section 13.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Seen<'a> {
    /// No condition, or `*`.
    #[default]
    Any,
    /// One of these.
    These(&'a [i64]),
}

impl Seen<'_> {
    /// Whether `version` is one that the caller has seen.
    pub fn check(self, version: i64) -> Result<(), Denial> {
        match self {
            Seen::These(seen) if !seen.contains(&version) => Err(Denial::Stale),
            Seen::Any | Seen::These(_) => Ok(()),
        }
    }
}

/// Whether the thing is done to a workspace that lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expected {
    #[default]
    Alive,
    /// Restoring: it must be deleted, and not purged.
    Deleted,
}

impl Expected {
    /// The same for a request that may have been done before: what was restored then is alive now.
    pub fn check_again(self, state: WorkspaceState) -> Result<(), Denial> {
        match (self, state) {
            (Expected::Deleted, WorkspaceState::On) => Ok(()),
            (Expected::Alive | Expected::Deleted, _) => self.check(state),
        }
    }

    /// What a member learns of the state of their workspace (rule R2); strangers never get this far.
    pub fn check(self, state: WorkspaceState) -> Result<(), Denial> {
        match (self, state) {
            (Expected::Alive, WorkspaceState::On) | (Expected::Deleted, WorkspaceState::Deleted) => Ok(()),
            (Expected::Alive, WorkspaceState::Deleted) => Err(Denial::Reason(Reason::WorkspaceDeleted)),
            (_, WorkspaceState::Off) => Err(Denial::Reason(Reason::FeatureDisabled)),
            (_, WorkspaceState::Absent) => Err(Denial::Reason(Reason::AccessDenied)),
            (Expected::Deleted, WorkspaceState::On) => Err(Denial::Invalid { path: "", code: "not_deleted" }),
        }
    }
}

/// Why the rules of the domain say no. Closed: each has one code and one status in the API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// What holds for every request in a workspace.
    #[error("{}", .0.label())]
    Reason(Reason),
    #[error("the role exceeds the caller's own")]
    RoleExceedsCaller(PermissionSet),
    #[error("only an Admin may do this")]
    AdminOnly,
    #[error("nobody changes their own role")]
    OwnRole,
    #[error("no Admin who can sign in would be left")]
    LastAdmin,
    #[error("it is somebody's only workspace")]
    OnlyWorkspace,
    #[error("the owner must transfer ownership first")]
    OwnerMustTransfer,
    #[error("only the owner may do this")]
    OwnerOnly,
    #[error("somebody has this role")]
    RoleInUse { members: i64, invitations: i64 },
    #[error("the person is a member already")]
    AlreadyMember,
    #[error("the address is invited already")]
    AlreadyInvited,
    #[error("there is no such invitation")]
    InvitationNotFound,
    #[error("the invitation has expired")]
    InvitationExpired,
    #[error("the invitation is for another address")]
    InvitationEmailMismatch,
    #[error("too many")]
    TooMany { retry_after_s: u32, what: &'static str },
    #[error("there is no such {0} in this workspace")]
    NotFound(&'static str),
    #[error("it has changed meanwhile")]
    Stale,
    #[error("the key stands for another payload")]
    KeyReused,
    #[error("a request with this key is under way")]
    UnderWay,
    #[error("`{path}` is refused: {code}")]
    Invalid { path: &'static str, code: &'static str },
    #[error("it stands already: {0}")]
    Conflict(&'static str),
}

/// Why something was not done. Nothing was changed, but for [`Denied::Unsure`].
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    #[error(transparent)]
    Denial(#[from] Denial),
    #[error("the source did not do it")]
    Source(#[from] SourceError),
    #[error("the source did not say whether it was done")]
    Unsure(#[source] SourceError),
}

impl Denial {
    /// The role lacks this.
    pub fn missing(permission: Permission) -> Self {
        Denial::Reason(Reason::PermissionMissing(permission))
    }
}

impl From<Reason> for Denied {
    fn from(reason: Reason) -> Self {
        Denied::Denial(Denial::Reason(reason))
    }
}
