//! Rows of `ownership_transfers`, and the owner in `workspaces`.
//!
//! Every change begins with `members::lock`, so that at most one of those who reply at once finds the offer pending.

use tokio_postgres::{Error, GenericClient, Row, Transaction};
use uuid::Uuid;

use crate::ports::{Offer, OfferStatus};

/// The offer that is pending and not past its time.
pub async fn pending(client: &impl GenericClient, workspace: &str) -> Result<Option<Offer>, Error> {
    client.query_opt(PENDING, &[&workspace]).await?.as_ref().map(offer).transpose()
}

/// One offer of the workspace; past its time it counts as expired, whether that was written down or not.
pub async fn one(client: &impl GenericClient, workspace: &str, id: Uuid) -> Result<Option<Offer>, Error> {
    client.query_opt(ONE, &[&workspace, &id]).await?.as_ref().map(offer).transpose()
}

const PENDING: &str = "
    select id, from_user_id, opened_by, to_user_id, status, created_at, expires_at, ended_at
    from annex.ownership_transfers where tenant_id = $1 and status = 'pending' and expires_at > now()";

const ONE: &str = "
    select id, from_user_id, opened_by, to_user_id, created_at, expires_at, ended_at,
           case when status = 'pending' and expires_at <= now() then 'expired' else status end as status
    from annex.ownership_transfers where tenant_id = $1 and id = $2";

/// Writes an offer down. One that is past its time makes room; one that is not makes this an error.
pub async fn open(
    transaction: &Transaction<'_>,
    workspace: &str,
    from: Option<&str>,
    opened_by: &str,
    to: &str,
) -> Result<Offer, Error> {
    transaction.execute(EXPIRE, &[&workspace]).await?;
    offer(&transaction.query_one(OPEN, &[&workspace, &from, &opened_by, &to]).await?)
}

const EXPIRE: &str = "
    update annex.ownership_transfers set status = 'expired', ended_at = now()
    where tenant_id = $1 and status = 'pending' and expires_at <= now()";

const OPEN: &str = "
    insert into annex.ownership_transfers (tenant_id, from_user_id, opened_by, to_user_id) values ($1, $2, $3, $4)
    returning id, from_user_id, opened_by, to_user_id, status, created_at, expires_at, ended_at";

/// Ends a pending offer.
pub async fn end(transaction: &Transaction<'_>, id: Uuid, status: OfferStatus, by: &str) -> Result<(), Error> {
    transaction.execute(END, &[&id, &status.name(), &by]).await.map(drop)
}

const END: &str = "
    update annex.ownership_transfers set status = $2, ended_at = now(), ended_by = $3 where id = $1 and status = 'pending'";

/// Cancels the offer of the workspace that is pending, and tells which. One that is past its time has expired.
pub async fn cancel_pending(transaction: &Transaction<'_>, workspace: &str, by: &str) -> Result<Option<Offer>, Error> {
    transaction.execute(EXPIRE, &[&workspace]).await?;
    transaction.query_opt(CANCEL_PENDING, &[&workspace, &by]).await?.as_ref().map(offer).transpose()
}

const CANCEL_PENDING: &str = "
    update annex.ownership_transfers set status = 'cancelled', ended_at = now(), ended_by = $2
    where tenant_id = $1 and status = 'pending'
    returning id, from_user_id, opened_by, to_user_id, status, created_at, expires_at, ended_at";

/// Makes somebody the owner.
pub async fn own(transaction: &Transaction<'_>, workspace: &str, user: &str) -> Result<(), Error> {
    transaction.execute(OWN, &[&workspace, &user]).await.map(drop)
}

const OWN: &str = "update annex.workspaces set owner_user_id = $2 where tenant_id = $1";

fn offer(row: &Row) -> Result<Offer, Error> {
    Ok(Offer {
        id: row.try_get("id")?,
        from: row.try_get("from_user_id")?,
        opened_by: row.try_get("opened_by")?,
        to: row.try_get("to_user_id")?,
        status: match row.try_get("status")? {
            "pending" => OfferStatus::Pending,
            "accepted" => OfferStatus::Accepted,
            "declined" => OfferStatus::Declined,
            "cancelled" => OfferStatus::Cancelled,
            _ => OfferStatus::Expired,
        },
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
        ended_at: row.try_get("ended_at")?,
    })
}
