//! `annex members`: who works in a workspace. The rules are those of the management API; the actor is an operator.

mod backfill;
mod show;

use annex_config::{Config, Sources};
use anyhow::Context;
use tokio_postgres::Client;

use super::{
    Common, database,
    ending::{Ending, Outcome},
    operator,
};
use crate::{
    crm::{
        Statements,
        members::{self, Added, Person},
        shadow_users,
    },
    ports::Trail,
    store,
};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Let a person of the CRM join a workspace, or give a member another role.
    Add {
        /// The workspace: the id of a tenant of the CRM.
        #[arg(long, value_name = "ID")]
        workspace: String,
        #[command(flatten)]
        person: Named,
        /// `admin`, `manager`, `member`, `finance`, `viewer`, or the key of a custom role.
        #[arg(long, value_name = "KEY")]
        role: String,
    },
    /// Show everybody in a workspace, its natives included.
    List {
        /// The workspace: the id of a tenant of the CRM.
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// Answer in JSON.
        #[arg(long)]
        json: bool,
    },
    /// Give every tenant of the CRM its workspace row and roles, and count who is at home there. Natives need no
    /// rows: their roles come from the CRM's users. Again and again does no harm.
    Backfill {
        /// Say what would be done and do nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// End a membership; of a native, block them at home until the flag is off. The CRM's account stays.
    Remove {
        /// The workspace: the id of a tenant of the CRM.
        #[arg(long, value_name = "ID")]
        workspace: String,
        #[command(flatten)]
        person: Named,
    },
    /// Give every member the users row that the strategy `member_row` needs, and deactivate those of whoever left.
    Sync {
        /// Only in this workspace. Left out: in all.
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
    },
}

/// Whom the operator names.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Named {
    /// By the CRM's user id.
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// By the CRM's e-mail address, in its exact spelling.
    #[arg(long, value_name = "E")]
    email: Option<String>,
}

impl Named {
    fn person(&self) -> Person<'_> {
        match (&self.user, &self.email) {
            (Some(id), _) => Person::Id(id),
            (None, email) => Person::Email(email.as_deref().unwrap_or_default()),
        }
    }
}

pub async fn run(common: Common, command: Command) -> Outcome {
    let sources = Sources::from_process(common.config);
    let trail = operator::trail(&sources);
    let config = annex_config::load(sources)?;
    let crm = Statements::new(&config.profile)?;
    let mut client = connect(&config).await?;
    match command {
        Command::Add { workspace, person, role } => {
            add(&mut client, &crm, &workspace, person.person(), &role, &trail).await
        }
        Command::List { workspace, json } => {
            let listed = members::list(&client, &crm, &workspace).await?;
            say!("{}", if json { show::as_json(&listed) } else { show::as_text(&listed) });
            Ok(Ending::Fine)
        }
        Command::Backfill { dry_run } => backfill::run(&mut client, &crm, dry_run).await,
        Command::Remove { workspace, person } => {
            let transaction = client.transaction().await?;
            members::remove(&transaction, &crm, &workspace, person.person(), &trail).await.context(UNCHANGED)?;
            transaction.commit().await.context(UNCHANGED)?;
            say!("Removed. The account in the CRM stays as it is.");
            Ok(Ending::Fine)
        }
        Command::Sync { workspace } if config.profile.shadow.is_some() => sync(&mut client, &crm, workspace).await,
        Command::Sync { .. } => {
            say!("Nothing to do: with the strategy `claims` members have no users row of their own.");
            Ok(Ending::Fine)
        }
    }
}

const UNCHANGED: &str = "nothing was changed";

async fn connect(config: &Config) -> anyhow::Result<Client> {
    database::connect(&config.database.url, "ANNEX_DATABASE_URL").await
}

/// One workspace after the other, each in a transaction: who stands in the middle is served.
async fn sync(client: &mut Client, crm: &Statements, workspace: Option<String>) -> Outcome {
    let mut workspaces = store::shadow_users::workspaces(client).await?;
    workspaces.retain(|known| workspace.as_ref().is_none_or(|named| known == named));
    let (mut made, mut rested) = (0, 0);
    for workspace in &workspaces {
        let transaction = client.transaction().await?;
        let synced = shadow_users::sync(&transaction, crm, workspace).await;
        let synced = synced.with_context(|| format!("workspace {workspace} was not changed"))?;
        transaction.commit().await.with_context(|| format!("workspace {workspace} was not changed"))?;
        (made, rested) = (made + synced.made, rested + synced.rested);
    }
    say!("{made} users rows made or activated, {rested} deactivated, in {} workspaces.", workspaces.len());
    let lacking = store::shadow_users::disagreement(client, None).await?.lacking;
    for (workspace, user) in &lacking {
        say!("{user} in {workspace} has none: the CRM does not know that person any more.");
    }
    Ok(Ending::Fine)
}

async fn add(
    client: &mut Client,
    crm: &Statements,
    workspace: &str,
    person: Person<'_>,
    role: &str,
    trail: &Trail,
) -> Outcome {
    let transaction = client.transaction().await?;
    let added = members::add(&transaction, crm, workspace, person, role, trail).await.context(UNCHANGED)?;
    transaction.commit().await.context(UNCHANGED)?;
    match added {
        Added::Joined { user } => say!("{} ({}) joined as {role}.", user.email, user.id),
        Added::RoleChanged { user, from } => {
            let from = from.map(|from| format!(" (was {from})")).unwrap_or_default();
            say!("{} ({}) is {role} now{from}.", user.email, user.id);
        }
    }
    Ok(Ending::Fine)
}
