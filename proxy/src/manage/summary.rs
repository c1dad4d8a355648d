//! Numbers beside the names of all of a person's workspaces.
//!
//! **Invariant:** as many statements for a thousand workspaces as for one.

use std::{collections::HashMap, sync::Arc};

use annex_policy::{Mode, Module, Permission, SystemRole, Verb, WorkspaceState};
use async_trait::async_trait;
use tokio_postgres::GenericClient;

use super::{
    Standing,
    standing::{at_home, joined},
};
use crate::{
    crm::{Statements, User, may_be_member, native_role, natives_in, unread_in, user_by_id},
    identity::{Principal, PrincipalKind},
    ports::{self, Address, SourceError, Summary, Tally},
    snapshot::Snapshot,
    store::{PoolError, Postgres, summary, workspaces},
};

/// The port over the pool.
pub struct Summaries {
    postgres: Postgres,
    crm: Arc<Statements>,
}

impl Summaries {
    pub fn new(postgres: Postgres, crm: Arc<Statements>) -> Self {
        Summaries { postgres, crm }
    }

    async fn count(
        &self,
        client: &impl GenericClient,
        principal: &Principal,
        snapshot: &Snapshot,
    ) -> Result<Summary, PoolError> {
        let user = user_by_id(client, &self.crm, &principal.id).await?;
        let Some(user) = user.filter(|user| may_be_member(&self.crm, user)) else { return Ok(Summary::default()) };
        let is_ordinary = principal.kind == PrincipalKind::Ordinary;
        let derived = is_ordinary.then(|| native_role(&self.crm, &user, &principal.home)).flatten();
        let open = open_to(client, principal, snapshot, derived).await?;
        let ids: Vec<String> = open.iter().map(|(id, _)| id.clone()).collect();
        let ours = summary::joined(client, &ids).await?;
        let blocked: Vec<String> = ours.values().flat_map(|joined| joined.blocked.clone()).collect();
        let natives = natives_in(client, &self.crm, &ids, &blocked).await?;
        let unread = unread_in(client, &self.crm, &principal.id, &ids).await?;
        let offered = summary::offered(client, &ids, &principal.id).await?;
        let (invited, invitations) = match summary::has_invitations(client).await? {
            true => (
                summary::open_invitations(client, &ids).await?,
                invitations_to(client, snapshot, principal, &user).await?,
            ),
            false => (HashMap::new(), 0),
        };
        let number = |counts: &HashMap<String, i64>, id: &str| counts.get(id).copied().unwrap_or(0);
        let tally = |(id, standing): (String, Standing)| Tally {
            unread: unread.as_ref().map(|unread| number(unread, &id)),
            members: ours.get(&id).map_or(0, |joined| joined.members) + number(&natives, &id),
            pending_invitations: standing.need(INVITING).is_ok().then(|| number(&invited, &id)),
            offered_until: offered.get(&id).copied(),
            workspace: id,
        };
        Ok(Summary { workspaces: open.into_iter().map(tally).collect(), invitations })
    }
}

/// Who may know how many invitations are pending.
const INVITING: Permission = Permission::new(Module::Members, Verb::Manage);

/// The workspaces that the person may go to, and as what; home first.
async fn open_to(
    client: &impl GenericClient,
    principal: &Principal,
    snapshot: &Snapshot,
    derived: Option<SystemRole>,
) -> Result<Vec<(String, Standing)>, PoolError> {
    let home = &*principal.home;
    let mut open = Vec::new();
    let at_home_place = workspaces::place_of(client, home, &principal.id, home).await?;
    let joined_places = workspaces::joined_by(client, &principal.id, home, None, None).await?;
    if at_home_place.is_none() && snapshot.evaluate(home).mode == Mode::Enforce {
        open.extend(derived.and_then(|derived| at_home(derived, None)).map(|standing| (home.to_owned(), standing)));
    }
    for place in at_home_place.into_iter().chain(joined_places) {
        let id = place.kept.workspace.clone();
        if snapshot.state_of_new(&id, &place.kept.row) != WorkspaceState::On {
            continue;
        }
        let standing = match id == home {
            true => derived.and_then(|derived| at_home(derived, Some(place))),
            false => joined(place),
        };
        open.extend(standing.map(|standing| (id, standing)));
    }
    Ok(open)
}

/// Pending needs the inviting workspace on (rule R2).
async fn invitations_to(
    client: &impl GenericClient,
    snapshot: &Snapshot,
    principal: &Principal,
    user: &User,
) -> Result<i64, PoolError> {
    let Some(address) = Address::parse(&user.email) else { return Ok(0) };
    let inviting = summary::inviting(client, &principal.id, address.compared()).await?;
    Ok(inviting.iter().filter(|(id, _)| snapshot.state_of(id) == WorkspaceState::On).map(|(_, count)| count).sum())
}

#[async_trait]
impl ports::Summaries for Summaries {
    async fn summary(&self, principal: &Principal, snapshot: &Snapshot) -> Result<Summary, SourceError> {
        let counted = self.postgres.within(async {
            let client = self.postgres.get().await?;
            self.count(&**client, principal, snapshot).await
        });
        Ok(counted.await?)
    }
}
