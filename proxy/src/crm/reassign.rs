//! Open work in the CRM that goes from one person to another, by the profile's own statements.
//!
//! **Invariant:** each statement is an update within one tenant; the profile's reader holds that.
//! **Invariant:** work goes to whom the CRM knows in that tenant: where members have users rows of their own, to the heir's.

use tokio_postgres::{Error, Transaction};

use super::Statements;
use crate::store::shadow_users;

/// Whether the profile says how.
pub fn can_reassign(crm: &Statements) -> bool {
    !crm.reassign.is_empty()
}

/// Gives what is open of `from` in `workspace` to `to`, and tells how many rows of the CRM changed hands.
pub async fn reassign(
    transaction: &Transaction<'_>,
    crm: &Statements,
    workspace: &str,
    from: &str,
    to: &str,
) -> Result<u64, Error> {
    // Rows may name a person or who stands for them: the strategy may have been another one when they were written.
    let shadow = shadow_users::one(transaction, workspace, from).await?;
    let names = [Some(from), shadow.as_ref().map(|row| row.id.as_str())];
    let heir = match crm.shadow {
        Some(_) => shadow_users::one(transaction, workspace, to).await?.filter(|row| row.stands),
        None => None,
    };
    let heir = heir.as_ref().map_or(to, |row| row.id.as_str());
    let mut changed = 0_u64;
    for name in names.into_iter().flatten() {
        for statement in &crm.reassign {
            changed = changed.saturating_add(transaction.execute(statement, &[&workspace, &name, &heir]).await?);
        }
    }
    Ok(changed)
}
