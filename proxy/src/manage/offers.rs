//! What those do who are invited (rule R6).
//!
//! **Invariant:** an offer has one end. Whoever would end it holds the lock of its workspace and reads it again under that
//! lock, so that of fifty who accept at once one joins, and what was revoked or deleted meanwhile is gone.
//! **Invariant:** whoever presents a secret that offers nothing, for whatever reason, learns the same nothing.

mod taking;

use std::sync::Arc;

use annex_policy::{Mode, WorkspaceState};
use async_trait::async_trait;
use jiff::Timestamp;
use tokio_postgres::GenericClient;
use uuid::Uuid;

use super::{Desk, secrets};
use crate::{
    crm::{may_be_member, tenant_names, user_by_id},
    identity::PrincipalKind,
    keyring::Keyring,
    ports::{self, Address, Denied, Guest, InvitationOffer, InvitationStatus, OfferPage, SourceError, Ticket},
    snapshot::Snapshot,
    store::{
        PoolError,
        invitations::{self, InvitationRow},
        workspaces::{self, Kept},
    },
};

/// The port over the pool.
pub struct Offers {
    desk: Desk,
    keyring: Arc<Keyring>,
    most_members: u32,
}

impl Offers {
    pub fn new(desk: Desk, keyring: Arc<Keyring>, most_members: u32) -> Self {
        Offers { desk, keyring, most_members }
    }

    async fn proven(
        &self,
        client: &impl GenericClient,
        guest: &Guest<'_>,
        after: Option<(Timestamp, Uuid)>,
        limit: i64,
    ) -> Result<Vec<InvitationRow>, PoolError> {
        let user = user_by_id(client, &self.desk.crm, &guest.principal.id).await?;
        let Some(user) = user.filter(|user| may_be_member(&self.desk.crm, user)) else {
            return Ok(Vec::new());
        };
        let Some(address) = Address::parse(&user.email) else { return Ok(Vec::new()) };
        Ok(invitations::proven_pending(client, &user.id, address.compared(), after, limit).await?)
    }

    /// Offers of workspaces that are on and alive, with the names that people know.
    async fn offers(
        &self,
        client: &impl GenericClient,
        snapshot: &Snapshot,
        rows: Vec<InvitationRow>,
    ) -> Result<Vec<InvitationOffer>, PoolError> {
        let mut ids: Vec<String> = rows.iter().map(|row| row.shown.workspace.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        let kept = workspaces::kept_among(client, &ids).await?;
        let names = tenant_names(client, &self.desk.crm, &ids).await?;
        let inviters: Vec<String> = rows.iter().map(|row| row.shown.invited_by.clone()).collect();
        let people = crate::crm::names_among(client, &self.desk.crm, &inviters).await?;
        let offers = rows.into_iter().filter_map(|row| {
            let place = kept.iter().find(|kept| kept.workspace == row.shown.workspace)?;
            if !is_open(snapshot, place) {
                return None;
            }
            let tenant = names.get(&row.shown.workspace)?;
            Some(InvitationOffer {
                workspace_name: place.name.clone().unwrap_or_else(|| tenant.clone()),
                logo_url: place.logo_url.clone(),
                inviter_name: people.get(&row.shown.invited_by).cloned(),
                address: row.address,
                invitation: row.shown,
            })
        });
        Ok(offers.collect())
    }
}

/// Whether what a workspace offers may be taken: it is on, and not deleted (rule R2).
fn is_open(snapshot: &Snapshot, place: &Kept) -> bool {
    snapshot.state_of_new(&place.workspace, &place.row) == WorkspaceState::On
        && snapshot.evaluate(&place.workspace).mode != Mode::Shadow
}

#[async_trait]
impl ports::Offers for Offers {
    async fn pending(
        &self,
        guest: &Guest<'_>,
        after: Option<(Timestamp, Uuid)>,
        limit: usize,
    ) -> Result<OfferPage, SourceError> {
        if guest.principal.kind == PrincipalKind::Customer {
            return Ok(OfferPage::default());
        }
        let listed = self.desk.postgres.within(async {
            let client = self.desk.postgres.get().await?;
            // One more than asked for tells whether there is a next page.
            let most = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
            let mut rows = self.proven(&**client, guest, after, most).await?;
            let is_more = rows.len() > limit;
            rows.truncate(limit);
            let last = rows.last().filter(|_| is_more);
            let next = last.map(|last| (last.shown.created_at, last.shown.id));
            Ok(OfferPage { offers: self.offers(&**client, guest.snapshot, rows).await?, next })
        });
        Ok(listed.await?)
    }

    async fn preview(&self, token: &str, snapshot: &Snapshot) -> Result<Option<InvitationOffer>, SourceError> {
        let seen = self.desk.postgres.within(async {
            let client = self.desk.postgres.get().await?;
            let found = invitations::by_token(&**client, &secrets::hash(token)).await?;
            let found = found.filter(|row| {
                row.shown.status == InvitationStatus::Pending && secrets::way_of(&self.keyring, row, token).is_some()
            });
            let rows = Vec::from_iter(found);
            Ok(self.offers(&**client, snapshot, rows).await?.pop())
        });
        Ok(seen.await?)
    }

    async fn accept(&self, guest: &Guest<'_>, ticket: Ticket<'_>) -> Result<String, Denied> {
        let workspace = self.desk.within(self.inviting(guest, ticket)).await?;
        let turn = self.desk.turn(&workspace).await?;
        turn.within(self.take(&turn, guest, ticket)).await
    }

    async fn decline(&self, guest: &Guest<'_>, ticket: Ticket<'_>) -> Result<(), Denied> {
        let workspace = self.desk.within(self.inviting(guest, ticket)).await?;
        let turn = self.desk.turn(&workspace).await?;
        turn.within(self.turn_down(&turn, guest, ticket)).await
    }
}
