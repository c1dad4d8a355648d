//! Rows of `workspace_invitations`. Whoever changes one holds the lock of its workspace
//! ([`members::lock`](super::members::lock)), so that an invitation has one end.
//!
//! **Invariant:** what is read here can make a token only together with the key that no table holds.

mod change;
mod counters;

use jiff::Timestamp;
use tokio_postgres::{Error, GenericClient, Row};
use uuid::Uuid;

pub use change::{
    Ending, NewInvitation, SecretRow, add, end, expire_due, inviters_with_role, pending_with_role, prove,
    reassign_role, renew_link, renew_mail, revoke_all, revoke_beyond,
};
pub use counters::{Counted, Scope, forget_old, give_back, take};

use super::load;
use crate::ports::{Delivery, Invitation, InvitationPage, InvitationStatus, Language};

/// A row, with the secrets' seeds.
#[derive(Debug, Clone)]
pub struct InvitationRow {
    pub shown: Invitation,
    /// As it is compared and as it is mailed to.
    pub address: String,
    pub mail: SecretRow,
    pub link: SecretRow,
    pub link_generation: i32,
    pub accepted_by: Option<String>,
    pub ended_by: Option<String>,
    /// Seconds since a mail was last asked for.
    pub sent_ago_s: i64,
}

/// A page of a workspace's invitations, newest first.
pub async fn page(
    client: &impl GenericClient,
    workspace: &str,
    page: &InvitationPage,
) -> Result<Vec<InvitationRow>, Error> {
    let (at, id) = page.after.unzip();
    let status = page.status.map(InvitationStatus::name);
    client.query(PAGE, &[&workspace, &status, &at, &id, &page.limit]).await?.iter().map(row).collect()
}

/// Those of a workspace with these ids.
pub async fn of_workspace(
    client: &impl GenericClient,
    workspace: &str,
    ids: &[Uuid],
) -> Result<Vec<InvitationRow>, Error> {
    client.query(OF_WORKSPACE, &[&workspace, &ids]).await?.iter().map(row).collect()
}

/// The one whose mailed or shown secret has this hash.
pub async fn by_token(client: &impl GenericClient, hash: &[u8; 32]) -> Result<Option<InvitationRow>, Error> {
    client.query_opt(BY_TOKEN, &[&hash.as_slice()]).await?.as_ref().map(row).transpose()
}

/// The one with this id.
pub async fn by_id(client: &impl GenericClient, id: Uuid) -> Result<Option<InvitationRow>, Error> {
    client.query_opt(BY_ID, &[&id]).await?.as_ref().map(row).transpose()
}

