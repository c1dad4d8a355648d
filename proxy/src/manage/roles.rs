//! The roles of a workspace: made, changed and deleted by people who hold at least what they give and take.
//!
//! **Invariant:** a system role is never written. Nobody changes a role that they hold: it would be their own.

use annex_policy::{Module, Permission, PermissionSet, RoleView, SystemRole, Verb};
use async_trait::async_trait;
use serde_json::{Value, json};
use tokio_postgres::GenericClient;
use uuid::Uuid;

use super::{Begun, Change, Desk, Standing, change::failed};
use crate::{
    crm::memberships,
    ports::{self, Asked, Denial, Denied, MANAGE_MEMBERS, MOST_CUSTOM, RoleCan, RoleChange, RoleDraft, RoleEntry},
    store::{
        audit::Action,
        invitations,
        roles::{self, RoleRow, RoleText},
    },
};

const READ: Permission = Permission::new(Module::Roles, Verb::Read);
const MANAGE: Permission = Permission::new(Module::Roles, Verb::Manage);
const MEMBERS: Permission = Permission::new(Module::Members, Verb::Read);

/// The longest key that a table takes.
const LONGEST_KEY: usize = 63;

/// The port over the desk.
pub struct Roles(pub Desk);

/// Whether the caller may change this role.
fn may_edit(caller: &Standing, row: &RoleRow) -> Result<(), Denial> {
    caller.need(MANAGE)?;
    if row.is_system {
        return Err(Denial::Conflict("System roles are the same in every workspace and cannot be changed or deleted"));
    }
    if caller.role_id == Some(row.role.id) {
        return Err(Denial::OwnRole);
    }
    caller.may_grant(row.role.permissions)
}

/// Whether the caller may give this role to members.
fn may_assign(caller: &Standing, role: RoleView<'_>) -> bool {
    caller.need(MANAGE_MEMBERS).and_then(|()| caller.may_give(role)).is_ok()
}

fn entry(caller: &Standing, row: RoleRow) -> RoleEntry {
    let edit = may_edit(caller, &row).is_ok();
    RoleEntry {
        can: RoleCan { edit, delete: edit, assign: may_assign(caller, row.role.view()) },
        id: Some(row.role.id),
        key: row.role.key.to_string(),
        name: row.role.name.to_string(),
        description: row.description,
        color: row.color,
        is_system: row.is_system,
        permissions: row.role.permissions,
        members: row.members,
        version: row.version,
        created_at: Some(row.created_at),
        updated_at: Some(row.updated_at),
    }
}

/// A home in which nothing was changed yet has no rows; its system roles are those of everybody.
fn unwritten(caller: &Standing) -> Vec<RoleEntry> {
    let system = SystemRole::ALL.into_iter().map(|role| RoleEntry {
        can: RoleCan { edit: false, delete: false, assign: may_assign(caller, role.view()) },
        id: None,
        key: role.key().to_owned(),
        name: role.name().to_owned(),
        description: None,
        color: None,
        is_system: true,
        permissions: role.permissions(),
        members: 0,
        version: 1,
        created_at: None,
        updated_at: None,
    });
    system.collect()
}

#[async_trait]
impl ports::Roles for Roles {
    async fn list(&self, asked: Asked<'_>) -> Result<Vec<RoleEntry>, Denied> {
        let desk = &self.0;
        desk.within(async {
            let client = desk.client().await?;
            let caller = Standing::read(&**client, &desk.crm, &asked).await?;
            // Whoever sees the members sees what they may do.
            caller.need(READ).or_else(|_| caller.need(MEMBERS))?;
            let rows = roles::all(&**client, asked.workspace).await.map_err(failed)?;
            if rows.is_empty() {
                return Ok(unwritten(&caller));
            }
            Ok(rows.into_iter().map(|row| entry(&caller, row)).collect())
        })
        .await
    }

    async fn create(&self, asked: Asked<'_>, draft: &RoleDraft) -> Result<RoleEntry, Denied> {
        let desk = &self.0;
        let turn = desk.turn(asked.workspace).await?;
        turn.within(async {
            let mut client = desk.client().await?;
            let done = match turn.begin(&mut client, &asked).await? {
                Begun::Change(change) => return make(desk, change, draft).await,
                Begun::Done(done) => done,
            };
            made_before(&**client, desk, &asked, &done).await
        })
        .await
    }

