//! What must not outlive a workspace's deletion.
//!
//! **Invariant:** in the transaction of the deletion, under the workspace's lock. Restoring brings nothing of it back.
//! Whoever keeps offers that somebody could still take up adds a line here. Bindings of refresh tokens stay: while they
//! stand, a client that goes on in the deleted workspace is refused, and never lands at home (rule R7).

use super::Change;
use crate::store::{invitations, transfers};

/// Ends every open offer of the workspace.
pub async fn close(change: &Change<'_>) -> Result<(), tokio_postgres::Error> {
    transfers::end_pending(&change.transaction, &change.workspace, &change.principal).await?;
    invitations::revoke_all(&change.transaction, &change.workspace, &change.principal).await?;
    Ok(())
}
