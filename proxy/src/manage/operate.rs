//! What an operator does with workspaces at the command line: the same rules, told in the same audit chains.
//!
//! The transaction is the caller's: nothing stands until they commit.

use serde_json::json;
use tokio_postgres::{GenericClient, Transaction};

use crate::{
    crm::{
        Signboard, Statements,
        memberships::{self, Member},
        purge_tenant, tenant_name, tenant_names, users_of,
    },
    ports::Trail,
    store::{
        audit::{self, Action, Event},
        lifecycle,
        members::{self, Status},
        purge::{self, Listed},
    },
};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    #[error("Annex has no workspace `{0}`")]
    NoWorkspace(String),
    #[error("`{0}` is not deleted")]
    NotDeleted(String),
    #[error("`{workspace}` can be restored until {until}: it is purged after that, not before")]
    NotDue { workspace: String, until: String },
    #[error("`{0}` is deleted and kept: nobody said when to purge it")]
    Kept(String),
    #[error("the time to restore `{0}` is over")]
    TooLate(String),
    #[error("`{0}` was purged; nothing brings it back")]
    Purged(String),
    #[error("the CRM calls `{workspace}` \"{name}\"; type that name after `--confirm`")]
    NotTheName { workspace: String, name: String },
    #[error("the CRM has no tenant `{0}`: its data is gone already")]
    NoTenant(String),
    #[error(
        "`{workspace}` is the home of {people} people: their accounts would go with its data. Remove them in the CRM first"
    )]
    Inhabited { workspace: String, people: usize },
    #[error(
        "the CRM's table does not take its own back of `{workspace}`: {columns}. `annex doctor` says which right is missing"
    )]
    StillShown { workspace: String, columns: String },
    #[error("the profile has no `database.purge_tenant`: it does not say how the CRM's data is deleted")]
    NoStatements,
    #[error("the CRM's data cannot be deleted: may the runtime role do so?")]
    Clearing(#[source] tokio_postgres::Error),
    #[error("PostgreSQL refused a statement")]
    Database(#[from] tokio_postgres::Error),
}

/// A workspace, with the name that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub listed: Listed,
    /// `None`: the CRM has no such tenant any more.
    pub name: Option<String>,
}

/// Every workspace that Annex knows.
pub async fn list(client: &impl GenericClient, crm: &Statements) -> Result<Vec<Named>, OperateError> {
    let listed = purge::listed(client, None).await?;
    let ids: Vec<String> = listed.iter().map(|listed| listed.workspace.clone()).collect();
    let mut names = tenant_names(client, crm, &ids).await?;
    let named = listed.into_iter().map(|listed| {
        let tenant = names.remove(&listed.workspace);
        Named { name: tenant.map(|tenant| listed.name.clone().unwrap_or(tenant)), listed }
    });
    Ok(named.collect())
}

/// One workspace.
pub async fn show(client: &impl GenericClient, crm: &Statements, workspace: &str) -> Result<Named, OperateError> {
    let listed = purge::listed(client, Some(workspace)).await?.pop();
    let listed = listed.ok_or_else(|| OperateError::NoWorkspace(workspace.to_owned()))?;
    let tenant = tenant_name(client, crm, workspace).await?;
    Ok(Named { name: tenant.map(|tenant| listed.name.clone().unwrap_or(tenant)), listed })
}

/// Brings a deleted workspace back, in its time.
pub async fn restore(
    transaction: &Transaction<'_>,
    crm: &Statements,
    workspace: &str,
    trail: &Trail,
) -> Result<Named, OperateError> {
    let before = show(transaction, crm, workspace).await?;
    members::lock(transaction, workspace).await?;
    if !lifecycle::restore(transaction, workspace).await? {
        let id = workspace.to_owned();
        return Err(match (before.listed.purged_at, before.listed.deleted_at) {
            (Some(_), _) => OperateError::Purged(id),
            (None, Some(_)) => OperateError::TooLate(id),
            (None, None) => OperateError::NotDeleted(id),
        });
    }
    tell(transaction, trail, workspace, Action::WorkspaceRestored, json!({})).await?;
    show(transaction, crm, workspace).await
}

