//! Members of a workspace: who there is, another role, shut out and let in, removed, gone of their own will.
//!
//! **Invariant:** what the caller is told they may do and what they may do are judged by the same function
//! ([`may_touch`]), the second time under the lock.

use annex_policy::{Module, Permission, Reason, Verb};
use async_trait::async_trait;
use serde_json::json;

use super::{Begun, Change, Desk, Standing, Turn, change::failed};
use crate::{
    crm::{
        can_reassign,
        memberships::{self, Member as Row},
        reassign,
        roster::{self, Entry},
    },
    ports::{
        self, Asked, Denial, Denied, Member, MemberCan, MemberChange, MemberFilter, MemberKey, MemberRole,
        MemberStatus, MemberWanted, Removed, RoleRef,
    },
    store::{
        audit::Action,
        idempotency::{self, Claim},
        members::{Kind, Status},
        roles::{self, RoleRow},
    },
};

const READ: Permission = Permission::new(Module::Members, Verb::Read);
const MANAGE: Permission = Permission::new(Module::Members, Verb::Manage);

/// The port over the desk.
pub struct Members(pub Desk);

/// Whether the caller may change anything of this member: nobody touches themselves here, nor somebody whose role they
/// could not give.
fn may_touch(caller: &Standing, principal: &str, target: &Entry) -> Result<(), Denial> {
    caller.need(MANAGE)?;
    if target.user == principal {
        return Err(Denial::OwnRole);
    }
    role_of(target).map_or(Ok(()), |role| caller.may_give(role.view()))
}

/// Whether this member may also be taken down: the owner passes ownership on first.
fn may_lower(target: &Entry) -> Result<(), Denial> {
    if target.is_owner { Err(Denial::OwnerMustTransfer) } else { Ok(()) }
}

/// The role of the row; without one, what the users row gives.
fn role_of(entry: &Entry) -> Option<MemberRole> {
    let of_row = entry.role.as_ref().map(|role| MemberRole {
        id: Some(role.id),
        key: role.key.to_string(),
        name: role.name.to_string(),
        permissions: role.permissions,
    });
    of_row.or_else(|| entry.derived.map(MemberRole::derived))
}

fn member(caller: &Standing, principal: &str, workspace: &str, entry: Entry) -> Member {
    let may_touch = may_touch(caller, principal, &entry).is_ok() && entry.status != Status::Removed;
    let may_lower = may_touch && may_lower(&entry).is_ok();
    Member {
        can: MemberCan { change_role: may_lower, suspend: may_lower, remove: may_lower },
        role: role_of(&entry),
        workspace: workspace.to_owned(),
        is_native: entry.kind == Kind::Native,
        status: match entry.status {
            Status::Active => MemberStatus::Active,
            Status::Suspended => MemberStatus::Suspended,
            Status::Removed => MemberStatus::Removed,
        },
        membership: entry.membership,
        user: entry.user,
        is_owner: entry.is_owner,
        invited_by: entry.invited_by,
        joined_at: entry.joined_at,
        last_accessed_at: entry.last_accessed_at,
        created_at: entry.created_at,
        version: entry.version,
        person: entry.person,
    }
}

#[async_trait]
impl ports::Members for Members {
    async fn list(
        &self,
        asked: Asked<'_>,
        filter: &MemberFilter,
        after: Option<&MemberKey>,
        limit: i64,
    ) -> Result<Vec<Member>, Denied> {
        let desk = &self.0;
        desk.within(async {
            let client = desk.client().await?;
            let caller = Standing::read(&**client, &desk.crm, &asked).await?;
            // Who left is for those who could ask them back.
            caller.need(if filter.status == Some(MemberStatus::Removed) { MANAGE } else { READ })?;
            let page = roster::page(&**client, &desk.crm, asked.workspace, filter, after, limit);
            let page = page.await.map_err(failed)?;
            let principal = &asked.principal.id;
            Ok(page.into_iter().map(|entry| member(&caller, principal, asked.workspace, entry)).collect())
        })
        .await
    }

    async fn one(&self, asked: Asked<'_>, user: &str) -> Result<Member, Denied> {
        let desk = &self.0;
        desk.within(async {
            let client = desk.client().await?;
            let caller = Standing::read(&**client, &desk.crm, &asked).await?;
            if user != &*asked.principal.id {
                caller.need(READ)?;
            }
            let entry = roster::one(&**client, &desk.crm, asked.workspace, user).await.map_err(failed)?;
            let entry = entry.filter(is_there).ok_or(Denial::NotFound("member"))?;
            Ok(member(&caller, &asked.principal.id, asked.workspace, entry))
        })
        .await
    }

