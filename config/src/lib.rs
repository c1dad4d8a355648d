//! What the operator said.
//!
//! Promise: [`load()`] turns a file, the environment and a CRM profile into a [`Config`] whose values are valid
//! because they exist, or into every mistake at once, each with its place and its remedy.
//!
//! **Invariant:** this room is the only reader of the environment, and nothing that it prints holds a secret.
//!
//! **Deliberately absent:** reloading, defaults that depend on the machine, and any connection: whether what was
//! said is true of the running CRM is for `annex doctor`.
#![deny(missing_docs)]
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

mod config;
mod credential;
mod document;
mod keys;
mod load;
mod mistake;
mod net;
mod parse;
mod profile;
mod raw;
mod redacted;
mod secret;
mod sources;

pub use annex_policy::ContextStrategy;
pub use config::{
    AdminConfig, AnnexSecrets, AuditConfig, BypassConfig, CanaryConfig, CanaryMode, Config, DatabaseConfig, FlagConfig,
    ForwardedMode, Inject, Limits, ListenConfig, LogFormat, MailConfig, MailTransport, RedisConfig, ShutdownConfig,
    SmtpCredentials, SmtpEncryption, SmtpServer, TelemetryConfig, TlsFiles, UiConfig, UiLanguage, UpstreamConfig,
    WebhookConfig,
};
pub use credential::{Algorithm, CredentialKeys, JwksSource, SigningKey, VerifyKey};
pub use keys::{KEYS, Key, Visibility};
pub use load::load;
pub use mistake::{Mistake, Mistakes, Place};
pub use net::IpNet;
pub use profile::{
    BrandColumns, BrandValue, BrowserProfile, CanaryProfile, ClaimNames, ClaimValue, ContextProfile, CredentialProfile,
    CrmDatabase, CrmProfile, Grants, ProfileUpstream, RedactProfile, Relation, Rewrite, RewriteField, RewriteKind,
    RoleClaims, ShadowProfile, TenantColumns, UserColumns, shipped_profile,
};
pub use secret::Secret;
pub use sources::Sources;
