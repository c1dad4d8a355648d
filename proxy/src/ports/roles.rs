//! The roles of one workspace: five that are the same everywhere, and its own.

use annex_policy::PermissionSet;
use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Asked, Denied};

/// One role, and who holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleEntry {
    /// `None`: a system role of a home in which Annex has no row yet.
    pub id: Option<Uuid>,
    pub key: String,
    pub name: String,
    pub description: Option<String>,
    pub color: Option<String>,
    pub is_system: bool,
    pub permissions: PermissionSet,
    /// Active and suspended ones; natives whose role the users row gives are not counted.
    pub members: i64,
    pub version: i64,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    pub can: RoleCan,
}

/// What the caller may do with a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoleCan {
    pub edit: bool,
    pub delete: bool,
    pub assign: bool,
}

/// A role to be made; every value has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleDraft {
    /// `None`: made from the name.
    pub key: Option<String>,
    pub name: String,
    pub description: Option<String>,
    pub color: Option<String>,
    pub permissions: PermissionSet,
}

/// What is to change of a role; `None` keeps what stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoleChange {
    pub name: Option<String>,
    pub description: Option<String>,
    pub color: Option<String>,
    pub permissions: Option<PermissionSet>,
}

/// The roles of a workspace. Every change is an audit event, and in force on this node when the call returns.
#[async_trait]
pub trait Roles: Send + Sync {
    /// All of them, system roles first, the widest first; then the workspace's own by key. Bounded: see `MOST_CUSTOM`.
    async fn list(&self, asked: Asked<'_>) -> Result<Vec<RoleEntry>, Denied>;

    async fn create(&self, asked: Asked<'_>, draft: &RoleDraft) -> Result<RoleEntry, Denied>;

    async fn change(&self, asked: Asked<'_>, role: Uuid, change: &RoleChange) -> Result<RoleEntry, Denied>;

    /// Deletes a role; its holders get `reassign_to`. Tells how many they were.
    async fn delete(&self, asked: Asked<'_>, role: Uuid, reassign_to: Option<Uuid>) -> Result<u64, Denied>;
}

/// How many roles of its own a workspace may have.
pub const MOST_CUSTOM: usize = 50;
