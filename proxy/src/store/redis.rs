//! Redis: an operator's overrides, and allows that spare PostgreSQL a question. Both may be lost at any moment.
//!
//! One supervised connection (RESP3). It tracks the keys of the flags and hears at once of every change; when it is
//! lost it is made anew, tracking is asked for anew and the overrides are read anew.
//!
//! **Invariant:** an override ends only by a change seen on a live connection; a Redis that came back empty, or was
//! flushed, ends nothing (rule R1).

mod overrides;

use std::{sync::Arc, time::Duration};

use annex_config::RedisConfig;
use arc_swap::ArcSwapOption;
use redis::{
    AsyncConnectionConfig, Client, IntoConnectionInfo, ProtocolVersion, PushInfo, PushKind, RedisError as ClientError,
    Value, aio::MultiplexedConnection,
};
use tokio::sync::{mpsc, watch};

use super::{Changes, Loader, postgres::Postgres};
use crate::telemetry::{Metrics, Source};
use overrides::Seen;

/// What the keys of the flags begin with.
const FLAG_PREFIX: &str = "annex:flags:";

/// The hash of overrides: field = tenant id or `*`, value = `on` or `off`.
pub const FLAG_KEY: &str = "annex:flags:multi_workspace_enabled";

/// Where nodes tell each other of changes, beside PostgreSQL's own notifications.
pub const CHANNEL: &str = "annex:changed";

/// How often a silent connection is asked whether it is still there.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// How long making a connection may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(1);

/// Why Redis cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RedisError {
    #[error("the Redis URL is not understood")]
    Url(#[source] ClientError),
    #[error("Redis does not answer")]
    Command(#[from] ClientError),
    #[error("the connection to Redis ended")]
    Ended,
}

/// A supervised connection. Everybody may ask; nobody waits longer than the configured limit.
pub struct Redis {
    client: Client,
    timeout: Duration,
    connection: ArcSwapOption<MultiplexedConnection>,
    metrics: Arc<Metrics>,
    node: String,
}

impl Redis {
    /// Connects to nothing yet.
    pub fn new(config: &RedisConfig, metrics: Arc<Metrics>, node: String) -> Result<Self, RedisError> {
        let info = config.url.expose_str().into_connection_info().map_err(RedisError::Url)?;
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings)).map_err(RedisError::Url)?;
        Ok(Redis {
            client,
            timeout: Duration::from_millis(config.timeout_ms),
            connection: ArcSwapOption::empty(),
            metrics,
            node,
        })
    }

    /// The live connection, if there is one.
    pub fn live(&self) -> Option<MultiplexedConnection> {
        self.connection.load().as_deref().cloned()
    }

    /// Tells the other nodes of a change; best effort, PostgreSQL tells them too.
    pub async fn publish(&self, payload: &str) {
        if let Some(mut connection) = self.live() {
            let told: Result<i64, _> =
                redis::cmd("PUBLISH").arg(CHANNEL).arg(payload).query_async(&mut connection).await;
            if let Err(error) = told {
                tracing::debug!(error = %error, "a change was not published on Redis");
            }
        }
    }

    /// Supervises the connection until `stop` turns true.
    pub async fn run(
        &self,
        postgres: Postgres,
        loader: Arc<Loader>,
        changes: Changes,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut pause = Duration::from_millis(50);
        while !*stop.borrow() {
            let ended = tokio::select! {
                ended = self.follow(&postgres, &loader, &changes) => ended,
                _ = stop.changed() => return,
            };
            if self.connection.swap(None).is_some() {
                pause = Duration::from_millis(50);
            }
            self.metrics.source(Source::Redis, false);
            if let Err(error) = ended {
                tracing::warn!(error = &error as &dyn std::error::Error, "Redis is lost; overrides stay as last known");
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(1)),
                _ = stop.changed() => return,
            }
        }
    }

    /// One connection, from its first command to its end.
    async fn follow(&self, postgres: &Postgres, loader: &Loader, changes: &Changes) -> Result<(), RedisError> {
        let (sender, mut pushes) = mpsc::unbounded_channel::<PushInfo>();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_PATIENCE))
            .set_response_timeout(Some(self.timeout))
            .set_push_sender(sender);
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let () = redis::cmd("CLIENT")
            .arg(&["TRACKING", "ON", "BCAST", "PREFIX", FLAG_PREFIX])
            .query_async(&mut connection)
            .await?;
        connection.subscribe(CHANNEL).await?;
        let mut seen = Seen::new(postgres, loader, &self.node);
        seen.reconcile(&mut connection, overrides::Cause::Connected).await?;
        self.connection.store(Some(Arc::new(connection.clone())));
        self.metrics.source(Source::Redis, true);
        let mut beat = tokio::time::interval(HEARTBEAT);
        loop {
            tokio::select! {
                push = pushes.recv() => match push.map(|push| heard(&push)) {
                    Some(Heard::FlagsChanged) => seen.reconcile(&mut connection, overrides::Cause::Changed).await?,
                    Some(Heard::Flushed) => seen.reconcile(&mut connection, overrides::Cause::Connected).await?,
                    Some(Heard::Told(payload)) => drop(changes.try_send(payload)),
                    Some(Heard::Nothing) => {}
                    Some(Heard::Disconnected) | None => return Err(RedisError::Ended),
                },
                _ = beat.tick() => {
                    let () = redis::cmd("PING").query_async::<Value>(&mut connection).await.map(drop)?;
                    if seen.is_owing() {
                        seen.reconcile(&mut connection, overrides::Cause::Connected).await?;
                    }
                }
            }
        }
    }
}

/// What a push means to us.
enum Heard {
    FlagsChanged,
    Flushed,
    Told(String),
    Disconnected,
    Nothing,
}

fn heard(push: &PushInfo) -> Heard {
    match push.kind {
        PushKind::Disconnection => Heard::Disconnected,
        // The keys that changed, or nil after FLUSHALL and FLUSHDB.
        PushKind::Invalidate => match push.data.first() {
            Some(Value::Nil) | None => Heard::Flushed,
            Some(_) => Heard::FlagsChanged,
        },
        PushKind::Message => match push.data.get(1) {
            Some(Value::BulkString(payload)) => String::from_utf8(payload.clone()).map_or(Heard::Nothing, Heard::Told),
            _ => Heard::Nothing,
        },
        _ => Heard::Nothing,
    }
}
