//! Accepting and declining, from the lock to the commit.

use annex_policy::Reason;
use deadpool_postgres::{Object, Transaction as Begun};
use serde_json::json;
use tokio_postgres::{GenericClient, Transaction};

use super::{Offers, is_open};
use crate::{
    crm::{
        User, is_customer,
        memberships::{self, Member},
        user_by_id,
    },
    identity::PrincipalKind,
    manage::{
        Standing, Turn,
        change::failed,
        invitations::full,
        secrets::{self, Way},
    },
    ports::{Address, Denial, Denied, Guest, InvitationStatus, Role, Ticket, may_issue},
    store::{
        audit::{self, Action, Event},
        invitations::{self, Ending, InvitationRow},
        members::{self, Kind, Status},
        workspaces,
    },
};

/// An invitation under the lock of its workspace, and who holds a ticket to it.
struct Presented<'c> {
    transaction: Begun<'c>,
    row: InvitationRow,
    /// `None`: named by id.
    way: Option<Way>,
    user: User,
}

impl Offers {
    /// The workspace that a ticket names, for whoever then waits for a turn there.
    pub(super) async fn inviting(&self, guest: &Guest<'_>, ticket: Ticket<'_>) -> Result<String, Denied> {
        // Customers never have the feature, whatever they hold (rule R2).
        if guest.principal.kind == PrincipalKind::Customer {
            return Err(Reason::FeatureDisabled.into());
        }
        let client = self.desk.client().await?;
        Ok(find(&**client, ticket).await?.ok_or(Denial::InvitationNotFound)?.shown.workspace)
    }

    pub(super) async fn take(&self, turn: &Turn<'_>, guest: &Guest<'_>, ticket: Ticket<'_>) -> Result<String, Denied> {
        let mut client = self.desk.client().await?;
        let presented = self.present(&mut client, guest, ticket).await?;
        let workspace = presented.row.shown.workspace.clone();
        match presented.row.shown.status {
            InvitationStatus::Accepted => self.check_replay(&presented).await?,
            InvitationStatus::Pending | InvitationStatus::Expired => {
                self.check_address(&presented).await?;
                self.join(turn, guest, presented).await?;
            }
            InvitationStatus::Declined | InvitationStatus::Revoked => return Err(Denial::InvitationNotFound.into()),
        }
        Ok(workspace)
    }

    pub(super) async fn turn_down(&self, turn: &Turn<'_>, guest: &Guest<'_>, ticket: Ticket<'_>) -> Result<(), Denied> {
        let mut client = self.desk.client().await?;
        let presented = self.present(&mut client, guest, ticket).await?;
        let Presented { row, user, .. } = &presented;
        match row.shown.status {
            InvitationStatus::Declined if row.ended_by.as_deref() == Some(&user.id) => return Ok(()),
            InvitationStatus::Pending | InvitationStatus::Expired => self.check_address(&presented).await?,
            _ => return Err(Denial::InvitationNotFound.into()),
        }
        if row.shown.status == InvitationStatus::Expired {
            return Err(Denial::InvitationExpired.into());
        }
        let (transaction, id) = (&presented.transaction, row.shown.id);
        invitations::end(transaction, id, Ending::Declined { by: &user.id }).await.map_err(failed)?;
        let details = json!({ "role": row.shown.role.as_ref().map(|role| role.key.to_string()) });
        append(
            guest,
            transaction,
            &row.shown.workspace,
            Action::InvitationDeclined,
            ("invitation", &id.to_string()),
            details,
        )
        .await?;
        turn.commit(presented.transaction).await
    }