    async fn change(&self, asked: Asked<'_>, user: &str, wanted: &MemberChange) -> Result<Member, Denied> {
        let desk = &self.0;
        let turn = desk.turn(asked.workspace).await?;
        turn.within(async {
            let mut client = desk.client().await?;
            let mut change = turn.begin(&mut client, &asked).await?.fresh()?;
            let before = target(&change, desk, user).await?;
            may_touch(&change.caller, &change.principal, &before)?;
            asked.seen.check(before.version)?;
            let step = step(&change, &before, wanted).await?;
            if !step.is_nothing() {
                if step.lowers() {
                    may_lower(&before)?;
                }
                change.guard_admins(desk).await?;
                apply(&mut change, desk, &before, &step).await?;
            }
            let after = target(&change, desk, user).await?;
            let changed = member(&change.caller, &change.principal, asked.workspace, after);
            desk.finish(change, &json!({ "user": user })).await?;
            Ok(changed)
        })
        .await
    }

    async fn remove(&self, asked: Asked<'_>, user: &str, reassign_to: Option<&str>) -> Result<Removed, Denied> {
        let desk = &self.0;
        let turn = desk.turn(asked.workspace).await?;
        turn.within(async {
            let mut client = desk.client().await?;
            let mut change = turn.begin(&mut client, &asked).await?.fresh()?;
            change.caller.need(MANAGE)?;
            if user == change.principal {
                return Err(Denial::Conflict("To end your own membership, leave the workspace").into());
            }
            let before = target(&change, desk, user).await?;
            if before.status == Status::Removed {
                return Err(Denial::NotFound("member").into());
            }
            may_touch(&change.caller, &change.principal, &before)?;
            may_lower(&before)?;
            asked.seen.check(before.version)?;
            change.guard_admins(desk).await?;
            let reassigned = match reassign_to {
                Some(heir) => hand_over(&change, desk, user, heir).await?,
                None => 0,
            };
            let row = row(&change, &before);
            let ended = memberships::end(&change.transaction, &desk.crm, row, &change.principal).await;
            ended.map_err(failed)?;
            let details = json!({
                "role": role_of(&before).map(|role| role.key), "kind": before.kind.name(),
                "reassignedTo": reassign_to, "reassigned": reassigned,
            });
            change.tell(Action::MemberRemoved, ("user", user), details);
            desk.finish(change, &json!({ "user": user })).await?;
            Ok(Removed { was_native: before.kind == Kind::Native, reassigned })
        })
        .await
    }

    async fn leave(&self, asked: Asked<'_>) -> Result<(), Denied> {
        let desk = &self.0;
        let turn = desk.turn(asked.workspace).await?;
        let left = turn.within(leave(desk, &turn, &asked)).await;
        match left {
            // Whoever has left is a stranger; the same request again still tells what it did.
            Err(Denied::Denial(Denial::Reason(Reason::AccessDenied))) if has_left(desk, &asked).await? => Ok(()),
            left => left,
        }
    }
}

async fn leave(desk: &Desk, turn: &Turn<'_>, asked: &Asked<'_>) -> Result<(), Denied> {
    let mut client = desk.client().await?;
    let mut change = match turn.begin(&mut client, asked).await? {
        Begun::Change(change) => change,
        Begun::Done(_) => return Ok(()),
    };
    if change.caller.kind == Kind::Native {
        return Err(Denial::Conflict("This is your home workspace: nobody leaves their home").into());
    }
    if change.owner.as_deref() == Some(change.principal.as_str()) {
        return Err(Denial::OwnerMustTransfer.into());
    }
    change.guard_admins(desk).await?;
    let user = change.principal.clone();
    let row = Row { workspace: asked.workspace, user: &user, kind: Kind::Joined };
    memberships::end(&change.transaction, &desk.crm, row, &user).await.map_err(failed)?;
    let details = json!({ "role": change.caller.role_key });
    change.tell(Action::MemberLeft, ("user", &user), details);
    desk.finish(change, &json!({ "user": user })).await
}

/// Whether this very request was done before. A key is its person's own, so this tells nobody anything of others.
async fn has_left(desk: &Desk, asked: &Asked<'_>) -> Result<bool, Denied> {
    let Some(once) = asked.once else { return Ok(false) };
    desk.within(async {
        let mut client = desk.client().await?;
        let transaction = client.transaction().await.map_err(failed)?;
        let claim = idempotency::claim(&transaction, once).await.map_err(failed)?;
        Ok(matches!(claim, Claim::Done(_)))
    })
    .await
}

/// What a change comes to.
#[derive(Debug)]
struct Step {
    role: Option<RoleRow>,
    status: Option<MemberWanted>,
}

