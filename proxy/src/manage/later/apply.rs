//! Gathers what a plan needs to know, and does what it says, in the caller's transaction.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::json;
use tokio_postgres::{Client, Error, Row, Transaction, types::ToSql};
use uuid::Uuid;

use super::{
    looks,
    plan::{Invited, Known, Plan, Role, Workspace},
    read::{Activity, Later},
};
use crate::{
    crm::{
        Signboard, Statements, homes_among,
        memberships::{self, Member},
        owners_of, tenant_names, users_among,
    },
    ports::{Actor, Address, Trail},
    store::{
        FLAG,
        audit::{self, Action, Event},
        members::{self, Kind},
    },
};

/// What the CRM and Annex know of everything that `later` names.
pub async fn known(client: &Client, crm: &Statements, later: &Later) -> Result<Known, Error> {
    let users: Vec<String> = later.members.iter().map(|member| member.user.clone()).collect();
    let tenants: Vec<String> = tenants_of(later);
    let people = users_among(client, crm, &users).await?;
    let standing = client.query(STANDING, &[&tenants]).await?;
    let (branded, begun) = (client.query(BRANDED, &[&tenants]).await?, client.query(BEGUN, &[&tenants]).await?);
    let ids = |rows: Vec<Row>| rows.iter().map(|row| row.try_get(0)).collect::<Result<_, Error>>();
    let invited = client.query(INVITED, &[&tenants]).await?;
    let imported = client.query(IMPORTED, &[&tenants, &Action::WorkspaceImported.name()]).await?;
    let roles = client.query(ROLES, &[&tenants]).await?;
    Ok(Known {
        people: people.into_iter().map(|person| (person.id.clone(), person)).collect(),
        homes: homes_among(client, crm, &tenants).await?.into_iter().collect(),
        tenants: tenant_names(client, crm, &tenants).await?,
        standing: standing.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, Error>>()?,
        imported: ids(imported)?,
        roles: roles.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, Error>>()?,
        branded: ids(branded)?,
        begun: ids(begun)?,
        owners: owners(client, crm, later).await?,
        invited: invited
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
            .collect::<Result<_, Error>>()?,
        customer_kinds: crm.customer_kinds.clone(),
        saas_admin_kinds: crm.saas_admin_kinds.clone(),
        now: client.query_one("select now()", &[]).await?.try_get(0)?,
    })
}

const STANDING: &str = "select tenant_id, user_id from annex.workspace_users where tenant_id = any($1)";

const IMPORTED: &str = "select distinct tenant_id from annex.audit_events where tenant_id = any($1) and action = $2";

const ROLES: &str = "select tenant_id, key from annex.workspace_roles where tenant_id = any($1)";

const BRANDED: &str = "select tenant_id from annex.branding where tenant_id = any($1)";

const BEGUN: &str = "select tenant_id from annex.onboarding where tenant_id = any($1)";
const INVITED: &str = "
    select tenant_id, address, created_at from annex.workspace_invitations where tenant_id = any($1)";

/// Who has the addresses to which invitations went.
async fn owners(client: &Client, crm: &Statements, later: &Later) -> Result<HashMap<String, Option<String>>, Error> {
    let addresses = later.invitations.iter().filter_map(|invitation| Address::parse(&invitation.email));
    let addresses: Vec<String> = addresses.map(|address| address.compared().to_owned()).collect();
    let mut owners: HashMap<String, Option<String>> = HashMap::new();
    for user in owners_of(client, crm, &addresses).await? {
        let owner = Some(user.id);
        // A second one makes it nobody's.
        owners.entry(user.email.to_lowercase()).and_modify(|known| *known = None).or_insert(owner);
    }
    Ok(owners)
}

