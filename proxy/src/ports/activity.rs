//! What happened in a workspace.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::{Asked, Denied};

/// Which events somebody wants to see; what is left out narrows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// An action's whole name.
    pub action: Option<String>,
    /// The id of whoever did it.
    pub actor: Option<String>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

/// One audit event as people read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    pub id: Uuid,
    /// Its number in the workspace's chain.
    pub seq: i64,
    pub at: Timestamp,
    pub action: String,
    pub actor_kind: String,
    pub actor: Option<String>,
    /// As the CRM's users row says now; `None`: there is none any more, or none is a person.
    pub actor_name: Option<String>,
    pub target_kind: Option<String>,
    pub target: Option<String>,
    /// An object.
    pub details: Value,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub request_id: Option<String>,
}

/// In which form an export leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportForm {
    Csv,
    Ndjson,
}

impl ExportForm {
    /// The word in the address and in the audit event.
    pub fn name(self) -> &'static str {
        match self {
            ExportForm::Csv => "csv",
            ExportForm::Ndjson => "ndjson",
        }
    }
}

/// The log of a workspace, for whoever may read it.
#[async_trait]
pub trait Activity: Send + Sync {
    /// The newest events that are wanted, older than number `before`, `limit` at most.
    async fn page(
        &self,
        asked: &Asked<'_>,
        wanted: &Wanted,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<Deed>, Denied>;

    /// Writes down that the caller takes the log away. Returns when it is committed.
    async fn note_export(&self, asked: &Asked<'_>, wanted: &Wanted, form: ExportForm) -> Result<(), Denied>;
}