    /// The invitation that a ticket names, under the lock of its workspace, which is on.
    async fn present<'c>(
        &self,
        client: &'c mut Object,
        guest: &Guest<'_>,
        ticket: Ticket<'_>,
    ) -> Result<Presented<'c>, Denied> {
        let transaction = client.transaction().await.map_err(failed)?;
        let found = find(&*transaction, ticket).await?.ok_or(Denial::InvitationNotFound)?;
        let workspace = found.shown.workspace.clone();
        members::lock(&transaction, &workspace).await.map_err(failed)?;
        // Read again: it may have ended, or have another secret, since the lock was waited for.
        let row = find(&*transaction, ticket).await?.ok_or(Denial::InvitationNotFound)?;
        let way = match ticket {
            Ticket::Token(token) => {
                Some(secrets::way_of(&self.keyring, &row, token).ok_or(Denial::InvitationNotFound)?)
            }
            Ticket::Id(_) => None,
        };
        let kept = workspaces::kept_among(&*transaction, &[workspace]).await.map_err(failed)?;
        if !kept.first().is_some_and(|kept| is_open(guest.snapshot, kept)) {
            return Err(Denial::InvitationNotFound.into());
        }
        let user = user_by_id(&*transaction, &self.desk.crm, &guest.principal.id).await.map_err(failed)?;
        let user = user.filter(|user| user.active).ok_or(Reason::AccessDenied)?;
        if is_customer(&self.desk.crm, &user) {
            return Err(Reason::FeatureDisabled.into());
        }
        let presented = Presented { transaction, row, way, user };
        if presented.way.is_none() && !self.has_proven(&presented).await? {
            return Err(Denial::InvitationNotFound.into());
        }
        Ok(presented)
    }

    /// By id only for whom the address of today was proven by a mail.
    async fn has_proven(&self, presented: &Presented<'_>) -> Result<bool, Denied> {
        let Presented { transaction, row, user, .. } = presented;
        let is_theirs = Address::parse(&user.email).is_some_and(|address| address.compared() == row.address);
        Ok(is_theirs && invitations::has_proven(&**transaction, &user.id, &row.address).await.map_err(failed)?)
    }

    /// The address of the users row, as it is now; what the token claims counts for nothing.
    async fn check_address(&self, presented: &Presented<'_>) -> Result<(), Denied> {
        let Presented { row, user, .. } = presented;
        match Address::parse(&user.email) {
            Some(address) if address.compared() == row.address => Ok(()),
            Some(_) | None => Err(Denial::InvitationEmailMismatch.into()),
        }
    }

    /// Accepted before: by the same person, who is still there, it is said again; to others there is nothing.
    async fn check_replay(&self, presented: &Presented<'_>) -> Result<(), Denied> {
        let Presented { transaction, row, user, .. } = presented;
        let standing = members::one(&**transaction, &row.shown.workspace, &user.id).await.map_err(failed)?;
        let is_here = standing.is_some_and(|row| row.status == Status::Active);
        if row.accepted_by.as_deref() == Some(&user.id) && is_here {
            return Ok(());
        }
        Err(Denial::InvitationNotFound.into())
    }

    async fn join(&self, turn: &Turn<'_>, guest: &Guest<'_>, presented: Presented<'_>) -> Result<(), Denied> {
        let Presented { transaction, row, way, user } = presented;
        if row.shown.status == InvitationStatus::Expired {
            return Err(Denial::InvitationExpired.into());
        }
        let (workspace, id) = (row.shown.workspace.as_str(), row.shown.id);
        let role = row.shown.role.as_ref().ok_or(Denial::InvitationNotFound)?;
        if !self.still_offered(&transaction, &row, role).await? {
            self.withdraw(turn, transaction, guest, &row).await?;
            return Err(Denial::InvitationNotFound.into());
        }
        self.check_newcomer(&transaction, &row, &user).await?;
        let joined = invitations::joined(&*transaction, workspace).await.map_err(failed)?;
        if joined >= i64::from(self.most_members) {
            return Err(full().into());
        }
        if way == Some(Way::Mail) {
            invitations::prove(&transaction, &user.id, &row.address).await.map_err(failed)?;
        }
        invitations::end(&transaction, id, Ending::Accepted { by: &user.id }).await.map_err(failed)?;
        let member = Member { workspace, user: &user.id, kind: Kind::Joined };
        memberships::join(&transaction, &self.desk.crm, member, role.id, &row.shown.invited_by)
            .await
            .map_err(failed)?;
        let details = json!({ "role": &*role.key, "invitation": id, "invitedBy": row.shown.invited_by });
        append(guest, &transaction, workspace, Action::MemberJoined, ("user", &user.id), details).await?;
        turn.commit(transaction).await
    }

    /// Whoever invited could invite today: what the CRM did to them behind us counts too.
    async fn still_offered(
        &self,
        transaction: &Transaction<'_>,
        row: &InvitationRow,
        role: &Role,
    ) -> Result<bool, Denied> {
        let (workspace, inviter) = (&row.shown.workspace, &row.shown.invited_by);
        let inviter = Standing::of(transaction, &self.desk.crm, workspace, inviter).await.map_err(failed)?;
        Ok(inviter.is_some_and(|inviter| may_issue(inviter.view(), role.view())))
    }

    /// Ends an offer that its inviter could no longer make.
    async fn withdraw(
        &self,
        turn: &Turn<'_>,
        transaction: Begun<'_>,
        guest: &Guest<'_>,
        row: &InvitationRow,
    ) -> Result<(), Denied> {
        let (workspace, id) = (row.shown.workspace.as_str(), row.shown.id);
        let inviter = row.shown.invited_by.as_str();
        invitations::end(&transaction, id, Ending::Revoked { by: inviter }).await.map_err(failed)?;
        let details = json!({ "reason": "inviter", "invitations": [id] });
        append(guest, &transaction, workspace, Action::InvitationRevoked, ("user", inviter), details).await?;
        turn.commit(transaction).await
    }

    /// Nobody joins where they are: a native stays one, a member keeps their role, a suspended one stays out. Whoever
    /// left since the offer was made needs another one.
    async fn check_newcomer(
        &self,
        transaction: &Transaction<'_>,
        row: &InvitationRow,
        user: &User,
    ) -> Result<(), Denied> {
        let workspace = row.shown.workspace.as_str();
        if user.tenant == workspace {
            return Err(Denial::AlreadyMember.into());
        }
        let before = members::one(transaction, workspace, &user.id).await.map_err(failed)?;
        if before.is_some_and(|row| row.status != Status::Removed) {
            return Err(Denial::AlreadyMember.into());
        }
        let left = invitations::left_since(transaction, workspace, &user.id, row.shown.created_at);
        if left.await.map_err(failed)? { Err(Denial::InvitationNotFound.into()) } else { Ok(()) }
    }
}

async fn find(client: &impl GenericClient, ticket: Ticket<'_>) -> Result<Option<InvitationRow>, Denied> {
    match ticket {
        Ticket::Token(token) => invitations::by_token(client, &secrets::hash(token)).await.map_err(failed),
        Ticket::Id(id) => invitations::by_id(client, id).await.map_err(failed),
    }
}

async fn append(
    guest: &Guest<'_>,
    transaction: &Transaction<'_>,
    workspace: &str,
    action: Action,
    target: (&'static str, &str),
    details: serde_json::Value,
) -> Result<(), Denied> {
    let event = Event { workspace: Some(workspace), action, target, details };
    audit::append(transaction, &guest.trail, &event).await.map_err(failed)
}
