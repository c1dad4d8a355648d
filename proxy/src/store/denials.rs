//! Refused requests of members become audit events: so many per workspace and minute, the rest a number.
//!
//! **Invariant:** what is remembered here is bounded, whoever is refused however often.

use std::{collections::HashMap, sync::Arc, time::Duration};

use serde_json::json;
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use super::{
    PoolError, Postgres,
    audit::{self, Action, Event},
};
use crate::{
    ports::{Actor, Refused, Trail},
    telemetry::Metrics,
};

const MINUTE: Duration = Duration::from_secs(60);

/// Workspaces counted at a time; beyond it every count begins anew.
const MOST_WORKSPACES: usize = 10_000;

/// Writes them.
pub struct DenialRecorder {
    postgres: Postgres,
    metrics: Arc<Metrics>,
    per_minute: u64,
    windows: HashMap<Arc<str>, Window>,
}

/// One workspace's minute.
#[derive(Debug, Clone, Copy)]
struct Window {
    began: Instant,
    written: u64,
    suppressed: u64,
}

impl DenialRecorder {
    pub fn new(postgres: Postgres, metrics: Arc<Metrics>, per_minute: u64) -> Self {
        DenialRecorder { postgres, metrics, per_minute, windows: HashMap::new() }
    }

    /// Writes what comes until `stop` turns true.
    pub async fn run(mut self, mut refused: mpsc::Receiver<Refused>, mut stop: watch::Receiver<bool>) {
        loop {
            let next = tokio::select! {
                next = refused.recv() => next,
                _ = stop.changed() => return,
            };
            let Some(next) = next else { return };
            let Some(suppressed) = self.admit(&next.workspace, Instant::now()) else {
                self.metrics.denial("suppressed");
                continue;
            };
            let outcome = match self.write(&next, suppressed).await {
                Ok(()) => "recorded",
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a refusal is not in the audit log");
                    "failed"
                }
            };
            self.metrics.denial(outcome);
        }
    }

    /// How many were left out before this one, if it may be written.
    fn admit(&mut self, workspace: &Arc<str>, now: Instant) -> Option<u64> {
        if self.windows.len() >= MOST_WORKSPACES && !self.windows.contains_key(workspace) {
            self.windows.clear();
        }
        let fresh = Window { began: now, written: 0, suppressed: 0 };
        let window = self.windows.entry(Arc::clone(workspace)).or_insert(fresh);
        if now.duration_since(window.began) >= MINUTE {
            *window = Window { suppressed: window.suppressed, ..fresh };
        }
        if window.written >= self.per_minute {
            window.suppressed = window.suppressed.saturating_add(1);
            return None;
        }
        window.written = window.written.saturating_add(1);
        Some(std::mem::take(&mut window.suppressed))
    }

    async fn write(&self, refused: &Refused, suppressed: u64) -> Result<(), PoolError> {
        let trail = Trail {
            ip: refused.ip.clone(),
            request_id: Some(refused.request_id.to_string()),
            ..Trail::of(Actor::User(refused.principal.to_string()))
        };
        let details = json!({
            "reason": refused.reason, "code": refused.code, "route": refused.route, "suppressedBefore": suppressed,
        });
        let workspace = &*refused.workspace;
        let target = ("workspace", workspace);
        let event = Event { workspace: Some(workspace), action: Action::AccessDenied, target, details };
        self.postgres
            .within(async {
                let mut client = self.postgres.get().await?;
                let transaction = client.transaction().await?;
                audit::append(&transaction, &trail, &event).await?;
                Ok(transaction.commit().await?)
            })
            .await
    }
}
