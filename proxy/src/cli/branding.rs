//! `annex branding`: gives the CRM back what its own company profiles held before Annex wrote a workspace's branding there.
//!
//! To be run before schema `annex` is taken out, or when an operator wants the CRM's documents as they were. Nothing of Annex's own
//! is lost: the look stays, and says that the CRM does not show it.

use std::{fmt, sync::Arc};

use annex_config::{Config, Sources};
use serde_json::json;
use tokio_postgres::Client;

use super::{
    Common, database,
    ending::{Ending, Outcome},
    operator,
};
use crate::{
    crm::{Signboard, Statements},
    keyring::Keyring,
    ports::Trail,
    store::{
        audit::{self, Action, Event},
        branding, members,
    },
};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Put back what the CRM's own tables held before a workspace's branding was written there. What somebody wrote in the CRM since
    /// then stays.
    Restore {
        #[command(flatten)]
        which: Which,
    },
}

/// Of which workspaces.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// One workspace: the id of a tenant of the CRM.
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,
    /// Every workspace whose branding stands in the CRM's tables.
    #[arg(long)]
    all: bool,
}

pub async fn run(common: Common, command: Command) -> Outcome {
    let Command::Restore { which } = command;
    let sources = Sources::from_process(common.config);
    let trail = operator::trail(&sources);
    let config = annex_config::load(sources)?;
    let signboard = signboard(&config)?;
    let mut client = database::connect(&config.database.url, "ANNEX_DATABASE_URL").await?;
    let workspaces = match which.workspace {
        Some(workspace) => vec![workspace],
        None => branding::shown_in_crm(&client).await?,
    };
    let restored = give_back(&mut client, &signboard, &trail, &workspaces).await?;
    restored.iter().for_each(|one| say!("{one}"));
    say!("{} workspaces.", restored.len());
    Ok(if restored.iter().all(|one| one.left.is_empty()) { Ending::Fine } else { Ending::Wrong })
}

/// The signboard of a configuration.
pub fn signboard(config: &Config) -> anyhow::Result<Signboard> {
    let crm = Arc::new(Statements::new(&config.profile)?);
    Ok(Signboard::new(crm, Arc::new(Keyring::new(&config.secret)), config.public_url.clone()))
}

/// What became of the columns of one workspace.
pub struct Restored {
    workspace: String,
    /// Those that Annex had written.
    had: Vec<String>,
    /// Those of them that the CRM's table would not take back.
    pub left: Vec<String>,
}

/// Puts back what the CRM had, one transaction for each workspace.
pub async fn give_back(
    client: &mut Client,
    signboard: &Signboard,
    trail: &Trail,
    workspaces: &[String],
) -> anyhow::Result<Vec<Restored>> {
    let mut restored = Vec::new();
    for workspace in workspaces {
        let mut transaction = client.transaction().await?;
        members::lock(&transaction, workspace).await?;
        let (had, left) = signboard.give_back(&mut transaction, workspace, trail.actor.id()).await?;
        if !had.is_empty() {
            let details = json!({ "how": "given_back", "changed": ["showInCrm"] });
            let target = ("workspace", workspace.as_str());
            let event = Event { workspace: Some(workspace), action: Action::BrandingChanged, target, details };
            audit::append(&transaction, trail, &event).await?;
        }
        transaction.commit().await?;
        restored.push(Restored { workspace: workspace.clone(), had, left });
    }
    Ok(restored)
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Restored { workspace, had, left } = self;
        match (had.as_slice(), left.as_slice()) {
            ([], _) => write!(f, "{workspace}: nothing to put back"),
            (had, []) => write!(f, "{workspace}: {}", had.join(", ")),
            (_, left) => {
                let left = left.join(", ");
                write!(f, "{workspace}: still written: {left}. `annex doctor` says which right is missing.")
            }
        }
    }
}
