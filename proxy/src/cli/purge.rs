//! `annex purge`: what is left of deleted workspaces goes when their time is over.

use std::sync::Arc;

use annex_config::Sources;
use anyhow::Context;
use tokio_postgres::Client;

use super::{
    Common, database,
    ending::{Ending, Outcome, not_understood},
    operator,
};
use crate::{
    clock,
    crm::{Signboard, Statements},
    keyring::Keyring,
    manage::operate::{self, Named, OperateError},
    ports::Trail,
};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Only this workspace: the id of a tenant of the CRM.
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,
    /// Only those that were deleted at least so many days ago.
    #[arg(long, value_name = "DAYS")]
    older_than: Option<u32>,
    /// Delete the CRM's data as well, of one workspace that is nobody's home. Nothing brings it back. The runtime role
    /// needs the right to delete for that time; the profile's `database.purge_tenant` says from which tables.
    #[arg(long, requires = "workspace", requires = "confirm")]
    crm_data: bool,
    /// The name of the tenant in the CRM, letter by letter.
    #[arg(long, value_name = "NAME", requires = "crm_data")]
    confirm: Option<String>,
    /// Show what would go; change nothing.
    #[arg(long)]
    dry_run: bool,
}

const SECONDS_A_DAY: i64 = 86_400;

pub async fn run(common: Common, arguments: Arguments) -> Outcome {
    let sources = Sources::from_process(common.config);
    let trail = operator::trail(&sources);
    let config = annex_config::load(sources)?;
    let crm = Arc::new(Statements::new(&config.profile)?);
    let keyring = Arc::new(Keyring::new(&config.secret));
    let signboard = Signboard::new(Arc::clone(&crm), keyring, config.public_url.clone());
    let mut client = database::connect(&config.database.url, "ANNEX_DATABASE_URL").await?;
    let chosen = choose(&client, &crm, &arguments).await?;
    if arguments.dry_run {
        return would(&client, &crm, &arguments, &chosen).await;
    }
    let mut gone = 0;
    for named in &chosen {
        gone += u32::from(purge(&mut client, &crm, &signboard, &arguments, named, &trail).await?);
    }
    say!("{gone} purged.");
    Ok(Ending::Fine)
}

/// The workspaces that are meant. A single one that is not due is an error, unless only its data in the CRM is left.
async fn choose(client: &Client, crm: &Statements, arguments: &Arguments) -> anyhow::Result<Vec<Named>> {
    let is_old = |named: &Named| match (arguments.older_than, named.listed.deleted_at) {
        (Some(days), Some(at)) => clock::unix_seconds() - at.as_second() >= i64::from(days) * SECONDS_A_DAY,
        (Some(_), None) => false,
        (None, _) => true,
    };
    let Some(workspace) = &arguments.workspace else {
        let listed = operate::list(client, crm).await?;
        return Ok(listed.into_iter().filter(|named| operate::due(&named.listed).is_ok() && is_old(named)).collect());
    };
    let named = operate::show(client, crm, workspace).await?;
    match operate::due(&named.listed) {
        Err(OperateError::Purged(_)) if arguments.crm_data => {}
        due => due.context(UNCHANGED)?,
    }
    Ok(Some(named).filter(is_old).into_iter().collect())
}

const UNCHANGED: &str = "nothing was changed";

async fn would(client: &Client, crm: &Statements, arguments: &Arguments, chosen: &[Named]) -> Outcome {
    for named in chosen {
        say!("{}", said("would go", named));
        if let Some(name) = &arguments.confirm {
            operate::may_clear(client, crm, &named.listed.workspace, name).await?;
            say!("  and the CRM's data of \"{name}\"");
        }
    }
    say!("{} would be purged. Nothing was changed.", chosen.len());
    Ok(Ending::Fine)
}

/// One workspace, in one transaction; the CRM's data with it or not at all. `false`: Annex's rows were gone before.
async fn purge(
    client: &mut Client,
    crm: &Statements,
    signboard: &Signboard,
    arguments: &Arguments,
    named: &Named,
    trail: &Trail,
) -> anyhow::Result<bool> {
    let workspace = &named.listed.workspace;
    let mut transaction = client.transaction().await?;
    let is_new = named.listed.purged_at.is_none();
    if is_new {
        operate::purge(&mut transaction, crm, signboard, workspace, trail).await.context(UNCHANGED)?;
    }
    let mut rows = None;
    if arguments.crm_data {
        let name = arguments.confirm.as_deref().ok_or_else(|| not_understood("`--crm-data` needs `--confirm NAME`"))?;
        let cleared = operate::clear(&transaction, crm, workspace, name, trail).await;
        rows = Some(cleared.context(UNCHANGED)?);
    }
    transaction.commit().await.context(UNCHANGED)?;
    if is_new {
        say!("{}", said("purged", named));
    }
    if let Some(rows) = rows {
        say!("{workspace}: the CRM's data is gone ({rows} rows named, and what belonged to them)");
    }
    Ok(is_new)
}

fn said(what: &str, named: &Named) -> String {
    let name = named.name.as_deref().unwrap_or("gone from the CRM");
    let (members, roles) = (named.listed.members, named.listed.custom_roles);
    format!("{} ({name}): {what}: {members} memberships, {roles} custom roles", named.listed.workspace)
}
