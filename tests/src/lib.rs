//! The harness of Annex's promises: the parts are real, and they end with the tests.
//!
//! Promise: a suite gets its own PostgreSQL, Redis, CRM and `annex` process, on ports and folders of
//! their own, started from nothing; two runs side by side never meet. Nothing survives the test
//! process, even after `kill -9`.
//! **Invariant.** The product is seen from outside alone: its binary, its environment, its wires.
//! Deliberately absent: mocks, fixed ports, sleeps.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    clippy::missing_panics_doc,
    reason = "a harness that cannot go on ends the test, and says why"
)]

pub mod browser;
pub mod crm;
pub mod database;
pub mod document;
pub mod folder;
pub mod guard;
pub mod http;
pub mod load;
pub mod plans;
pub mod ports;
pub mod postgres;
pub mod record;
pub mod redis;
pub mod scene;
pub mod shared;
pub mod sidecar;
pub mod signal;
pub mod smtp;
pub mod story;
pub mod strategy;
pub mod supervisor;
pub mod tree;

mod binary;
mod janitor;
mod template;
