//! Finds workspaces whose last Admin the CRM took away behind us (rule R5): within 30 s, whoever deleted or dismissed
//! them there.
//!
//! Every node asks; one of them at a time looks, the others read what it wrote. **Deliberately absent:** a remedy. Only
//! an administrator of the platform gives such a workspace an Admin.

use std::{sync::Arc, time::Duration};

use annex_policy::WorkspaceState;
use async_trait::async_trait;
use pingora::{server::ShutdownWatch, services::background::BackgroundService};

use crate::{
    manage::Orphans,
    snapshot::{Schema, SnapshotHub},
    telemetry::Metrics,
};

/// How long one may take. With the usual pause of ten seconds, a third of the published bound, one may fail, or be slow,
/// and the next one is in time.
const PATIENCE: Duration = Duration::from_secs(10);

/// The sweeper of one node.
pub struct Sweep {
    orphans: Orphans,
    hub: Arc<SnapshotHub>,
    metrics: Arc<Metrics>,
    pause: Duration,
}

impl Sweep {
    pub fn new(orphans: Orphans, hub: Arc<SnapshotHub>, metrics: Arc<Metrics>, pause: Duration) -> Self {
        Sweep { orphans, hub, metrics, pause }
    }

    async fn once(&self) {
        let snapshot = self.hub.current();
        if snapshot.schema != Schema::Ready {
            return;
        }
        match tokio::time::timeout(PATIENCE, self.orphans.sweep()).await {
            Ok(Ok(swept)) => {
                for workspace in &swept.found {
                    tracing::warn!(workspace.id = workspace, "a workspace has no Admin left who can sign in");
                }
                // Where the feature is off nobody misses an Admin.
                let on = swept.known.iter().filter(|id| snapshot.state_of(id) == WorkspaceState::On).count();
                self.metrics.orphaned(on);
            }
            Ok(Err(error)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "workspaces without an Admin cannot be looked for"
                );
            }
            Err(_) => tracing::warn!("looking for workspaces without an Admin takes too long"),
        }
    }
}

#[async_trait]
impl BackgroundService for Sweep {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        loop {
            tokio::select! {
                () = self.once() => {}
                _ = shutdown.changed() => return,
            }
            tokio::select! {
                () = tokio::time::sleep(self.pause) => {}
                _ = shutdown.changed() => return,
            }
        }
    }
}