fn tenants_of(later: &Later) -> Vec<String> {
    let members = later.members.iter().map(|member| &member.workspace);
    let roles = later.roles.iter().map(|role| &role.workspace);
    let invitations = later.invitations.iter().map(|invitation| &invitation.workspace);
    let events = later.events.iter().map(|event| &event.workspace);
    let shown = later.shown.iter().map(|shown| &shown.workspace);
    let begun = later.progress.iter().map(|progress| &progress.workspace);
    let all = members.chain(roles).chain(invitations).chain(events).chain(shown).chain(begun);
    let mut all: Vec<String> = all.chain(later.deleted.keys()).cloned().collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether the flags are taken over too: they turn the feature on at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flags {
    Leave,
    Take,
}

/// Does what `plan` says. Nothing stands until the caller commits.
pub async fn apply(
    transaction: &Transaction<'_>,
    crm: &Statements,
    signboard: &Signboard,
    plan: &Plan,
    flags: Flags,
    trail: &Trail,
) -> Result<(), Error> {
    for (id, workspace) in &plan.workspaces {
        take(transaction, crm, id, workspace, trail).await?;
        take_looks(transaction, signboard, id, workspace, trail.actor.id()).await?;
    }
    if flags == Flags::Take {
        for flag in &plan.flags {
            let about: [&(dyn ToSql + Sync); 4] = [&FLAG, &flag.tenant, &flag.enabled, &flag.description];
            if transaction.execute(PUT_FLAG, &about).await? == 0 {
                continue;
            }
            let scope = flag.tenant.as_deref().unwrap_or("*");
            let details = json!({ "key": FLAG, "enabled": flag.enabled, "from": "later" });
            let target = ("flag", scope);
            let event = Event { workspace: flag.tenant.as_deref(), action: Action::FlagChanged, target, details };
            audit::append(transaction, trail, &event).await?;
        }
    }
    Ok(())
}

/// A row that says the same already is no write: it would end an override, and be told as a change.
const PUT_FLAG: &str = "
    insert into annex.feature_flags (key, tenant_id, enabled, description, updated_by)
    values ($1, $2, $3, $4, 'import')
    on conflict (key, tenant_id) do update set enabled = excluded.enabled, updated_by = excluded.updated_by
    where feature_flags.enabled is distinct from excluded.enabled";

async fn take(
    transaction: &Transaction<'_>,
    crm: &Statements,
    id: &str,
    workspace: &Workspace,
    trail: &Trail,
) -> Result<(), Error> {
    transaction.query_one(ENSURE, &[&id, &workspace.sponsor, &workspace.owner]).await?;
    let mut roles = HashMap::new();
    for role in &workspace.roles {
        roles.insert(role.key.as_str(), put_role(transaction, id, role).await?);
    }
    for joining in &workspace.members {
        let role = match roles.get(joining.role.as_str()) {
            Some(role) => Some(*role),
            None => members::role_id(transaction, id, &joining.role).await?,
        };
        let Some(role) = role else { continue };
        let member = Member { workspace: id, user: &joining.user, kind: Kind::Joined };
        memberships::put(transaction, crm, member, role).await?;
        let since: (&Option<String>, &Option<Timestamp>, &Option<Timestamp>) =
            (&joining.invited_by, &joining.joined_at, &joining.last_accessed_at);
        transaction.execute(SINCE, &[&id, &joining.user, since.0, since.1, since.2]).await?;
    }
    for invited in &workspace.invitations {
        let role = match roles.get(invited.role.as_str()) {
            Some(role) => Some(*role),
            None => members::role_id(transaction, id, &invited.role).await?,
        };
        put_invitation(transaction, id, invited, role).await?;
    }
    for event in &workspace.events {
        append_old(transaction, id, event).await?;
    }
    let details = json!({
        "members": workspace.members.len(),
        "roles": workspace.roles.len(),
        "invitations": workspace.invitations.len(),
        "events": workspace.events.len(),
        "branding": workspace.showing.is_some(),
        "firstSteps": workspace.begun.is_some(),
        "deleted": workspace.deleted.is_some(),
    });
    let event = Event { workspace: Some(id), action: Action::WorkspaceImported, target: ("workspace", id), details };
    audit::append(transaction, trail, &event).await?;
    if let Some(deletion) = &workspace.deleted {
        let by = deletion.by.as_deref();
        transaction.execute(DELETE, &[&id, &deletion.at, &by, &deletion.reason, &deletion.purge_at]).await?;
    }
    Ok(())
}

async fn take_looks(
    transaction: &Transaction<'_>,
    signboard: &Signboard,
    id: &str,
    workspace: &Workspace,
    by: &str,
) -> Result<(), Error> {
    if let Some(showing) = &workspace.showing {
        looks::put_look(transaction, signboard, id, showing, by).await?;
    }
    if let Some(begun) = &workspace.begun {
        looks::put_steps(transaction, id, begun, by).await?;
    }
    Ok(())
}

const ENSURE: &str = "
    select epoch from annex.ensure_workspace(
        p_tenant_id => $1, p_sponsor_tenant_id => $2, p_created_by => $3, p_owner_user_id => $3)";

const SINCE: &str = "
    update annex.workspace_users
    set invited_by = $3, joined_at = coalesce($4, joined_at), last_accessed_at = $5
    where tenant_id = $1 and user_id = $2";

/// A workspace that was deleted there is deleted here; without a date of its own nothing is ever purged.
const DELETE: &str = "
    update annex.workspaces
    set deleted_at = $2, deleted_by = $3, delete_reason = $4, purge_after = $5
    where tenant_id = $1 and deleted_at is null";

async fn put_role(transaction: &Transaction<'_>, workspace: &str, role: &Role) -> Result<Uuid, Error> {
    let about: [&(dyn ToSql + Sync); 6] =
        [&workspace, &role.key, &role.name, &role.description, &role.color, &role.created_by];
    let id: Uuid = transaction.query_one(PUT_ROLE, &about).await?.try_get(0)?;
    let permissions: Vec<String> = role.permissions.iter().map(|permission| permission.to_string()).collect();
    transaction.execute(PUT_PERMISSIONS, &[&id, &workspace, &permissions]).await?;
    Ok(id)
}

/// One that stands already under that key is not planned.
const PUT_ROLE: &str = "
    insert into annex.workspace_roles (tenant_id, key, name, description, color, created_by)
    values ($1, $2, $3, $4, $5, $6) returning id";

const PUT_PERMISSIONS: &str = "
    insert into annex.workspace_role_permissions (role_id, tenant_id, permission)
    select $1, $2, p from unnest($3::text[]) as p";

async fn put_invitation(
    transaction: &Transaction<'_>,
    workspace: &str,
    invited: &Invited,
    role: Option<Uuid>,
) -> Result<(), Error> {
    let about: [&(dyn ToSql + Sync); 10] = [
        &workspace,
        &invited.email,
        &invited.address,
        &role,
        &invited.status,
        &invited.invited_by,
        &invited.expires_at,
        &invited.accepted_by,
        &invited.ended_at,
        &invited.created_at,
    ];
    transaction.execute(PUT_INVITATION, &about).await.map(drop)
}

/// Its secrets are hashes of nothing: no token leads to it. It lasted as long as one may here, at most.
const PUT_INVITATION: &str = "
    insert into annex.workspace_invitations
      (id, tenant_id, email, address, role_id, status, invited_by, expires_at, accepted_by, ended_at, ended_by, created_at,
       last_sent_at, mail_seed, mail_hash, link_seed, link_hash)
    select gen_random_uuid(), $1, $2, $3, $4, $5, $6, least($7::timestamptz, $10::timestamptz + interval '30 days'), $8, $9, $8, $10, $10,
           n.noise[1], n.noise[2], n.noise[3], n.noise[4]
    from (select array_agg(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))) as noise
          from generate_series(1, 4)) n";

/// What happened there is told here by whoever did it, with its own time: the chain's times are its own.
async fn append_old(transaction: &Transaction<'_>, workspace: &str, old: &Activity) -> Result<(), Error> {
    let trail = Trail {
        actor: Actor::User(old.user.clone()),
        ip: old.ip.clone(),
        user_agent: old.user_agent.clone(),
        request_id: None,
    };
    let details = json!({ "action": old.action, "at": old.at.to_string(), "details": old.details });
    let event = Event {
        workspace: Some(workspace),
        action: Action::ActivityImported,
        target: ("workspace", workspace),
        details,
    };
    audit::append(transaction, &trail, &event).await
}
