//! The promises, kept from outside, in one test binary: it links once, and its tests share one
//! PostgreSQL cluster.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails, and says why"
)]

mod api;
mod flags_sql;
mod harness;
mod migrations;
mod tidy;
