//! What follows when somebody may do less than before.
//!
//! **Invariant:** every change that takes rights away ends with [`after_loss`], in its own transaction: a removal, a
//! suspension, another role, another set of permissions of a role, a role that is deleted.

use uuid::Uuid;

use super::{Change, Desk};
use crate::ports::Denied;

/// Who lost something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loser<'a> {
    /// One person, by the CRM's user id.
    Member(&'a str),
    /// Whoever holds this role.
    HoldersOf(Uuid),
}

/// Takes back what the loser could no longer give (rule R6). Nothing is outstanding yet.
pub async fn after_loss(_change: &mut Change<'_>, _desk: &Desk, _loser: Loser<'_>) -> Result<(), Denied> {
    Ok(())
}
