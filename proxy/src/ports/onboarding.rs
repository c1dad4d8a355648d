//! The first steps of a workspace.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Asked, Denied};

/// A step. Closed: the names stand in the API and in the profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    AddBranding,
    InviteTeam,
    CreateCustomer,
    CreateProduct,
    CreateProposal,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepStatus {
    Pending,
    Completed,
    Skipped,
}

/// One step as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepState {
    pub step: Step,
    pub status: StepStatus,
    /// Whether rows show it; else somebody said so, or nobody.
    pub is_seen: bool,
    pub by: Option<String>,
    pub at: Option<Timestamp>,
}

/// All steps, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Onboarded {
    pub version: i64,
    /// `None`: the workspace was there before Annex, and nobody said anything of its steps.
    pub started_at: Option<Timestamp>,
    pub steps: Vec<StepState>,
    pub dismissed_at: Option<Timestamp>,
    pub dismissed_by: Option<String>,
}

/// One change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepChange {
    Say(Step, StepStatus),
    Dismiss,
    Reopen,
}

impl Step {
    /// In the order in which they are offered.
    pub const ALL: [Step; 5] =
        [Step::AddBranding, Step::InviteTeam, Step::CreateCustomer, Step::CreateProduct, Step::CreateProposal];

    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Step::AddBranding => "add_branding",
            Step::InviteTeam => "invite_team",
            Step::CreateCustomer => "create_customer",
            Step::CreateProduct => "create_product",
            Step::CreateProposal => "create_proposal",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.name() == name)
    }
}

impl StepStatus {
    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            StepStatus::Pending => "pending",
            StepStatus::Completed => "completed",
            StepStatus::Skipped => "skipped",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<StepStatus> {
        [StepStatus::Pending, StepStatus::Completed, StepStatus::Skipped].into_iter().find(|one| one.name() == name)
    }
}

/// A workspace's first steps.
#[async_trait]
pub trait Onboarding: Send + Sync {
    /// For every member who may read the workspace.
    async fn read(&self, asked: &Asked<'_>) -> Result<Onboarded, Denied>;

    /// Says something of a step, or puts the list away and back.
    async fn change(&self, asked: &Asked<'_>, change: StepChange) -> Result<Onboarded, Denied>;
}
