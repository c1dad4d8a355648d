//! Where a principal stands in a workspace that is not their home.

use std::sync::Arc;

use annex_policy::WorkspaceState;
use async_trait::async_trait;

use crate::{
    identity::{Principal, Shadow, Who},
    snapshot::{Role, Snapshot, Workspace},
};

/// What `workspace_users` says of one principal in one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// No row, or a removed one.
    Stranger,
    /// A row that an Admin suspended.
    Suspended,
    /// An active row.
    Member(Arc<Role>),
}

/// An answer, with the workspace epoch at which it was read (in one statement with the row) and where it was found.
#[derive(Debug, Clone)]
pub struct Found {
    pub standing: Standing,
    pub epoch: u64,
    pub tier: Tier,
    /// The workspace as read with the row, where the snapshot had not heard of it yet (made on another node a
    /// moment ago).
    pub workspace: Option<Workspace>,
    /// The users row that stands for the member there, where the strategy makes one.
    pub shadow: Option<Shadow>,
}

impl Found {
    /// The state of the workspace that this answer is about.
    pub fn state(&self, snapshot: &Snapshot, workspace: &str) -> WorkspaceState {
        match &self.workspace {
            Some(read) if !snapshot.workspaces.contains_key(workspace) => snapshot.state_of_new(workspace, read),
            _ => snapshot.state_of(workspace),
        }
    }
}

/// Where an answer was found. Closed: it is a metric label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    Memory,
    Redis,
    Postgres,
}

impl Tier {
    /// The metric label.
    pub fn label(self) -> &'static str {
        match self {
            Tier::Memory => "memory",
            Tier::Redis => "redis",
            Tier::Postgres => "postgres",
        }
    }
}

/// The sources could not answer in time: the exchange ends with 503, never at another workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("membership cannot be established: no source answers")]
pub struct Unavailable;

/// Membership, from memory over Redis over PostgreSQL.
#[async_trait]
pub trait Memberships: Send + Sync {
    /// The answer that needs no I/O: in memory, at the snapshot's epoch or later, within the lease.
    fn remembered(&self, snapshot: &Snapshot, principal: &Principal, workspace: &str) -> Option<Found>;

    /// The answer, asked of the next tier where memory has none. One question at a time per key.
    async fn standing(&self, snapshot: &Snapshot, principal: &Principal, workspace: &str)
    -> Result<Found, Unavailable>;

    /// The workspaces outside home that this person is an active member of: decides whether the person has
    /// the feature (rule R2) when their home is off.
    async fn joined(&self, who: Who<'_>) -> Result<Arc<[Arc<str>]>, Unavailable>;
}