    async fn change(&self, asked: Asked<'_>, role: Uuid, wanted: &RoleChange) -> Result<RoleEntry, Denied> {
        let desk = &self.0;
        let turn = desk.turn(asked.workspace).await?;
        turn.within(async {
            let mut client = desk.client().await?;
            let mut change = turn.begin(&mut client, &asked).await?.fresh()?;
            change.caller.need(MANAGE)?;
            let before = found(&change, role).await?;
            may_edit(&change.caller, &before)?;
            asked.seen.check(before.version)?;
            if let Some(name) = &wanted.name {
                let standing = roles::all(&*change.transaction, &change.workspace).await.map_err(failed)?;
                check_name(&standing, name, Some(role))?;
            }
            if let Some(permissions) = wanted.permissions {
                change.caller.may_grant(permissions)?;
                let set = roles::set_permissions(&change.transaction, &change.workspace, role, permissions).await;
                set.map_err(failed)?;
                let narrowed = RoleView { key: &before.role.key, permissions };
                memberships::narrow(&change.transaction, &change.workspace, role, narrowed).await.map_err(failed)?;
            }
            let text = RoleText {
                name: wanted.name.as_deref().unwrap_or(&before.role.name),
                description: wanted.description.as_deref().or(before.description.as_deref()).unwrap_or_default(),
                color: wanted.color.as_deref().or(before.color.as_deref()).unwrap_or_default(),
            };
            roles::update(&change.transaction, &change.workspace, role, text).await.map_err(failed)?;
            let details = told(&before, wanted);
            change.tell(Action::RoleChanged, ("role", &role.to_string()), details);
            let after = found(&change, role).await?;
            let changed = entry(&change.caller, after);
            desk.finish(change, &json!({ "role": role })).await?;
            Ok(changed)
        })
        .await
    }

    async fn delete(&self, asked: Asked<'_>, role: Uuid, reassign_to: Option<Uuid>) -> Result<u64, Denied> {
        let desk = &self.0;
        let turn = desk.turn(asked.workspace).await?;
        turn.within(async {
            let mut client = desk.client().await?;
            let mut change = turn.begin(&mut client, &asked).await?.fresh()?;
            change.caller.need(MANAGE)?;
            let before = found(&change, role).await?;
            may_edit(&change.caller, &before)?;
            asked.seen.check(before.version)?;
            let offered = invitations::pending_with_role(&change.transaction, &change.workspace, role).await;
            let invitations = offered.map_err(failed)?;
            let moved = match reassign_to {
                Some(heir) => move_holders(&mut change, desk, role, heir).await?,
                None if before.members > 0 || invitations > 0 => {
                    return Err(Denial::RoleInUse { members: before.members, invitations }.into());
                }
                None => 0,
            };
            roles::delete(&change.transaction, &change.workspace, role).await.map_err(failed)?;
            let details = json!({
                "key": &*before.role.key, "name": &*before.role.name, "reassignedTo": reassign_to, "members": moved,
            });
            change.tell(Action::RoleDeleted, ("role", &role.to_string()), details);
            desk.finish(change, &json!({ "role": role })).await?;
            Ok(moved)
        })
        .await
    }
}

async fn make(desk: &Desk, mut change: Change<'_>, draft: &RoleDraft) -> Result<RoleEntry, Denied> {
    change.caller.need(MANAGE)?;
    change.caller.may_grant(draft.permissions)?;
    let standing = roles::all(&*change.transaction, &change.workspace).await.map_err(failed)?;
    if standing.iter().filter(|row| !row.is_system).count() >= MOST_CUSTOM {
        return Err(Denial::Conflict("A workspace has 50 roles of its own at most").into());
    }
    check_name(&standing, &draft.name, None)?;
    let key = key(&standing, draft)?;
    let text = RoleText {
        name: &draft.name,
        description: draft.description.as_deref().unwrap_or_default(),
        color: draft.color.as_deref().unwrap_or_default(),
    };
    let by = change.principal.clone();
    let id = roles::create(&change.transaction, &change.workspace, &key, text, draft.permissions, &by).await;
    let id = id.map_err(failed)?;
    let details = json!({ "key": key, "name": draft.name, "permissions": names(draft.permissions) });
    change.tell(Action::RoleCreated, ("role", &id.to_string()), details);
    let made = found(&change, id).await?;
    let made = entry(&change.caller, made);
    desk.finish(change, &json!({ "role": id })).await?;
    Ok(made)
}

