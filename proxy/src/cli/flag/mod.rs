//! `annex flag`: where the feature is on, who said so, and saying otherwise.
//!
//! **Invariant:** a command writes the row of its own scope and no other, with an audit event; nodes hear of it by the
//! row's own trigger, as of an operator's SQL.

pub mod show;

use annex_config::Sources;
use annex_policy::{Mode, Scope};
use anyhow::Context;
use tokio_postgres::Client;

use super::{
    Common,
    database::{Role, Urls, value_of},
    ending::{Ending, Outcome},
    operator,
};
use crate::{
    ports::{FlagChange, FlagEntry},
    store::flags::{self, Cleared},
};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show every scope with its value, who said it and how long ago.
    List {
        /// Answer in JSON.
        #[arg(long)]
        json: bool,
    },
    /// Turn the feature on, off, or into shadow, which is off and records what would be decided.
    Set {
        value: Value,
        /// For this tenant alone; without it, for everybody.
        #[arg(long, value_name = "ID")]
        tenant: Option<String>,
        /// Why, for whoever reads the list.
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
    /// Take a value back, an override in Redis included: what is below in precedence decides.
    Clear {
        /// Of this tenant alone; without it, of everybody.
        #[arg(long, value_name = "ID")]
        tenant: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Value {
    On,
    Off,
    Shadow,
}

impl From<Value> for Mode {
    fn from(value: Value) -> Self {
        match value {
            Value::On => Mode::Enforce,
            Value::Off => Mode::Off,
            Value::Shadow => Mode::Shadow,
        }
    }
}

pub async fn run(common: Common, command: Command) -> Outcome {
    let sources = Sources::from_process(common.config);
    let mut client = Urls::read(&sources)?.connect(Role::Runtime).await?;
    match command {
        Command::List { json } => list(&client, &sources, json).await,
        Command::Set { value, tenant, description } => {
            let change = FlagChange { scope: scope(tenant), mode: value.into(), description };
            set(&mut client, &sources, &change).await
        }
        Command::Clear { tenant } => clear(&mut client, &sources, &scope(tenant)).await,
    }
}

async fn list(client: &Client, sources: &Sources, json: bool) -> Outcome {
    const PAGE: i64 = 500;
    let mut entries: Vec<FlagEntry> = Vec::new();
    loop {
        let after = entries.last().map(|entry| flags::scope_name(&entry.scope).to_owned());
        let page = flags::list(client, after.as_deref(), PAGE).await.context(READ)?;
        let is_last = page.len() < PAGE as usize;
        entries.extend(page);
        if is_last {
            break;
        }
    }
    let environment = value_of("multi_workspace_enabled", sources)?.is_some_and(|value| value.expose_str() == "true");
    say!("{}", if json { show::as_json(&entries, environment) } else { show::as_text(&entries, environment) });
    Ok(Ending::Fine)
}

async fn set(client: &mut Client, sources: &Sources, change: &FlagChange) -> Outcome {
    let transaction = client.transaction().await.context(WRITE)?;
    let written = flags::set(&transaction, change, &operator::trail(sources)).await.context(WRITE)?;
    transaction.commit().await.context(WRITE)?;
    say!("{}: {}.", show::scope(&change.scope), show::mode(change.mode));
    if written.beaten.is_some() {
        say!("It wins over an override in Redis that stood there.");
        drop_override(sources, &change.scope, written.beaten).await?;
    }
    Ok(Ending::Fine)
}

async fn clear(client: &mut Client, sources: &Sources, scope: &Scope) -> Outcome {
    let transaction = client.transaction().await.context(WRITE)?;
    let cleared = flags::clear(&transaction, scope, &operator::trail(sources)).await.context(WRITE)?;
    transaction.commit().await.context(WRITE)?;
    drop_override(sources, scope, None).await?;
    match cleared {
        Cleared::Nothing => say!("{}: nothing was set.", show::scope(scope)),
        Cleared::Value { .. } => {
            say!("{}: no longer set; what is below in precedence decides.", show::scope(scope))
        }
    }
    Ok(Ending::Fine)
}

const READ: &str = "cannot read the flags (is the schema there? `annex migrate status`)";

const WRITE: &str = "cannot change the flag; nothing was changed (is the schema there? `annex migrate status`)";

fn scope(tenant: Option<String>) -> Scope {
    tenant.map_or(Scope::Global, |tenant| Scope::Tenant(tenant.into_boxed_str()))
}

/// Takes the field out of Redis. PostgreSQL has decided already; a Redis that does not answer is only told of.
pub async fn drop_override(sources: &Sources, scope: &Scope, beaten: Option<bool>) -> anyhow::Result<()> {
    let Some(url) = value_of("redis_url", sources)? else { return Ok(()) };
    let dropped = async {
        let client = redis::Client::open(url.expose_str())?;
        let limits = redis::AsyncConnectionConfig::new()
            .set_connection_timeout(Some(std::time::Duration::from_secs(2)))
            .set_response_timeout(Some(std::time::Duration::from_secs(2)));
        let mut connection = client.get_multiplexed_async_connection_with_config(&limits).await?;
        flags::drop_override(&mut connection, scope, beaten).await
    };
    if let Err(error) = dropped.await {
        complain!(
            "annex: Redis does not answer ({error}); an override that stands there counts no more, and a node drops it."
        );
    }
    Ok(())
}
