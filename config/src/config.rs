//! The configuration, valid because it exists.
//!
//! Promise: whoever holds a [`Config`] need check nothing of it again.
//!
//! **Deliberately absent:** `Option` for "use the default": a default has been taken by now.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::credential::CredentialKeys;
use crate::net::IpNet;
use crate::profile::CrmProfile;
use crate::secret::Secret;

/// Everything that the operator said, with the CRM profile.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where clients connect.
    pub listen: ListenConfig,
    /// Where operators and probes connect.
    pub admin: AdminConfig,
    /// The CRM.
    pub upstream: UpstreamConfig,
    /// What Annex knows of the CRM.
    pub profile: Arc<CrmProfile>,
    /// The keys of the CRM's credential.
    pub credential: CredentialKeys,
    /// PostgreSQL.
    pub database: DatabaseConfig,
    /// Redis, if there is one.
    pub redis: Option<RedisConfig>,
    /// What Annex's own keys derive from.
    pub secret: AnnexSecrets,
    /// The flag, as far as configuration decides it.
    pub flags: FlagConfig,
    /// What happens to `X-Forwarded-*`.
    pub forwarded: ForwardedMode,
    /// Whose `X-Forwarded-*` is believed.
    pub forwarded_trusted: Vec<IpNet>,
    /// Bounds.
    pub limits: Limits,
    /// What is written down beside changes.
    pub audit: AuditConfig,
    /// How webhooks are sent.
    pub webhooks: WebhookConfig,
    /// Logs.
    pub telemetry: TelemetryConfig,
    /// How Annex ends.
    pub shutdown: ShutdownConfig,
    /// How invitations are mailed.
    pub mail: MailConfig,
    /// How bypass is forced from outside.
    pub bypass: BypassConfig,
    /// How answers in a workspace are read for what is another tenant's.
    pub canary: CanaryConfig,
    /// What people see in the CRM's pages.
    pub ui: UiConfig,
    /// The folder of sockets and state that a restart may lose.
    pub run_dir: PathBuf,
    /// The address that people know the CRM by, for links in mails; without a slash at the end.
    pub public_url: Option<String>,
}

/// The public listener.
#[derive(Debug, Clone)]
pub struct ListenConfig {
    /// Its address.
    pub address: SocketAddr,
    /// TLS, if Annex terminates it.
    pub tls: Option<TlsFiles>,
    /// HTTP/2 over TLS, by ALPN.
    pub h2: bool,
    /// HTTP/2 without TLS, by prior knowledge.
    pub h2c: bool,
    /// The socket over which a new process takes the listeners over.
    pub upgrade_socket: PathBuf,
}

/// A certificate and its key, in PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// The admin listener.
#[derive(Debug, Clone)]
pub struct AdminConfig {
    /// Its address. Not a loopback address only with a token.
    pub address: SocketAddr,
    /// What a write must send; without it the listener is read-only.
    pub token: Option<Secret>,
    /// Names that `Host` may say, without a port.
    pub allowed_hosts: Vec<String>,
}

/// The connection to the CRM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamConfig {
    /// Its host name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// TLS towards it.
    pub tls: bool,
    /// How long connecting may take.
    pub connect_timeout_ms: u64,
    /// How long one read may take; `None` waits as long as the CRM's own clients would.
    pub read_timeout_ms: Option<u64>,
    /// How long one write may take.
    pub write_timeout_ms: Option<u64>,
    /// How long an idle connection is kept. Shorter than the CRM keeps it.
    pub idle_timeout_ms: u64,
    /// How many idle connections are kept.
    pub pool_size: usize,
}

/// PostgreSQL.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// As the runtime role.
    pub url: Secret,
    /// As the owner of the schema.
    pub migrate_url: Secret,
    /// Connections per node.
    pub pool_size: usize,
    /// How long one statement may take.
    pub statement_timeout_ms: u64,
    /// How long connecting may take.
    pub connect_timeout_ms: u64,
}

/// Redis.
#[derive(Debug, Clone)]
pub struct RedisConfig {
    /// Where.
    pub url: Secret,
    /// How long one command may take before PostgreSQL is asked instead.
    pub timeout_ms: u64,
}

/// What Annex's own keys derive from. At least 32 bytes each.
#[derive(Debug, Clone)]
pub struct AnnexSecrets {
    /// Signs and verifies.
    pub current: Secret,
    /// Still verifies during a rotation.
    pub previous: Option<Secret>,
}

/// The flag, as far as configuration decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlagConfig {
    /// `MULTI_WORKSPACE_ENABLED`.
    pub environment: bool,
    /// May Redis turn on? If not, it is a brake only.
    pub redis_on: bool,
    /// How long an allow outlives the loss of its sources.
    pub membership_lease_ms: u64,
}

/// What happens to `X-Forwarded-*` on the way to the CRM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardedMode {
    /// Passes as it came.
    Preserve,
    /// The peer's address is appended.
    Append,
    /// Replaced by what this hop knows.
    Set,
}