async fn move_holders(change: &mut Change<'_>, desk: &Desk, role: Uuid, heir: Uuid) -> Result<u64, Denied> {
    let invalid = |code| Denied::from(Denial::Invalid { path: "reassignTo", code });
    if heir == role {
        return Err(invalid("same_role"));
    }
    let to = roles::by_id(&*change.transaction, &change.workspace, heir).await.map_err(failed)?;
    let to = to.ok_or_else(|| invalid("unknown_role"))?;
    change.caller.may_give(to.role.view())?;
    let moved = memberships::move_role(&change.transaction, &desk.crm, &change.workspace, role, heir).await;
    let moved = moved.map_err(failed)?;
    // Who was offered the role is offered the other one.
    invitations::reassign_role(&change.transaction, &change.workspace, role, heir).await.map_err(failed)?;
    Ok(moved)
}

/// The role under the lock; that of another workspace is none.
async fn found(change: &Change<'_>, id: Uuid) -> Result<RoleRow, Denied> {
    let row = roles::by_id(&*change.transaction, &change.workspace, id).await.map_err(failed)?;
    Ok(row.ok_or(Denial::NotFound("role"))?)
}

/// What a key that was used before stands for, as it is now.
async fn made_before(
    client: &impl GenericClient,
    desk: &Desk,
    asked: &Asked<'_>,
    result: &Value,
) -> Result<RoleEntry, Denied> {
    let id: Option<Uuid> = result.get("role").and_then(|id| serde_json::from_value(id.clone()).ok());
    let caller = Standing::read(client, &desk.crm, asked).await?;
    let row = match id {
        Some(id) => roles::by_id(client, asked.workspace, id).await.map_err(failed)?,
        None => None,
    };
    Ok(row.map(|row| entry(&caller, row)).ok_or(Denial::NotFound("role"))?)
}

/// Two roles of one name cannot be told apart where people choose.
fn check_name(standing: &[RoleRow], name: &str, except: Option<Uuid>) -> Result<(), Denial> {
    let lower = name.to_lowercase();
    let taken = standing.iter().any(|row| Some(row.role.id) != except && row.role.name.to_lowercase() == lower);
    if taken { Err(Denial::Conflict("There is a role of this name already")) } else { Ok(()) }
}

/// The key that was given, or one made from the name.
fn key(standing: &[RoleRow], draft: &RoleDraft) -> Result<String, Denial> {
    let is_free = |key: &str| standing.iter().all(|row| &*row.role.key != key);
    match &draft.key {
        Some(key) if is_free(key) => Ok(key.clone()),
        Some(_) => Err(Denial::Conflict("There is a role with this key already")),
        None => {
            let base = slug(&draft.name);
            let numbered = (2..).map(|number| format!("{base}-{number}"));
            let free = std::iter::once(base.clone()).chain(numbered).take(MOST_CUSTOM.saturating_add(10));
            free.into_iter().find(|key| is_free(key)).ok_or(Denial::Conflict("There is a role with this key already"))
        }
    }
}

/// Lower-case letters, digits and single hyphens; room is left for a number.
fn slug(name: &str) -> String {
    let mut slug = String::from("role");
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    if words.peek().is_some_and(|word| word.starts_with(|first: char| first.is_ascii_alphabetic())) {
        slug.clear();
    }
    for word in words {
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(&word.to_ascii_lowercase());
    }
    slug.chars().take(LONGEST_KEY.saturating_sub(3)).collect::<String>().trim_end_matches('-').to_owned()
}

fn names(permissions: PermissionSet) -> Vec<String> {
    permissions.iter().map(|permission| permission.to_string()).collect()
}

/// What of a role changed: old and new, by field.
fn told(before: &RoleRow, wanted: &RoleChange) -> Value {
    let mut details = json!({ "key": &*before.role.key, "name": wanted.name.as_deref().unwrap_or(&before.role.name) });
    if let (Some(details), Some(permissions)) = (details.as_object_mut(), wanted.permissions) {
        details.insert("granted".to_owned(), json!(names(permissions.difference(before.role.permissions))));
        details.insert("revoked".to_owned(), json!(names(before.role.permissions.difference(permissions))));
    }
    details
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_of_the_name() {
        for (name, wanted) in [
            ("Sales lead", "sales-lead"),
            ("  R&D / Berlin ", "r-d-berlin"),
            ("2nd line", "role-2nd-line"),
            ("東京", "role"),
            ("Übersicht", "bersicht"),
        ] {
            assert_eq!(slug(name), wanted, "{name}");
        }
        assert!(slug(&"long name ".repeat(20)).len() <= LONGEST_KEY - 3);
    }
}
