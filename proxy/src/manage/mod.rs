//! What people change about their workspaces: each change one transaction, on a locked workspace, judged by the row of
//! whoever asks as it stands under that lock.
//!
//! One change: [`Desk::begin`] → the domain's rows ([`store`](crate::store), [`crm`](crate::crm)) → [`Desk::finish`].
//!
//! **Invariant:** nothing is written before the caller's own standing was read again under the lock; nobody grants what
//! they lack; no commit without its audit events; no commit that leaves a workspace without an Admin who can sign in.
//! **Deliberately absent:** HTTP. The API asks through [`ports`](crate::ports).

mod branding;
mod change;
pub mod later;
mod onboarding;
mod standing;

pub use branding::Brandings;
pub use change::{Begun, Change, Desk, failed};
pub use onboarding::Onboardings;
pub use standing::Standing;
