//! Offers of ownership: made by whoever may, taken up by the person who gets it.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Asked, Denied};

/// How an offer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferStatus {
    Pending,
    Accepted,
    Declined,
    Cancelled,
    /// Nobody took it up in time.
    Expired,
}

impl OfferStatus {
    /// The word in `ownership_transfers.status` and in the API.
    pub fn name(self) -> &'static str {
        match self {
            OfferStatus::Pending => "pending",
            OfferStatus::Accepted => "accepted",
            OfferStatus::Declined => "declined",
            OfferStatus::Cancelled => "cancelled",
            OfferStatus::Expired => "expired",
        }
    }
}

/// One offer of ownership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub id: Uuid,
    /// The owner when it was made; `None`: nobody owned the workspace.
    pub from: Option<String>,
    pub opened_by: String,
    pub to: String,
    pub status: OfferStatus,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// What becomes of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// The recipient is the owner now.
    Accept,
    /// The recipient does not want it.
    Decline,
    /// Whoever offered it, or the owner, takes it back.
    Cancel,
}

/// Hands workspaces over.
#[async_trait]
pub trait Transfers: Send + Sync {
    /// The pending offer, for those whom it concerns: both sides, the owner, Admins.
    async fn current(&self, asked: &Asked<'_>) -> Result<Option<Offer>, Denied>;

    /// Offers ownership to an active member. Only the owner does so; where nobody owns the workspace, an Admin, who may
    /// offer it to themselves.
    async fn open(&self, asked: &Asked<'_>, to: &str) -> Result<Offer, Denied>;

    /// Ends an offer. Whoever accepts is Admin from then on.
    async fn reply(&self, asked: &Asked<'_>, offer: Uuid, reply: Reply) -> Result<Offer, Denied>;
}
