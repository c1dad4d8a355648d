//! Where the truth is kept: PostgreSQL. Redis may be lost; memory stands in front of both.
//!
//! **Invariant:** an allow is believed only at the workspace epoch that came from PostgreSQL.
//! Every statement is one literal, schema-qualified; the transaction is the caller's.

pub mod activity;
mod announce;
pub mod assets;
pub mod audit;
pub mod bindings;
pub mod branding;
mod denials;
mod fault;
pub mod flags;
pub mod idempotency;
pub mod invitations;
pub mod lifecycle;
mod listener;
mod load;
pub mod members;
pub mod membership;
pub mod onboarding;
pub mod orphans;
pub mod outbox;
pub mod postgres;
pub mod purge;
pub mod redis;
pub mod roles;
pub mod settings;
pub mod shadow;
pub mod shadow_users;
pub mod summary;
pub mod transfers;
pub mod webhooks;
pub mod workspaces;

pub use self::redis::{Redis, RedisError};
pub use announce::{Announcer, Changed};
pub use bindings::PgBindings;
pub use denials::DenialRecorder;
pub use flags::PgFlags;
pub use listener::{Changes, Listener};
pub use load::{FLAG, LoadError, Loader, role as role_of};
pub use membership::TieredMemberships;
pub use postgres::{PoolError, Postgres};
pub use shadow::PgShadow;
