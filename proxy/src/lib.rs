//! Annex, the shell around the policy: it speaks HTTP, PostgreSQL and Redis so that `annex_policy` need not.
//!
//! The way of one request is the list of files in [`stage`]; `docs/ARCHITECTURE.md` walks it.
//! Arrows between the rooms are held by a test: `cli → app → gateway → stage → {identity, snapshot, ports}`,
//! `app → api → ports`; only `app` and `cli` know `store`, `crm` and `manage`, which implement the ports.

pub mod api;
pub mod app;
pub mod brand;
pub mod cli;
pub mod clock;
pub mod coding;
pub mod courier;
pub mod crm;
pub mod gateway;
pub mod html;
pub mod identity;
pub mod keyring;
pub mod mail;
pub mod manage;
pub mod ports;
pub mod snapshot;
pub mod stage;
pub mod store;
pub mod telemetry;
pub mod ui;
pub mod visible;
