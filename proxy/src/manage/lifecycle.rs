//! The end of a workspace, and its return (rule R5).
//!
//! Deleting marks the row and nothing else, so that restoring brings everything back. One deletion goes on at a time:
//! who would be left without a workspace is judged on what the other ones have done.

use std::collections::HashSet;

use annex_policy::{Reason, WorkspaceState};
use async_trait::async_trait;
use serde_json::json;

use super::{
    Begun, Change, Desk, Standing,
    change::failed,
    closing,
    settings::about,
    standing::{at_home, joined},
};
use crate::{
    crm::{may_be_member, native_role, tenant_name, tenant_names, user_by_id, users_of},
    identity::Principal,
    ports::{
        self, About, Asked, Deleted, DeletedKey, DeletedPart, Denial, Denied, Expected, Farewell, Gone, SourceError,
    },
    snapshot::Snapshot,
    store::{
        PoolError,
        audit::Action,
        lifecycle::{self, DeletedPlace},
        members::{self, Kind, Status},
        settings, workspaces,
    },
};

/// The port over a desk.
pub struct Lifecycle {
    desk: Desk,
    restore_days: u32,
}

/// More people are at home in no tenant.
const MOST_NATIVES: i64 = 100_000;

impl Lifecycle {
    pub fn new(desk: Desk, restore_days: u32) -> Self {
        Lifecycle { desk, restore_days }
    }

    async fn remove(&self, mut change: Change<'_>, asked: &Asked<'_>, farewell: &Farewell) -> Result<Gone, Denied> {
        change.caller.need_admin()?;
        let Farewell { confirmed_name, reason } = farewell;
        let row = settings::shown(&*change.transaction, asked.workspace).await.map_err(failed)?;
        let tenant = tenant_name(&*change.transaction, &self.desk.crm, asked.workspace).await.map_err(failed)?;
        let name = row.and_then(|row| row.particulars.name).or(tenant).ok_or(Reason::AccessDenied)?;
        if name != *confirmed_name {
            return Err(Denial::Invalid { path: "confirmName", code: "not_the_name" }.into());
        }
        lifecycle::one_at_a_time(&change.transaction).await.map_err(failed)?;
        if self.strands_somebody(&change, asked).await? {
            return Err(Denial::OnlyWorkspace.into());
        }
        let by = change.principal.clone();
        let gone =
            lifecycle::delete(&change.transaction, asked.workspace, &by, reason.as_deref(), self.restore_days).await;
        let gone = gone.map_err(failed)?;
        closing::close(&mut change).await.map_err(failed)?;
        let details = json!({ "name": name, "reason": reason, "restorableUntil": gone.purge_after.to_string() });
        change.tell(Action::WorkspaceDeleted, ("workspace", asked.workspace), details);
        self.desk.finish(change, &json!(gone)).await?;
        Ok(gone)
    }

    /// Whether the caller, or an active native, would have nowhere to go.
    async fn strands_somebody(&self, change: &Change<'_>, asked: &Asked<'_>) -> Result<bool, Denied> {
        let (client, crm, workspace) = (&*change.transaction, &self.desk.crm, asked.workspace);
        let rows = members::all(client, workspace).await.map_err(failed)?;
        let blocked: HashSet<String> = rows
            .into_iter()
            .filter(|row| row.kind == Kind::Native && row.status != Status::Active)
            .map(|row| row.user)
            .collect();
        let natives = users_of(client, crm, workspace, MOST_NATIVES).await.map_err(failed)?;
        let natives = natives.into_iter().filter(|user| native_role(crm, user, workspace).is_some());
        let mut people: HashSet<String> = natives.map(|user| user.id).filter(|id| !blocked.contains(id)).collect();
        if change.caller.kind == Kind::Joined && !self.has_home(change, asked).await? {
            people.insert(change.principal.clone());
        }
        let listed: Vec<String> = people.iter().cloned().collect();
        for place in lifecycle::elsewhere(client, &listed, workspace).await.map_err(failed)? {
            if asked.snapshot.state_of_new(&place.workspace, &place.row) == WorkspaceState::On {
                people.remove(&place.user);
            }
        }
        Ok(!people.is_empty())
    }

