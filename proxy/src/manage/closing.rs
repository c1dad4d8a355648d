//! What must not outlive a workspace's deletion.
//!
//! **Invariant:** in the transaction of the deletion, under the workspace's lock, each end told in the audit log as any other.
//! Restoring brings nothing of it back.
//! Whoever keeps offers that somebody could still take up adds a line here. Bindings of refresh tokens stay: while they
//! stand, a client that goes on in the deleted workspace is refused, and never lands at home (rule R7).

use serde_json::json;

use super::Change;
use crate::store::{audit::Action, invitations, transfers};

/// What ended them, in the words of the log.
const WHY: &str = "workspace_deleted";

/// Ends every open offer of the workspace.
pub async fn close(change: &mut Change<'_>) -> Result<(), tokio_postgres::Error> {
    let (workspace, by) = (change.workspace.clone(), change.principal.clone());
    if let Some(offer) = transfers::cancel_pending(&change.transaction, &workspace, &by).await? {
        let details = json!({
            "offer": offer.id, "from": offer.from, "to": offer.to, "status": offer.status.name(), "reason": WHY,
        });
        change.tell(Action::OwnershipOfferEnded, ("user", &offer.to), details);
    }
    let revoked = invitations::revoke_all(&change.transaction, &workspace, &by).await?;
    if !revoked.is_empty() {
        let details = json!({ "reason": WHY, "invitations": revoked });
        change.tell(Action::InvitationRevoked, ("workspace", &workspace), details);
    }
    Ok(())
}
