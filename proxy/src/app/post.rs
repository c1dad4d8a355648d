//! Mail leaves in the background: woken by a change of this node, and every second for those of others.
//!
//! **Invariant:** no request waits for mail, and mail that fails fails alone. A process that is asked to stop takes no new
//! mail, and ends the one under way: it counts as in flight.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use pingora::{server::ShutdownWatch, services::background::BackgroundService};
use tokio::sync::Notify;

use crate::{
    manage::{Postman, Round},
    stage::{exchange::InFlight, leaving::Leaving},
};

/// How long what another node wrote down may wait.
const LOOK: Duration = Duration::from_secs(1);

/// How often what nobody ended is ended.
const TIDY: Duration = Duration::from_secs(5);

/// The service.
pub struct PostRounds {
    pub postman: Postman,
    pub due: Arc<Notify>,
    pub in_flight: Arc<InFlight>,
    pub leaving: Arc<Leaving>,
}

impl PostRounds {
    async fn empty(&self) {
        while !self.leaving.has_begun() {
            let _under_way = self.in_flight.enter();
            match self.postman.round().await {
                Ok(Round::Done) => {}
                Ok(Round::Idle) => return,
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "the outbox cannot be read");
                    return;
                }
            }
        }
    }
}

#[async_trait]
impl BackgroundService for PostRounds {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        let mut tidied: Option<Instant> = None;
        loop {
            tokio::select! {
                () = self.due.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                _ = shutdown.changed() => return,
            }
            if tidied.is_none_or(|at| at.elapsed() >= TIDY) {
                tidied = Some(Instant::now());
                if let Err(error) = self.postman.tidy().await {
                    tracing::debug!(error = &error as &dyn std::error::Error, "the outbox cannot be tidied");
                }
            }
            self.empty().await;
        }
    }
}
