//! What becomes of every row, decided before anything is touched.

use std::collections::{BTreeMap, HashMap};

use annex_policy::{PermissionSet, SystemRole};
use jiff::Timestamp;
use serde::Serialize;

use super::{
    looks::{Begun, Showing},
    read::{Activity, CustomRole, Flag, Later, Member},
    roles,
};
use crate::{crm::User, ports::Address};

/// What is known of the CRM and of Annex before.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The CRM's people, of those that the later version names.
    pub people: HashMap<String, User>,
    /// The CRM's tenants, of those that the later version names.
    pub tenants: HashMap<String, String>,
    /// The homes that have at least one person of their own.
    pub homes: std::collections::HashSet<String>,
    /// Who has a row in Annex already: (workspace, user).
    pub standing: std::collections::HashSet<(String, String)>,
    /// The workspaces that came from there once: what happened in them, and their deletion, was told then.
    pub imported: std::collections::HashSet<String>,
    /// The roles that stand in Annex already: (workspace, key).
    pub roles: std::collections::HashSet<(String, String)>,
    /// The workspaces that chose a look in Annex already.
    pub branded: std::collections::HashSet<String>,
    /// Those whose first steps Annex has a record of.
    pub begun: std::collections::HashSet<String>,
    /// Who has an address, in lower case, now; nobody if two have it.
    pub owners: HashMap<String, Option<String>>,
    /// What Annex has of invitations already: (workspace, address, when it was made).
    pub invited: std::collections::HashSet<(String, String, Timestamp)>,
    pub customer_kinds: Vec<String>,
    pub saas_admin_kinds: Vec<String>,
    pub now: Timestamp,
}

/// Everything that will be done.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    pub workspaces: BTreeMap<String, Workspace>,
    pub flags: Vec<Flag>,
    /// What is not taken over, or not as it stood.
    pub left: Vec<Left>,
}

/// One workspace.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    pub sponsor: Option<String>,
    pub owner: Option<String>,
    pub roles: Vec<Role>,
    pub members: Vec<Joining>,
    pub invitations: Vec<Invited>,
    pub deleted: Option<super::read::Deletion>,
    pub events: Vec<Activity>,
    pub showing: Option<Showing>,
    pub begun: Option<Begun>,
}

impl Workspace {
    /// Whether taking it changes anything of a workspace that came once.
    fn brings_something(&self) -> bool {
        let rows = [self.roles.len(), self.members.len(), self.invitations.len(), self.events.len()];
        rows.iter().any(|count| *count > 0) || self.deleted.is_some() || self.showing.is_some() || self.begun.is_some()
    }
}

/// A custom role under the key that it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub key: String,
    pub name: String,
    pub description: Option<String>,
    pub color: Option<String>,
    pub created_by: Option<String>,
    pub permissions: PermissionSet,
}

/// Somebody who will be a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joining {
    pub user: String,
    /// The key of a role.
    pub role: String,
    pub invited_by: Option<String>,
    pub joined_at: Option<Timestamp>,
    pub last_accessed_at: Option<Timestamp>,
}

/// An invitation as it arrives: never pending, never with a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// As it was typed.
    pub email: String,
    /// As it is compared.
    pub address: String,
    pub role: String,
    /// What the role allowed there.
    pub permissions: PermissionSet,
    pub invited_by: String,
    pub status: &'static str,
    pub expires_at: Timestamp,
    /// Who has the address now, of an accepted one.
    pub accepted_by: Option<String>,
    /// Of an accepted one, when; of a declined or revoked one nobody knows, and the day that it was made stands for it.
    pub ended_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// One row that is not taken over as it stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Left {
    pub table: &'static str,
    pub workspace: String,
    /// The user, address, role or module that it is about.
    pub about: String,
    pub why: Why,
}

