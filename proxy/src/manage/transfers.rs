//! Ownership passes from hand to hand: one offers, the other accepts.
//!
//! **Invariant:** whoever accepts is judged on the row under the lock, and so is whoever offered: an offer of somebody who
//! is no Admin any more gives nothing. The owner is always somebody who was Admin when they became it.
//! A workspace that nobody owns, as every home is at first, or whose owner cannot sign in or is no member any more, is
//! offered by an Admin, to themselves if they like; at home the CRM's own administrators alone do so while there are any.

use annex_policy::SystemRole;
use async_trait::async_trait;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Begun, Change, Desk, Standing, change::failed};
use crate::{
    crm::{
        admins_of,
        memberships::{self, Member},
    },
    ports::{self, Asked, Denial, Denied, Offer, OfferStatus, Reply},
    store::{
        audit::Action,
        members::{self, Kind},
        transfers,
    },
};

/// The port over a desk.
pub struct Transfers {
    desk: Desk,
}

const WHAT: &str = "offer of ownership";

impl Transfers {
    pub fn new(desk: Desk) -> Self {
        Transfers { desk }
    }

    async fn offer(&self, mut change: Change<'_>, to: &str) -> Result<Offer, Denied> {
        change.caller.need_admin()?;
        let (client, workspace) = (&*change.transaction, change.workspace.as_str());
        self.may_offer(&change).await?;
        if change.owner.as_deref() == Some(to) {
            return Err(Denial::Conflict("This person owns the workspace already").into());
        }
        if Standing::of(client, &self.desk.crm, workspace, to).await.map_err(failed)?.is_none() {
            return Err(Denial::Invalid { path: "userId", code: "not_an_active_member" }.into());
        }
        if transfers::pending(client, workspace).await.map_err(failed)?.is_some() {
            return Err(Denial::Conflict("An offer of ownership is pending already").into());
        }
        let (from, by) = (change.owner.as_deref(), change.principal.as_str());
        let offer = transfers::open(&change.transaction, workspace, from, by, to).await.map_err(failed)?;
        change.tell(Action::OwnershipOffered, ("user", to), json!({ "offer": offer.id, "from": offer.from }));
        self.desk.finish(change, &json!({ "offer": offer.id })).await?;
        Ok(offer)
    }

    /// The owner may; where nobody owns the workspace, whoever comes first among its Admins.
    async fn may_offer(&self, change: &Change<'_>) -> Result<(), Denied> {
        let (client, crm, workspace) = (&*change.transaction, &self.desk.crm, change.workspace.as_str());
        if let Some(owner) = &change.owner {
            if *owner == change.principal {
                return Ok(());
            }
            if Standing::of(client, crm, workspace, owner).await.map_err(failed)?.is_some() {
                return Err(Denial::OwnerOnly.into());
            }
        }
        let is_first =
            change.caller.kind == Kind::Native || admins_of(client, crm, workspace).await.map_err(failed)?.is_empty();
        if is_first { Ok(()) } else { Err(Denial::OwnerOnly.into()) }
    }

    async fn end(&self, mut change: Change<'_>, id: Uuid, reply: Reply) -> Result<Offer, Denied> {
        let offer = transfers::one(&*change.transaction, &change.workspace, id).await.map_err(failed)?;
        let offer = offer.filter(|offer| concerns(&change, offer, reply)).ok_or(Denial::NotFound(WHAT))?;
        match offer.status {
            OfferStatus::Pending => {}
            OfferStatus::Expired => return Err(Denial::Conflict("This offer has expired").into()),
            OfferStatus::Accepted | OfferStatus::Declined | OfferStatus::Cancelled => {
                return Err(Denial::Conflict("This offer has ended").into());
            }
        }
        let status = match reply {
            Reply::Accept => OfferStatus::Accepted,
            Reply::Decline => OfferStatus::Declined,
            Reply::Cancel => OfferStatus::Cancelled,
        };
        transfers::end(&change.transaction, id, status, &change.principal).await.map_err(failed)?;
        let details = json!({ "offer": id, "from": offer.from, "to": offer.to, "status": status.name() });
        if reply == Reply::Accept {
            self.hand_over(&mut change, &offer).await?;
            change.tell(Action::OwnershipTransferred, ("user", &offer.to), details);
        } else {
            change.tell(Action::OwnershipOfferEnded, ("user", &offer.to), details);
        }
        let done = json!({ "offer": id });
        let ended = self.again(&*change.transaction, &change.workspace, &done).await?;
        self.desk.finish(change, &done).await?;
        Ok(ended)
    }