/// Leaves a tombstone of a workspace whose time is over. Whoever was a member stays known as such; what the CRM showed
/// before its branding stands there again, because nobody could put it back later.
pub async fn purge(
    transaction: &mut Transaction<'_>,
    crm: &Statements,
    signboard: &Signboard,
    workspace: &str,
    trail: &Trail,
) -> Result<(), OperateError> {
    // A row that is not there must not come into being: it would be alive.
    show(transaction, crm, workspace).await?;
    members::lock(transaction, workspace).await?;
    let named = show(transaction, crm, workspace).await?;
    due(&named.listed)?;
    let (given_back, left) = signboard.give_back(transaction, workspace, trail.actor.id()).await?;
    if !left.is_empty() {
        return Err(OperateError::StillShown { workspace: workspace.to_owned(), columns: left.join(", ") });
    }
    let transaction = &*transaction;
    for row in members::all(transaction, workspace).await? {
        if row.status != Status::Removed {
            let member = Member { workspace, user: &row.user, kind: row.kind };
            memberships::end(transaction, crm, member, trail.actor.id()).await?;
        }
    }
    purge::wipe(transaction, workspace).await?;
    let details = json!({
        "members": named.listed.members, "customRoles": named.listed.custom_roles, "brandingGivenBack": given_back,
    });
    Ok(tell(transaction, trail, workspace, Action::WorkspacePurged, details).await?)
}

/// Whether a workspace may be purged now.
pub fn due(listed: &Listed) -> Result<(), OperateError> {
    let id = listed.workspace.clone();
    match (listed.purged_at, listed.deleted_at, listed.purge_after) {
        (Some(_), _, _) => Err(OperateError::Purged(id)),
        (None, None, _) => Err(OperateError::NotDeleted(id)),
        (None, Some(_), None) => Err(OperateError::Kept(id)),
        (None, Some(_), Some(_)) if listed.is_due => Ok(()),
        (None, Some(_), Some(until)) => Err(OperateError::NotDue { workspace: id, until: until.to_string() }),
    }
}

/// Whether the CRM's data of a purged workspace may go: `confirmed` is its name, and nobody is at home there.
pub async fn may_clear(
    client: &impl GenericClient,
    crm: &Statements,
    workspace: &str,
    confirmed: &str,
) -> Result<(), OperateError> {
    let Some(name) = tenant_name(client, crm, workspace).await? else {
        return Err(OperateError::NoTenant(workspace.to_owned()));
    };
    if name != confirmed {
        return Err(OperateError::NotTheName { workspace: workspace.to_owned(), name });
    }
    let people = users_of(client, crm, workspace, MOST_COUNTED).await?.len();
    if people > 0 {
        return Err(OperateError::Inhabited { workspace: workspace.to_owned(), people });
    }
    if crm.can_purge() { Ok(()) } else { Err(OperateError::NoStatements) }
}

/// No message counts further.
const MOST_COUNTED: i64 = 1000;

/// Deletes the CRM's data of a purged workspace, and nothing of anybody else's.
pub async fn clear(
    transaction: &Transaction<'_>,
    crm: &Statements,
    workspace: &str,
    confirmed: &str,
    trail: &Trail,
) -> Result<u64, OperateError> {
    members::lock(transaction, workspace).await?;
    may_clear(transaction, crm, workspace, confirmed).await?;
    let rows = purge_tenant(transaction, crm, workspace).await.map_err(OperateError::Clearing)?;
    let rows = rows.ok_or(OperateError::NoStatements)?;
    tell(transaction, trail, workspace, Action::WorkspacePurged, json!({ "crmRows": rows })).await?;
    Ok(rows)
}

async fn tell(
    transaction: &Transaction<'_>,
    trail: &Trail,
    workspace: &str,
    action: Action,
    details: serde_json::Value,
) -> Result<(), tokio_postgres::Error> {
    let event = Event { workspace: Some(workspace), action, target: ("workspace", workspace), details };
    audit::append(transaction, trail, &event).await
}
