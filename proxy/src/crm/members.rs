//! Members of a workspace, as an operator adds, lists and removes them.
//!
//! **Invariant:** a member's person exists in the CRM, is active and no customer. The last Admin who can sign in stays.
//! The transaction is the caller's: nothing stands until they commit.

use serde_json::{Value, json};
use tokio_postgres::{GenericClient, Transaction};

use super::{
    Statements, User,
    leading::has_admin,
    memberships::{self, Member},
    native_role,
    roster::{self, Entry},
    tenant_name, user_by_email, user_by_id,
};
use crate::{
    ports::Trail,
    store::{
        audit::{self, Action, Event},
        members::{self, Kind, MemberRow, Status},
    },
};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    #[error("the CRM has no tenant `{0}`")]
    NoWorkspace(String),
    #[error("the CRM has no user `{0}`")]
    NoPerson(String),
    #[error("the CRM's user `{0}` is not active")]
    Inactive(String),
    #[error("`{0}` is a customer, and customers never have workspaces")]
    Customer(String),
    #[error("`{0}` administers the platform and has no role at home")]
    PlatformAdmin(String),
    #[error("the workspace has no role `{0}`")]
    NoRole(String),
    #[error("`{user}` is a member with the role `{role}` already")]
    AlreadyMember { user: String, role: String },
    #[error("`{0}` is not a member")]
    NotMember(String),
    #[error("`{0}` owns the workspace: ownership must be transferred first")]
    Owner(String),
    #[error("no Admin who can sign in would be left")]
    LastAdmin,
    #[error("PostgreSQL refused a statement")]
    Database(#[from] tokio_postgres::Error),
}

/// Whom an operator names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person<'a> {
    Id(&'a str),
    /// Compared by case, as the CRM does.
    Email(&'a str),
}

/// What adding did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// A new member, or one who was removed before.
    Joined { user: User },
    /// A member, or a native, has another role now.
    RoleChanged { user: User, from: Option<String> },
}

/// Adds a person, or gives a member another role. A native gets an Admin-set role, which narrows at home (rule R4).
pub async fn add(
    transaction: &Transaction<'_>,
    crm: &Statements,
    workspace: &str,
    person: Person<'_>,
    role: &str,
    trail: &Trail,
) -> Result<Added, MemberError> {
    let user = eligible(transaction, crm, workspace, person).await?;
    members::lock(transaction, workspace).await?;
    let role_id = members::role_id(transaction, workspace, role).await?;
    let role_id = role_id.ok_or_else(|| MemberError::NoRole(role.to_owned()))?;
    let kind = if user.tenant == workspace { Kind::Native } else { Kind::Joined };
    let before = members::one(transaction, workspace, &user.id).await?;
    let before = before.filter(|row| row.status == Status::Active && row.kind == kind);
    let from = before.and_then(|row| row.role).map(|role| role.key);
    if from.as_deref() == Some(role) {
        return Err(MemberError::AlreadyMember { user: user.id, role: role.to_owned() });
    }
    let had_admin = has_admin(transaction, crm, workspace).await?;
    memberships::put(transaction, crm, Member { workspace, user: &user.id, kind }, role_id).await?;
    keep_admin(transaction, crm, workspace, had_admin).await?;
    let is_new = from.is_none() && kind == Kind::Joined;
    let action = if is_new { Action::MemberJoined } else { Action::MemberRoleChanged };
    let details = json!({ "role": role, "from": from, "kind": kind.name() });
    append(transaction, trail, workspace, action, &user.id, details).await?;
    Ok(if is_new { Added::Joined { user } } else { Added::RoleChanged { user, from } })
}

