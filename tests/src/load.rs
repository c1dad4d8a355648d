//! Load in the background, for the suites that break something meanwhile.
//!
//! Promise: bounded (so many tasks, each with one request in flight, against this machine alone),
//! stopped on demand or with its value, and exact: every request is counted once, by its status or
//! as a failure of the transport, and the first few failures are kept.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::http::json::{Answer, Client};

/// How many failures are kept word for word.
const KEPT: usize = 8;
/// Ends a load that a test forgot.
const LONGEST: Duration = Duration::from_secs(300);
/// A pause after a transport failure, so that a refused port is not hammered.
const AFTER_FAILURE: Duration = Duration::from_millis(10);

/// One request that the load repeats.
#[derive(Debug, Clone)]
pub struct Shot {
    /// Who asks, and of whom.
    pub client: Client,
    /// GET, POST, …
    pub method: Method,
    /// With its query.
    pub path: String,
    /// A JSON body.
    pub body: Option<Value>,
}

impl Shot {
    /// A GET.
    pub fn get(client: &Client, path: &str) -> Self {
        Self { client: client.clone(), method: Method::GET, path: path.to_owned(), body: None }
    }
}

/// What happened so far.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests without a whole answer.
    pub transport: u64,
    /// The first answers that were not 2xx and the first transport failures, with their moment.
    pub failures: Vec<String>,
    /// The longest that one request took.
    pub slowest: Duration,
}

impl Tally {
    /// How many requests ended.
    pub fn total(&self) -> u64 {
        self.transport + self.statuses.values().sum::<u64>()
    }

    /// How many ended with this status.
    pub fn status(&self, status: u16) -> u64 {
        self.statuses.get(&status).copied().unwrap_or_default()
    }

    /// How many ended in any other way than with one of `expected`.
    pub fn besides(&self, expected: &[u16]) -> u64 {
        let counted = expected.iter().map(|status| self.status(*status)).sum::<u64>();
        self.total() - counted
    }

    fn count(&mut self, began: Instant, took: Duration, outcome: reqwest::Result<Answer>) {
        self.slowest = self.slowest.max(took);
        let complaint = match outcome {
            Ok(answer) => {
                *self.statuses.entry(answer.status).or_default() += 1;
                (!(200..300).contains(&answer.status)).then(|| format!("{}: {}", answer.status, answer.text))
            }
            Err(error) => {
                self.transport += 1;
                Some(format!("{error:?}"))
            }
        };
        if let Some(complaint) = complaint.filter(|_| self.failures.len() < KEPT) {
            self.failures.push(format!("after {:?}: {complaint}", began.elapsed()));
        }
    }
}

/// Load that runs until it is stopped.
#[derive(Debug)]
pub struct Load {
    stop: Arc<AtomicBool>,
    ended: Arc<AtomicU64>,
    tally: Arc<Mutex<Tally>>,
    tasks: JoinSet<()>,
}

impl Load {
    /// Starts `width` tasks on the current runtime; task `i` repeats shot `i` modulo their number.
    pub fn start(width: usize, shots: &[Shot]) -> Self {
        assert!(!shots.is_empty() && (1..=256).contains(&width), "between 1 and 256 tasks, and something to ask");
        let mut load =
            Self { stop: Arc::default(), ended: Arc::default(), tally: Arc::default(), tasks: JoinSet::new() };
        let began = Instant::now();
        for shot in shots.iter().cycle().take(width).cloned() {
            let (stop, ended, tally) = (load.stop.clone(), load.ended.clone(), load.tally.clone());
            load.tasks.spawn(async move {
                while !stop.load(Ordering::Relaxed) && began.elapsed() < LONGEST {
                    let sent = Instant::now();
                    let outcome = shot.client.try_send(shot.method.clone(), &shot.path, shot.body.clone()).await;
                    let failed = outcome.is_err();
                    tally.lock().unwrap_or_else(PoisonError::into_inner).count(began, sent.elapsed(), outcome);
                    ended.fetch_add(1, Ordering::Relaxed);
                    if failed {
                        tokio::time::sleep(AFTER_FAILURE).await;
                    }
                }
            });
        }
        load
    }

    /// What happened so far.
    pub fn tally(&self) -> Tally {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `count` more requests have ended, so that a phase of a test really saw load.
    pub async fn pass(&self, count: u64) {
        let target = self.ended.load(Ordering::Relaxed) + count;
        let reached = || async { self.ended.load(Ordering::Relaxed) >= target };
        crate::http::eventually(Duration::from_secs(120), &format!("{count} more requests"), reached).await;
    }

    /// Lets every request in flight end, and tells what happened.
    pub async fn stop(mut self) -> Tally {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("a task of the load does not panic");
        }
        self.tally()
    }
}
