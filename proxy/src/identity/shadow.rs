//! The users row of the CRM that stands for a person in a workspace, where the profile's strategy makes one.

use std::sync::Arc;

/// A shadow user: a row of a tenant, not a person. Nobody signs in as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow {
    /// The id of the users row: whom the CRM takes the caller for.
    pub id: Arc<str>,
    /// Its address, which nobody reads.
    pub email: Arc<str>,
}
