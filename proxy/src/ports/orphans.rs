//! All workspaces as administrators of the platform see them, and the rescue of one that has no Admin left (rule R5).

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Denied, Once, Trail};
use crate::snapshot::{Snapshot, Workspace};

/// One workspace that Annex has a row of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminWorkspace {
    pub workspace: String,
    /// `None`: its tenant is gone from the CRM.
    pub name: Option<String>,
    pub owner: Option<String>,
    /// Active members with a row.
    pub members: i64,
    pub created_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
    /// Since when it is known to have no Admin who can sign in.
    pub orphaned_since: Option<Timestamp>,
    /// What the flag is judged by.
    pub row: Workspace,
}

/// Which workspaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orphaned {
    Whichever,
    Only,
    Not,
}

/// An Admin for a workspace without one, on the word of the platform.
#[derive(Debug, Clone)]
pub struct Rescue<'a> {
    pub workspace: &'a str,
    pub user: &'a str,
    pub snapshot: &'a Snapshot,
    pub once: Option<&'a Once>,
    pub trail: Trail,
}

/// Workspaces across the platform.
#[async_trait]
pub trait Orphans: Send + Sync {
    /// Workspaces by id after `after`, `limit` at most.
    async fn list(&self, which: Orphaned, after: Option<&str>, limit: i64) -> Result<Vec<AdminWorkspace>, Denied>;

    /// Makes one of its natives or members an Admin.
    async fn assign_admin(&self, rescue: Rescue<'_>) -> Result<(), Denied>;
}
