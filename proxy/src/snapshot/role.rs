//! A role as it is in force in one workspace.

use std::sync::Arc;

use annex_policy::{PermissionSet, RoleView};

/// A role as it is in force: its key, its name for people, and what it allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub id: uuid::Uuid,
    pub key: Arc<str>,
    pub name: Arc<str>,
    pub permissions: PermissionSet,
}

impl Role {
    /// The role as the policy sees it.
    pub fn view(&self) -> RoleView<'_> {
        RoleView { key: &self.key, permissions: self.permissions }
    }
}
