//! The flag as administrators see and set it.

use annex_policy::{Mode, Scope};
use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Denied, Once, SourceError, Trail};

/// Everything that was said for one scope.
#[derive(Debug, Clone)]
pub struct FlagEntry {
    pub scope: Scope,
    /// The row of `feature_flags`.
    pub row: Option<FlagRecord>,
    /// What an operator wrote into Redis, unless that ended.
    pub over: Option<FlagOverride>,
}

/// A row of `feature_flags`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagRecord {
    pub id: Uuid,
    /// `None`: nobody decided.
    pub enabled: Option<bool>,
    pub shadow: bool,
    pub description: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub updated_by: Option<String>,
}

/// A copied override.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagOverride {
    pub on: bool,
    /// False: a later write to the row won over it.
    pub is_active: bool,
    pub seen_at: Timestamp,
    pub node: Option<String>,
}

/// A value for one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagChange {
    pub scope: Scope,
    /// `Shadow` is off to every caller, and recorded.
    pub mode: Mode,
    /// `None` keeps the description that stands.
    pub description: Option<String>,
}

/// How far a true global value reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    pub percentage: u8,
    pub deny: Vec<String>,
    pub updated_at: Timestamp,
    pub updated_by: Option<String>,
    /// The global row's own value; `None`: nobody decided.
    pub mode: Option<Mode>,
}

/// What is to change of the rollout; `None` keeps what stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RolloutChange {
    pub percentage: Option<u8>,
    pub deny: Option<Vec<String>>,
    /// Written into the global row.
    pub mode: Option<Mode>,
}

/// The flag's rows. Every change is an audit event, and in force on this node when the call returns.
#[async_trait]
pub trait Flags: Send + Sync {
    /// Scopes after `after` in the order of their ids (`*` is everything), `limit` at most.
    async fn list(&self, after: Option<&str>, limit: i64) -> Result<Vec<FlagEntry>, SourceError>;

    /// Writes one scope and no other; what stands in it, if the same request wrote it before.
    async fn set(&self, change: &FlagChange, once: Option<&Once>, trail: &Trail) -> Result<FlagEntry, Denied>;

    async fn rollout(&self) -> Result<Rollout, SourceError>;

    /// The same.
    async fn set_rollout(&self, change: &RolloutChange, once: Option<&Once>, trail: &Trail) -> Result<Rollout, Denied>;
}
