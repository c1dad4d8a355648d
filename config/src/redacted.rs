//! The configuration as `annex config print` shows it.
//!
//! Promise: every key with its value in force, in the form of the file; a secret is only said to be set.
//!
//! **Invariant:** what a key's visibility says is secret is never read here.

use std::fmt::Write as _;

use crate::config::{CanaryMode, Config, ForwardedMode, Inject, LogFormat, MailTransport};
use crate::credential::JwksSource;
use crate::keys::{KEYS, Key, Visibility};

impl Config {
    /// Every key with its value in force, secrets left out.
    pub fn redacted(&self) -> String {
        let mut text = String::new();
        let mut section = "";
        for key in KEYS {
            let (above, name) = key.toml.split_once('.').unwrap_or(("", key.toml));
            if above != section {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "\n[{above}]");
                section = above;
            }
            let _ = writeln!(text, "{name} = {}", self.shown(key));
        }
        text
    }

    fn shown(&self, key: &Key) -> String {
        match key.visibility {
            Visibility::Secret if self.is_set(key.toml) => "\"(set)\"".to_owned(),
            Visibility::Secret => "\"\"".to_owned(),
            Visibility::Plain => format!("{:?}", self.plain(key.toml)),
        }
    }

    fn is_set(&self, toml: &str) -> bool {
        match toml {
            "admin_token" => self.admin.token.is_some(),
            "crm_jwt_secret" => self.credential.algorithm.is_hmac(),
            "crm_jwt_secrets_previous" => self.credential.algorithm.is_hmac() && self.credential.verify.len() > 1,
            "crm_jwt_private_key" => !self.credential.algorithm.is_hmac() && self.credential.sign.is_some(),
            "redis_url" => self.redis.is_some(),
            "secret_previous" => self.secret.previous.is_some(),
            "mail.smtp_url" => matches!(self.mail.transport, MailTransport::Smtp(_)),
            _ => true,
        }
    }

    fn plain(&self, toml: &str) -> String {
        let (section, name) = toml.split_once('.').unwrap_or(("", toml));
        match section {
            "" => self.plain_top(name),
            "tls" | "server" | "admin" | "trusted" => self.plain_listener(toml),
            "pool" | "database" | "redis" => self.plain_upstreams(toml),
            _ => self.plain_rest(toml),
        }
    }

    fn plain_top(&self, name: &str) -> String {
        let jwks = self.credential.jwks.as_ref();
        match name {
            "listen" => self.listen.address.to_string(),
            "admin_listen" => self.admin.address.to_string(),
            "upstream" => self.upstream.url(),
            "public_url" => self.public_url.clone().unwrap_or_default(),
            "crm_profile" => self.profile.name.clone(),
            "crm_jwt_public_key" if !self.credential.algorithm.is_hmac() => {
                format!("({} keys)", self.credential.verify.len())
            }
            "crm_jwks_path" => match jwks {
                Some(JwksSource::File(path)) => path.display().to_string(),
                Some(JwksSource::Url(_)) | None => String::new(),
            },
            "crm_jwks_url" => match jwks {
                Some(JwksSource::Url(url)) => url.clone(),
                Some(JwksSource::File(_)) | None => String::new(),
            },
            "multi_workspace_enabled" => self.flags.environment.to_string(),
            "forwarded" => match self.forwarded {
                ForwardedMode::Preserve => "preserve".to_owned(),
                ForwardedMode::Append => "append".to_owned(),
                ForwardedMode::Set => "set".to_owned(),
            },
            "run_dir" => self.run_dir.display().to_string(),
            _ => String::new(),
        }
    }

    fn plain_listener(&self, toml: &str) -> String {
        let tls = self.listen.tls.as_ref();
        match toml {
            "tls.certificate_path" => tls.map(|files| files.certificate.display().to_string()).unwrap_or_default(),
            "tls.key_path" => tls.map(|files| files.key.display().to_string()).unwrap_or_default(),
            "server.h2" => self.listen.h2.to_string(),
            "server.h2c" => self.listen.h2c.to_string(),
            "server.upgrade_socket" => self.listen.upgrade_socket.display().to_string(),
            "admin.allowed_hosts" => self.admin.allowed_hosts.join(" "),
            "trusted.addresses" => self.forwarded_trusted.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            _ => String::new(),
        }
    }

    fn plain_upstreams(&self, toml: &str) -> String {
        match toml {
            "pool.size" => self.upstream.pool_size.to_string(),
            "pool.connect_timeout_ms" => self.upstream.connect_timeout_ms.to_string(),
            "pool.read_timeout_ms" => self.upstream.read_timeout_ms.unwrap_or(0).to_string(),
            "pool.write_timeout_ms" => self.upstream.write_timeout_ms.unwrap_or(0).to_string(),
            "pool.idle_timeout_ms" => self.upstream.idle_timeout_ms.to_string(),
            "database.pool_size" => self.database.pool_size.to_string(),
            "database.statement_timeout_ms" => self.database.statement_timeout_ms.to_string(),
            "database.connect_timeout_ms" => self.database.connect_timeout_ms.to_string(),
            "redis.timeout_ms" => self.redis.as_ref().map(|redis| redis.timeout_ms.to_string()).unwrap_or_default(),
            _ => String::new(),
        }
    }

    fn plain_rest(&self, toml: &str) -> String {
        match toml {
            "flags.redis_on" => self.flags.redis_on.to_string(),
            "flags.membership_lease_ms" => self.flags.membership_lease_ms.to_string(),
            "limits.api_body_bytes" => self.limits.api_body_bytes.to_string(),
            "limits.head_timeout_ms" => self.limits.head_timeout_ms.to_string(),
            "limits.connections" => self.limits.connections.to_string(),
            "limits.membership_cache_entries" => self.limits.membership_cache_entries.to_string(),
            "limits.credential_cache_entries" => self.limits.credential_cache_entries.to_string(),
            "limits.workspaces_per_person" => self.limits.workspaces_per_person.to_string(),
            "limits.invitation_days" => self.limits.invitation_days.to_string(),
            "limits.members_per_workspace" => self.limits.members_per_workspace.to_string(),
            "limits.invitations_per_address_day" => self.limits.invitations_per_address_day.to_string(),
            "limits.invitations_per_person_hour" => self.limits.invitations_per_person_hour.to_string(),
            "limits.invitations_per_workspace_day" => self.limits.invitations_per_workspace_day.to_string(),
            "limits.restore_days" => self.limits.restore_days.to_string(),
            "limits.event_streams" => self.limits.event_streams.to_string(),
            "limits.event_streams_per_person" => self.limits.event_streams_per_person.to_string(),
            "audit.denials_per_minute" => self.audit.denials_per_minute.unwrap_or(0).to_string(),
            "audit.orphans_ms" => self.audit.orphans_ms.to_string(),
            "webhooks.allow_private" => self.webhooks.allow_private.to_string(),
            "webhooks.timeout_ms" => self.webhooks.timeout_ms.to_string(),
            "webhooks.first_retry_ms" => self.webhooks.first_retry_ms.to_string(),
            "webhooks.disable_after_days" => self.webhooks.disable_after_days.to_string(),
            "log.format" => match self.telemetry.format {
                LogFormat::Json => "json".to_owned(),
                LogFormat::Pretty => "pretty".to_owned(),
            },
            "log.level" => self.telemetry.level.clone(),
            "shutdown.grace_ms" => self.shutdown.grace_ms.to_string(),
            "shutdown.timeout_ms" => self.shutdown.timeout_ms.to_string(),
            "mail.from" => self.mail.from.clone(),
            "mail.timeout_ms" => self.mail.timeout_ms.to_string(),
            "mail.transport" | "mail.folder" | "mail.ca_path" => self.plain_transport(toml),
            "bypass.path" => self.bypass.file.display().to_string(),
            "canary.mode" => canary_mode(self.canary.mode).into(),
            "canary.sample_percent" => self.canary.sample_percent.to_string(),
            "canary.limit_bytes" => self.canary.limit_bytes.to_string(),
            "ui.inject" => match self.ui.inject {
                Inject::Known => "known".to_owned(),
                Inject::Any => "any".to_owned(),
            },
            "ui.language" => self.ui.language.map_or_else(String::new, |language| language.tag().to_owned()),
            "ui.shortcut" => self.ui.shortcut.clone().unwrap_or_else(|| "off".to_owned()),
            _ => String::new(),
        }
    }

    fn plain_transport(&self, toml: &str) -> String {
        match (toml, &self.mail.transport) {
            ("mail.transport", MailTransport::Off) => "off".to_owned(),
            ("mail.transport", MailTransport::File(_)) => "file".to_owned(),
            ("mail.transport", MailTransport::Smtp(_)) => "smtp".to_owned(),
            ("mail.folder", MailTransport::File(folder)) => folder.display().to_string(),
            ("mail.ca_path", MailTransport::Smtp(server)) => {
                server.ca.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
            }
            _ => String::new(),
        }
    }
}

fn canary_mode(mode: CanaryMode) -> &'static str {
    match mode {
        CanaryMode::Off => "off",
        CanaryMode::Count => "count",
        CanaryMode::Block => "block",
    }
}
