//! The one way in which a membership changes.
//!
//! Whoever adds, removes, suspends or invites, and whoever makes a workspace, changes `workspace_users` through these
//! functions. Each is one step of the caller's transaction, says which event it was, and does what the profile's strategy
//! asks of the CRM's own rows ([`ContextStrategy::asks`](annex_policy::ContextStrategy::asks)).
//!
//! **Invariant:** a membership and the CRM's rows that belong to it change in one transaction or not at all; what a member
//! had offered and could offer no longer ends with it (rule R6).
//! **Deliberately absent:** who may do it, whether an Admin is left, and the audit event: they are the caller's, as is
//! [`members::lock`] before any of these.

use annex_policy::{Asked, MembershipEvent, RoleView};
use serde_json::json;
use tokio_postgres::{Error, Transaction};
use uuid::Uuid;

use super::{Statements, shadow_users};
use crate::{
    ports::{Actor, Role, Trail},
    store::{
        audit::{self, Action, Event},
        invitations,
        members::{self, Kind, Moved, Status},
        roles,
        workspaces::{self, Made, NewWorkspace},
    },
};

/// Whose membership of which workspace changes.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    pub workspace: &'a str,
    /// The person, by the CRM's user id.
    pub user: &'a str,
    pub kind: Kind,
}

/// Gives a person a role: they join, come back, or have another role from now on.
pub async fn put(
    transaction: &Transaction<'_>,
    crm: &Statements,
    member: Member<'_>,
    role: Uuid,
) -> Result<MembershipEvent, Error> {
    let event = match members::one(transaction, member.workspace, member.user).await?.map(|row| row.status) {
        None | Some(Status::Removed) => MembershipEvent::Joined,
        Some(Status::Suspended) => MembershipEvent::Resumed,
        Some(Status::Active) => MembershipEvent::RoleChanged,
    };
    members::put(transaction, member.workspace, member.user, member.kind, role).await?;
    follow(transaction, crm, member, event).await?;
    let held = role_of(transaction, member.workspace, role).await?;
    withdraw(transaction, member.workspace, &[member.user], held.as_ref().map(Role::view)).await?;
    Ok(event)
}

/// [`put`] for somebody who joins because they were invited.
pub async fn join(
    transaction: &Transaction<'_>,
    crm: &Statements,
    member: Member<'_>,
    role: Uuid,
    inviter: &str,
) -> Result<MembershipEvent, Error> {
    let event = put(transaction, crm, member, role).await?;
    members::introduce(transaction, member.workspace, member.user, inviter).await?;
    Ok(event)
}

/// Ends a membership, or blocks a native; the row stays.
pub async fn end(transaction: &Transaction<'_>, crm: &Statements, member: Member<'_>, by: &str) -> Result<(), Error> {
    members::end(transaction, member.workspace, member.user, member.kind, by).await?;
    follow(transaction, crm, member, MembershipEvent::Left).await?;
    withdraw(transaction, member.workspace, &[member.user], None).await
}

/// Keeps a member out until [`resume`]; the role stays. A native needs no row before. `false`: nobody was let in.
pub async fn suspend(transaction: &Transaction<'_>, crm: &Statements, member: Member<'_>) -> Result<bool, Error> {
    let changed = match member.kind {
        Kind::Joined => members::suspend(transaction, member.workspace, member.user).await?,
        Kind::Native => members::block(transaction, member.workspace, member.user).await?,
    };
    if changed {
        follow(transaction, crm, member, MembershipEvent::Suspended).await?;
        withdraw(transaction, member.workspace, &[member.user], None).await?;
    }
    Ok(changed)
}

/// Lets a suspended member in again, with the role that they had. `false`: nobody was suspended.
pub async fn resume(transaction: &Transaction<'_>, crm: &Statements, member: Member<'_>) -> Result<bool, Error> {
    let changed = members::resume(transaction, member.workspace, member.user).await?;
    if changed {
        follow(transaction, crm, member, MembershipEvent::Resumed).await?;
    }
    Ok(changed)
}

/// Lets a native live under the CRM's own rules again: their row goes. `false`: there was none.
pub async fn release(transaction: &Transaction<'_>, workspace: &str, user: &str) -> Result<bool, Error> {
    members::release(transaction, workspace, user).await
}

/// Gives whoever holds the role `from` the role `to`, and tells how many they were.
pub async fn move_role(
    transaction: &Transaction<'_>,
    crm: &Statements,
    workspace: &str,
    from: Uuid,
    to: Uuid,
) -> Result<u64, Error> {
    let moved = members::move_role(transaction, workspace, from, to).await?;
    let active: Vec<&Moved> = moved.iter().filter(|moved| moved.is_active).collect();
    for Moved { user, kind, .. } in &active {
        follow(transaction, crm, Member { workspace, user, kind: *kind }, MembershipEvent::RoleChanged).await?;
    }
    let users: Vec<&str> = active.iter().map(|moved| moved.user.as_str()).collect();
    let held = role_of(transaction, workspace, to).await?;
    withdraw(transaction, workspace, &users, held.as_ref().map(Role::view)).await?;
    Ok(u64::try_from(moved.len()).unwrap_or(u64::MAX))
}

/// Adds a workspace whose creator is its first member.
pub async fn found(transaction: &Transaction<'_>, crm: &Statements, new: NewWorkspace<'_>) -> Result<Made, Error> {
    let made = workspaces::create(transaction, new).await?;
    let creator = Member { workspace: new.id, user: new.creator, kind: Kind::Joined };
    follow(transaction, crm, creator, MembershipEvent::Joined).await?;
    Ok(made)
}

/// Does what `event`, already written, asks of the CRM's rows: for a caller whose own statement changed the row.
pub async fn follow(
    transaction: &Transaction<'_>,
    crm: &Statements,
    member: Member<'_>,
    event: MembershipEvent,
) -> Result<(), Error> {
    let asked = match (member.kind, crm.strategy.asks(event)) {
        // At home the CRM's own row counts. Somebody whose home moved here may have had another one before.
        (Kind::Native, Asked::Stands) => Asked::Rests,
        (_, asked) => asked,
    };
    shadow_users::bring(transaction, crm, member.workspace, member.user, asked).await
}

/// Follows a role that is `narrowed` from now on.
pub async fn narrow(
    transaction: &Transaction<'_>,
    workspace: &str,
    role: Uuid,
    narrowed: RoleView<'_>,
) -> Result<(), Error> {
    let inviters = invitations::inviters_with_role(transaction, workspace, role).await?;
    let inviters: Vec<&str> = inviters.iter().map(String::as_str).collect();
    withdraw(transaction, workspace, &inviters, Some(narrowed)).await
}

async fn role_of(transaction: &Transaction<'_>, workspace: &str, role: Uuid) -> Result<Option<Role>, Error> {
    Ok(roles::by_id(transaction, workspace, role).await?.map(|known| known.role))
}

/// Revokes what people had offered and, with the role that they hold from now on, could not offer.
async fn withdraw(
    transaction: &Transaction<'_>,
    workspace: &str,
    users: &[&str],
    held: Option<RoleView<'_>>,
) -> Result<(), Error> {
    let revoked = invitations::revoke_beyond(transaction, workspace, users, held).await?;
    if revoked.is_empty() {
        return Ok(());
    }
    let target = match users {
        [one] => ("user", *one),
        _ => ("workspace", workspace),
    };
    let details = json!({ "reason": "inviter", "invitations": revoked });
    let event = Event { workspace: Some(workspace), action: Action::InvitationRevoked, target, details };
    audit::append(transaction, &Trail::of(Actor::Annex), &event).await
}
