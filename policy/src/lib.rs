//! What is allowed.
//!
//! Promise: the same question gets the same answer, in a few microseconds, from memory alone.
//! Roles, permissions, the CRM's routes and what they need, the value of the flag for a workspace,
//! and [`authorize`], the one way to a [`Permit`].
//!
//! **Invariant:** nothing outside this room can make a [`Permit`] or a [`Refusal`], so a request that
//! reaches the CRM in a workspace's context was allowed here.
//!
//! **Deliberately absent:** I/O, clocks, async, randomness, tokens, HTTP types, JSON. Every input is a
//! value that somebody else has already read and checked.
#![deny(missing_docs, clippy::wildcard_enum_match_arm)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a failing test should stop where it fails"
    )
)]

mod body;
mod decision;
mod flag;
mod giving;
mod membership;
mod path;
mod permission;
mod role;
mod rollout;
mod route;
mod table;

pub use body::{BodyGuard, Demand, Depth, EVERY_KEY, Leaf, LeafValue};
pub use decision::{
    Attempt, Feature, Naming, Permit, Place, Reason, Refusal, RoleView, Standing, WorkspaceState, authorize,
};
pub use flag::{Evaluation, FlagRow, FlagSource, FlagTable, Mode, SPONSOR_DEPTH_MAX, Scope, UnknownMode};
pub use giving::Lack;
pub use membership::{Asked, ContextStrategy, MembershipEvent};
pub use path::{AmbiguousPath, MatchPath};
pub use permission::{Module, Permission, PermissionSet, UnknownPermission, Verb};
pub use role::{SystemRole, UnknownRole};
pub use rollout::{FLAG_KEY, Rollout, bucket};
pub use route::{Method, Obligations, ParentCheck, Route, RouteClass};
pub use table::{Params, RouteMatch, RouteMistake, RouteTable};
