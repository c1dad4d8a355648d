//! `annex audit verify`: whether the log was changed after it was written.
//!
//! Read with the runtime role's rights: the functions that compute the chain stand in the database, and the text that a
//! hash covers is described there (migration 0002), so that anybody can compute it without this binary.

use annex_config::Sources;
use anyhow::Context;
use serde_json::json;

use super::{
    Common,
    database::{Role, Urls},
    ending::{Ending, Outcome},
    table::table,
};
use crate::store::activity::{self, Break};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Walk the chains of audit events; exit code 1 where one is broken, and where.
    Verify {
        /// The chain of one workspace alone; without it all chains, the platform's own included.
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
        /// Answer in JSON.
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(common: Common, command: Command) -> Outcome {
    let Command::Verify { workspace, json } = command;
    let urls = Urls::read(&Sources::from_process(common.config))?;
    let client = urls.connect(Role::Runtime).await?;
    let walked = activity::verify(&client, workspace.as_deref()).await;
    let (walked, broken) =
        walked.context("the audit log cannot be read; `annex migrate status` tells whether it stands")?;
    if json {
        println!("{}", json!({ "chains": walked.chains, "events": walked.events, "broken": broken }));
    } else if broken.is_empty() {
        println!("{} events in {} chains: whole.", walked.events, walked.chains);
    } else {
        println!("{}", as_text(&broken));
        println!("{} events in {} chains: {} broken links.", walked.events, walked.chains, broken.len());
    }
    Ok(if broken.is_empty() { Ending::Fine } else { Ending::Wrong })
}

fn as_text(broken: &[Break]) -> String {
    let mut rows = vec![["WORKSPACE", "EVENT", "PROBLEM"].map(str::to_owned).to_vec()];
    for link in broken {
        let workspace = link.workspace_id.clone().unwrap_or_else(|| "(platform)".to_owned());
        rows.push(vec![workspace, link.seq.to_string(), link.problem.clone()]);
    }
    table(&rows)
}
