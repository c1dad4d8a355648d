//! Takes what is due to the endpoints of workspaces.
//!
//! One delivery: [`due::take`](crate::store::webhooks::due) → [`sign`] → [`post`] → what became of it, in one statement.
//!
//! **Invariant:** nothing is sent for a workspace whose flag is off: it waits, and is given up with the others in time.
//! **Invariant:** a delivery arrives once or more, never half: the same `webhook-id` and body each time.
//! **Deliberately absent:** order. Whoever needs it reads the time in the payload.

mod post;
mod sign;

use std::{collections::HashMap, sync::Arc, time::Duration};

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

/// How many attempts run at a time, and how many of them at one endpoint: one that hangs must not hold the others up.
const AT_A_TIME: usize = 16;
const AT_ONE_ENDPOINT: usize = 4;

/// The longest pause between two attempts.
const LONGEST_PAUSE_S: f64 = 6.0 * 3600.0;

/// How soon a workspace that is off is looked at again.
const OFF_PAUSE_S: f64 = 60.0;

/// How often what ended long ago is forgotten.
const FORGET: Duration = Duration::from_secs(3600);

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
        let mut under_way: JoinSet<Uuid> = JoinSet::new();
        let mut busy: HashMap<Uuid, usize> = HashMap::new();
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut forget = tokio::time::interval(FORGET);
        loop {
            tokio::select! {
                _ = stop.changed() => return,
                Some(ended) = under_way.join_next() => {
                    // A panic would leave its endpoint counted; none of our code panics.
                    if let Some(count) = ended.ok().and_then(|hook| busy.get_mut(&hook)) {
                        *count = count.saturating_sub(1);
                    }
                    busy.retain(|_, count| *count > 0);
                }
                _ = look.tick() => self.begin(&mut under_way, &mut busy).await,
                _ = forget.tick() => self.forget().await,
            }
        }
    }

    /// Takes as many as there is room for.
    async fn begin(self: &Arc<Self>, under_way: &mut JoinSet<Uuid>, busy: &mut HashMap<Uuid, usize>) {
        let room = AT_A_TIME.saturating_sub(under_way.len()).min(AT_ONE_ENDPOINT);
        // Nothing of ours is on anywhere: the tables may not even be there.
        if room == 0 || !self.hub.current().anything_on {
            return;
        }
        let full: Vec<Uuid> =
            busy.iter().filter(|(_, count)| **count >= AT_ONE_ENDPOINT).map(|(hook, _)| *hook).collect();
        let lease_s = Duration::from_millis(self.config.timeout_ms).as_secs_f64() + 30.0;
        let limit = i64::try_from(room).unwrap_or(1);
        let taken = self.postgres.within(async {
            let client = self.postgres.get().await?;
            Ok(due::take(&**client, &full, lease_s, limit).await?)
        });
        match taken.await {
            Ok(taken) => {
                for due in taken {
                    *busy.entry(due.hook).or_default() += 1;
                    let courier = Arc::clone(self);
                    under_way.spawn(async move {
                        let hook = due.hook;
                        if let Err(error) = courier.deliver(due).await {
                            tracing::warn!(
                                error = &error as &dyn std::error::Error,
                                "what became of a delivery is not written down"
                            );
                        }
                        hook
                    });
                }
            }
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "deliveries cannot be read");
            }
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
        let pause_s = (!self.is_too_old(due.created_at)).then(|| self.pause_s(due.attempts));
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
