//! Every key that the operator can set.
//!
//! Promise: one list names each key's place in the file, its environment variable, its default and whether it is
//! secret. Reading, printing and the example follow from it.
//!
//! **Invariant:** every key can also be given as a file: `<key>_file`, `<ENV>_FILE`.

/// One key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its place in the file: `listen`, or `log.format`.
    pub toml: &'static str,
    /// Its environment variable.
    pub env: &'static str,
    /// What holds if nobody says anything; empty for nothing.
    pub default: &'static str,
    /// May it be printed?
    pub visibility: Visibility,
}

/// May a value be printed?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Yes.
    Plain,
    /// Never.
    Secret,
}

const fn plain(toml: &'static str, env: &'static str, default: &'static str) -> Key {
    Key { toml, env, default, visibility: Visibility::Plain }
}

const fn secret(toml: &'static str, env: &'static str) -> Key {
    Key { toml, env, default: "", visibility: Visibility::Secret }
}

/// Every key, in the order of the example.
pub const KEYS: &[Key] = &[
    plain("listen", "ANNEX_LISTEN", "127.0.0.1:8080"),
    plain("admin_listen", "ANNEX_ADMIN_LISTEN", "127.0.0.1:9090"),
    secret("admin_token", "ANNEX_ADMIN_TOKEN"),
    plain("upstream", "ANNEX_UPSTREAM", ""),
    plain("public_url", "ANNEX_PUBLIC_URL", ""),
    plain("crm_profile", "ANNEX_CRM_PROFILE", "nexus"),
    secret("crm_jwt_secret", "ANNEX_CRM_JWT_SECRET"),
    secret("crm_jwt_secrets_previous", "ANNEX_CRM_JWT_SECRETS_PREVIOUS"),
    plain("crm_jwt_public_key", "ANNEX_CRM_JWT_PUBLIC_KEY", ""),
    secret("crm_jwt_private_key", "ANNEX_CRM_JWT_PRIVATE_KEY"),
    plain("crm_jwks_path", "ANNEX_CRM_JWKS_PATH", ""),
    plain("crm_jwks_url", "ANNEX_CRM_JWKS_URL", ""),
    secret("database_url", "ANNEX_DATABASE_URL"),
    secret("migrate_database_url", "ANNEX_MIGRATE_DATABASE_URL"),
    secret("redis_url", "ANNEX_REDIS_URL"),
    secret("secret", "ANNEX_SECRET"),
    secret("secret_previous", "ANNEX_SECRET_PREVIOUS"),
    plain("multi_workspace_enabled", "MULTI_WORKSPACE_ENABLED", "false"),
    plain("forwarded", "ANNEX_FORWARDED", "preserve"),
    plain("run_dir", "ANNEX_RUN_DIR", "/run/annex"),
    plain("tls.certificate_path", "ANNEX_TLS_CERTIFICATE_PATH", ""),
    plain("tls.key_path", "ANNEX_TLS_KEY_PATH", ""),
    plain("server.h2", "ANNEX_SERVER_H2", "true"),
    plain("server.h2c", "ANNEX_SERVER_H2C", "false"),
    plain("server.upgrade_socket", "ANNEX_SERVER_UPGRADE_SOCKET", ""),
    plain("admin.allowed_hosts", "ANNEX_ADMIN_ALLOWED_HOSTS", "localhost 127.0.0.1 [::1]"),
    plain("pool.size", "ANNEX_POOL_SIZE", "128"),
    plain("pool.connect_timeout_ms", "ANNEX_POOL_CONNECT_TIMEOUT_MS", "2000"),
    plain("pool.read_timeout_ms", "ANNEX_POOL_READ_TIMEOUT_MS", "0"),
    plain("pool.write_timeout_ms", "ANNEX_POOL_WRITE_TIMEOUT_MS", "0"),
    plain("pool.idle_timeout_ms", "ANNEX_POOL_IDLE_TIMEOUT_MS", ""),
    plain("database.pool_size", "ANNEX_DATABASE_POOL_SIZE", "8"),
    plain("database.statement_timeout_ms", "ANNEX_DATABASE_STATEMENT_TIMEOUT_MS", "2000"),
    plain("database.connect_timeout_ms", "ANNEX_DATABASE_CONNECT_TIMEOUT_MS", "2000"),
    plain("redis.timeout_ms", "ANNEX_REDIS_TIMEOUT_MS", "50"),
    plain("flags.redis_on", "ANNEX_FLAGS_REDIS_ON", "true"),
    plain("flags.membership_lease_ms", "ANNEX_FLAGS_MEMBERSHIP_LEASE_MS", "2000"),
    plain("trusted.addresses", "ANNEX_TRUSTED_ADDRESSES", ""),
    plain("limits.api_body_bytes", "ANNEX_LIMITS_API_BODY_BYTES", "65536"),
    plain("limits.head_timeout_ms", "ANNEX_LIMITS_HEAD_TIMEOUT_MS", "10000"),
    plain("limits.connections", "ANNEX_LIMITS_CONNECTIONS", "20000"),
    plain("limits.membership_cache_entries", "ANNEX_LIMITS_MEMBERSHIP_CACHE_ENTRIES", "100000"),
    plain("limits.credential_cache_entries", "ANNEX_LIMITS_CREDENTIAL_CACHE_ENTRIES", "50000"),
    plain("limits.workspaces_per_person", "ANNEX_LIMITS_WORKSPACES_PER_PERSON", "10"),
    plain("limits.invitation_days", "ANNEX_LIMITS_INVITATION_DAYS", "7"),
    plain("limits.members_per_workspace", "ANNEX_LIMITS_MEMBERS_PER_WORKSPACE", "1000"),
    plain("limits.invitations_per_address_day", "ANNEX_LIMITS_INVITATIONS_PER_ADDRESS_DAY", "10"),
    plain("limits.invitations_per_person_hour", "ANNEX_LIMITS_INVITATIONS_PER_PERSON_HOUR", "200"),
    plain("limits.invitations_per_workspace_day", "ANNEX_LIMITS_INVITATIONS_PER_WORKSPACE_DAY", "1000"),
    plain("limits.restore_days", "ANNEX_LIMITS_RESTORE_DAYS", "30"),
    plain("limits.event_streams", "ANNEX_LIMITS_EVENT_STREAMS", "2000"),
    plain("limits.event_streams_per_person", "ANNEX_LIMITS_EVENT_STREAMS_PER_PERSON", "10"),
    plain("audit.denials_per_minute", "ANNEX_AUDIT_DENIALS_PER_MINUTE", "10"),
    plain("audit.orphans_ms", "ANNEX_AUDIT_ORPHANS_MS", "10000"),
    plain("webhooks.allow_private", "ANNEX_WEBHOOKS_ALLOW_PRIVATE", "false"),
    plain("webhooks.timeout_ms", "ANNEX_WEBHOOKS_TIMEOUT_MS", "10000"),
    plain("webhooks.first_retry_ms", "ANNEX_WEBHOOKS_FIRST_RETRY_MS", "10000"),
    plain("webhooks.disable_after_days", "ANNEX_WEBHOOKS_DISABLE_AFTER_DAYS", "5"),
    plain("log.format", "ANNEX_LOG_FORMAT", "json"),
    plain("log.level", "ANNEX_LOG_LEVEL", "info"),
    plain("shutdown.grace_ms", "ANNEX_SHUTDOWN_GRACE_MS", "5000"),
    plain("shutdown.timeout_ms", "ANNEX_SHUTDOWN_TIMEOUT_MS", "30000"),
    plain("mail.transport", "ANNEX_MAIL_TRANSPORT", ""),
    secret("mail.smtp_url", "ANNEX_MAIL_SMTP_URL"),
    plain("mail.from", "ANNEX_MAIL_FROM", ""),
    plain("mail.folder", "ANNEX_MAIL_FOLDER", ""),
    plain("mail.ca_path", "ANNEX_MAIL_CA_PATH", ""),
    plain("mail.timeout_ms", "ANNEX_MAIL_TIMEOUT_MS", "10000"),
    plain("member_row.mail_domain", "ANNEX_MEMBER_ROW_MAIL_DOMAIN", ""),
    plain("bypass.path", "ANNEX_BYPASS_PATH", ""),
    plain("canary.mode", "ANNEX_CANARY_MODE", "count"),
    plain("canary.sample_percent", "ANNEX_CANARY_SAMPLE_PERCENT", "10"),
    plain("canary.limit_bytes", "ANNEX_CANARY_LIMIT_BYTES", "1048576"),
    plain("ui.inject", "ANNEX_UI_INJECT", "known"),
    plain("ui.language", "ANNEX_UI_LANGUAGE", ""),
    plain("ui.shortcut", "ANNEX_UI_SHORTCUT", "Alt+Shift+KeyW"),
];

impl Key {
    /// The key at this place in the file.
    pub fn at(toml: &str) -> Option<&'static Key> {
        KEYS.iter().find(|key| key.toml == toml)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_named_after_its_key() {
        for key in KEYS.iter().filter(|key| key.toml != "multi_workspace_enabled") {
            let wanted = format!("ANNEX_{}", key.toml.replace('.', "_").to_ascii_uppercase());
            assert_eq!(key.env, wanted);
        }
    }

    #[test]
    fn no_two_keys_share_a_name_and_none_looks_like_the_file_form_of_another() {
        let mut names: Vec<String> =
            KEYS.iter().flat_map(|key| [key.env.to_owned(), format!("{}_FILE", key.env)]).collect();
        names.sort();
        let before = names.len();
        names.dedup();
        assert_eq!(names.len(), before);
    }
}
