//! Workspaces without an Admin who can sign in (rule R5): found by sweeping, shown to the platform, given an Admin.
//!
//! **Invariant:** an Admin is assigned only where none is left, judged under the lock, and only to somebody who belongs
//! there already: the platform opens no door for itself.

use annex_policy::{Mode, SystemRole, WorkspaceState};
use async_trait::async_trait;
use serde_json::json;

use super::{
    Desk, Turn,
    change::{claim, failed},
};
use crate::{
    crm::{
        leading,
        memberships::{self, Member as Row},
        roster, tenant_names,
    },
    ports::{self, AdminWorkspace, Denial, Denied, Expected, Orphaned, Rescue},
    store::{
        audit::{self, Action, Event},
        idempotency,
        members::{self as rows, Status},
        orphans, roles,
    },
};

/// How many orphans one statement of a sweep reads.
const BATCH: i64 = 1000;

/// How many orphans a node counts at most.
const MOST_COUNTED: i64 = 100_000;

/// The port over the desk.
pub struct Orphans(pub Desk);

/// What a sweep found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Swept {
    /// Newly known.
    pub found: Vec<String>,
    /// All that are known now.
    pub known: Vec<String>,
}

impl Orphans {
    /// Brings what is known up to date, on one node at a time; the others read what that one wrote. A statement for each
    /// 1000 orphans and no more.
    pub async fn sweep(&self) -> Result<Swept, Denied> {
        let mut client = self.0.client().await?;
        let transaction = client.transaction().await.map_err(failed)?;
        let mut found = Vec::new();
        if orphans::begin_sweep(&transaction).await.map_err(failed)? {
            let mut after = String::new();
            loop {
                let batch = leading::orphans(&*transaction, &self.0.crm, &after, BATCH).await.map_err(failed)?;
                let is_last = i64::try_from(batch.len()).unwrap_or(i64::MAX) < BATCH;
                let to = batch.last().filter(|_| !is_last).cloned();
                found.extend(orphans::note(&transaction, &batch).await.map_err(failed)?);
                orphans::forget(&transaction, &after, to.as_deref(), &batch).await.map_err(failed)?;
                match to {
                    Some(last) => after = last,
                    None => break,
                }
            }
        }
        let known = orphans::known(&*transaction, MOST_COUNTED).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(Swept { found, known })
    }
}

#[async_trait]
impl ports::Orphans for Orphans {
    async fn list(&self, which: Orphaned, after: Option<&str>, limit: i64) -> Result<Vec<AdminWorkspace>, Denied> {
        let desk = &self.0;
        desk.within(async {
            let client = desk.client().await?;
            let after = after.unwrap_or_default();
            let mut listed = orphans::list(&**client, which, after, limit).await.map_err(failed)?;
            let ids: Vec<String> = listed.iter().map(|listed| listed.workspace.clone()).collect();
            let mut names = tenant_names(&**client, &desk.crm, &ids).await.map_err(failed)?;
            for one in &mut listed {
                let kept = one.name.take();
                one.name = names.remove(&one.workspace).map(|name| kept.unwrap_or(name));
            }
            Ok(listed)
        })
        .await
    }

    async fn assign_admin(&self, rescue: Rescue<'_>) -> Result<(), Denied> {
        let desk = &self.0;
        let turn = desk.turn(rescue.workspace).await?;
        turn.within(assign(desk, &turn, rescue)).await
    }
}

async fn assign(desk: &Desk, turn: &Turn<'_>, rescue: Rescue<'_>) -> Result<(), Denied> {
    let Rescue { workspace, user, snapshot, once, trail } = rescue;
    let mut client = desk.client().await?;
    let names = tenant_names(&**client, &desk.crm, &[workspace.to_owned()]).await.map_err(failed)?;
    if names.is_empty() {
        return Err(Denial::NotFound("workspace").into());
    }
    let transaction = client.transaction().await.map_err(failed)?;
    if let Some(once) = once
        && claim(&transaction, once).await?.is_some()
    {
        return Ok(());
    }
    let state = match snapshot.workspaces.get(workspace) {
        Some(row) => snapshot.state_of_new(workspace, row),
        None if snapshot.evaluate(workspace).mode == Mode::Enforce => WorkspaceState::On,
        None => WorkspaceState::Off,
    };
    Expected::Alive.check(state)?;
    rows::lock(&transaction, workspace).await.map_err(failed)?;
    if leading::has_admin(&*transaction, &desk.crm, workspace).await.map_err(failed)? {
        return Err(Denial::Conflict("This workspace has an Admin who can sign in; ask them").into());
    }
    let entry = roster::one(&*transaction, &desk.crm, workspace, user).await.map_err(failed)?;
    let can_sign_in = entry
        .filter(|entry| entry.status == Status::Active && entry.person.as_ref().is_some_and(|person| person.is_active));
    let entry = can_sign_in.ok_or(Denial::Invalid { path: "userId", code: "not_a_member" })?;
    let admin = roles::by_key(&*transaction, workspace, SystemRole::Admin.key()).await.map_err(failed)?;
    let admin = admin.ok_or(Denial::NotFound("role"))?;
    let row = Row { workspace, user, kind: entry.kind };
    memberships::put(&transaction, &desk.crm, row, admin.role.id).await.map_err(failed)?;
    orphans::rescued(&transaction, workspace).await.map_err(failed)?;
    if let Some(once) = once {
        idempotency::keep(&transaction, once, &json!({ "user": user })).await.map_err(failed)?;
    }
    let from = entry.role.as_ref().map(|role| &*role.key).or(entry.derived.map(SystemRole::key));
    let details = json!({ "from": from, "role": SystemRole::Admin.key(), "kind": entry.kind.name() });
    let event = Event { workspace: Some(workspace), action: Action::AdminAssigned, target: ("user", user), details };
    audit::append(&transaction, &trail, &event).await.map_err(failed)?;
    turn.commit(transaction).await
}
