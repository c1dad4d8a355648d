//! The background that judges, counts and writes down what shadow observed.
//!
//! **Invariant:** nobody on a request's path waits for it. While PostgreSQL is silent the counts wait in bounded memory;
//! what finds no room is lost and counted (`annex_shadow_lost_total`).
//! **Deliberately absent:** exact numbers. A node that is killed, or hands its sockets over, loses what it had not
//! written, a second's worth at most; a commit whose answer was lost counts twice.

use std::{sync::Arc, time::Duration};

use annex_config::Config;
use async_trait::async_trait;
use pingora::{server::ShutdownWatch, services::background::BackgroundService};
use tokio::{
    sync::{Mutex, Notify, mpsc},
    time::{Instant, timeout},
};

use crate::{
    ports::{Directory, ShadowLedger, SourceError},
    stage::shadow::{AtHome, Observation, Tally},
    telemetry::{Lost, Metrics},
};

/// How often counts are written.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a ledger that does not answer is left alone at most.
const PAUSE_MAX: Duration = Duration::from_secs(15);

/// How many counts of a kind one transaction writes.
const CHUNK: usize = 256;

/// How long the last writing may take when the process ends.
const FAREWELL: Duration = Duration::from_secs(3);

/// The last writing of a process that stops. Pingora ends its services without a word, so whoever stops it asks.
#[derive(Default)]
pub struct Farewell {
    asked: Notify,
    done: Notify,
}

impl Farewell {
    /// Until all is written, or it takes too long.
    pub async fn say(&self) {
        self.asked.notify_one();
        if timeout(FAREWELL, self.done.notified()).await.is_err() {
            tracing::warn!("the last of shadow's records are lost: PostgreSQL does not answer");
        }
    }
}

/// Everything that the background needs.
pub struct Shadow {
    pub config: Arc<Config>,
    pub directory: Arc<dyn Directory>,
    pub ledger: Arc<dyn ShadowLedger>,
    pub metrics: Arc<Metrics>,
    pub farewell: Arc<Farewell>,
    /// Taken when it starts.
    pub observations: Mutex<Option<mpsc::Receiver<Observation>>>,
}

impl Shadow {
    async fn note(&self, tally: &mut Tally, observation: Observation) {
        let kept = match observation {
            Observation::Unmapped { route, at_s } => tally.unmapped(route, at_s),
            Observation::AtHome(seen) => match self.judged(tally, &seen).await {
                Ok(()) => Ok(()),
                Err(why) => return self.metrics.shadow_lost(why),
            },
        };
        if kept.is_err() {
            self.metrics.shadow_lost(Lost::TallyFull);
        }
    }

    async fn judged(&self, tally: &mut Tally, seen: &AtHome) -> Result<(), Lost> {
        let derived = match seen.needs_derived_role() {
            true => self.directory.native(&seen.principal).await.map_err(|_| Lost::RoleUnavailable)?,
            false => None,
        };
        let judged = seen.judge(&self.config.profile.routes, derived).ok_or(Lost::NotNative)?;
        self.metrics.shadow_decided(judged.would_be.outcome.effect());
        let unmapped = judged.unmapped.map_or(Ok(()), |route| tally.unmapped(route, seen.sample.at_s));
        let decided = tally.decision(judged.would_be, seen.sample.clone());
        unmapped.and(decided).map_err(|_| Lost::TallyFull)
    }

    /// Writes all there is, chunk by chunk. What PostgreSQL did not take stays.
    async fn write(&self, tally: &mut Tally) -> Result<(), SourceError> {
        while !tally.is_empty() {
            let batch = tally.take(CHUNK);
            match self.ledger.add(&batch).await {
                Ok(()) => {}
                Err(error @ SourceError::Unavailable(_)) => {
                    // It was just taken out, so there is room.
                    let _ = tally.put_back(batch);
                    return Err(error);
                }
                // Writing it again would be refused again.
                Err(error @ SourceError::Refused(_)) => {
                    self.metrics.shadow_lost(Lost::Refused);
                    tracing::error!(error = &error as &dyn std::error::Error, "shadow lost a batch of its records");
                }
            }
        }
        Ok(())
    }

    async fn run(&self, mut observations: mpsc::Receiver<Observation>) {
        let mut tally = Tally::default();
        let mut pause = PAUSE;
        let mut due = Instant::now() + pause;
        loop {
            tokio::select! {
                observation = observations.recv() => match observation {
                    Some(observation) => self.note(&mut tally, observation).await,
                    None => break,
                },
                () = tokio::time::sleep_until(due) => {
                    pause = match self.write(&mut tally).await {
                        Ok(()) => PAUSE,
                        Err(error) => {
                            tracing::warn!(
                                error = &error as &dyn std::error::Error,
                                "shadow's records wait in memory"
                            );
                            (pause * 2).min(PAUSE_MAX)
                        }
                    };
                    due = Instant::now() + pause;
                }
                () = self.farewell.asked.notified() => break,
            }
        }
        observations.close();
        while let Some(observation) = observations.recv().await {
            self.note(&mut tally, observation).await;
        }
        if self.write(&mut tally).await.is_ok() {
            self.farewell.done.notify_one();
        }
    }
}

#[async_trait]
impl BackgroundService for Shadow {
    async fn start(&self, _: ShutdownWatch) {
        if let Some(observations) = self.observations.lock().await.take() {
            self.run(observations).await;
        }
    }
}
