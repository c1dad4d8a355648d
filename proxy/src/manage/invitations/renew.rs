//! A pending invitation mailed again, linked again, taken back.

use serde_json::json;
use uuid::Uuid;

use super::{Invitations, Mail, Remembered};
use crate::{
    manage::{
        Change,
        change::failed,
        secrets::{self, Way},
    },
    ports::{Address, Denial, Denied, Invitation, Issued},
    store::{
        audit::Action,
        invitations::{self, Ending, InvitationRow, Scope},
        outbox,
    },
};

/// The first mail and five more.
const MOST_MAILS: i32 = 6;

/// Seconds between two mails of one invitation.
const BETWEEN_S: i64 = 60;

/// Until an invitation that was mailed too often is worth another try: never, but a header must say something.
const SPENT_RETRY_S: u32 = 86_400;

impl Invitations {
    pub(super) async fn mail_again(&self, mut change: Change<'_>, id: Uuid) -> Result<Invitation, Denied> {
        let row = Self::pending(&change, id).await?;
        check_offer(&change, &row)?;
        if self.limits.mail == Mail::Off {
            return Err(Denial::Conflict("No mail leaves this installation; show a link").into());
        }
        if row.shown.send_count >= MOST_MAILS {
            let what = "This invitation was mailed six times, which is the most";
            return Err(Denial::TooMany { retry_after_s: SPENT_RETRY_S, what }.into());
        }
        if row.sent_ago_s < BETWEEN_S {
            let retry_after_s = u32::try_from(BETWEEN_S - row.sent_ago_s).unwrap_or(1);
            return Err(Denial::TooMany { retry_after_s, what: "This invitation was mailed a moment ago" }.into());
        }
        self.count(&change, &row).await?;
        let (_, mail) = secrets::mint(&self.keyring, id, Way::Mail);
        let nth = invitations::renew_mail(&change.transaction, id, mail).await.map_err(failed)?;
        outbox::add(&change.transaction, &[id], nth).await.map_err(failed)?;
        let issued = self.read_back(&change, id, None).await?;
        change.tell(Action::InvitationResent, ("invitation", &id.to_string()), json!({ "mails": nth }));
        self.desk.finish(change, &json!(Remembered { id, link: 0 })).await?;
        self.due.notify_one();
        Ok(issued.invitation)
    }

    pub(super) async fn show_link(&self, mut change: Change<'_>, id: Uuid) -> Result<Issued, Denied> {
        let row = Self::pending(&change, id).await?;
        check_offer(&change, &row)?;
        let (token, link) = secrets::mint(&self.keyring, id, Way::Link);
        let generation = invitations::renew_link(&change.transaction, id, link).await.map_err(failed)?;
        let issued = self.read_back(&change, id, Some(token)).await?;
        change.tell(Action::InvitationLinkShown, ("invitation", &id.to_string()), json!({ "links": generation }));
        self.desk.finish(change, &json!(Remembered { id, link: generation })).await?;
        Ok(issued)
    }

    pub(super) async fn take_back(&self, mut change: Change<'_>, id: Uuid) -> Result<(), Denied> {
        let row = Self::pending(&change, id).await?;
        let by = change.principal.clone();
        invitations::end(&change.transaction, id, Ending::Revoked { by: &by }).await.map_err(failed)?;
        change.tell(Action::InvitationRevoked, ("invitation", &id.to_string()), json!({ "email": row.shown.email }));
        self.desk.finish(change, &json!({ "id": id })).await
    }

    async fn count(&self, change: &Change<'_>, row: &InvitationRow) -> Result<(), Denied> {
        let mailbox = Address::mailbox(&row.address);
        let counts = [
            (Scope::Person, change.principal.as_str(), 1),
            (Scope::Workspace, change.workspace.as_str(), 1),
            (Scope::Recipient, mailbox.as_str(), 1),
        ];
        for one in invitations::take(&change.transaction, &counts).await.map_err(failed)? {
            let (limit, what) = self.limit(one.scope);
            if one.count > i64::from(limit) {
                return Err(
                    Denial::TooMany { retry_after_s: u32::try_from(one.left_s).unwrap_or(1).max(1), what }.into()
                );
            }
        }
        Ok(())
    }
}

/// Whoever sends it again offers it.
fn check_offer(change: &Change<'_>, row: &InvitationRow) -> Result<(), Denial> {
    row.shown.role.as_ref().map_or(Ok(()), |role| change.caller.may_give(role.view()))
}