/// Why. Closed: the document of the command explains each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The CRM has no such tenant.
    NoTenant,
    /// The CRM has no such person.
    NoPerson,
    /// Their users row is not active.
    Inactive,
    /// Customers and administrators of the platform are members of nothing.
    NeverMember,
    /// At home the users row says the role.
    HomeIsDerived,
    /// Annex has a row of this person in this workspace: it stays as it is.
    StandsAlready,
    /// A second row of the same person: the lesser role counts.
    Duplicate,
    /// No such role: they arrive as Viewer.
    UnknownRole,
    /// A permission that means nothing here.
    UnknownPermission,
    /// A pending invitation arrives expired, because its token stood in clear.
    PendingArrivesExpired,
    /// A status that means nothing here.
    UnknownStatus,
    /// Nobody of the workspace could sponsor it: it follows its own flag.
    NoSponsor,
    /// More of an address than a mailbox.
    NotAnAddress,
    /// Annex has this of the workspace: it stays as it is.
    ChosenAlready,
    /// Not `#rrggbb`.
    NotAColor,
    /// Too long, or not plain text.
    NotWords,
    /// A signature arrives less what is not allowed in one.
    Cleaned,
    /// The picture's bytes stand somewhere else.
    PictureElsewhere,
    /// Nothing that can be read as PNG, JPEG or WebP.
    NotAPicture,
    /// Nothing here holds this.
    NoPlace,
    /// It was accepted, and nobody, or more than one, has that address now.
    AcceptedByNobody,
}

/// Decides.
pub fn plan(later: &Later, known: &Known) -> Plan {
    let mut plan = Plan { flags: later.flags.clone(), ..Plan::default() };
    let roles = custom_roles(&mut plan, later, known);
    for (workspace, members) in by_workspace(&later.members, |member| &member.workspace) {
        if !known.tenants.contains_key(workspace) {
            let left = members.iter().map(|member| left("workspace_users", workspace, &member.user, Why::NoTenant));
            plan.left.extend(left);
            continue;
        }
        take_members(&mut plan, workspace, &members, known, &roles);
    }
    for invitation in &later.invitations {
        take_invitation(&mut plan, invitation, known, &roles);
    }
    leave_known_invitations(&mut plan, known);
    leave_known_roles(&mut plan, known);
    take_past(&mut plan, later, known);
    take_looks(&mut plan, later, known);
    plan.workspaces.retain(|id, workspace| !known.imported.contains(id) || workspace.brings_something());
    plan
}

/// What happened there, and that it was deleted there, is taken once: a chain of events cannot be shortened, and who was
/// restored here since then stays.
fn take_past(plan: &mut Plan, later: &Later, known: &Known) {
    let why = |workspace: &String| match known.tenants.contains_key(workspace) {
        false => Some(Why::NoTenant),
        true => known.imported.contains(workspace).then_some(Why::StandsAlready),
    };
    for (tenant, deletion) in &later.deleted {
        match why(tenant) {
            Some(why) => plan.left.push(left("tenants", tenant, "deleted_at", why)),
            None => plan.workspaces.entry(tenant.clone()).or_default().deleted = Some(deletion.clone()),
        }
    }
    for event in &later.events {
        match why(&event.workspace) {
            Some(why) => plan.left.push(left("workspace_activity_logs", &event.workspace, &event.action, why)),
            None => plan.workspaces.entry(event.workspace.clone()).or_default().events.push(event.clone()),
        }
    }
}

fn take_looks(plan: &mut Plan, later: &Later, known: &Known) {
    for shown in &later.shown {
        let id = shown.workspace.as_str();
        if let Some(why) = stays(known, id, &known.branded) {
            plan.left.push(left("workspace_branding", id, "", why));
        } else if let Some(showing) = shown.taken(&mut plan.left) {
            plan.workspaces.entry(id.to_owned()).or_default().showing = Some(showing);
        }
    }
    for progress in &later.progress {
        let id = progress.workspace.as_str();
        match stays(known, id, &known.begun) {
            Some(why) => plan.left.push(left("workspace_onboarding_progress", id, "", why)),
            None => plan.workspaces.entry(id.to_owned()).or_default().begun = Some(progress.taken(known.now)),
        }
    }
}

fn stays(known: &Known, workspace: &str, chosen: &std::collections::HashSet<String>) -> Option<Why> {
    if !known.tenants.contains_key(workspace) {
        return Some(Why::NoTenant);
    }
    chosen.contains(workspace).then_some(Why::ChosenAlready)
}

/// Of every custom role, by its later id and by its name in lower case: its key.
type Keys = HashMap<(String, String), (String, PermissionSet)>;

