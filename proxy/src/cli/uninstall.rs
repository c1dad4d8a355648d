//! `annex uninstall`: the first step of leaving for good. It deactivates the users rows that Annex made in the CRM.
//!
//! **Invariant:** nothing is deactivated unless somebody at a terminal typed the word, or said `--yes`.
//! **Deliberately absent:** taking the schema out. That is `annex migrate down`, which refuses while a shadow user is active;
//! traffic is taken away from Annex in between (`ROLLBACK.md`).

use annex_config::Sources;
use anyhow::Context;

use super::{
    Common, confirm, database,
    ending::{Ending, Outcome},
    table::table,
};
use crate::{
    crm::{Statements, shadow_users::rest_all},
    store::shadow_users::{self, ShadowRow},
};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Say which users rows would be deactivated; change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

pub async fn run(common: Common, arguments: Arguments) -> Outcome {
    let config = annex_config::load(Sources::from_process(common.config))?;
    let crm = Statements::new(&config.profile)?;
    let mut client = database::connect(&config.database.url, "ANNEX_DATABASE_URL").await?;
    let standing = shadow_users::standing(&client).await.context("schema annex cannot be read")?;
    if standing.is_empty() {
        println!("No shadow user is active in the CRM.\n{NEXT}");
        return Ok(Ending::Fine);
    }
    println!("{}\n{} users rows of the CRM stand for members of workspaces.", listed(&standing), standing.len());
    if config.profile.shadow.is_none() {
        println!("{WRONG_PROFILE}");
        return Ok(Ending::Wrong);
    }
    if arguments.dry_run {
        println!("Nothing was changed.");
        return Ok(Ending::Fine);
    }
    println!("They become inactive and lose their tokens. What they wrote stays, with its author.");
    if !arguments.yes && !confirm::typed("uninstall")? {
        println!("Nothing was changed.");
        return Ok(Ending::Wrong);
    }
    let transaction = client.transaction().await?;
    let rested = rest_all(&transaction, &crm).await.context("nothing was changed")?;
    transaction.commit().await.context("nothing was changed")?;
    println!("{} are inactive now.\n{NEXT}", rested.len());
    Ok(Ending::Fine)
}

const NEXT: &str =
    "Next: point clients at the CRM again, stop every `annex serve`, then `annex migrate down` (ROLLBACK.md).";

const WRONG_PROFILE: &str = "The CRM profile has the strategy `claims` and does not say how to deactivate them. Nothing was changed.\n\
     Run this with the profile of strategy `member_row` that made them: ANNEX_CRM_PROFILE.";

fn listed(standing: &[ShadowRow]) -> String {
    let head = ["USERS ROW", "WORKSPACE", "PERSON", "ADDRESS"].map(str::to_owned).to_vec();
    let row = |shadow: &ShadowRow| {
        vec![shadow.id.clone(), shadow.workspace.clone(), shadow.user.clone(), shadow.email.clone()]
    };
    table(&[head].into_iter().chain(standing.iter().map(row)).collect::<Vec<_>>())
}
