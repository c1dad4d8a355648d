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

mod activity;
mod api;
mod api_matrix;
mod branding;
mod canary;
mod cli;
mod context;
mod doctor;
mod events;
mod failure;
mod flags;
mod flags_sql;
mod framing;
mod fuzz;
mod harness;
mod holes;
mod hostile;
mod inject;
mod invitations;
mod matrix;
mod member_row;
mod members;
mod migrations;
mod onboarding;
mod openapi;
mod orphans;
mod passthrough;
mod revocation;
mod roles;
mod shadow;
mod shutdown;
mod tidy;
mod tls;
mod ui;
mod webhooks;
mod workspaces;