impl Step {
    fn is_nothing(&self) -> bool {
        self.role.is_none() && self.status.is_none()
    }

    /// Whether it may take something away; letting somebody in with the role that they had does not.
    fn lowers(&self) -> bool {
        self.role.is_some() || self.status == Some(MemberWanted::Suspended)
    }
}

/// What of `wanted` differs from what stands, each part judged.
async fn step(change: &Change<'_>, before: &Entry, wanted: &MemberChange) -> Result<Step, Denied> {
    let role = match &wanted.role {
        None => None,
        Some(named) => {
            let found = match named {
                RoleRef::Key(key) => roles::by_key(&*change.transaction, &change.workspace, key).await,
                RoleRef::Id(id) => roles::by_id(&*change.transaction, &change.workspace, *id).await,
            };
            let path = if matches!(named, RoleRef::Id(_)) { "roleId" } else { "role" };
            let found = found.map_err(failed)?.ok_or(Denial::Invalid { path, code: "unknown_role" })?;
            change.caller.may_give(found.role.view())?;
            Some(found).filter(|found| before.role.as_ref().is_none_or(|held| held.id != found.role.id))
        }
    };
    let is_in = before.status == Status::Active;
    let status = wanted.status.filter(|wanted| (*wanted == MemberWanted::Active) != is_in);
    Ok(Step { role, status })
}

async fn apply(change: &mut Change<'_>, desk: &Desk, before: &Entry, step: &Step) -> Result<(), Denied> {
    let row = row(change, before);
    let will_be_in = match step.status {
        None => before.status == Status::Active,
        Some(wanted) => wanted == MemberWanted::Active,
    };
    let (transaction, crm) = (&change.transaction, &desk.crm);
    if let Some(role) = &step.role {
        memberships::put(transaction, crm, row, role.role.id).await.map_err(failed)?;
    } else if will_be_in {
        match (&before.role, before.kind) {
            (Some(role), Kind::Native) => drop(memberships::put(transaction, crm, row, role.id).await.map_err(failed)?),
            (None, Kind::Native) => {
                memberships::release(transaction, row.workspace, row.user).await.map_err(failed)?;
            }
            (_, Kind::Joined) => drop(memberships::resume(transaction, crm, row).await.map_err(failed)?),
        }
    }
    if !will_be_in {
        memberships::suspend(transaction, crm, row).await.map_err(failed)?;
    }
    let user = before.user.clone();
    if let Some(role) = &step.role {
        let from = role_of(before).map(|role| role.key);
        let details = json!({ "from": from, "role": &*role.role.key, "kind": before.kind.name() });
        change.tell(Action::MemberRoleChanged, ("user", &user), details);
    }
    if let Some(wanted) = step.status {
        let action = match wanted {
            MemberWanted::Active => Action::MemberResumed,
            MemberWanted::Suspended => Action::MemberSuspended,
        };
        change.tell(action, ("user", &user), json!({ "kind": before.kind.name() }));
    }
    Ok(())
}

/// Gives what is open of `user` to another active member of the workspace.
async fn hand_over(change: &Change<'_>, desk: &Desk, user: &str, heir: &str) -> Result<u64, Denied> {
    let invalid = |code| Denied::from(Denial::Invalid { path: "reassignTo", code });
    if heir == user {
        return Err(invalid("same_person"));
    }
    if !can_reassign(&desk.crm) {
        return Err(invalid("not_supported"));
    }
    let entry = roster::one(&*change.transaction, &desk.crm, &change.workspace, heir).await.map_err(failed)?;
    let can_sign_in = |entry: &Entry| entry.person.as_ref().is_some_and(|person| person.is_active);
    if !entry.is_some_and(|entry| entry.status == Status::Active && can_sign_in(&entry)) {
        return Err(invalid("not_a_member"));
    }
    reassign(&change.transaction, &desk.crm, &change.workspace, user, heir).await.map_err(failed)
}

fn row<'a>(change: &'a Change<'_>, entry: &'a Entry) -> Row<'a> {
    Row { workspace: &change.workspace, user: &entry.user, kind: entry.kind }
}

/// Whether there is somebody to speak of: a native who was removed is shut out, and may be let in again.
fn is_there(entry: &Entry) -> bool {
    entry.status != Status::Removed || entry.kind == Kind::Native
}

/// The member as they stand under the lock.
async fn target(change: &Change<'_>, desk: &Desk, user: &str) -> Result<Entry, Denied> {
    change.caller.need(MANAGE)?;
    let entry = roster::one(&*change.transaction, &desk.crm, &change.workspace, user).await.map_err(failed)?;
    Ok(entry.filter(is_there).ok_or(Denial::NotFound("member"))?)
}
