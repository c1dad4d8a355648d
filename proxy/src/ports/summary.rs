//! Numbers beside the names of a person's workspaces.

use async_trait::async_trait;
use jiff::Timestamp;

use super::SourceError;
use crate::{identity::Principal, snapshot::Snapshot};

/// The numbers of one workspace that the person may go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    pub workspace: String,
    /// The person's unread notifications; `None`: the profile does not say how to count.
    pub unread: Option<i64>,
    /// Everybody who may go there.
    pub members: i64,
    /// Invitations that nobody answered yet; `None`: not for the person to know.
    pub pending_invitations: Option<i64>,
    /// Until when the person is offered to own it; `None`: they are not.
    pub offered_until: Option<Timestamp>,
}

/// All numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub workspaces: Vec<Tally>,
    /// Invitations to the person, if they have proved their address (rule R6).
    pub invitations: i64,
}

/// Counts.
#[async_trait]
pub trait Summaries: Send + Sync {
    /// All of the person's workspaces, by as many statements for a thousand as for one.
    async fn summary(&self, principal: &Principal, snapshot: &Snapshot) -> Result<Summary, SourceError>;
}