/// Ends a membership; of a native, blocks them at home (rule R4). The row stays. Somebody who is gone from the CRM is
/// named by id.
pub async fn remove(
    transaction: &Transaction<'_>,
    crm: &Statements,
    workspace: &str,
    person: Person<'_>,
    trail: &Trail,
) -> Result<(), MemberError> {
    let (id, user) = named(transaction, crm, person).await?;
    let owner = members::lock(transaction, workspace).await?;
    if owner.as_deref() == Some(&id) {
        return Err(MemberError::Owner(id));
    }
    let before = members::one(transaction, workspace, &id).await?;
    let is_native = user.is_some_and(|user| native_role(crm, &user, workspace).is_some());
    let kind = match &before {
        Some(MemberRow { status: Status::Active | Status::Suspended, kind, .. }) => *kind,
        None if is_native => Kind::Native,
        Some(_) | None => return Err(MemberError::NotMember(id)),
    };
    let had_admin = has_admin(transaction, crm, workspace).await?;
    memberships::end(transaction, crm, Member { workspace, user: &id, kind }, trail.actor.id()).await?;
    keep_admin(transaction, crm, workspace, had_admin).await?;
    let role = before.and_then(|row| row.role).map(|role| role.key);
    let details = json!({ "role": role, "kind": kind.name() });
    append(transaction, trail, workspace, Action::MemberRemoved, &id, details).await
}

/// Everybody in a workspace, those who were removed included.
pub async fn list(client: &impl GenericClient, crm: &Statements, workspace: &str) -> Result<Vec<Entry>, MemberError> {
    tenant(client, crm, workspace).await?;
    Ok(roster::everybody(client, crm, workspace).await?)
}

/// Refuses to go on if the last Admin who can sign in went; a workspace that had none before is not held to it.
async fn keep_admin(
    transaction: &Transaction<'_>,
    crm: &Statements,
    workspace: &str,
    had_admin: bool,
) -> Result<(), MemberError> {
    if !had_admin {
        return Ok(());
    }
    if !has_admin(transaction, crm, workspace).await? {
        return Err(MemberError::LastAdmin);
    }
    Ok(members::vouch_for_admin(transaction, workspace).await?)
}

async fn eligible(
    client: &impl GenericClient,
    crm: &Statements,
    workspace: &str,
    person: Person<'_>,
) -> Result<User, MemberError> {
    tenant(client, crm, workspace).await?;
    let user = found(client, crm, person).await?;
    if !user.active {
        return Err(MemberError::Inactive(user.id));
    }
    if crm.customer_kinds.contains(&user.kind) {
        return Err(MemberError::Customer(user.id));
    }
    if user.tenant == workspace && crm.saas_admin_kinds.contains(&user.kind) {
        return Err(MemberError::PlatformAdmin(user.id));
    }
    Ok(user)
}

async fn found(client: &impl GenericClient, crm: &Statements, person: Person<'_>) -> Result<User, MemberError> {
    let (user, named) = match person {
        Person::Id(id) => (user_by_id(client, crm, id).await?, id),
        Person::Email(email) => (user_by_email(client, crm, email).await?, email),
    };
    user.ok_or_else(|| MemberError::NoPerson(named.to_owned()))
}

/// The id of whoever is named, and their row if there is one.
async fn named(
    client: &impl GenericClient,
    crm: &Statements,
    person: Person<'_>,
) -> Result<(String, Option<User>), MemberError> {
    match person {
        Person::Id(id) => Ok((id.to_owned(), user_by_id(client, crm, id).await?)),
        Person::Email(_) => found(client, crm, person).await.map(|user| (user.id.clone(), Some(user))),
    }
}

async fn tenant(client: &impl GenericClient, crm: &Statements, workspace: &str) -> Result<(), MemberError> {
    match tenant_name(client, crm, workspace).await? {
        Some(_) => Ok(()),
        None => Err(MemberError::NoWorkspace(workspace.to_owned())),
    }
}

async fn append(
    transaction: &Transaction<'_>,
    trail: &Trail,
    workspace: &str,
    action: Action,
    user: &str,
    details: Value,
) -> Result<(), MemberError> {
    let event = Event { workspace: Some(workspace), action, target: ("user", user), details };
    Ok(audit::append(transaction, trail, &event).await?)
}
