//! What the CRM's own tables say of people and tenants.

use annex_policy::SystemRole;
use async_trait::async_trait;

use super::SourceError;
use crate::identity::Principal;

/// The CRM's people and tenants.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The role that a native has at home by their users row, 30 s old at most (rule R4). `None`: not a native.
    async fn native(&self, principal: &Principal) -> Result<Option<SystemRole>, SourceError>;

    /// Whether the CRM lets the person in and they may be a member of anything, by their users row, 30 s old at most.
    async fn is_open(&self, principal: &Principal) -> Result<bool, SourceError>;

    /// Whether an active users row says that the person administers the platform (rule R10). Asked every time.
    async fn is_platform_admin(&self, principal: &Principal) -> Result<bool, SourceError>;

    /// Whether there is such a tenant.
    async fn knows_tenant(&self, tenant: &str) -> Result<bool, SourceError>;
}
