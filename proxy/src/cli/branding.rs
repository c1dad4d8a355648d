//! `annex branding`: gives the CRM back what its own company profiles held before Annex wrote a workspace's branding there.
//!
//! To be run before schema `annex` is taken out, or when an operator wants the CRM's documents as they were. Nothing of Annex's own
//! is lost: the look stays, and says that the CRM does not show it.

use annex_config::Sources;
use serde_json::json;

use super::{
    Common, database,
    ending::{Ending, Outcome},
    operator,
};
use crate::{
    crm::{Signboard, Statements},
    keyring::Keyring,
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
    let crm = std::sync::Arc::new(Statements::new(&config.profile)?);
    let keyring = std::sync::Arc::new(Keyring::new(&config.secret));
    let signboard = Signboard::new(crm, keyring, config.public_url.clone());
    let mut client = database::connect(&config.database.url, "ANNEX_DATABASE_URL").await?;
    let workspaces = match which.workspace {
        Some(workspace) => vec![workspace],
        None => branding::shown_in_crm(&client).await?,
    };
    let mut ending = Ending::Fine;
    for workspace in &workspaces {
        let mut transaction = client.transaction().await?;
        members::lock(&transaction, workspace).await?;
        let (had, left) = signboard.give_back(&mut transaction, workspace, trail.actor.id()).await?;
        if !had.is_empty() {
            let details = json!({ "how": "given_back", "changed": ["showInCrm"] });
            let event = Event {
                workspace: Some(workspace),
                action: Action::BrandingChanged,
                target: ("workspace", workspace),
                details,
            };
            audit::append(&transaction, &trail, &event).await?;
        }
        transaction.commit().await?;
        if left.is_empty() {
            println!("{workspace}: {}", if had.is_empty() { "nothing to put back".to_owned() } else { had.join(", ") });
        } else {
            println!("{workspace}: still written: {}. `annex doctor` says which right is missing.", left.join(", "));
            ending = Ending::Wrong;
        }
    }
    println!("{} workspaces.", workspaces.len());
    Ok(ending)
}