    /// Whether a caller who joined from elsewhere can go home.
    async fn has_home(&self, change: &Change<'_>, asked: &Asked<'_>) -> Result<bool, Denied> {
        let at_home = Asked { workspace: &asked.principal.home, seen: ports::Seen::Any, once: None, ..asked.clone() };
        match Standing::find(&*change.transaction, &self.desk.crm, &at_home).await {
            // Off, the home is the CRM's alone, and open.
            Ok((_, state)) => Ok(state != WorkspaceState::Deleted),
            Err(Denied::Denial(_)) => Ok(false),
            Err(error @ (Denied::Source(_) | Denied::Unsure(_))) => Err(error),
        }
    }

    async fn bring_back(&self, mut change: Change<'_>, alive: &Asked<'_>) -> Result<About, Denied> {
        change.caller.need_admin()?;
        if !lifecycle::restore(&change.transaction, alive.workspace).await.map_err(failed)? {
            return Err(Reason::WorkspaceDeleted.into());
        }
        change.tell(Action::WorkspaceRestored, ("workspace", alive.workspace), json!({}));
        let now = about(&*change.transaction, &self.desk.crm, alive, change.caller.clone()).await?;
        self.desk.finish(change, &json!({})).await?;
        Ok(now)
    }
}

#[async_trait]
impl ports::Lifecycle for Lifecycle {
    async fn delete(&self, asked: &Asked<'_>, farewell: &Farewell) -> Result<Gone, Denied> {
        let turn = self.desk.turn(asked.workspace).await?;
        let work = async {
            let mut client = self.desk.client().await?;
            match turn.begin(&mut client, asked).await? {
                Begun::Change(change) => self.remove(change, asked, farewell).await,
                Begun::Done(result) => serde_json::from_value(result).map_err(|_| Denial::KeyReused.into()),
            }
        };
        turn.within(work).await
    }

    async fn restore(&self, asked: &Asked<'_>) -> Result<About, Denied> {
        let turn = self.desk.turn(asked.workspace).await?;
        let work = async {
            let mut client = self.desk.client().await?;
            let alive = Asked { life: Expected::Alive, ..asked.clone() };
            if let Begun::Change(change) = turn.begin(&mut client, asked).await? {
                return self.bring_back(change, &alive).await;
            }
            let caller = Standing::read(&**client, &self.desk.crm, &alive).await?;
            about(&**client, &self.desk.crm, &alive, caller).await
        };
        turn.within(work).await
    }

    async fn deleted(
        &self,
        principal: &Principal,
        snapshot: &Snapshot,
        after: Option<&DeletedKey>,
        limit: usize,
    ) -> Result<DeletedPart, SourceError> {
        let (postgres, crm) = (&self.desk.postgres, &self.desk.crm);
        let work = async {
            let client = postgres.get().await?;
            let user = user_by_id(&**client, crm, &principal.id).await?;
            let Some(user) = user.filter(|user| may_be_member(crm, user)) else { return Ok(DeletedPart::default()) };
            let derived = native_role(crm, &user, &principal.home);
            let places = lifecycle::deleted_of(&**client, &principal.id, &principal.home, after, limit).await?;
            let last = (places.len() == limit)
                .then(|| places.last())
                .flatten()
                .map(|last| DeletedKey { deleted_at: last.deleted_at, workspace: last.place.kept.workspace.clone() });
            let places: Vec<DeletedPlace> = places
                .into_iter()
                .filter(|found| {
                    let kept = &found.place.kept;
                    let standing = match *kept.workspace == *principal.home {
                        true => derived.and_then(|derived| at_home(derived, Some(found.place.clone()))),
                        false => joined(found.place.clone()),
                    };
                    let state = snapshot.state_of_new(&kept.workspace, &kept.row);
                    standing.is_some_and(|standing| standing.is_admin()) && state == WorkspaceState::Deleted
                })
                .collect();
            let ids: Vec<String> = places.iter().map(|found| found.place.kept.workspace.clone()).collect();
            let mut names = tenant_names(&**client, crm, &ids).await?;
            let entries = places.into_iter().filter_map(|found| {
                let tenant = names.remove(&found.place.kept.workspace)?;
                Some(entry(found, tenant, &principal.home))
            });
            Ok::<_, PoolError>(DeletedPart { entries: entries.collect(), last })
        };
        Ok(postgres.within(work).await?)
    }
}

fn entry(found: DeletedPlace, tenant: String, home: &str) -> Deleted {
    let workspaces::Kept { workspace, name, logo_url, .. } = found.place.kept;
    Deleted {
        is_home: workspace == home,
        workspace,
        name: name.unwrap_or(tenant),
        logo_url,
        deleted_at: found.deleted_at,
        deleted_by: found.deleted_by,
        reason: found.reason,
        purge_after: found.purge_after,
    }
}
