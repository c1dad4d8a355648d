//! Takes what is due to the endpoints of workspaces.
//!
//! One delivery: [`due::take`](crate::store::webhooks::due) → [`sign`] → [`post`] → what became of it, in one statement.
//!
//! **Invariant:** nothing is sent for a workspace whose flag is off: it waits, and is given up with the others in time.
//! **Invariant:** a delivery arrives once or more, never half: the same `webhook-id` and body each time.
//! **Invariant:** however much waits for one workspace, it holds a few of a node's places; what is due to others begins.
//! **Deliberately absent:** order. Whoever needs it reads the time in the payload.

mod post;
mod sign;

use std::{collections::HashMap, hash::Hash, sync::Arc, time::Duration};

use annex_config::WebhookConfig;
use annex_policy::Mode;
use jiff::Timestamp;
use rand::Rng;
use serde_json::json;
use tokio::{sync::watch, task::JoinSet};
use uuid::Uuid;

use crate::{
    keyring::{Keyring, Purpose},
    ports::{Actor, Trail},
    snapshot::SnapshotHub,
    store::{
        PoolError, Postgres,
        audit::{self, Action, Event},
        webhooks::due::{self, Due, Failure},
    },
    telemetry::Metrics,
};

use post::Sent;
pub use post::{Post, PostError};

/// How often the table is asked whether something is due.
const LOOK: Duration = Duration::from_millis(500);

/// How many attempts run at a time, how many of them for one workspace, and how many at one endpoint: who hangs must not
/// hold the others up.
const AT_A_TIME: usize = 16;
const FOR_ONE_WORKSPACE: usize = 4;
const AT_ONE_ENDPOINT: usize = 3;

/// The longest pause between two attempts.
const LONGEST_PAUSE_S: f64 = 6.0 * 3600.0;

/// How soon a workspace that is off is looked at again.
const OFF_PAUSE_S: f64 = 60.0;

/// How often what ended long ago is forgotten.
const FORGET: Duration = Duration::from_secs(3600);

/// What somebody asked for, to see whether it arrives.
const TEST: &str = "webhook.test";

/// Where an attempt runs.
struct Place {
    workspace: String,
    hook: Uuid,
}

/// How many attempts run where.
#[derive(Default)]
struct Busy {
    workspaces: HashMap<String, usize>,
    hooks: HashMap<Uuid, usize>,
}

impl Busy {
    fn enter(&mut self, due: &Due) -> Place {
        *self.workspaces.entry(due.workspace.clone()).or_default() += 1;
        *self.hooks.entry(due.hook).or_default() += 1;
        Place { workspace: due.workspace.clone(), hook: due.hook }
    }

    fn leave(&mut self, place: &Place) {
        release(&mut self.workspaces, &place.workspace);
        release(&mut self.hooks, &place.hook);
    }

    /// Where no other one may begin.
    fn full(&self) -> (Vec<&str>, Vec<Uuid>) {
        let workspaces = self.workspaces.iter().filter(|(_, count)| **count >= FOR_ONE_WORKSPACE);
        let hooks = self.hooks.iter().filter(|(_, count)| **count >= AT_ONE_ENDPOINT);
        (workspaces.map(|(workspace, _)| workspace.as_str()).collect(), hooks.map(|(hook, _)| *hook).collect())
    }
}

fn release<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
    }
    counts.retain(|_, count| *count > 0);
}

/// One node's part of the work.
pub struct Courier {
    postgres: Postgres,
    hub: Arc<SnapshotHub>,
    keyring: Arc<Keyring>,
    metrics: Arc<Metrics>,
    config: WebhookConfig,
    post: Post,
}

impl Courier {
    pub fn new(
        postgres: Postgres,
        hub: Arc<SnapshotHub>,
        keyring: Arc<Keyring>,
        metrics: Arc<Metrics>,
        config: WebhookConfig,
    ) -> Result<Self, PostError> {
        Ok(Courier { postgres, hub, keyring, metrics, config, post: Post::new(&config)? })
    }