/// Pending ones to an address that this person has proven; nothing to anybody else.
pub async fn proven_pending(
    client: &impl GenericClient,
    user: &str,
    address: &str,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<InvitationRow>, Error> {
    let (at, id) = after.unzip();
    client.query(PROVEN_PENDING, &[&user, &address, &at, &id, &limit]).await?.iter().map(row).collect()
}

/// Whether a person has shown, by a mailed secret, that they read an address.
pub async fn has_proven(client: &impl GenericClient, user: &str, address: &str) -> Result<bool, Error> {
    client.query_one(HAS_PROVEN, &[&user, &address]).await?.try_get(0)
}

/// Those of `addresses` that have a pending invitation.
pub async fn pending_among(
    client: &impl GenericClient,
    workspace: &str,
    addresses: &[&str],
) -> Result<Vec<String>, Error> {
    client.query(PENDING_AMONG, &[&workspace, &addresses]).await?.iter().map(|row| row.try_get(0)).collect()
}

/// How many have joined a workspace, the suspended ones included.
pub async fn joined(client: &impl GenericClient, workspace: &str) -> Result<i64, Error> {
    client.query_one(JOINED, &[&workspace]).await?.try_get(0)
}

/// Whether a person's membership ended after `since`: an older offer is void then.
pub async fn left_since(
    client: &impl GenericClient,
    workspace: &str,
    user: &str,
    since: Timestamp,
) -> Result<bool, Error> {
    client.query_one(LEFT_SINCE, &[&workspace, &user, &since]).await?.try_get(0)
}

const PAGE: &str = "
    select i.*, r.key as role_key, r.name as role_name, i.status = 'pending' and i.expires_at <= now() as is_past,
           array(select p.permission from annex.workspace_role_permissions p where p.role_id = r.id) as permissions,
           (select o.state from annex.outbox o where o.invitation_id = i.id order by o.id desc limit 1) as delivery,
           extract(epoch from now() - i.last_sent_at)::bigint as sent_ago_s
    from annex.workspace_invitations i
    left join annex.workspace_roles r on r.tenant_id = i.tenant_id and r.id = i.role_id
    where i.tenant_id = $1
      and ($2::text is null
           or $2 = case when i.status = 'pending' and i.expires_at <= now() then 'expired' else i.status end)
      and ($3::timestamptz is null or (i.created_at, i.id) < ($3, $4::uuid))
    order by i.created_at desc, i.id desc
    limit $5";

const OF_WORKSPACE: &str = "
    select i.*, r.key as role_key, r.name as role_name, i.status = 'pending' and i.expires_at <= now() as is_past,
           array(select p.permission from annex.workspace_role_permissions p where p.role_id = r.id) as permissions,
           (select o.state from annex.outbox o where o.invitation_id = i.id order by o.id desc limit 1) as delivery,
           extract(epoch from now() - i.last_sent_at)::bigint as sent_ago_s
    from annex.workspace_invitations i
    left join annex.workspace_roles r on r.tenant_id = i.tenant_id and r.id = i.role_id
    where i.tenant_id = $1 and i.id = any($2)";

const BY_TOKEN: &str = "
    select i.*, r.key as role_key, r.name as role_name, i.status = 'pending' and i.expires_at <= now() as is_past,
           array(select p.permission from annex.workspace_role_permissions p where p.role_id = r.id) as permissions,
           null::text as delivery, extract(epoch from now() - i.last_sent_at)::bigint as sent_ago_s
    from annex.workspace_invitations i
    left join annex.workspace_roles r on r.tenant_id = i.tenant_id and r.id = i.role_id
    where i.mail_hash = $1 or i.link_hash = $1";

const BY_ID: &str = "
    select i.*, r.key as role_key, r.name as role_name, i.status = 'pending' and i.expires_at <= now() as is_past,
           array(select p.permission from annex.workspace_role_permissions p where p.role_id = r.id) as permissions,
           null::text as delivery, extract(epoch from now() - i.last_sent_at)::bigint as sent_ago_s
    from annex.workspace_invitations i
    left join annex.workspace_roles r on r.tenant_id = i.tenant_id and r.id = i.role_id
    where i.id = $1";

const PROVEN_PENDING: &str = "
    select i.*, r.key as role_key, r.name as role_name, false as is_past,
           array(select p.permission from annex.workspace_role_permissions p where p.role_id = r.id) as permissions,
           null::text as delivery, extract(epoch from now() - i.last_sent_at)::bigint as sent_ago_s
    from annex.workspace_invitations i
    join annex.proven_addresses v on v.address = i.address and v.user_id = $1
    left join annex.workspace_roles r on r.tenant_id = i.tenant_id and r.id = i.role_id
    where i.address = $2 and i.status = 'pending' and i.expires_at > now()
      and ($3::timestamptz is null or (i.created_at, i.id) < ($3, $4::uuid))
    order by i.created_at desc, i.id desc
    limit $5";

const HAS_PROVEN: &str = "select exists (select from annex.proven_addresses where user_id = $1 and address = $2)";

const PENDING_AMONG: &str = "
    select address from annex.workspace_invitations
    where tenant_id = $1 and status = 'pending' and address = any($2)";

const JOINED: &str = "
    select count(*) from annex.workspace_users where tenant_id = $1 and kind = 'joined' and status <> 'removed'";

const LEFT_SINCE: &str = "
    select exists (select from annex.workspace_users where tenant_id = $1 and user_id = $2 and removed_at >= $3)";

fn row(row: &Row) -> Result<InvitationRow, Error> {
    let status: &str = row.try_get("status")?;
    let status = match row.try_get("is_past")? {
        true => InvitationStatus::Expired,
        // The table's own check holds the words.
        false => InvitationStatus::of_name(status).unwrap_or(InvitationStatus::Revoked),
    };
    let shown = Invitation {
        id: row.try_get("id")?,
        workspace: row.try_get("tenant_id")?,
        email: row.try_get("email")?,
        role: load::role(row)?,
        status,
        language: Language::of_tag(row.try_get("language")?).unwrap_or_default(),
        invited_by: row.try_get("invited_by")?,
        expires_at: row.try_get("expires_at")?,
        accepted_at: row.try_get::<_, Option<Timestamp>>("ended_at")?.filter(|_| status == InvitationStatus::Accepted),
        created_at: row.try_get("created_at")?,
        last_sent_at: row.try_get("last_sent_at")?,
        send_count: row.try_get("send_count")?,
        delivery: row.try_get::<_, Option<&str>>("delivery")?.and_then(delivery),
    };
    Ok(InvitationRow {
        shown,
        address: row.try_get("address")?,
        mail: SecretRow { seed: bytes(row, "mail_seed")?, hash: bytes(row, "mail_hash")? },
        link: SecretRow { seed: bytes(row, "link_seed")?, hash: bytes(row, "link_hash")? },
        link_generation: row.try_get("link_generation")?,
        accepted_by: row.try_get("accepted_by")?,
        ended_by: row.try_get("ended_by")?,
        sent_ago_s: row.try_get("sent_ago_s")?,
    })
}

fn delivery(state: &str) -> Option<Delivery> {
    match state {
        "queued" | "sending" => Some(Delivery::Queued),
        "sent" => Some(Delivery::Sent),
        "failed" => Some(Delivery::Failed),
        _ => None,
    }
}

/// The table's own check holds the length.
fn bytes(row: &Row, column: &str) -> Result<[u8; 32], Error> {
    Ok(row.try_get::<_, &[u8]>(column)?.try_into().unwrap_or([0; 32]))
}