/// Bounds on what one caller or one node may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A body of the management API.
    pub api_body_bytes: usize,
    /// A request's head must be complete by then.
    pub head_timeout_ms: u64,
    /// Open downstream connections.
    pub connections: usize,
    /// Memberships in memory, negative ones included.
    pub membership_cache_entries: u64,
    /// Verified credentials in memory.
    pub credential_cache_entries: u64,
    /// Workspaces that one person may create.
    pub workspaces_per_person: u32,
    /// Days that an invitation lasts if it does not say; 30 at most.
    pub invitation_days: u32,
    /// Members of one workspace, beside its natives.
    pub members_per_workspace: u32,
    /// Invitations to one address, whoever sends them, in a day.
    pub invitations_per_address_day: u32,
    /// Invitations that one person sends in an hour.
    pub invitations_per_person_hour: u32,
    /// Invitations of one workspace in a day.
    pub invitations_per_workspace_day: u32,
    /// Days in which a deleted workspace can be restored; 365 at most.
    pub restore_days: u32,
    /// Open streams of events on one node.
    pub event_streams: usize,
    /// Open streams of events of one person on one node.
    pub event_streams_per_person: usize,
}

/// What is written down beside changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditConfig {
    /// Refused requests to the CRM that become audit events, per workspace and node; `None`: none do.
    pub denials_per_minute: Option<u64>,
    /// How often workspaces without an Admin are looked for.
    pub orphans_ms: u64,
}

/// How webhooks are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookConfig {
    /// May they go to addresses that are not public, and to loopback without TLS?
    pub allow_private: bool,
    /// How long one delivery may take.
    pub timeout_ms: u64,
    /// How long after a first failure; it doubles from there.
    pub first_retry_ms: u64,
    /// Days of nothing but failures after which an endpoint is switched off.
    pub disable_after_days: u32,
}

/// Logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetryConfig {
    /// Their form.
    pub format: LogFormat,
    /// A filter such as `info` or `annex=debug,info`.
    pub level: String,
}

/// The form of logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For people.
    Pretty,
}

/// How Annex ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShutdownConfig {
    /// How long after the signal new connections are still taken, so that balancers notice.
    pub grace_ms: u64,
    /// How long exchanges under way may take after that.
    pub timeout_ms: u64,
}

/// How invitations are mailed.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// By which way.
    pub transport: MailTransport,
    /// The sender: an address, alone or in angle brackets behind a name.
    pub from: String,
    /// How long one step of the talk with the server may take.
    pub timeout_ms: u64,
}

/// The way of mail.
#[derive(Debug, Clone)]
pub enum MailTransport {
    /// Invitations are links only.
    Off,
    /// Each mail becomes a file of this folder.
    File(PathBuf),
    /// To a server.
    Smtp(SmtpServer),
}

/// A server that takes mail.
#[derive(Debug, Clone)]
pub struct SmtpServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What stands around the talk.
    pub encryption: SmtpEncryption,
    /// As whom.
    pub credentials: Option<SmtpCredentials>,
    /// One more authority, in PEM, that may vouch for the server.
    pub ca: Option<PathBuf>,
}

/// What stands around the talk with a mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpEncryption {
    /// Nothing: this machine, or the operator said so.
    None,
    /// STARTTLS (RFC 3207), or no mail.
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Implicit,
}

/// Who sends.
#[derive(Debug, Clone)]
pub struct SmtpCredentials {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// How bypass is forced from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BypassConfig {
    /// While this file exists, Annex is a relay.
    pub file: PathBuf,
}

/// How answers in a workspace are read for what is another tenant's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CanaryConfig {
    /// What a finding does.
    pub mode: CanaryMode,
    /// How many of a hundred answers are read.
    pub sample_percent: u8,
    /// In mode `block`, how much of one answer is held back until it was read.
    pub limit_bytes: usize,
}

/// What a finding of the isolation canary does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CanaryMode {
    /// No answer is read.
    Off,
    /// It is counted and logged; the answer goes on as it came.
    Count,
    /// It is counted and logged, and the answer stays here.
    Block,
}

/// What people see in the CRM's pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UiConfig {
    /// Whose pages of the CRM get the loader.
    pub inject: Inject,
    /// The language of our texts; `None`: the page's, else the browser's.
    pub language: Option<UiLanguage>,
    /// The keys that open the switcher, as `Alt+Shift+KeyW`; `None`: none do.
    pub shortcut: Option<String>,
}

/// The languages of the catalogue (`proxy/ui/src/words`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UiLanguage {
    /// `en`.
    English,
    /// `de`.
    German,
}

impl UiLanguage {
    /// As in `lang` (RFC 5646).
    pub fn tag(self) -> &'static str {
        match self {
            UiLanguage::English => "en",
            UiLanguage::German => "de",
        }
    }
}

/// Whose pages of the CRM get the loader (rule R11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inject {
    /// Those of people who have the feature, by the marker cookie; nobody else's change by a byte.
    Known,
    /// Everybody's, while some tenant is on; the loader finds out whose page it is.
    Any,
}

impl UpstreamConfig {
    /// The CRM's address as a URL without a path.
    pub fn url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{scheme}://{host}:{}", self.port)
    }
}