fn custom_roles(plan: &mut Plan, later: &Later, known: &Known) -> Keys {
    let mut keys = Keys::new();
    for (workspace, roles) in by_workspace(&later.roles, |role: &CustomRole| &role.workspace) {
        for role in roles {
            if !known.tenants.contains_key(workspace) {
                plan.left.push(left("workspace_custom_roles", workspace, &role.name, Why::NoTenant));
                continue;
            }
            let missed = role.unknown.iter();
            let missed = missed.map(|pair| left("workspace_role_permissions", workspace, pair, Why::UnknownPermission));
            plan.left.extend(missed);
            let planned = plan.workspaces.entry(workspace.to_owned()).or_default();
            let taken: Vec<String> = planned.roles.iter().map(|role| role.key.clone()).collect();
            let key = roles::key(&role.name, &taken);
            for word in [role.id.clone(), role.name.to_lowercase()] {
                keys.entry((workspace.to_owned(), word)).or_insert((key.clone(), role.permissions));
            }
            planned.roles.push(Role {
                key,
                name: role.name.trim().chars().take(80).collect(),
                description: role.description.clone(),
                color: role.color.clone().filter(|color| is_color(color)),
                created_by: role.created_by.clone(),
                permissions: role.permissions,
            });
        }
    }
    keys
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

fn take_members(plan: &mut Plan, workspace: &str, members: &[&Member], known: &Known, keys: &Keys) {
    let mut kept: Vec<(Joining, PermissionSet)> = Vec::new();
    let mut owner = None;
    for member in members {
        let word = member.role.as_str();
        let person = match eligible(member, known) {
            Ok(person) => person,
            Err(why) => {
                plan.left.push(left("workspace_users", workspace, &member.user, why));
                continue;
            }
        };
        if roles::is_owner(word) && owner.is_none() {
            owner = Some(person.id.clone());
        }
        if person.tenant == workspace {
            plan.left.push(left("workspace_users", workspace, &member.user, Why::HomeIsDerived));
            continue;
        }
        if known.standing.contains(&(workspace.to_owned(), member.user.clone())) {
            plan.left.push(left("workspace_users", workspace, &member.user, Why::StandsAlready));
            continue;
        }
        let (role, permissions) = role_of(workspace, word, keys).unwrap_or_else(|| {
            plan.left.push(left("workspace_users", workspace, &member.user, Why::UnknownRole));
            (SystemRole::Viewer.key().to_owned(), SystemRole::Viewer.permissions())
        });
        let joining = Joining {
            user: member.user.clone(),
            role,
            invited_by: member.invited_by.clone(),
            joined_at: member.joined_at,
            last_accessed_at: member.last_accessed_at,
        };
        match kept.iter_mut().find(|(before, _)| before.user == member.user) {
            None => kept.push((joining, permissions)),
            Some(before) => {
                plan.left.push(left("workspace_users", workspace, &member.user, Why::Duplicate));
                if permissions.len() < before.1.len() {
                    *before = (joining, permissions);
                }
            }
        }
    }
    // An owner whose duplicate row says less is no owner.
    let is_admin = |user: &String| {
        let of = kept.iter().find(|(joining, _)| joining.user == *user);
        of.is_none_or(|(joining, _)| joining.role == SystemRole::Admin.key())
    };
    let owner = owner.filter(is_admin);
    let sponsor = sponsor(workspace, owner.as_deref(), known);
    if sponsor.is_none() && !known.homes.contains(workspace) {
        plan.left.push(left("workspace_users", workspace, "", Why::NoSponsor));
    }
    let planned = plan.workspaces.entry(workspace.to_owned()).or_default();
    (planned.owner, planned.sponsor) = (owner, sponsor);
    planned.members = kept.into_iter().map(|(joining, _)| joining).collect();
}

/// A workspace that is nobody's home was made by its owner, whose home it follows (rule R1).
fn sponsor(workspace: &str, owner: Option<&str>, known: &Known) -> Option<String> {
    if known.homes.contains(workspace) {
        return None;
    }
    let home = &known.people.get(owner?)?.tenant;
    (home != workspace).then(|| home.clone())
}

fn eligible<'k>(member: &Member, known: &'k Known) -> Result<&'k User, Why> {
    let person = known.people.get(&member.user).ok_or(Why::NoPerson)?;
    if known.customer_kinds.contains(&person.kind) || known.saas_admin_kinds.contains(&person.kind) {
        return Err(Why::NeverMember);
    }
    if person.active { Ok(person) } else { Err(Why::Inactive) }
}

