//! `annex workspace`: which workspaces there are, and bringing a deleted one back. The rules are those of the management
//! API; the actor is an operator.

mod show;

use annex_config::Sources;
use anyhow::Context;

use super::{
    Common, database,
    ending::{Ending, Outcome},
    operator,
};
use crate::{crm::Statements, manage::operate};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show every workspace that Annex knows, deleted and purged ones included.
    List {
        /// Only those that are deleted and not purged.
        #[arg(long)]
        deleted: bool,
        /// Answer in JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one workspace.
    Show {
        /// The workspace: the id of a tenant of the CRM.
        #[arg(value_name = "ID")]
        workspace: String,
        /// Answer in JSON.
        #[arg(long)]
        json: bool,
    },
    /// Bring a deleted workspace back, with its members and roles, as long as its time is not over.
    Restore {
        /// The workspace: the id of a tenant of the CRM.
        #[arg(value_name = "ID")]
        workspace: String,
    },
}

pub async fn run(common: Common, command: Command) -> Outcome {
    let sources = Sources::from_process(common.config);
    let trail = operator::trail(&sources);
    let config = annex_config::load(sources)?;
    let crm = Statements::new(&config.profile)?;
    let mut client = database::connect(&config.database.url, "ANNEX_DATABASE_URL").await?;
    match command {
        Command::List { deleted, json } => {
            let mut listed = operate::list(&client, &crm).await?;
            listed.retain(|named| !deleted || (named.listed.deleted_at.is_some() && named.listed.purged_at.is_none()));
            say!("{}", if json { show::list_as_json(&listed) } else { show::list_as_text(&listed) });
        }
        Command::Show { workspace, json } => {
            let named = operate::show(&client, &crm, &workspace).await?;
            say!("{}", if json { show::as_json(&named).to_string() } else { show::as_text(&named) });
        }
        Command::Restore { workspace } => {
            let transaction = client.transaction().await?;
            let named = operate::restore(&transaction, &crm, &workspace, &trail).await.context(UNCHANGED)?;
            transaction.commit().await.context(UNCHANGED)?;
            let name = named.name.as_deref().unwrap_or("(gone from the CRM)");
            say!("{name} ({workspace}) is back, with {} members whose role Annex keeps.", named.listed.members);
        }
    }
    Ok(Ending::Fine)
}

const UNCHANGED: &str = "nothing was changed";
