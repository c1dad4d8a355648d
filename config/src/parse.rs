//! From words to values.
//!
//! Promise: every value is checked and every mistake noted; the [`Config`] that comes back is only valid if none was.

mod credential;
mod mail;
mod ui;
mod url;
mod values;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use crate::config::{
    AdminConfig, AnnexSecrets, AuditConfig, BypassConfig, CanaryConfig, CanaryMode, Config, DatabaseConfig, FlagConfig,
    ForwardedMode, Limits, ListenConfig, LogFormat, RedisConfig, ShutdownConfig, TelemetryConfig, TlsFiles,
    UpstreamConfig, WebhookConfig,
};
use crate::mistake::Mistake;
use crate::profile::CrmProfile;
use crate::raw::Raw;
use crate::secret::Secret;
use values::Values;

/// The shortest secret that Annex derives keys from.
const SECRET_BYTES_MIN: usize = 32;
/// The shortest token of the admin listener.
const ADMIN_TOKEN_BYTES_MIN: usize = 16;

/// Parses everything. `None` only without a profile; otherwise look at `mistakes`.
pub(crate) fn config(raw: &Raw, profile: Option<Arc<CrmProfile>>, mistakes: &mut Vec<Mistake>) -> Option<Config> {
    let mut values = Values { raw, mistakes };
    let run_dir = PathBuf::from(values.text("run_dir"));
    let listen = listen(&mut values, &run_dir);
    let admin = admin(&mut values, listen.address);
    let crm_idle_timeout_ms = profile.as_ref().map_or(1, |profile| profile.upstream.idle_timeout_ms);
    let upstream = upstream(&mut values, &listen, crm_idle_timeout_ms);
    let credential = profile.as_ref().map(|profile| credential::keys(&mut values, profile.credential.algorithm));
    let database = database(&mut values);
    let redis = redis(&mut values);
    let secret = secrets(&mut values);
    let flags = flags(&mut values);
    let forwarded = values.one_of(
        "forwarded",
        &[("preserve", ForwardedMode::Preserve), ("append", ForwardedMode::Append), ("set", ForwardedMode::Set)],
    );
    let forwarded_trusted = values.list("trusted.addresses");
    let limits = limits(&mut values);
    let audit = AuditConfig {
        denials_per_minute: values.number_or_none("audit.denials_per_minute"),
        orphans_ms: values.number("audit.orphans_ms"),
    };
    let webhooks = webhooks(&mut values);
    let telemetry = telemetry(&mut values);
    let shutdown = shutdown(&mut values);
    let bypass = BypassConfig { file: values.path("bypass.path").unwrap_or_else(|| run_dir.join("bypass")) };
    let canary = canary(&mut values);
    let ui = ui::ui(&mut values);
    let public_url =
        values.optional("public_url", |text| url::origin(text).map(|_| text.trim_end_matches('/').to_owned()));
    let mail = mail::mail(&mut values, public_url.is_some());
    let (profile, credential) = (profile?, credential?);
    Some(Config {
        listen,
        admin,
        upstream,
        profile,
        credential,
        database,
        redis,
        secret,
        flags,
        forwarded,
        forwarded_trusted,
        limits,
        audit,
        webhooks,
        telemetry,
        shutdown,
        mail,
        bypass,
        canary,
        ui,
        run_dir,
        public_url,
    })
}

fn listen(values: &mut Values<'_>, run_dir: &std::path::Path) -> ListenConfig {
    let tls = match (values.path("tls.certificate_path"), values.path("tls.key_path")) {
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
        (None, None) => None,
        (Some(_), None) => {
            values.note("tls.certificate_path", "a certificate without its key", "set `tls.key_path` too");
            None
        }
        (None, Some(_)) => {
            values.note("tls.key_path", "a key without its certificate", "set `tls.certificate_path` too");
            None
        }
    };
    ListenConfig {
        address: values.address("listen"),
        tls,
        h2: values.boolean("server.h2"),
        h2c: values.boolean("server.h2c"),
        upgrade_socket: values.path("server.upgrade_socket").unwrap_or_else(|| run_dir.join("upgrade.sock")),
    }
}

