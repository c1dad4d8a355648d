//! `annex uninstall`: the first step of leaving for good. It deactivates the users rows that Annex made in the CRM, and puts back
//! what the CRM's own documents showed before a workspace's branding was written there.
//!
//! **Invariant:** nothing is changed unless somebody at a terminal typed the word, or said `--yes`.
//! **Deliberately absent:** taking the schema out. That is `annex migrate down`, which refuses while any of it stands;
//! traffic is taken away from Annex in between (`ROLLBACK.md`).

use annex_config::Sources;
use anyhow::Context;

use super::{
    Common, branding, confirm, database,
    ending::{Ending, Outcome},
    operator,
    table::table,
};
use crate::{
    crm::{Statements, shadow_users::rest_all},
    store::{
        self,
        shadow_users::{self, ShadowRow},
    },
};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Say what would be deactivated and put back; change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

pub async fn run(common: Common, arguments: Arguments) -> Outcome {
    let sources = Sources::from_process(common.config);
    let trail = operator::trail(&sources);
    let config = annex_config::load(sources)?;
    let crm = Statements::new(&config.profile)?;
    let mut client = database::connect(&config.database.url, "ANNEX_DATABASE_URL").await?;
    let standing = shadow_users::standing(&client).await.context("schema annex cannot be read")?;
    let branded = store::branding::shown_in_crm(&client).await.context("schema annex cannot be read")?;
    tell(&standing, &branded);
    if standing.is_empty() && branded.is_empty() {
        say!("{NEXT}");
        return Ok(Ending::Fine);
    }
    if !standing.is_empty() && config.profile.shadow.is_none() {
        say!("{WRONG_PROFILE}");
        return Ok(Ending::Wrong);
    }
    if arguments.dry_run {
        say!("Nothing was changed.");
        return Ok(Ending::Fine);
    }
    if !arguments.yes && !confirm::typed("uninstall")? {
        say!("Nothing was changed.");
        return Ok(Ending::Wrong);
    }
    if !standing.is_empty() {
        let transaction = client.transaction().await?;
        let rested = rest_all(&transaction, &crm).await.context("nothing was changed")?;
        transaction.commit().await.context("nothing was changed")?;
        say!("{} are inactive now.", rested.len());
    }
    let restored = branding::give_back(&mut client, &branding::signboard(&config)?, &trail, &branded).await?;
    restored.iter().for_each(|one| say!("{one}"));
    if restored.iter().any(|one| !one.left.is_empty()) {
        return Ok(Ending::Wrong);
    }
    say!("{NEXT}");
    Ok(Ending::Fine)
}

fn tell(standing: &[ShadowRow], branded: &[String]) {
    match standing.len() {
        0 => say!("No shadow user is active in the CRM."),
        number => say!(
            "{}\n{number} users rows of the CRM stand for members of workspaces.\n\
             They become inactive and lose their tokens. What they wrote stays, with its author.",
            listed(standing)
        ),
    }
    match branded.len() {
        0 => say!("No branding stands in the CRM's tables."),
        number => say!(
            "The branding of {number} workspaces stands in the CRM's tables: {}.\n\
             What stood there before comes back. What somebody wrote in the CRM since then stays.",
            branded.join(", ")
        ),
    }
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