    /// Works until `stop` turns true; what is under way then is tried again by whoever comes later.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut under_way: JoinSet<Place> = JoinSet::new();
        let mut busy = Busy::default();
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut forget = tokio::time::interval(FORGET);
        loop {
            tokio::select! {
                _ = stop.changed() => return,
                Some(ended) = under_way.join_next() => {
                    // A panic would leave its place counted; none of our code panics.
                    if let Ok(place) = ended {
                        busy.leave(&place);
                    }
                }
                _ = look.tick() => self.begin(&mut under_way, &mut busy).await,
                _ = forget.tick() => self.forget().await,
            }
        }
    }

    /// Takes as many as there is room for, one by one, so that each is counted before the next is chosen.
    async fn begin(self: &Arc<Self>, under_way: &mut JoinSet<Place>, busy: &mut Busy) {
        // Nothing of ours is on anywhere: the tables may not even be there.
        while under_way.len() < AT_A_TIME && self.hub.current().anything_on {
            let (workspaces, hooks) = busy.full();
            let lease_s = Duration::from_millis(self.config.timeout_ms).as_secs_f64() + 30.0;
            let taken = self.postgres.within(async {
                let client = self.postgres.get().await?;
                Ok(due::take(&**client, &workspaces, &hooks, lease_s).await?)
            });
            let due = match taken.await {
                Ok(Some(due)) => due,
                Ok(None) => return,
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "deliveries cannot be read");
                    return;
                }
            };
            let place = busy.enter(&due);
            let courier = Arc::clone(self);
            under_way.spawn(async move {
                if let Err(error) = courier.deliver(due).await {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "what became of a delivery is not written down"
                    );
                }
                place
            });
        }
    }

    async fn deliver(&self, due: Due) -> Result<(), PoolError> {
        if self.hub.current().evaluate(&due.workspace).mode != Mode::Enforce {
            return self.wait(&due).await;
        }
        let about = due.hook.as_bytes();
        let Some(opened) = self.keyring.open(Purpose::Webhook, about, &due.secret) else {
            return self.fail(&due, Failure { status: None, error: "secret_lost" }).await;
        };
        let previous = due.previous.as_deref().and_then(|sealed| self.keyring.open(Purpose::Webhook, about, sealed));
        let body = due.payload.to_string();
        let secrets = std::iter::once(&opened).chain(&previous).map(|opened| opened.secret.as_slice());
        let headers = sign::headers(&due.id.to_string(), Timestamp::now().as_second(), &body, secrets);
        let sent = self.post.send(&due.url, headers, body).await;
        self.metrics.webhook(sent.label());
        if opened.is_old {
            let sealed = self.keyring.seal(Purpose::Webhook, about, &opened.secret);
            let client = self.postgres.get().await?;
            due::reseal(&**client, &due, &sealed).await?;
        }
        match sent {
            Sent::Arrived(status) => self.arrive(&due, status).await,
            Sent::Refused(status) => self.fail(&due, Failure { status: Some(status), error: "refused" }).await,
            Sent::Failed(error) | Sent::Blocked(error) => self.fail(&due, Failure { status: None, error }).await,
        }
    }

    async fn wait(&self, due: &Due) -> Result<(), PoolError> {
        let is_given_up = self.is_too_old(due.created_at);
        if is_given_up {
            return self.fail(due, Failure { status: None, error: "workspace_off" }).await;
        }
        let client = self.postgres.get().await?;
        Ok(due::postpone(&**client, due, OFF_PAUSE_S).await?)
    }

    async fn arrive(&self, due: &Due, status: i32) -> Result<(), PoolError> {
        self.postgres
            .within(async {
                let client = self.postgres.get().await?;
                Ok(due::arrived(&**client, due, status).await?)
            })
            .await
    }

    async fn fail(&self, due: &Due, failure: Failure) -> Result<(), PoolError> {
        // Whoever tests is there to see that it failed, and asks again.
        let is_last = due.event == TEST || self.is_too_old(due.created_at);
        let pause_s = (!is_last).then(|| self.pause_s(due.attempts));
        self.postgres
            .within(async {
                let mut client = self.postgres.get().await?;
                let transaction = client.transaction().await?;
                let since = due::failed(&transaction, due, failure, pause_s).await?;
                // 410: the other side says that it is gone for good (Standard Webhooks).
                let reason = match (failure.status, since) {
                    (Some(410), _) => Some("gone"),
                    (_, Some(since)) if self.is_too_old(since) && failure.error != "workspace_off" => Some("failing"),
                    _ => None,
                };
                if let Some(reason) = reason
                    && due::disable(&transaction, due.hook, reason).await?
                {
                    let trail = Trail::of(Actor::Annex);
                    let (workspace, hook) = (Some(due.workspace.as_str()), due.hook.to_string());
                    let details = json!({ "reason": reason, "failingSince": since.map(|since| since.to_string()) });
                    let target = ("webhook", hook.as_str());
                    let event = Event { workspace, action: Action::WebhookDisabled, target, details };
                    audit::append(&transaction, &trail, &event).await?;
                }
                Ok(transaction.commit().await?)
            })
            .await
    }

    /// Whether it began longer ago than an endpoint may fail.
    fn is_too_old(&self, began: Timestamp) -> bool {
        let most = i64::from(self.config.disable_after_days).saturating_mul(86_400);
        Timestamp::now().as_second().saturating_sub(began.as_second()) > most
    }

    /// Doubles from the first, a fifth shorter or longer by chance, so that what failed together is not tried together.
    fn pause_s(&self, attempts: i32) -> f64 {
        let first = Duration::from_millis(self.config.first_retry_ms).as_secs_f64();
        let doubled = first * 2f64.powi(attempts.saturating_sub(1).clamp(0, 30));
        doubled.min(LONGEST_PAUSE_S) * rand::rng().random_range(0.8..1.2)
    }

    async fn forget(&self) {
        if !self.hub.current().anything_on {
            return;
        }
        let forgotten = self.postgres.within(async {
            let client = self.postgres.get().await?;
            Ok(due::forget(&**client).await?)
        });
        if let Err(error) = forgotten.await {
            tracing::debug!(error = &error as &dyn std::error::Error, "old deliveries stay");
        }
    }
}
