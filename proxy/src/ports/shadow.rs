//! What shadow records: counts of how home traffic would have been decided, and of routes that nobody mapped.
//!
//! **Invariant:** none of it holds a token, a body, a query or an e-mail; paths are the profile's patterns, or folded.

use std::sync::Arc;

use annex_policy::{Method, Permission};
use async_trait::async_trait;

use super::SourceError;

/// How many samples a count keeps, the latest ones.
pub const SAMPLES: usize = 5;

/// How many rows a tenant may have, and how many routes may be unmapped. What finds no room is counted under `*`.
pub const TENANT_ROWS_MAX: i64 = 2000;
/// See [`TENANT_ROWS_MAX`]; of these, what finds no room is not recorded.
pub const UNMAPPED_ROWS_MAX: i64 = 1000;

/// What makes two would-be decisions the same one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WouldBe {
    pub tenant: Arc<str>,
    pub route: MetRoute,
    pub role: Arc<str>,
    pub basis: Basis,
    pub outcome: WouldOutcome,
}

/// A route of the profile, or a folded path where the profile has none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MetRoute {
    pub method: Method,
    pub pattern: Arc<str>,
}

/// Where the role comes from that was weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    /// From the CRM's users row (rule R4). With the flag on such a person lives under the CRM's own rules.
    Derived,
    /// An Admin set it.
    Set,
    /// An Admin removed or suspended the person.
    Blocked,
}

impl Basis {
    /// The word in `shadow_decisions.basis`.
    pub fn label(self) -> &'static str {
        match self {
            Basis::Derived => "derived",
            Basis::Set => "set",
            Basis::Blocked => "blocked",
        }
    }
}

/// Allowed, or why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WouldOutcome {
    Allow,
    Deny {
        /// The metric label of the reason.
        reason: &'static str,
        /// The permission that the role lacks.
        permission: Option<Permission>,
    },
}

impl WouldOutcome {
    /// The metric label.
    pub fn effect(self) -> &'static str {
        match self {
            WouldOutcome::Allow => "allow",
            WouldOutcome::Deny { .. } => "deny",
        }
    }
}

/// One request of a count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The exchange's id, as in the log.
    pub request: Arc<str>,
    pub principal: Arc<str>,
    /// Seconds since the Unix epoch.
    pub at_s: i64,
}

/// How often, from when to when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    pub seen: u64,
    /// Seconds since the Unix epoch.
    pub first_s: i64,
    /// Seconds since the Unix epoch.
    pub last_s: i64,
    /// The latest, newest first; [`SAMPLES`] at most.
    pub samples: Vec<Sample>,
}

/// What is written down at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShadowBatch {
    pub decisions: Vec<(WouldBe, Count)>,
    pub unmapped: Vec<(MetRoute, Count)>,
}

/// Where the counts are kept.
#[async_trait]
pub trait ShadowLedger: Send + Sync {
    /// Adds all of `batch`, or nothing.
    async fn add(&self, batch: &ShadowBatch) -> Result<(), SourceError>;
}
