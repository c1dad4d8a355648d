//! How Annex leaves. SIGTERM: say so on `/readyz`, stop keeping connections, wait until nothing is in flight, have
//! shadow's last counts written, go.
//! SIGQUIT: hand the sockets to the next process, then wait. SIGINT: go at once.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use annex_config::ShutdownConfig;
use async_trait::async_trait;
use pingora::server::{ShutdownSignal, ShutdownSignalWatch};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::shadow::Farewell;
use crate::stage::{exchange::InFlight, leaving::Leaving};

/// How long nothing must be in flight before it counts as idle: a client that reuses a connection is between two
/// requests for a moment.
const QUIET: Duration = Duration::from_millis(250);

/// Waits for a signal, and after SIGTERM for the exchanges under way.
pub struct WhenIdle {
    in_flight: Arc<InFlight>,
    leaving: Arc<Leaving>,
    times: ShutdownConfig,
    farewell: Arc<Farewell>,
}

impl WhenIdle {
    pub fn new(
        in_flight: Arc<InFlight>,
        leaving: Arc<Leaving>,
        times: ShutdownConfig,
        farewell: Arc<Farewell>,
    ) -> Self {
        WhenIdle { in_flight, leaving, times, farewell }
    }

    async fn idle(&self) {
        // New connections are still taken meanwhile, so that a balancer has time to notice.
        tokio::time::sleep(Duration::from_millis(self.times.grace_ms)).await;
        let limit = Instant::now() + Duration::from_millis(self.times.timeout_ms);
        let mut quiet_since = Instant::now();
        while Instant::now() < limit && quiet_since.elapsed() < QUIET {
            tokio::time::sleep(Duration::from_millis(10)).await;
            if self.in_flight.count() > 0 {
                quiet_since = Instant::now();
            }
        }
        let left = self.in_flight.count();
        if left > 0 {
            tracing::warn!(exchanges.in_flight = left, "leaving with exchanges under way: the time to drain is over");
        }
    }
}

#[async_trait]
impl ShutdownSignalWatch for WhenIdle {
    async fn recv(&self) -> ShutdownSignal {
        let (Some(mut terminate), Some(mut quit), Some(mut interrupt)) =
            (watch(SignalKind::terminate()), watch(SignalKind::quit()), watch(SignalKind::interrupt()))
        else {
            tracing::error!("signals cannot be heard; only SIGKILL will end this process");
            std::future::pending::<()>().await;
            return ShutdownSignal::FastShutdown;
        };
        tokio::select! {
            _ = interrupt.recv() => return ShutdownSignal::FastShutdown,
            _ = quit.recv() => {
                tracing::info!("SIGQUIT: handing the sockets over");
                self.leaving.begin();
                return ShutdownSignal::GracefulUpgrade;
            }
            _ = terminate.recv() => {}
        }
        tracing::info!(exchanges.in_flight = self.in_flight.count(), "SIGTERM: draining");
        self.leaving.begin();
        tokio::select! {
            () = async { self.idle().await; self.farewell.say().await } => {}
            _ = interrupt.recv() => {}
        }
        ShutdownSignal::FastShutdown
    }
}

fn watch(kind: SignalKind) -> Option<Signal> {
    signal(kind).ok()
}
