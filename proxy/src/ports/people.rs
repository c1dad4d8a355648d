//! The people of a workspace who joined from elsewhere, as the CRM's own lists would show them.

use async_trait::async_trait;

use super::Unavailable;

/// One person: the CRM's users row, and the key of their role in the workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    pub id: String,
    pub email: String,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub profile_image: Option<String>,
    pub role: String,
    /// The id of the users row that they have in the workspace beside their own, if the strategy makes one.
    pub shadow: Option<String>,
}

/// Who joined, and what the CRM's users row says of a person.
#[async_trait]
pub trait People: Send + Sync {
    /// Active members from elsewhere, by when they joined.
    async fn joined(&self, workspace: &str) -> Result<Vec<Person>, Unavailable>;

    /// Whether the person's own users row is an active administrator's (rule R8).
    async fn is_admin_row(&self, principal: &str) -> Result<bool, Unavailable>;
}
