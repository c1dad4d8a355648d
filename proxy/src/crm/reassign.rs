//! Open work in the CRM that goes from one person to another, by the profile's own statements.
//!
//! **Invariant:** each statement is an update within one tenant; the profile's reader holds that.

use annex_config::ContextStrategy;
use tokio_postgres::{Error, Transaction};

use super::Statements;

/// Whether the profile says how. Where members have users rows of their own in the tenant, work is assigned to those.
pub fn can_reassign(crm: &Statements) -> bool {
    !crm.reassign.is_empty() && crm.strategy == ContextStrategy::Claims
}

/// Gives what is open of `from` in `workspace` to `to`, and tells how many rows of the CRM changed hands.
pub async fn reassign(
    transaction: &Transaction<'_>,
    crm: &Statements,
    workspace: &str,
    from: &str,
    to: &str,
) -> Result<u64, Error> {
    let mut changed = 0_u64;
    for statement in &crm.reassign {
        changed = changed.saturating_add(transaction.execute(statement, &[&workspace, &from, &to]).await?);
    }
    Ok(changed)
}