fn admin(values: &mut Values<'_>, public: SocketAddr) -> AdminConfig {
    let address = values.address("admin_listen");
    let token = values.secret("admin_token");
    if token.as_ref().is_some_and(|token| token.expose().len() < ADMIN_TOKEN_BYTES_MIN) {
        values.note(
            "admin_token",
            format!("the admin token is shorter than {ADMIN_TOKEN_BYTES_MIN} bytes"),
            "make one with `openssl rand -hex 32`",
        );
    }
    if !address.ip().to_canonical().is_loopback() && token.is_none() {
        let what = "the admin listener is open to the network and has no token";
        values.note("admin_listen", what, "set ANNEX_ADMIN_TOKEN, or listen on 127.0.0.1");
    }
    if overlap(public, address) {
        values.note(
            "admin_listen",
            "the public and the admin listener share one address",
            "give the admin listener a port of its own",
        );
    }
    AdminConfig { address, token, allowed_hosts: values.list("admin.allowed_hosts") }
}

/// Would the second `bind` fail, or one of them take the other's callers?
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let everywhere = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && one.port() != 0 && (one.ip() == other.ip() || everywhere)
}

fn upstream(values: &mut Values<'_>, listen: &ListenConfig, crm_idle_timeout_ms: u64) -> UpstreamConfig {
    let origin = values.required("upstream", "http://127.0.0.1:5000", url::origin).unwrap_or_default();
    if is_ourselves(&origin, listen.address) {
        values.note("upstream", "the upstream is Annex's own listener", "name the CRM's address");
    }
    let idle_timeout_ms = values.optional("pool.idle_timeout_ms", values::positive).unwrap_or(crm_idle_timeout_ms);
    if idle_timeout_ms > crm_idle_timeout_ms {
        let what =
            format!("idle connections would be kept longer than the {crm_idle_timeout_ms} ms that the CRM allows");
        values.note("pool.idle_timeout_ms", what, "make it smaller or leave it out");
    }
    UpstreamConfig {
        host: origin.host,
        port: origin.port,
        tls: origin.tls,
        connect_timeout_ms: values.number("pool.connect_timeout_ms"),
        read_timeout_ms: values.number_or_none("pool.read_timeout_ms"),
        write_timeout_ms: values.number_or_none("pool.write_timeout_ms"),
        idle_timeout_ms,
        pool_size: values.number("pool.size"),
    }
}

fn is_ourselves(upstream: &url::Origin, listen: SocketAddr) -> bool {
    let local = match upstream.host.parse::<IpAddr>() {
        Ok(address) => address == listen.ip() || (address.is_loopback() && listen.ip().is_unspecified()),
        Err(_) => upstream.host == "localhost" && (listen.ip().is_loopback() || listen.ip().is_unspecified()),
    };
    local && upstream.port == listen.port()
}

fn database(values: &mut Values<'_>) -> DatabaseConfig {
    let example = "postgres://annex@127.0.0.1/crm";
    let url = values.required("database_url", example, url::postgres).unwrap_or_else(|| Secret::new(""));
    let migrate_url = values.optional("migrate_database_url", url::postgres).unwrap_or_else(|| url.clone());
    DatabaseConfig {
        url,
        migrate_url,
        pool_size: values.number("database.pool_size"),
        statement_timeout_ms: values.number("database.statement_timeout_ms"),
        connect_timeout_ms: values.number("database.connect_timeout_ms"),
    }
}

fn redis(values: &mut Values<'_>) -> Option<RedisConfig> {
    let timeout_ms = values.number("redis.timeout_ms");
    let url = values.optional("redis_url", url::redis)?;
    Some(RedisConfig { url, timeout_ms })
}

