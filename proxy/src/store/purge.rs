//! What is left of a deleted workspace when its time is over: a tombstone.
//!
//! **Invariant:** the tombstone counts as deleted for ever: `purged_at` is never taken back, and `annex.ensure_workspace`
//! leaves an existing row as it is.
//! Kept: who was ever a member, because guards follow the person (rule R4), and which rows of the CRM stood for them; the five system roles, which hold nothing;
//! the flag's rows, which are the platform's; and the audit chain, which nobody shortens.
//! **Deliberately absent:** the CRM's rows (`crm::purge_tenant`).

use jiff::Timestamp;
use tokio_postgres::{Error, GenericClient, Row, Transaction};

/// A workspace as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub workspace: String,
    /// The name that Annex was told.
    pub name: Option<String>,
    pub sponsor: Option<String>,
    pub owner: Option<String>,
    /// Active ones who joined, and natives with a role that an Admin set.
    pub members: i64,
    pub custom_roles: i64,
    pub created_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
    pub deleted_by: Option<String>,
    pub reason: Option<String>,
    /// `None` on a deleted workspace: it is kept.
    pub purge_after: Option<Timestamp>,
    pub purged_at: Option<Timestamp>,
    /// Whether it may be purged by now.
    pub is_due: bool,
}

/// Every workspace that Annex knows, or the one of that id.
pub async fn listed(client: &impl GenericClient, workspace: Option<&str>) -> Result<Vec<Listed>, Error> {
    client.query(LISTED, &[&workspace]).await?.iter().map(row).collect()
}

const LISTED: &str = "
    select w.tenant_id, w.name, w.sponsor_tenant_id, w.owner_user_id, w.created_at, w.deleted_at, w.deleted_by,
           w.delete_reason, w.purge_after, w.purged_at,
           w.deleted_at is not null and w.purged_at is null and coalesce(w.purge_after <= now(), false) as is_due,
           (select count(*) from annex.workspace_users m where m.tenant_id = w.tenant_id and m.status = 'active') as members,
           (select count(*) from annex.workspace_roles r where r.tenant_id = w.tenant_id and not r.is_system) as custom_roles
    from annex.workspaces w
    where $1::text is null or w.tenant_id = $1
    order by w.created_at, w.tenant_id";

fn row(row: &Row) -> Result<Listed, Error> {
    Ok(Listed {
        workspace: row.try_get("tenant_id")?,
        name: row.try_get("name")?,
        sponsor: row.try_get("sponsor_tenant_id")?,
        owner: row.try_get("owner_user_id")?,
        members: row.try_get("members")?,
        custom_roles: row.try_get("custom_roles")?,
        created_at: row.try_get("created_at")?,
        deleted_at: row.try_get("deleted_at")?,
        deleted_by: row.try_get("deleted_by")?,
        reason: row.try_get("delete_reason")?,
        purge_after: row.try_get("purge_after")?,
        purged_at: row.try_get("purged_at")?,
        is_due: row.try_get("is_due")?,
    })
}

/// What is taken of a workspace, in order: whoever keeps rows of workspaces adds a line, and a test compares this list
/// with the tables that there are. Nobody is a member any more when this runs.
const WIPES: &[&str] = &[
    "delete from annex.orphaned_workspaces where tenant_id = $1",
    "delete from annex.shadow_decisions where tenant_id = $1",
    "delete from annex.branding where tenant_id = $1",
    "delete from annex.assets where tenant_id = $1",
    "delete from annex.onboarding where tenant_id = $1",
    "delete from annex.ownership_transfers where tenant_id = $1",
    // With them goes their mail.
    "delete from annex.workspace_invitations where tenant_id = $1",
    "delete from annex.invitation_counters where scope = 'workspace' and subject = $1",
    "delete from annex.webhook_deliveries where tenant_id = $1",
    "delete from annex.webhooks where tenant_id = $1",
    // With them go their permissions.
    "delete from annex.workspace_roles where tenant_id = $1 and not is_system",
    "update annex.workspace_users set role_id = null, invited_by = null, last_accessed_at = null where tenant_id = $1",
    "update annex.workspaces
     set purged_at = now(), name = null, slug = null, business_type = null, currency = null, timezone = null,
         logo_url = null, owner_user_id = null, created_by = null, delete_reason = null, industry = null, address = null,
         contact_email = null, phone = null, language = null
     where tenant_id = $1 and deleted_at is not null and purged_at is null",
];

/// Leaves the tombstone.
pub async fn wipe(transaction: &Transaction<'_>, workspace: &str) -> Result<(), Error> {
    for sql in WIPES {
        transaction.execute(*sql, &[&workspace]).await?;
    }
    Ok(())
}
