//! What those who manage members do with invitations.
//!
//! **Invariant:** what is offered is within what whoever offers it holds, judged under the lock of the workspace; an
//! address that somebody has in the CRM and one that nobody has take the same statements and get the same answer.

mod issue;
mod renew;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio_postgres::GenericClient;
use uuid::Uuid;

pub(super) use issue::full;

use super::{
    Begun, Change, Desk, Standing,
    change::failed,
    secrets::{self, Way},
};
use crate::{
    keyring::Keyring,
    ports::{
        self, Asked, Denial, Denied, Invitation, InvitationDraft, InvitationPage, InvitationStatus, Issued,
        MANAGE_MEMBERS, RowOutcome, Run,
    },
    store::invitations::{self, InvitationRow},
};

/// How much may be invited, and whether mail leaves.
#[derive(Debug, Clone, Copy)]
pub struct InvitationLimits {
    pub members_per_workspace: u32,
    pub per_address_day: u32,
    pub per_person_hour: u32,
    pub per_workspace_day: u32,
    /// How long an invitation lasts that does not say.
    pub lifetime_days: i32,
    pub mail: Mail,
}

/// Whether mail leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mail {
    On,
    /// Invitations are links only.
    Off,
}

/// The port over the pool.
pub struct Invitations {
    desk: Desk,
    keyring: Arc<Keyring>,
    limits: InvitationLimits,
    /// Wakes whoever sends mail.
    due: Arc<Notify>,
}

/// What an idempotency key remembers of an invitation, instead of its secret.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Remembered {
    id: Uuid,
    /// Which link was shown.
    link: i32,
}

impl Invitations {
    pub fn new(desk: Desk, keyring: Arc<Keyring>, limits: InvitationLimits, due: Arc<Notify>) -> Self {
        Invitations { desk, keyring, limits, due }
    }

    /// The pending invitation that somebody wants to change, and could make anew.
    async fn pending(change: &Change<'_>, id: Uuid) -> Result<InvitationRow, Denied> {
        change.caller.need(MANAGE_MEMBERS)?;
        let found = invitations::of_workspace(&*change.transaction, &change.workspace, &[id]).await.map_err(failed)?;
        let found = found.into_iter().next().ok_or(Denial::InvitationNotFound)?;
        match found.shown.status {
            InvitationStatus::Pending => Ok(found),
            InvitationStatus::Expired => Err(Denial::InvitationExpired.into()),
            _ => Err(Denial::Conflict("This invitation has ended").into()),
        }
    }

    /// What was issued before, with its link if that is still the one that was shown.
    async fn recall(
        &self,
        client: &impl GenericClient,
        asked: &Asked<'_>,
        done: &[Remembered],
    ) -> Result<Vec<Issued>, Denied> {
        Standing::read(client, &self.desk.crm, asked).await?.need(MANAGE_MEMBERS)?;
        let ids: Vec<Uuid> = done.iter().map(|one| one.id).collect();
        let mut rows = self.rows(client, asked.workspace, &ids).await?;
        let recalled = done.iter().filter_map(|one| {
            let at = rows.iter().position(|row| row.shown.id == one.id)?;
            let row = rows.swap_remove(at);
            let is_same = row.link_generation == one.link && row.shown.status == InvitationStatus::Pending;
            let link = if is_same { secrets::derive(&self.keyring, &row, Way::Link) } else { None };
            Some(Issued { invitation: row.shown, link })
        });
        Ok(recalled.collect())
    }

    async fn rows(
        &self,
        client: &impl GenericClient,
        workspace: &str,
        ids: &[Uuid],
    ) -> Result<Vec<InvitationRow>, Denied> {
        invitations::of_workspace(client, workspace, ids).await.map_err(failed)
    }

    async fn recalled_one(
        &self,
        client: &impl GenericClient,
        asked: &Asked<'_>,
        done: serde_json::Value,
    ) -> Result<Issued, Denied> {
        let done: Remembered = serde_json::from_value(done).map_err(|_| Denial::KeyReused)?;
        let recalled = self.recall(client, asked, &[done]).await?;
        Ok(recalled.into_iter().next().ok_or(Denial::InvitationNotFound)?)
    }
}

#[async_trait]
impl ports::Invitations for Invitations {
    async fn list(&self, asked: Asked<'_>, page: &InvitationPage) -> Result<Vec<Invitation>, Denied> {
        let listed = self.desk.within(async {
            let client = self.desk.client().await?;
            let caller = Standing::read(&**client, &self.desk.crm, &asked).await?;
            caller.need(READ_MEMBERS)?;
            let rows = invitations::page(&**client, asked.workspace, page).await.map_err(failed)?;
            Ok(rows.into_iter().map(|row| row.shown).collect())
        });
        listed.await
    }

    async fn invite(&self, asked: Asked<'_>, draft: &InvitationDraft) -> Result<Issued, Denied> {
        let turn = self.desk.turn(asked.workspace).await?;
        let issued = turn.within(async {
            let mut client = self.desk.client().await?;
            let done = match turn.begin(&mut client, &asked).await? {
                Begun::Change(change) => return self.invite_one(change, draft).await,
                Begun::Done(done) => done,
            };
            self.recalled_one(&**client, &asked, done).await
        });
        issued.await
    }

    async fn invite_many(
        &self,
        asked: Asked<'_>,
        drafts: &[Option<InvitationDraft>],
        run: Run,
    ) -> Result<Vec<Option<RowOutcome>>, Denied> {
        let turn = self.desk.turn(asked.workspace).await?;
        let invited = turn.within(async {
            let mut client = self.desk.client().await?;
            let done = match turn.begin(&mut client, &asked).await? {
                Begun::Change(change) => return self.invite_all(change, drafts, run).await,
                Begun::Done(done) => done,
            };
            self.recalled_many(&**client, &asked, done).await
        });
        invited.await
    }

    async fn resend(&self, asked: Asked<'_>, id: Uuid) -> Result<Invitation, Denied> {
        let turn = self.desk.turn(asked.workspace).await?;
        let resent = turn.within(async {
            let mut client = self.desk.client().await?;
            let done = match turn.begin(&mut client, &asked).await? {
                Begun::Change(change) => return self.mail_again(change, id).await,
                Begun::Done(done) => done,
            };
            Ok(self.recalled_one(&**client, &asked, done).await?.invitation)
        });
        resent.await
    }

    async fn link(&self, asked: Asked<'_>, id: Uuid) -> Result<Issued, Denied> {
        let turn = self.desk.turn(asked.workspace).await?;
        let shown = turn.within(async {
            let mut client = self.desk.client().await?;
            let done = match turn.begin(&mut client, &asked).await? {
                Begun::Change(change) => return self.show_link(change, id).await,
                Begun::Done(done) => done,
            };
            self.recalled_one(&**client, &asked, done).await
        });
        shown.await
    }

    async fn revoke(&self, asked: Asked<'_>, id: Uuid) -> Result<(), Denied> {
        let turn = self.desk.turn(asked.workspace).await?;
        let revoked = turn.within(async {
            let mut client = self.desk.client().await?;
            match turn.begin(&mut client, &asked).await? {
                Begun::Done(_) => Ok(()),
                Begun::Change(change) => self.take_back(change, id).await,
            }
        });
        revoked.await
    }
}

const READ_MEMBERS: annex_policy::Permission =
    annex_policy::Permission::new(annex_policy::Module::Members, annex_policy::Verb::Read);
