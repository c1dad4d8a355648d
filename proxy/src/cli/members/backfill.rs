//! `annex members backfill`: a workspace row and the system roles for every tenant that the CRM has.
//!
//! **Invariant:** no row is written for a native. A row would narrow what they may do at home (rule R4); their role comes
//! from the CRM's users row, now and after each change there. That is how everybody who was there before is a member.
//! **Deliberately absent:** owners of homes: the CRM knows none.

use tokio_postgres::Client;

use crate::{
    cli::ending::{Ending, Outcome},
    crm::{Natives, Statements, natives_by_tenant, tenants_after},
    store::workspaces,
};

/// How many tenants one transaction takes.
const BATCH: i64 = 500;

/// What there is, and what lacked.
#[derive(Debug, Default)]
struct Counted {
    tenants: usize,
    lacking: usize,
    natives: Natives,
    without_admin: usize,
}

/// Goes through the tenants in the order of their ids; what was done stays done if it is stopped.
pub async fn run(client: &mut Client, crm: &Statements, dry_run: bool) -> Outcome {
    let (mut counted, mut after) = (Counted::default(), String::new());
    loop {
        let transaction = client.transaction().await?;
        let tenants = tenants_after(&transaction, crm, &after, BATCH).await?;
        let Some(last) = tenants.last().cloned() else { break };
        let natives = natives_by_tenant(&transaction, crm, &tenants).await?;
        let lacking = workspaces::without_row(&transaction, &tenants).await?;
        if !dry_run {
            workspaces::ensure_all(&transaction, &lacking).await?;
        }
        transaction.commit().await?;
        counted.tenants += tenants.len();
        counted.lacking += lacking.len();
        counted.natives.admins += natives.values().map(|natives| natives.admins).sum::<i64>();
        counted.natives.members += natives.values().map(|natives| natives.members).sum::<i64>();
        let led = |tenant: &&String| natives.get(*tenant).is_some_and(|natives| natives.admins > 0);
        counted.without_admin += tenants.iter().filter(|tenant| !led(tenant)).count();
        after = last;
    }
    tell(&counted, dry_run);
    Ok(Ending::Fine)
}

fn tell(counted: &Counted, dry_run: bool) {
    let Counted { tenants, lacking, natives, without_admin } = counted;
    let did = if dry_run { "would get one" } else { "got one" };
    say!("{tenants} tenants, {lacking} without a workspace row: they {did}.");
    say!(
        "{} natives are Admins by the CRM, {} are Team Members. They need no rows; customers and administrators of the platform are natives nowhere.",
        natives.admins,
        natives.members
    );
    if *without_admin > 0 {
        say!("{without_admin} tenants have no active administrator in the CRM.");
    }
    if dry_run {
        say!("Nothing was changed.");
    }
}