fn role_of(workspace: &str, word: &str, keys: &Keys) -> Option<(String, PermissionSet)> {
    if let Some(system) = roles::system(word) {
        return Some((system.key().to_owned(), system.permissions()));
    }
    let of = |word: String| keys.get(&(workspace.to_owned(), word)).cloned();
    of(word.to_owned()).or_else(|| of(word.to_lowercase()))
}

fn take_invitation(plan: &mut Plan, row: &super::read::Invitation, known: &Known, keys: &Keys) {
    let mut note = |why| plan.left.push(left("workspace_invitations", &row.workspace, &row.email, why));
    if !known.tenants.contains_key(&row.workspace) {
        return note(Why::NoTenant);
    }
    let Some(address) = Address::parse(&row.email) else { return note(Why::NotAnAddress) };
    let address = address.compared().to_owned();
    let status = match row.status.as_str() {
        "accepted" => "accepted",
        "declined" => "declined",
        "revoked" => "revoked",
        "expired" => "expired",
        "pending" => {
            note(Why::PendingArrivesExpired);
            "expired"
        }
        _ => return note(Why::UnknownStatus),
    };
    let accepted_by = known.owners.get(&address).cloned().flatten().filter(|_| status == "accepted");
    if status == "accepted" && accepted_by.is_none() {
        return note(Why::AcceptedByNobody);
    }
    let (role, permissions) = role_of(&row.workspace, &row.role, keys).unwrap_or_else(|| {
        note(Why::UnknownRole);
        (SystemRole::Viewer.key().to_owned(), SystemRole::Viewer.permissions())
    });
    let invited = Invited {
        email: row.email.trim().to_owned(),
        address,
        role,
        permissions,
        invited_by: row.invited_by.clone(),
        status,
        expires_at: row.expires_at.min(known.now),
        accepted_by,
        ended_at: match status {
            "accepted" => Some(row.accepted_at.unwrap_or(row.created_at)),
            "expired" => None,
            _ => Some(row.created_at),
        },
        created_at: row.created_at,
    };
    put_invitation(plan, &row.workspace, invited);
}

/// Of two that nobody ended, to one address, the lesser role arrives (rule R6).
fn put_invitation(plan: &mut Plan, workspace: &str, invited: Invited) {
    let planned = &mut plan.workspaces.entry(workspace.to_owned()).or_default().invitations;
    let is_twin = |other: &&mut Invited| {
        (other.status, invited.status) == ("expired", "expired") && other.address == invited.address
    };
    let Some(twin) = planned.iter_mut().find(is_twin) else { return planned.push(invited) };
    plan.left.push(left("workspace_invitations", workspace, &invited.email, Why::Duplicate));
    if invited.permissions.len() < twin.permissions.len() {
        *twin = invited;
    }
}

/// After the twins were weighed: the one that was left must not arrive the next time.
fn leave_known_invitations(plan: &mut Plan, known: &Known) {
    for (workspace, planned) in &mut plan.workspaces {
        let is_known =
            |one: &mut Invited| known.invited.contains(&(workspace.clone(), one.address.clone(), one.created_at));
        let stand = planned.invitations.extract_if(.., is_known);
        plan.left.extend(stand.map(|one| left("workspace_invitations", workspace, &one.email, Why::StandsAlready)));
    }
}

/// After their keys were given: members and invitations of such a role get the one that stands.
fn leave_known_roles(plan: &mut Plan, known: &Known) {
    for (workspace, planned) in &mut plan.workspaces {
        let is_known = |role: &mut Role| known.roles.contains(&(workspace.clone(), role.key.clone()));
        let stand = planned.roles.extract_if(.., is_known);
        plan.left.extend(stand.map(|role| left("workspace_custom_roles", workspace, &role.name, Why::StandsAlready)));
    }
}

/// One row or column that is not taken over as it stood.
pub fn left(table: &'static str, workspace: &str, about: &str, why: Why) -> Left {
    Left { table, workspace: workspace.to_owned(), about: about.to_owned(), why }
}

fn by_workspace<'r, R>(rows: &'r [R], workspace: impl Fn(&'r R) -> &'r String) -> BTreeMap<&'r str, Vec<&'r R>> {
    let mut grouped: BTreeMap<&str, Vec<&R>> = BTreeMap::new();
    for row in rows {
        grouped.entry(workspace(row).as_str()).or_default().push(row);
    }
    grouped
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
