//! Where the snapshot lives, and how sure this node may be of it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::{Schema, Snapshot};
use crate::clock;

/// How far a remembered allow may be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// PostgreSQL was heard within the lease: a revocation would have reached us.
    Leased,
    /// Cut off for longer than the lease: every allow must be asked for again.
    Lapsed,
}

/// Holds the current snapshot. Readers never wait.
pub struct SnapshotHub {
    current: ArcSwap<Snapshot>,
    heard_ms: AtomicU64,
    lease_ms: u64,
    writer: tokio::sync::Mutex<()>,
    /// The revision in force, for those who wait for the next.
    changed: watch::Sender<u64>,
}

impl SnapshotHub {
    pub fn new(initial: Snapshot, lease_ms: u64) -> Self {
        SnapshotHub {
            current: ArcSwap::from_pointee(initial),
            heard_ms: AtomicU64::new(0),
            lease_ms,
            writer: tokio::sync::Mutex::new(()),
            changed: watch::Sender::new(0),
        }
    }

    /// The snapshot in force now.
    pub fn current(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Tells of every later change, or of the last of several: whoever compares what they saw with [`Self::current`]
    /// misses nothing, however slow they are.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Whether the source of changes was heard within the lease.
    pub fn freshness(&self) -> Freshness {
        let heard = self.heard_ms.load(Ordering::Acquire);
        if heard != 0 && clock::monotonic_ms().saturating_sub(heard) <= self.lease_ms {
            Freshness::Leased
        } else {
            Freshness::Lapsed
        }
    }

    /// How long ago PostgreSQL last confirmed what this node holds; `None`: never.
    pub fn age_ms(&self) -> Option<u64> {
        let heard = self.heard_ms.load(Ordering::Acquire);
        (heard != 0).then(|| clock::monotonic_ms().saturating_sub(heard))
    }

    /// The listener proved that every change up to `since_ms` has been heard: the lease runs from the moment
    /// at which the question was *sent*, so that a slow answer never lengthens it.
    pub fn heard(&self, since_ms: u64) {
        self.heard_ms.fetch_max(since_ms, Ordering::AcqRel);
    }

    /// Replaces the snapshot by what `change` makes of it. Writers take turns; the revision rises by one.
    pub async fn change(&self, change: impl FnOnce(&mut Snapshot)) {
        let _turn = self.writer.lock().await;
        let mut next = Snapshot::clone(&self.current.load());
        change(&mut next);
        next.revision = next.revision.saturating_add(1);
        let is_ready = next.schema == Schema::Ready;
        next.anything_on = is_ready && next.flags.anything_on();
        next.anything_in_shadow = is_ready && next.flags.anything_in_shadow();
        let revision = next.revision;
        self.current.store(Arc::new(next));
        self.changed.send_replace(revision);
    }
}
