//! `annex import later` and `annex export later`: from and to the CRM's later in-app version.
//!
//! **Invariant:** without `--apply` nothing is changed; with it, everything or nothing.

mod show;

use annex_config::Sources;
use anyhow::Context;

use super::{
    Common, branding,
    database::{Role, Urls},
    ending::{Ending, Outcome, not_understood},
    operator,
};
use crate::{
    crm::Statements,
    manage::later::{
        SchemaName,
        apply::{self, Flags},
        export, plan, read,
    },
};

#[derive(Debug, clap::Subcommand)]
pub enum Import {
    /// The tables of the CRM's later version: memberships, roles, invitations, deletions, history.
    Later(ImportArguments),
}

#[derive(Debug, clap::Subcommand)]
pub enum Export {
    /// Print the SQL that fills the tables of the CRM's later version with what Annex keeps.
    Later(ExportArguments),
}

#[derive(Debug, clap::Args)]
pub struct ImportArguments {
    /// Do it. Without this, only tell what would be done.
    #[arg(long)]
    apply: bool,
    /// Take its flags over as well: tenants that were on there are on here at once.
    #[arg(long)]
    flags: bool,
    /// Where its tables are.
    #[arg(long, value_name = "SCHEMA", default_value = "public")]
    schema: String,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub struct ExportArguments {
    /// Where its tables are.
    #[arg(long, value_name = "SCHEMA", default_value = "public")]
    schema: String,
}

/// Imports. Reads the CRM's tables as the owner: the runtime role has no right on tables that it does not need.
pub async fn import(common: Common, Import::Later(arguments): Import) -> Outcome {
    let schema = named(&arguments.schema)?;
    let sources = Sources::from_process(common.config);
    let (trail, urls) = (operator::trail(&sources), Urls::read(&sources)?);
    let config = annex_config::load(sources)?;
    let (crm, signboard) = (Statements::new(&config.profile)?, branding::signboard(&config)?);
    let mut client = urls.connect(Role::Owner).await?;
    client.batch_execute("set timezone = 'UTC'").await?;
    let later = read::read(&client, &schema).await.context("the later version's tables cannot be read")?;
    if later.tables.is_empty() {
        say!("The schema {} has no table of the CRM's later version.", arguments.schema);
        return Ok(Ending::Wrong);
    }
    let known = apply::known(&client, &crm, &later).await?;
    let plan = plan::plan(&later, &known);
    let flags = if arguments.flags { Flags::Take } else { Flags::Leave };
    if arguments.apply {
        let transaction = client.transaction().await?;
        apply::apply(&transaction, &crm, &signboard, &plan, flags, &trail).await.context(UNCHANGED)?;
        transaction.commit().await.context(UNCHANGED)?;
    }
    let told = show::Told { plan: &plan, tables: &later.tables, flags, applied: arguments.apply };
    say!("{}", if arguments.json { show::as_json(&told) } else { show::as_text(&told) });
    Ok(Ending::Fine)
}

/// Exports.
pub async fn export(common: Common, Export::Later(arguments): Export) -> Outcome {
    let schema = named(&arguments.schema)?;
    let sources = Sources::from_process(common.config);
    let urls = Urls::read(&sources)?;
    let crm = Statements::new(&annex_config::load(sources)?.profile)?;
    let client = urls.connect(Role::Owner).await?;
    client.batch_execute("set timezone = 'UTC'").await?;
    super::say::text(format_args!("{}", export::script(&client, &crm, &schema).await?));
    Ok(Ending::Fine)
}

const UNCHANGED: &str = "nothing was changed";

fn named(schema: &str) -> anyhow::Result<SchemaName> {
    SchemaName::new(schema).ok_or_else(|| not_understood(format!("`{schema}` is not the name of a schema")))
}
