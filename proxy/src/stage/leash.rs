//! What ends an exchange that outlives the membership it was permitted by: a WebSocket, server-sent events, a long
//! download. A request is judged once, at its head; whoever holds it open is judged again with every change they may
//! be part of.
//!
//! **Invariant:** an exchange in a workspace that is still open half a second after its head ends as soon as this node
//! hears that the person is no member there, has another role or other permissions, or that the workspace went off or
//! was deleted. The client asks again and is judged anew.
//! **Invariant:** while no source answers nothing is cut: it could not be known to be right. With the first whole load
//! after that everybody is judged.
//! **Deliberately absent:** exchanges that were passed untouched. Nobody knows whose they are.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use annex_policy::{PermissionSet, WorkspaceState};
use tokio::sync::Notify;

use super::Rooms;
use crate::{
    identity::Principal,
    ports::Standing,
    snapshot::{Restriction, Snapshot},
};

/// What is over sooner was judged late enough.
const LONG: Duration = Duration::from_millis(500);

/// How soon a source that did not answer is asked again.
const AGAIN: Duration = Duration::from_secs(1);

tokio::task_local! {
    static CURRENT: Leash;
}

/// Ties one exchange to what it was permitted by.
#[derive(Debug, Clone, Default)]
pub struct Leash(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    tie: OnceLock<Tie>,
    tied: Notify,
}

/// Who holds an exchange open, and where.
#[derive(Debug, Clone)]
pub struct Tie {
    pub principal: Arc<Principal>,
    pub workspace: Arc<str>,
}

/// What somebody may do in a workspace at one moment; whatever changes it ends what they hold open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    Holds(PermissionSet),
    /// At home under the CRM's own rules.
    Unlimited,
    Ended,
}

impl Leash {
    /// The leash of the exchange that runs on this task.
    pub fn current() -> Option<Leash> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// Runs `exchange`, which finds this leash by [`Leash::current`].
    pub fn around<F: Future>(&self, exchange: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self.clone(), exchange)
    }

    /// From now on the exchange lives no longer than what permitted it.
    pub fn tie(&self, tie: Tie) {
        if self.0.tie.set(tie).is_ok() {
            self.0.tied.notify_one();
        }
    }

    /// Returns when the exchange must end.
    pub async fn slipped(&self, rooms: &Rooms) {
        self.0.tied.notified().await;
        let mut changes = rooms.hub.changes();
        tokio::time::sleep(LONG).await;
        let Some(tie) = self.0.tie.get() else { return std::future::pending().await };
        let mut snapshot = rooms.hub.current();
        let Some(before) = right(rooms, &snapshot, tie).await else { return std::future::pending().await };
        let mut now = Some(before);
        while now.is_none_or(|now| now == before && now != Right::Ended) {
            if now.is_none() {
                tokio::time::sleep(AGAIN).await;
            } else if changes.changed().await.is_err() {
                return std::future::pending().await;
            }
            let next = rooms.hub.current();
            now = match now.is_some() && is_elsewhere(&snapshot, &next, tie) {
                true => now,
                false => right(rooms, &next, tie).await,
            };
            snapshot = next;
        }
        tracing::info!(principal.id = %tie.principal.id, workspace.id = %tie.workspace, "an open exchange was ended: its right ended");
    }
}

/// Whether a change is about other workspaces only.
fn is_elsewhere(before: &Snapshot, after: &Snapshot, tie: &Tie) -> bool {
    before.epoch_of(&tie.workspace) == after.epoch_of(&tie.workspace)
        && before.reread_at == after.reread_at
        && before.state_of(&tie.workspace) == after.state_of(&tie.workspace)
        && before.evaluate(&tie.workspace).mode == after.evaluate(&tie.workspace).mode
        && before.restriction(&tie.workspace, &tie.principal.id) == after.restriction(&tie.workspace, &tie.principal.id)
}

/// What the person may do there now; `None`: nobody can tell.
async fn right(rooms: &Rooms, snapshot: &Snapshot, tie: &Tie) -> Option<Right> {
    let Tie { principal, workspace } = tie;
    if *workspace == principal.home {
        return Some(match snapshot.restriction(workspace, &principal.id) {
            _ if snapshot.state_of(workspace) != WorkspaceState::On => Right::Unlimited,
            Some(Restriction::Blocked) => Right::Ended,
            Some(Restriction::Role(role)) => Right::Holds(role.permissions),
            None => Right::Unlimited,
        });
    }
    let found = rooms.memberships.standing(snapshot, principal, workspace).await.ok()?;
    Some(match (&found.standing, found.state(snapshot, workspace)) {
        (Standing::Member(role), WorkspaceState::On) => Right::Holds(role.permissions),
        _ => Right::Ended,
    })
}
