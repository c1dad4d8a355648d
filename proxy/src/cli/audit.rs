//! `annex audit verify`: whether the log was changed after it was written.
//!
//! Read with the runtime role's rights: the functions that compute the chain stand in the database, and the text that a
//! hash covers is described there (migration 0002), so that anybody can compute it without this binary.

use std::path::{Path, PathBuf};

use annex_config::Sources;
use anyhow::Context;
use serde_json::json;

use super::{
    Common,
    database::{Role, Urls},
    ending::{Ending, Outcome},
    table::table,
};
use crate::store::activity::{self, Break, Head};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Walk the chains of audit events; exit code 1 where one is broken, and where.
    Verify {
        /// The chain of one workspace alone; without it all chains, the platform's own included.
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
        /// An earlier answer in JSON: what was the end of a chain then must stand in it still. Keep it where the owner of
        /// the tables cannot write; it finds a chain that was written anew from some event on.
        #[arg(long, value_name = "FILE", conflicts_with = "workspace")]
        since: Option<PathBuf>,
        /// Answer in JSON, with the end of each chain.
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(common: Common, command: Command) -> Outcome {
    let Command::Verify { workspace, since, json } = command;
    let kept = since.as_deref().map(kept).transpose()?;
    let urls = Urls::read(&Sources::from_process(common.config))?;
    let client = urls.connect(Role::Runtime).await?;
    let walked = activity::verify(&client, workspace.as_deref()).await;
    let (walked, mut broken) =
        walked.context("the audit log cannot be read; `annex migrate status` tells whether it stands")?;
    if let Some(kept) = kept {
        broken.extend(activity::rewritten(&client, &kept).await?);
    }
    if json {
        let heads = activity::heads(&client, workspace.as_deref()).await?;
        say!("{}", json!({ "chains": walked.chains, "events": walked.events, "broken": broken, "heads": heads }));
    } else if broken.is_empty() {
        say!("{} events in {} chains: whole.", walked.events, walked.chains);
    } else {
        say!("{}", as_text(&broken));
        say!("{} events in {} chains: {} broken links.", walked.events, walked.chains, broken.len());
    }
    Ok(if broken.is_empty() { Ending::Fine } else { Ending::Wrong })
}

/// The ends of chains in an earlier answer.
fn kept(file: &Path) -> anyhow::Result<Vec<Head>> {
    #[derive(serde::Deserialize)]
    struct Answer {
        heads: Vec<Head>,
    }
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let answer: Answer = serde_json::from_str(&text)
        .with_context(|| format!("{} is no answer of `annex audit verify --json`", file.display()))?;
    Ok(answer.heads)
}

fn as_text(broken: &[Break]) -> String {
    let mut rows = vec![["WORKSPACE", "EVENT", "PROBLEM"].map(str::to_owned).to_vec()];
    for link in broken {
        let workspace = link.workspace_id.clone().unwrap_or_else(|| "(platform)".to_owned());
        rows.push(vec![workspace, link.seq.to_string(), link.problem.clone()]);
    }
    table(&rows)
}
