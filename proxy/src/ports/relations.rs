//! Whether a row of the CRM belongs to a workspace.

use async_trait::async_trait;

/// Why it cannot be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RelationError {
    /// The database does not answer.
    #[error("the CRM's database does not answer")]
    Unavailable,
    /// This CRM lacks the table or column: only routes that need it refuse (rule R9).
    #[error("the CRM has no such table or column")]
    Unknown,
}

/// The relations of the CRM profile.
#[async_trait]
pub trait Relations: Send + Sync {
    /// Whether row `id` of `relation` belongs to `workspace`, read by primary key.
    async fn belongs(&self, relation: &str, id: &str, workspace: &str) -> Result<bool, RelationError>;
}
