//! `annex shadow`: what enforce would have decided for a tenant in shadow, and the step from there to on (rule R1).
//!
//! **Invariant:** a tenant is promoted when enough was decided and every refusal was accepted by name; what is missing is
//! told whole. The check and the flag's row are one transaction, and writers of records wait for it.

mod promote;
mod show;

use annex_config::Sources;
use anyhow::Context;
use tokio_postgres::Client;

use super::{
    Common,
    database::{Role, Urls},
    ending::{Ending, Outcome, not_understood},
    operator,
};
use crate::store::shadow::{self, Refusals};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show what would have been refused, by route, role and reason, and how much was decided.
    Report {
        /// Of this tenant alone; without it, of every one that was recorded.
        #[arg(long, value_name = "ID")]
        tenant: Option<String>,
        /// Answer in JSON.
        #[arg(long)]
        json: bool,
    },
    /// Accept what would be refused on a route to a role: it is meant, and in nobody's way.
    Accept {
        /// The tenant that is in shadow.
        tenant: String,
        /// As the report shows it, such as 'POST /api/customers'.
        #[arg(long, value_name = "'METHOD PATTERN'")]
        route: String,
        /// The key of the role, as the report shows it.
        #[arg(long, value_name = "KEY")]
        role: String,
        /// Why that is right, for whoever reads the report.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Turn a tenant on that was in shadow for long enough, with no refusal that nobody accepted.
    Promote {
        /// The tenant that is in shadow.
        tenant: String,
        /// How many decisions must have been recorded.
        #[arg(long, value_name = "N", default_value_t = 100)]
        min_decisions: u64,
    },
    /// Delete what was recorded of a tenant, what was accepted included: after roles or the profile were changed.
    Forget {
        /// The tenant.
        tenant: String,
    },
}

pub async fn run(common: Common, command: Command) -> Outcome {
    let sources = Sources::from_process(common.config);
    let mut client = Urls::read(&sources)?.connect(Role::Runtime).await?;
    match command {
        Command::Report { tenant, json } => report(&client, tenant.as_deref(), json).await,
        Command::Accept { tenant, route, role, reason } => {
            let (method, pattern) = parse_route(&route)?;
            if reason.trim().is_empty() {
                return Err(not_understood("--reason is empty: say why that is right"));
            }
            accept(&mut client, &sources, Refusals { tenant: &tenant, method, pattern, role: &role }, &reason).await
        }
        Command::Promote { tenant, min_decisions } => promote::run(&mut client, &sources, &tenant, min_decisions).await,
        Command::Forget { tenant } => forget(&mut client, &sources, &tenant).await,
    }
}

const READ: &str = "cannot read what shadow recorded (is the schema there? `annex migrate status`)";

const UNCHANGED: &str = "nothing was changed";

async fn report(client: &Client, tenant: Option<&str>, json: bool) -> Outcome {
    let known = shadow::known(client, tenant).await.context(READ)?;
    let tenants = show::by_tenant(known);
    say!("{}", if json { show::as_json(&tenants) } else { show::as_text(&tenants) });
    Ok(Ending::Fine)
}

async fn accept(client: &mut Client, sources: &Sources, refusals: Refusals<'_>, reason: &str) -> Outcome {
    let transaction = client.transaction().await.context(UNCHANGED)?;
    let trail = operator::trail(sources);
    let accepted = shadow::accept(&transaction, refusals, reason.trim(), &trail).await.context(UNCHANGED)?;
    transaction.commit().await.context(UNCHANGED)?;
    let Refusals { tenant, method, pattern, role } = refusals;
    if accepted == 0 {
        anyhow::bail!(
            "nothing that would be refused is recorded for {method} {pattern} as {role} in {tenant}; \
             `annex shadow report --tenant {tenant}` shows what is"
        );
    }
    say!("Accepted: {method} {pattern} as {role}.");
    Ok(Ending::Fine)
}

async fn forget(client: &mut Client, sources: &Sources, tenant: &str) -> Outcome {
    let transaction = client.transaction().await.context(UNCHANGED)?;
    let forgotten = shadow::forget(&transaction, tenant, &operator::trail(sources)).await.context(UNCHANGED)?;
    transaction.commit().await.context(UNCHANGED)?;
    match forgotten {
        0 => say!("{tenant}: nothing was recorded."),
        _ => say!("{tenant}: forgotten. While it is in shadow, recording goes on."),
    }
    Ok(Ending::Fine)
}

fn parse_route(route: &str) -> anyhow::Result<(&str, &str)> {
    let parts = route.trim().split_once(' ').map(|(method, pattern)| (method, pattern.trim_start()));
    parts.ok_or_else(|| not_understood(format!("`{route}` is not a route: write 'METHOD PATTERN', as the report does")))
}
