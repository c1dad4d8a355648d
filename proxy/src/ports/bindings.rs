//! Refresh tokens that go on in a workspace (rule R7).

use async_trait::async_trait;

use super::SourceError;
use crate::identity::Principal;

/// Remembers where a refresh token goes on. Only its keyed hash is ever kept.
#[async_trait]
pub trait Bindings: Send + Sync {
    /// `token` is the caller's own, verified; from now on its answers say `workspace`. In force on this node on return.
    async fn bind(&self, token: &str, owner: &Principal, workspace: &str) -> Result<(), SourceError>;

    /// `token` goes on at home.
    async fn unbind(&self, token: &str) -> Result<(), SourceError>;
}
