//! A person's workspaces: which there are, making one, entering one.

use annex_policy::{PermissionSet, Reason};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Once, SourceError, Trail};
use crate::{
    brand::Logo,
    identity::Principal,
    snapshot::{Snapshot, Workspace},
};

/// One workspace of a person, with their place in it.
#[derive(Debug, Clone)]
pub struct Seat {
    /// `None`: a native without a row.
    pub membership: Option<Uuid>,
    pub workspace: String,
    /// Whether it is their home.
    pub is_home: bool,
    pub role: SeatRole,
    pub status: SeatStatus,
    pub invited_by: Option<String>,
    pub joined_at: Option<Timestamp>,
    pub last_accessed_at: Option<Timestamp>,
    pub created_at: Option<Timestamp>,
    pub name: String,
    pub logo_url: Option<String>,
    pub business_type: Option<String>,
    pub currency: Option<String>,
    pub time_zone: Option<String>,
    pub workspace_created_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
    /// The person's id.
    pub owner: Option<String>,
    /// What the flag is judged by; `None`: Annex has no row of this home.
    pub row: Option<Workspace>,
}

/// A place in a person's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeatKey {
    /// Home comes first.
    Home,
    /// Among what they joined, by when they joined.
    Joined { at: Timestamp, workspace: String },
}

/// A part of a person's list.
#[derive(Debug, Clone, Default)]
pub struct SeatPage {
    pub seats: Vec<Seat>,
    /// Where to go on; `None`: nothing comes after.
    pub next: Option<SeatKey>,
}

/// The role of a seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatRole {
    /// `None`: derived from the users row.
    pub id: Option<Uuid>,
    pub key: String,
    pub name: String,
    pub permissions: PermissionSet,
}

/// Whether the seat may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatStatus {
    Active,
    /// At home: removed or suspended by an Admin.
    Blocked,
}

/// A workspace that somebody wants to make; every value has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub name: String,
    pub business_type: Option<String>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// A name of the IANA database.
    pub time_zone: Option<String>,
    pub logo: Option<Logo>,
}

/// A workspace that was made. Ids and times alone: this is what an idempotency key remembers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    pub workspace: String,
    pub membership: Uuid,
    pub role_id: Uuid,
    pub created_at: Timestamp,
    #[serde(default)]
    pub logo_url: Option<String>,
}

/// Why no workspace was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    #[error("the person has no home that could sponsor it")]
    NoSponsor,
    #[error("the person made {limit} workspaces already")]
    TooMany { limit: u32 },
    #[error("the key was used for another request")]
    KeyReused,
    #[error("a request with this key is under way")]
    UnderWay,
    #[error("no workspace was made")]
    Source(#[from] SourceError),
}

/// Why a workspace was not entered.
#[derive(Debug, thiserror::Error)]
pub enum EnterError {
    #[error("{}", .0.label())]
    Refused(Reason),
    #[error("the workspace was not entered")]
    Source(#[from] SourceError),
}

/// A person's workspaces.
#[async_trait]
pub trait Workspaces: Send + Sync {
    /// Home first, then what the person joined, in the order of joining; `limit` at most.
    async fn list(&self, principal: &Principal, after: Option<&SeatKey>, limit: usize)
    -> Result<SeatPage, SourceError>;

    /// One that the person joined; `None`: they did not, or it is deleted.
    async fn one(&self, principal: &Principal, workspace: &str) -> Result<Option<Seat>, SourceError>;

    /// Makes a workspace that the person's home sponsors; with `once`, or tells which one it made before. In force on
    /// this node when it returns.
    async fn create(
        &self,
        principal: &Principal,
        draft: &Draft,
        once: Option<&Once>,
        trail: &Trail,
    ) -> Result<Created, CreateError>;

    /// Notes that the person goes on in `workspace`, if they may: membership, then life, then flag.
    async fn enter(
        &self,
        principal: &Principal,
        snapshot: &Snapshot,
        workspace: &str,
        trail: &Trail,
    ) -> Result<(), EnterError>;
}
