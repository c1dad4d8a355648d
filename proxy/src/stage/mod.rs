//! One request, stage by stage. The files are the way:
//!
//! [`mod@receive`] → [`identify`] → [`mod@contextualize`] (which asks [`flag`]) → [`decide`] → [`guard`] → [`rewrite`] → [`forward`] → [`inject`] → [`record`]
//! (before it [`shadow`]). Before all of them [`shadow_user`] is judged;
//! whatever refuses on the way goes out through [`respond`].
//!
//! **Architecture invariant:** no request reaches the CRM without a [`Passage`], and a passage into a workspace is
//! made only from a `Permit`, which only `annex_policy::authorize` makes.
//! **Deliberately absent:** SQL, Redis commands, Pingora's phases (those are in `gateway`).

pub mod answer;
pub mod canary;
pub mod contextualize;
pub mod decide;
pub mod denials;
pub mod evidence;
pub mod exchange;
pub mod failure;
pub mod flag;
pub mod forward;
pub mod guard;
pub mod health;
pub mod held;
pub mod identify;
pub mod inject;
pub mod leash;
pub mod leaving;
pub mod marker;
pub mod receive;
pub mod record;
pub mod refresh;
pub mod respond;
pub mod rewrite;
pub mod shadow;
pub mod shadow_user;

pub use contextualize::contextualize;
pub use exchange::{Exchange, Passage, Room, Rooms};
pub use receive::{Received, receive};
pub use respond::Rejection;
