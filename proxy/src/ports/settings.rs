//! What a workspace says of itself: asking for it, and changing it.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Asked, Denied, SeatRole};

/// What people said of a workspace; `None`: nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Particulars {
    /// `None`: the CRM's own name is shown.
    pub name: Option<String>,
    pub business_type: Option<String>,
    pub industry: Option<String>,
    /// Lines, separated by line feeds.
    pub address: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// A name of the IANA database.
    pub time_zone: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
}

/// What is to be said from now on. `None`: as before; `Some(None)`: nothing any more. Every value has been checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edit {
    pub name: Option<Option<String>>,
    pub business_type: Option<Option<String>>,
    pub industry: Option<Option<String>>,
    pub address: Option<Option<String>>,
    pub email: Option<Option<String>>,
    pub phone: Option<Option<String>>,
    pub currency: Option<Option<String>>,
    pub time_zone: Option<Option<String>>,
    pub language: Option<Option<String>>,
}

impl Edit {
    /// What `before` becomes.
    pub fn over(&self, before: Particulars) -> Particulars {
        fn or(change: &Option<Option<String>>, before: Option<String>) -> Option<String> {
            change.clone().unwrap_or(before)
        }
        Particulars {
            name: or(&self.name, before.name),
            business_type: or(&self.business_type, before.business_type),
            industry: or(&self.industry, before.industry),
            address: or(&self.address, before.address),
            email: or(&self.email, before.email),
            phone: or(&self.phone, before.phone),
            currency: or(&self.currency, before.currency),
            time_zone: or(&self.time_zone, before.time_zone),
            language: or(&self.language, before.language),
        }
    }
}

/// One workspace, as one of its people sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    pub workspace: String,
    /// Whether it is the caller's home.
    pub is_home: bool,
    /// The caller's.
    pub role: SeatRole,
    /// The name that is shown: what Annex was told, else the CRM's.
    pub name: String,
    pub particulars: Particulars,
    pub logo_url: Option<String>,
    pub owner: Option<String>,
    pub sponsor: Option<String>,
    pub created_by: Option<String>,
    /// `None`: Annex has no row of this home.
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    /// Rises with each change of what stands here. A home without a row has the version of a new row.
    pub version: i64,
}

/// Reads and changes what a workspace says of itself.
#[async_trait]
pub trait Settings: Send + Sync {
    /// The workspace, for any of its people.
    async fn about(&self, asked: &Asked<'_>) -> Result<About, Denied>;

    /// Changes it; only for who may manage the workspace. Nothing new raises no version.
    async fn change(&self, asked: &Asked<'_>, edit: &Edit) -> Result<About, Denied>;
}
