//! What people change about their workspaces: each change one transaction, on a locked workspace, judged by the row of
//! whoever asks as it stands under that lock.
//!
//! One change: [`Desk::turn`] → [`Turn::begin`] → the domain's rows ([`store`](crate::store), [`crm`](crate::crm)) → [`Desk::finish`].
//!
//! What is asked for by a port has that port's name: [`Members`] is how `ports::Members` is done. There is one way to do it, so
//! that neither a store nor a verb in the name would tell it from another.
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
mod turn;
mod webhooks;

pub use activity::Activity;
pub use branding::Branding;
pub use change::{Begun, Change, Desk, failed};
pub use invitations::{InvitationLimits, Invitations, Mail};
pub use lifecycle::Lifecycle;
pub use members::Members;
pub use offers::Offers;
pub use onboarding::Onboarding;
pub use orphans::Orphans;
pub use postman::{Postman, Round};
pub use roles::Roles;
pub use settings::Settings;
pub use standing::Standing;
pub use summary::Summaries;
pub use transfers::Transfers;
pub use turn::{Turn, Turns};
pub use webhooks::Webhooks;
