//! Who outside is told of what happens in a workspace.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Asked, Denied};

/// An endpoint, without its secret.
#[derive(Debug, Clone, PartialEq)]
pub struct HookRow {
    pub id: Uuid,
    pub url: String,
    pub description: Option<String>,
    /// Names, families (`member.*`) or `*`.
    pub events: Vec<String>,
    pub is_enabled: bool,
    /// Since when nothing arrives.
    pub failing_since: Option<Timestamp>,
    /// When and why Annex switched it off.
    pub disabled: Option<(Timestamp, String)>,
    pub version: i64,
    pub created_by: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a delivery signs with: `whsec_` and base64, shown to the request that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookSecret(pub String);

/// An endpoint to be made; every value has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookDraft {
    pub url: String,
    pub description: Option<String>,
    pub events: Vec<String>,
}

/// What is to be different; what is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HookChange {
    pub url: Option<String>,
    /// `Some(None)`: none any more.
    pub description: Option<Option<String>>,
    pub events: Option<Vec<String>>,
    /// Switching it on also forgets what failed.
    pub is_enabled: Option<bool>,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    Pending,
    Delivered,
    Failed,
}

impl DeliveryState {
    /// The word in `webhook_deliveries.state`.
    pub fn name(self) -> &'static str {
        match self {
            DeliveryState::Pending => "pending",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Failed => "failed",
        }
    }
}

/// One delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryRow {
    pub id: Uuid,
    pub event: String,
    pub state: DeliveryState,
    pub attempts: i32,
    pub next_attempt_at: Option<Timestamp>,
    pub last_status: Option<i32>,
    pub last_error: Option<String>,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// An endpoint whose secret was just made. `None`: the request was sent again, and there is another secret by now.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    pub hook: HookRow,
    pub secret: Option<HookSecret>,
}

/// The endpoints of a workspace, for whoever may manage it.
#[async_trait]
pub trait Webhooks: Send + Sync {
    /// All of them, the oldest first. There are few ([`Webhooks::add`] refuses more).
    async fn list(&self, asked: &Asked<'_>) -> Result<Vec<HookRow>, Denied>;

    /// Adds one, with a new secret.
    async fn add(&self, asked: &Asked<'_>, draft: &HookDraft) -> Result<Written, Denied>;

    /// Changes one.
    async fn change(&self, asked: &Asked<'_>, id: Uuid, change: &HookChange) -> Result<HookRow, Denied>;

    /// Removes one, with what was not delivered yet.
    async fn remove(&self, asked: &Asked<'_>, id: Uuid) -> Result<(), Denied>;

    /// Gives one a new secret; the one before signs too for a day.
    async fn rotate(&self, asked: &Asked<'_>, id: Uuid) -> Result<Written, Denied>;

    /// Queues an event `webhook.test`, and tells the delivery's id.
    async fn test(&self, asked: &Asked<'_>, id: Uuid) -> Result<Uuid, Denied>;

    /// Sends a delivery again that ended, with the same id and content.
    async fn replay(&self, asked: &Asked<'_>, id: Uuid, delivery: Uuid) -> Result<(), Denied>;

    /// The newest deliveries of one, older than `before`, `limit` at most.
    async fn deliveries(
        &self,
        asked: &Asked<'_>,
        id: Uuid,
        before: Option<(Timestamp, Uuid)>,
        limit: i64,
    ) -> Result<Vec<DeliveryRow>, Denied>;
}
