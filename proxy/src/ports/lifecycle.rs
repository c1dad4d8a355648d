//! The end of a workspace, and its return.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{About, Asked, Denied, SourceError};
use crate::{identity::Principal, snapshot::Snapshot};

/// What an Admin types to delete a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Farewell {
    /// The name that is shown, letter by letter.
    pub confirmed_name: String,
    pub reason: Option<String>,
}

/// A deletion that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    pub deleted_at: Timestamp,
    /// Until then it can be restored.
    pub purge_after: Timestamp,
}

/// A deleted workspace that its Admin can still restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    pub workspace: String,
    pub name: String,
    pub logo_url: Option<String>,
    pub is_home: bool,
    pub deleted_at: Timestamp,
    pub deleted_by: Option<String>,
    pub reason: Option<String>,
    /// `None`: it is kept.
    pub purge_after: Option<Timestamp>,
}

/// The place of an entry in the list of deleted workspaces, which goes back in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedKey {
    pub deleted_at: Timestamp,
    pub workspace: String,
}

/// A part of that list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeletedPart {
    pub entries: Vec<Deleted>,
    /// Where the next part begins; `None`: there is none.
    pub last: Option<DeletedKey>,
}

/// Deletes and restores workspaces.
#[async_trait]
pub trait Lifecycle: Send + Sync {
    /// Deletes it softly: nothing of it is lost until it is purged. Only for an Admin who typed its name, and only if
    /// nobody is left without any workspace (rule R5).
    async fn delete(&self, asked: &Asked<'_>, farewell: &Farewell) -> Result<Gone, Denied>;

    /// Brings it back as it was, with its members and roles. `asked.life` says that it must be deleted.
    async fn restore(&self, asked: &Asked<'_>) -> Result<About, Denied>;

    /// The workspaces that the person could restore.
    async fn deleted(
        &self,
        principal: &Principal,
        snapshot: &Snapshot,
        after: Option<&DeletedKey>,
        limit: usize,
    ) -> Result<DeletedPart, SourceError>;
}
