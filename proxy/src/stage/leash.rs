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
#[derive(Clone, Default)]
pub struct Leash(Arc<Inner>);

#[derive(Default)]
struct Inner {
    tie: OnceLock<Tie>,
    tied: Notify,
}

/// Who holds an exchange open, and where.
#[derive(Clone)]
pub struct Tie {
    pub principal: Arc<Principal>,
    pub workspace: Arc<str>,
    /// The moment at which they were let in, and what they held then in a workspace that is not their home: what changes
    /// while nobody looks yet ends the exchange too.
    pub snapshot: Arc<Snapshot>,
    pub held: Option<PermissionSet>,
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
        let before = tie.right();
        let (mut snapshot, mut now) = (Arc::clone(&tie.snapshot), Some(before));
        loop {
            let next = rooms.hub.current();
            if now.is_none() || !is_elsewhere(&snapshot, &next, tie) {
                now = right(rooms, &next, tie).await;
            }
            snapshot = next;
            match now {
                Some(now) if now != before => break,
                Some(_) if changes.changed().await.is_err() => return std::future::pending().await,
                Some(_) => {}
                None => tokio::time::sleep(AGAIN).await,
            }
        }
        tracing::info!(principal.id = %tie.principal.id, workspace.id = %tie.workspace, "an open exchange was ended: its right ended");
    }
}

impl Tie {
    /// What let them in.
    fn right(&self) -> Right {
        match self.held {
            Some(held) if *self.workspace != *self.principal.home => Right::Holds(held),
            _ => at_home(&self.snapshot, &self.principal),
        }
    }
}

/// What a native may do at home.
fn at_home(snapshot: &Snapshot, principal: &Principal) -> Right {
    match (snapshot.state_of(&principal.home), snapshot.restriction(&principal.home, &principal.id)) {
        (WorkspaceState::Deleted, _) | (WorkspaceState::On, Some(Restriction::Blocked)) => Right::Ended,
        (WorkspaceState::On, Some(Restriction::Role(role))) => Right::Holds(role.permissions),
        (WorkspaceState::On, None) | (WorkspaceState::Off | WorkspaceState::Absent, _) => Right::Unlimited,
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
    let Tie { principal, workspace, .. } = tie;
    if *workspace == principal.home {
        return Some(at_home(snapshot, principal));
    }
    let found = rooms.memberships.standing(snapshot, principal, workspace).await.ok()?;
    Some(match (&found.standing, found.state(snapshot, workspace)) {
        (Standing::Member(role), WorkspaceState::On) => Right::Holds(role.permissions),
        _ => Right::Ended,
    })
}
