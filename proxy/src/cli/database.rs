//! A connection for a command, from the two database keys alone.
//!
//! `annex migrate` must work before the rest of the configuration exists, so it asks for these keys and no other. The
//! order of sources is that of `annex_config`: the environment wins over the file; `…_FILE` names a file with the value.

use std::{path::Path, time::Duration};

use annex_config::{DatabaseConfig, Key, Secret, Sources};
use anyhow::Context;
use tokio_postgres::Client;

use super::ending::not_understood;
use crate::store::Postgres;

/// How long a command waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `ANNEX_MIGRATE_DATABASE_URL`, and where it is not said, `ANNEX_DATABASE_URL`.
    Owner,
    /// `ANNEX_DATABASE_URL`.
    Runtime,
}

/// The two URLs.
pub struct Urls {
    owner: Option<Secret>,
    runtime: Option<Secret>,
}

impl Urls {
    /// Reads them from the process's sources.
    pub fn read(sources: &Sources) -> anyhow::Result<Self> {
        Ok(Urls { owner: value_of("migrate_database_url", sources)?, runtime: value_of("database_url", sources)? })
    }

    /// The URL for `role`.
    pub fn of(&self, role: Role) -> anyhow::Result<&Secret> {
        match role {
            Role::Owner => self.owner.as_ref().or(self.runtime.as_ref()).ok_or_else(|| {
                not_understood(
                    "neither ANNEX_MIGRATE_DATABASE_URL nor ANNEX_DATABASE_URL is set: say where the CRM's database is",
                )
            }),
            Role::Runtime => self
                .runtime
                .as_ref()
                .ok_or_else(|| not_understood("ANNEX_DATABASE_URL is not set: say where the CRM's database is")),
        }
    }

    /// The role that `annex serve` connects as, where that is another one than the owner.
    pub fn runtime_role(&self) -> anyhow::Result<Option<String>> {
        let (Some(owner), Some(runtime)) = (&self.owner, &self.runtime) else { return Ok(None) };
        let (owner, runtime) = (user_of(owner, Role::Owner)?, user_of(runtime, Role::Runtime)?);
        Ok(runtime.filter(|role| owner.as_ref() != Some(role)))
    }

    /// Connects as `role`.
    pub async fn connect(&self, role: Role) -> anyhow::Result<Client> {
        connect(self.of(role)?, name_of(role)).await
    }
}

/// Connects to `url`, which the operator knows as `name`.
pub async fn connect(url: &Secret, name: &str) -> anyhow::Result<Client> {
    let postgres = pool(url).map_err(|error| not_understood(format!("{name}: {error}")))?;
    let (config, tls) = postgres.parts();
    let mut config = config.clone();
    // The settings of `annex serve` are for the request path; a migration may take its time.
    config.options("").application_name("annex command").connect_timeout(PATIENCE);
    let connected = tokio::time::timeout(PATIENCE, config.connect(tls)).await;
    let connected =
        connected.with_context(|| format!("PostgreSQL did not answer in {} s ({name})", PATIENCE.as_secs()))?;
    let (client, connection) = connected.with_context(|| format!("cannot connect to PostgreSQL as {name} says"))?;
    tokio::spawn(async move {
        // Its end is told to whoever asks next.
        let _ = connection.await;
    });
    Ok(client)
}

/// A pool of one with the settings of a command.
pub fn pool(url: &Secret) -> Result<Postgres, crate::store::PoolError> {
    Postgres::new(&DatabaseConfig {
        url: url.clone(),
        migrate_url: url.clone(),
        pool_size: 1,
        statement_timeout_ms: 10_000,
        connect_timeout_ms: 10_000,
    })
}

fn name_of(role: Role) -> &'static str {
    match role {
        Role::Owner => "ANNEX_MIGRATE_DATABASE_URL (or ANNEX_DATABASE_URL)",
        Role::Runtime => "ANNEX_DATABASE_URL",
    }
}

fn user_of(url: &Secret, role: Role) -> anyhow::Result<Option<String>> {
    let parsed = url.expose_str().parse::<tokio_postgres::Config>();
    let parsed = parsed.map_err(|_| not_understood(format!("{} is not a PostgreSQL URL", name_of(role))))?;
    Ok(parsed.get_user().map(str::to_owned))
}

/// What was said for the key at `toml`; an empty text is nothing said.
pub fn value_of(toml: &str, sources: &Sources) -> anyhow::Result<Option<Secret>> {
    let env = Key::at(toml).map_or("", |key| key.env);
    let said = |name: &str| {
        let found = sources.env.iter().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.clone())
    };
    if let Some(value) = said(env) {
        return Ok(Some(Secret::new(value)));
    }
    if let Some(path) = said(&format!("{env}_FILE")) {
        return secret_in(Path::new(&path), env).map(Some);
    }
    let Some(file) = &sources.file else { return Ok(None) };
    let text = std::fs::read_to_string(file)
        .map_err(|error| not_understood(format!("cannot read {}: {error}", file.display())))?;
    // The error of a TOML parser quotes the line, and the line may hold a password.
    let table: toml::Table = toml::from_str(&text)
        .map_err(|_| not_understood(format!("{} is not TOML; `annex check` tells the lines", file.display())))?;
    let said = |key: &str| table.get(key).and_then(toml::Value::as_str).filter(|text| !text.is_empty());
    match (said(toml), said(&format!("{toml}_file"))) {
        (Some(value), _) => Ok(Some(Secret::new(value))),
        (None, Some(path)) => secret_in(Path::new(path), toml).map(Some),
        (None, None) => Ok(None),
    }
}

fn secret_in(path: &Path, name: &str) -> anyhow::Result<Secret> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| not_understood(format!("cannot read {} for `{name}`: {error}", path.display())))?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn urls(env: &[(&str, &str)]) -> Urls {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Urls::read(&Sources { env, ..Sources::default() }).unwrap()
    }

    const OWNER: (&str, &str) = ("ANNEX_MIGRATE_DATABASE_URL", "postgres://owner@h/d");
    const APP: (&str, &str) = ("ANNEX_DATABASE_URL", "postgres://app@h/d");

    #[test]
    fn the_owner_is_the_runtime_role_unless_said() {
        let url = |env: &[(&str, &str)], role| urls(env).of(role).map(|url| url.expose_str().to_owned()).ok();
        assert_eq!(url(&[OWNER, APP], Role::Owner).as_deref(), Some(OWNER.1));
        assert_eq!(url(&[APP], Role::Owner).as_deref(), Some(APP.1));
        assert_eq!(url(&[OWNER], Role::Runtime), None);
        assert_eq!(url(&[("ANNEX_DATABASE_URL", "")], Role::Runtime), None);
    }

    #[test]
    fn grants_are_for_another_role_than_the_owner_only() {
        assert_eq!(urls(&[OWNER, APP]).runtime_role().unwrap().as_deref(), Some("app"));
        assert_eq!(urls(&[OWNER, ("ANNEX_DATABASE_URL", OWNER.1)]).runtime_role().unwrap(), None);
        assert_eq!(urls(&[APP]).runtime_role().unwrap(), None);
    }
}