fn secrets(values: &mut Values<'_>) -> AnnexSecrets {
    let current = values.required_secret("secret", "make one with `openssl rand -hex 32`");
    let previous = values.secret("secret_previous");
    for (key, secret) in [("secret", current.as_ref()), ("secret_previous", previous.as_ref())] {
        let Some(secret) = secret else { continue };
        if secret.expose().len() < SECRET_BYTES_MIN {
            let what = format!("the secret is shorter than {SECRET_BYTES_MIN} bytes");
            values.note(key, what, "make one with `openssl rand -hex 32`");
        }
    }
    let same = |one: Option<&Secret>, other: Option<&Secret>| {
        one.zip(other).is_some_and(|(one, other)| one.expose() == other.expose())
    };
    if same(current.as_ref(), previous.as_ref()) {
        values.note(
            "secret_previous",
            "the previous secret is the current one",
            "remove it, or put the new one into `secret`",
        );
    }
    if same(current.as_ref(), values.secret("crm_jwt_secret").as_ref()) {
        values.note(
            "secret",
            "Annex's secret is the CRM's",
            "make one of its own, so that losing one does not lose both",
        );
    }
    AnnexSecrets { current: current.unwrap_or_else(|| Secret::new("")), previous }
}

fn flags(values: &mut Values<'_>) -> FlagConfig {
    FlagConfig {
        environment: values.boolean("multi_workspace_enabled"),
        redis_on: values.boolean("flags.redis_on"),
        membership_lease_ms: values.number("flags.membership_lease_ms"),
    }
}

fn limits(values: &mut Values<'_>) -> Limits {
    let limits = Limits {
        api_body_bytes: values.number("limits.api_body_bytes"),
        head_timeout_ms: values.number("limits.head_timeout_ms"),
        connections: values.number("limits.connections"),
        membership_cache_entries: values.number("limits.membership_cache_entries"),
        credential_cache_entries: values.number("limits.credential_cache_entries"),
        workspaces_per_person: values.number("limits.workspaces_per_person"),
        invitation_days: values.number("limits.invitation_days"),
        members_per_workspace: values.number("limits.members_per_workspace"),
        invitations_per_address_day: values.number("limits.invitations_per_address_day"),
        invitations_per_person_hour: values.number("limits.invitations_per_person_hour"),
        invitations_per_workspace_day: values.number("limits.invitations_per_workspace_day"),
        restore_days: values.number("limits.restore_days"),
        event_streams: values.number("limits.event_streams"),
        event_streams_per_person: values.number("limits.event_streams_per_person"),
    };
    if limits.invitation_days > 30 {
        values.note("limits.invitation_days", "an invitation lasts 30 days at most", "write 1 to 30");
    }
    if limits.restore_days > 365 {
        values.note("limits.restore_days", "a deleted workspace is kept 365 days at most", "write 1 to 365");
    }
    limits
}

fn webhooks(values: &mut Values<'_>) -> WebhookConfig {
    WebhookConfig {
        allow_private: values.boolean("webhooks.allow_private"),
        timeout_ms: values.number("webhooks.timeout_ms"),
        first_retry_ms: values.number("webhooks.first_retry_ms"),
        disable_after_days: values.number("webhooks.disable_after_days"),
    }
}

fn telemetry(values: &mut Values<'_>) -> TelemetryConfig {
    let format = values.one_of("log.format", &[("json", LogFormat::Json), ("pretty", LogFormat::Pretty)]);
    TelemetryConfig { format, level: values.text("log.level") }
}

fn shutdown(values: &mut Values<'_>) -> ShutdownConfig {
    ShutdownConfig {
        grace_ms: values.number_or_none("shutdown.grace_ms").unwrap_or(0),
        timeout_ms: values.number("shutdown.timeout_ms"),
    }
}

fn canary(values: &mut Values<'_>) -> CanaryConfig {
    let modes = [("count", CanaryMode::Count), ("off", CanaryMode::Off), ("block", CanaryMode::Block)];
    let sample_percent = values.number_or_none("canary.sample_percent").unwrap_or(0);
    if sample_percent > 100 {
        values.note("canary.sample_percent", "more than every answer cannot be read", "write 0 to 100");
    }
    CanaryConfig {
        mode: values.one_of("canary.mode", &modes),
        sample_percent: u8::try_from(sample_percent.min(100)).unwrap_or(100),
        limit_bytes: values.number("canary.limit_bytes"),
    }
}
