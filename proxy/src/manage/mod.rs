//! What people change about their workspaces: each change one transaction, on a locked workspace, judged by the row of
//! whoever asks as it stands under that lock.
//!
//! One change: [`Desk::begin`] → the domain's rows ([`store`](crate::store), [`crm`](crate::crm)) → [`Desk::finish`].
//!
//! **Invariant:** nothing is written before the caller's own standing was read again under the lock; nobody grants what
//! they lack; no commit without its audit events; no commit that leaves a workspace without an Admin who can sign in.
//! **Deliberately absent:** HTTP. The API asks through [`ports`](crate::ports).

mod activity;
mod branding;
mod change;
mod closing;
mod invitations;
pub mod later;
mod lifecycle;
mod members;
mod offers;
mod onboarding;
pub mod operate;
mod orphans;
mod postman;
mod roles;
mod secrets;
mod settings;
mod standing;
mod summary;
mod transfers;
mod webhooks;

pub use activity::Ledger;
pub use branding::Brandings;
pub use change::{Begun, Change, Desk, failed};
pub use invitations::{InvitationLimits, Mail, PgInvitations};
pub use lifecycle::Lifecycle;
pub use members::PgMembers;
pub use offers::PgOffers;
pub use onboarding::Onboardings;
pub use orphans::PgOrphans;
pub use postman::{Postman, Round};
pub use roles::PgRoles;
pub use settings::Settings;
pub use standing::Standing;
pub use summary::Summaries;
pub use transfers::Transfers;
pub use webhooks::Hooks;