    async fn hand_over(&self, change: &mut Change<'_>, offer: &Offer) -> Result<(), Denied> {
        let (crm, workspace) = (&self.desk.crm, change.workspace.clone());
        if change.owner != offer.from {
            return Err(Denial::Conflict("Somebody else owns the workspace by now").into());
        }
        let giver = Standing::of(&*change.transaction, crm, &workspace, &offer.opened_by).await.map_err(failed)?;
        let admin = SystemRole::Admin;
        if giver.is_none_or(|giver| giver.may_give(admin.view()).is_err()) {
            return Err(Denial::Conflict("Whoever offered it is no Admin any more").into());
        }
        if !change.caller.is_admin() {
            let role = members::role_id(&*change.transaction, &workspace, admin.key()).await.map_err(failed)?;
            let role = role.ok_or(Denial::NotFound("role"))?;
            let member = Member { workspace: &workspace, user: &offer.to, kind: change.caller.kind };
            memberships::put(&change.transaction, crm, member, role).await.map_err(failed)?;
            let details =
                json!({ "role": admin.key(), "from": change.caller.role_key, "kind": change.caller.kind.name() });
            change.tell(Action::MemberRoleChanged, ("user", &offer.to), details);
        }
        transfers::own(&change.transaction, &workspace, &offer.to).await.map_err(failed)
    }

    /// The offer that a remembered result names, as it stands now.
    async fn again(
        &self,
        client: &impl tokio_postgres::GenericClient,
        at: &str,
        done: &Value,
    ) -> Result<Offer, Denied> {
        let id = done.get("offer").and_then(Value::as_str).and_then(|id| id.parse::<Uuid>().ok());
        let id = id.ok_or(Denial::KeyReused)?;
        Ok(transfers::one(client, at, id).await.map_err(failed)?.ok_or(Denial::NotFound(WHAT))?)
    }
}

/// Whose matter it is. To everybody else there is no such offer.
fn concerns(change: &Change<'_>, offer: &Offer, reply: Reply) -> bool {
    match reply {
        Reply::Accept | Reply::Decline => offer.to == change.principal,
        Reply::Cancel => offer.opened_by == change.principal || change.owner.as_ref() == Some(&change.principal),
    }
}

#[async_trait]
impl ports::Transfers for Transfers {
    async fn current(&self, asked: &Asked<'_>) -> Result<Option<Offer>, Denied> {
        let work = async {
            let client = self.desk.client().await?;
            let caller = Standing::read(&**client, &self.desk.crm, asked).await?;
            let offer = transfers::pending(&**client, asked.workspace).await.map_err(failed)?;
            let me = &*asked.principal.id;
            Ok(offer.filter(|offer| {
                caller.is_admin() || offer.to == me || offer.opened_by == me || offer.from.as_deref() == Some(me)
            }))
        };
        self.desk.within(work).await
    }

    async fn open(&self, asked: &Asked<'_>, to: &str) -> Result<Offer, Denied> {
        let turn = self.desk.turn(asked.workspace).await?;
        let work = async {
            let mut client = self.desk.client().await?;
            let done = match turn.begin(&mut client, asked).await? {
                Begun::Change(change) => return self.offer(change, to).await,
                Begun::Done(done) => done,
            };
            self.again(&**client, asked.workspace, &done).await
        };
        turn.within(work).await
    }

    async fn reply(&self, asked: &Asked<'_>, offer: Uuid, reply: Reply) -> Result<Offer, Denied> {
        let turn = self.desk.turn(asked.workspace).await?;
        let work = async {
            let mut client = self.desk.client().await?;
            if let Begun::Change(change) = turn.begin(&mut client, asked).await? {
                return self.end(change, offer, reply).await;
            }
            self.again(&**client, asked.workspace, &json!({ "offer": offer })).await
        };
        turn.within(work).await
    }
}
