//! What changes an invitation, each one statement or two.

use annex_policy::RoleView;
use tokio_postgres::{Error, GenericClient, Transaction};
use uuid::Uuid;

use super::load;
use crate::ports::{InvitationStatus, Language, may_issue};

/// One secret of an invitation, as far as a table may know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretRow {
    /// SHA-256 of 32 random bytes.
    pub seed: [u8; 32],
    /// SHA-256 of the token.
    pub hash: [u8; 32],
}

/// An invitation to be written down.
#[derive(Debug, Clone)]
pub struct NewInvitation<'a> {
    pub id: Uuid,
    pub email: &'a str,
    pub address: &'a str,
    pub role: Uuid,
    pub language: Language,
    pub lifetime_days: i32,
    pub mail: SecretRow,
    pub link: SecretRow,
}

/// How a pending invitation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending<'a> {
    Accepted { by: &'a str },
    Declined { by: &'a str },
    Revoked { by: &'a str },
}

/// Writes invitations down, however many in one statement.
pub async fn add(
    transaction: &Transaction<'_>,
    workspace: &str,
    inviter: &str,
    new: &[NewInvitation<'_>],
) -> Result<(), Error> {
    let ids: Vec<Uuid> = new.iter().map(|one| one.id).collect();
    let emails: Vec<&str> = new.iter().map(|one| one.email).collect();
    let addresses: Vec<&str> = new.iter().map(|one| one.address).collect();
    let roles: Vec<Uuid> = new.iter().map(|one| one.role).collect();
    let languages: Vec<&str> = new.iter().map(|one| one.language.tag()).collect();
    let days: Vec<i32> = new.iter().map(|one| one.lifetime_days).collect();
    let mail_seeds: Vec<&[u8]> = new.iter().map(|one| one.mail.seed.as_slice()).collect();
    let mail_hashes: Vec<&[u8]> = new.iter().map(|one| one.mail.hash.as_slice()).collect();
    let link_seeds: Vec<&[u8]> = new.iter().map(|one| one.link.seed.as_slice()).collect();
    let link_hashes: Vec<&[u8]> = new.iter().map(|one| one.link.hash.as_slice()).collect();
    transaction
        .execute(
            ADD,
            &[
                &workspace,
                &inviter,
                &ids,
                &emails,
                &addresses,
                &roles,
                &languages,
                &days,
                &mail_seeds,
                &mail_hashes,
                &link_seeds,
                &link_hashes,
            ],
        )
        .await
        .map(drop)
}

/// A new mailed secret, a later expiry (never past 30 days of the first), one more mail.
pub async fn renew_mail(transaction: &Transaction<'_>, id: Uuid, mail: SecretRow) -> Result<i32, Error> {
    let row = transaction.query_one(RENEW_MAIL, &[&id, &mail.seed.as_slice(), &mail.hash.as_slice()]).await?;
    row.try_get("send_count")
}

/// A new link; tells which one it is.
pub async fn renew_link(transaction: &Transaction<'_>, id: Uuid, link: SecretRow) -> Result<i32, Error> {
    let row = transaction.query_one(RENEW_LINK, &[&id, &link.seed.as_slice(), &link.hash.as_slice()]).await?;
    row.try_get("link_generation")
}

/// Ends a pending invitation; `false`: it had ended.
pub async fn end(transaction: &Transaction<'_>, id: Uuid, ending: Ending<'_>) -> Result<bool, Error> {
    let (status, by, accepted_by) = match ending {
        Ending::Accepted { by } => (InvitationStatus::Accepted, by, Some(by)),
        Ending::Declined { by } => (InvitationStatus::Declined, by, None),
        Ending::Revoked { by } => (InvitationStatus::Revoked, by, None),
    };
    Ok(transaction.execute(END, &[&id, &status.name(), &by, &accepted_by]).await? > 0)
}

/// Notes that a person reads an address.
pub async fn prove(transaction: &Transaction<'_>, user: &str, address: &str) -> Result<(), Error> {
    transaction.execute(PROVE, &[&user, &address]).await.map(drop)
}

/// Marks what is past its expiry: of one workspace, or of all.
pub async fn expire_due(client: &impl GenericClient, workspace: Option<&str>) -> Result<u64, Error> {
    client.execute(EXPIRE_DUE, &[&workspace]).await
}

/// How many pending invitations offer a role. Those past their expiry are marked first, so that they hold no role.
pub async fn pending_with_role(transaction: &Transaction<'_>, workspace: &str, role: Uuid) -> Result<i64, Error> {
    expire_due(transaction, Some(workspace)).await?;
    transaction.query_one(PENDING_WITH_ROLE, &[&workspace, &role]).await?.try_get(0)
}

/// Lets pending invitations offer another role. Whether it may be offered is the caller's matter.
pub async fn reassign_role(transaction: &Transaction<'_>, workspace: &str, from: Uuid, to: Uuid) -> Result<u64, Error> {
    transaction.execute(REASSIGN_ROLE, &[&workspace, &from, &to]).await
}

/// Revokes what `inviters`, who hold this role from now on, could no longer offer; tells which. Without one, everything. The caller holds the lock of the workspace and tells the audit log.
pub async fn revoke_beyond(
    transaction: &Transaction<'_>,
    workspace: &str,
    inviters: &[&str],
    held: Option<RoleView<'_>>,
) -> Result<Vec<Uuid>, Error> {
    let mut beyond = Vec::new();
    for row in transaction.query(OF_INVITERS, &[&workspace, &inviters]).await? {
        let offered = load::role(&row)?;
        let stands = match (held, &offered) {
            (Some(held), Some(offered)) => may_issue(held, offered.view()),
            (None, _) | (_, None) => false,
        };
        if !stands {
            beyond.push(row.try_get::<_, Uuid>("id")?);
        }
    }
    if !beyond.is_empty() {
        transaction.execute(REVOKE, &[&beyond]).await?;
    }
    Ok(beyond)
}

/// Who holds a role and still offers something.
pub async fn inviters_with_role(
    transaction: &Transaction<'_>,
    workspace: &str,
    role: Uuid,
) -> Result<Vec<String>, Error> {
    transaction.query(INVITERS, &[&workspace, &role]).await?.iter().map(|row| row.try_get(0)).collect()
}

/// Revokes what a workspace still offers, and tells which: it goes.
pub async fn revoke_all(transaction: &Transaction<'_>, workspace: &str, by: &str) -> Result<Vec<Uuid>, Error> {
    expire_due(transaction, Some(workspace)).await?;
    transaction.query(REVOKE_ALL, &[&workspace, &by]).await?.iter().map(|row| row.try_get(0)).collect()
}

const ADD: &str = "
    insert into annex.workspace_invitations
      (tenant_id, invited_by, id, email, address, role_id, language, lifetime_days, expires_at,
       mail_seed, mail_hash, link_seed, link_hash)
    select $1, $2, n.id, n.email, n.address, n.role_id, n.language, n.days, now() + make_interval(days => n.days),
           n.mail_seed, n.mail_hash, n.link_seed, n.link_hash
    from unnest($3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::int[],
                $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[])
         as n (id, email, address, role_id, language, days, mail_seed, mail_hash, link_seed, link_hash)";

const RENEW_MAIL: &str = "
    update annex.workspace_invitations
    set mail_seed = $2, mail_hash = $3, send_count = send_count + 1, last_sent_at = now(),
        expires_at = least(now() + make_interval(days => lifetime_days), created_at + interval '30 days')
    where id = $1
    returning send_count";

const RENEW_LINK: &str = "
    update annex.workspace_invitations
    set link_seed = $2, link_hash = $3, link_generation = link_generation + 1
    where id = $1
    returning link_generation";

const END: &str = "
    update annex.workspace_invitations
    set status = $2, ended_at = now(), ended_by = $3, accepted_by = $4
    where id = $1 and status = 'pending'";

const PROVE: &str = "
    insert into annex.proven_addresses (user_id, address) values ($1, $2) on conflict do nothing";

const EXPIRE_DUE: &str = "
    update annex.workspace_invitations set status = 'expired'
    where status = 'pending' and expires_at <= now() and ($1::text is null or tenant_id = $1)";

const PENDING_WITH_ROLE: &str = "
    select count(*) from annex.workspace_invitations where tenant_id = $1 and role_id = $2 and status = 'pending'";

const REASSIGN_ROLE: &str = "
    update annex.workspace_invitations set role_id = $3 where tenant_id = $1 and role_id = $2 and status = 'pending'";

const OF_INVITERS: &str = "
    select i.id, r.id as role_id, r.key as role_key, r.name as role_name,
           array(select p.permission from annex.workspace_role_permissions p where p.role_id = r.id) as permissions
    from annex.workspace_invitations i
    left join annex.workspace_roles r on r.tenant_id = i.tenant_id and r.id = i.role_id
    where i.tenant_id = $1 and i.invited_by = any($2) and i.status = 'pending'";

const INVITERS: &str = "
    select distinct i.invited_by
    from annex.workspace_invitations i
    join annex.workspace_users m on m.tenant_id = i.tenant_id and m.user_id = i.invited_by
    where i.tenant_id = $1 and i.status = 'pending' and m.role_id = $2 and m.status = 'active'";

const REVOKE: &str = "
    update annex.workspace_invitations set status = 'revoked', ended_at = now() where id = any($1) and status = 'pending'";

const REVOKE_ALL: &str = "
    update annex.workspace_invitations set status = 'revoked', ended_at = now(), ended_by = $2
    where tenant_id = $1 and status = 'pending'
    returning id";
