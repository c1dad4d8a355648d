//! How a workspace shows itself: reading it, changing it, and the pictures that everybody may see.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Asked, Denied, SourceError};
use crate::brand::{Logo, Look};

/// What a workspace chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branded {
    pub version: i64,
    pub live: Look,
    /// `None` also for whoever may not change it.
    pub draft: Option<Look>,
    /// Paths by width in pixels, the smallest first; empty: no logo.
    pub logo: Vec<(u16, String)>,
    /// Which values the profile maps to the CRM's own tables.
    pub mapped: Vec<&'static str>,
    /// Which of them stand there now.
    pub shown: Vec<&'static str>,
    pub updated_by: Option<String>,
    pub updated_at: Option<Timestamp>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrandChange {
    Live(Look),
    Draft(Look),
    /// The draft goes live.
    Publish,
    /// The draft goes.
    Discard,
    Logo(Logo),
    NoLogo,
    /// All of it goes: the workspace looks as the CRM has it.
    Reset,
}

/// A workspace's branding.
#[async_trait]
pub trait Branding: Send + Sync {
    /// For every member who may read the workspace.
    async fn read(&self, asked: &Asked<'_>) -> Result<Branded, Denied>;

    /// Whether the caller may change it, before anything costly is done for them.
    async fn may_change(&self, asked: &Asked<'_>) -> Result<(), Denied>;

    /// Changes it, and the CRM's own tables with it where it is live.
    async fn change(&self, asked: &Asked<'_>, change: BrandChange) -> Result<Branded, Denied>;

    /// The PNG of a name, for whoever knows the name.
    async fn picture(&self, name: &str) -> Result<Option<Vec<u8>>, SourceError>;
}
