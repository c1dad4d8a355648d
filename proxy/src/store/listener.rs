//! Hears of every change within milliseconds, and knows when it does not.
//!
//! A connection of its own LISTENs before it loads, so that no change falls between the two. It asks PostgreSQL a
//! small question a few times a second; the lease runs from the moment each answered question was *sent*.
//!
//! **Invariant:** after a lost connection everything is loaded again before the lease is renewed.

use std::{collections::BTreeSet, future::poll_fn, sync::Arc, time::Duration};

use tokio::sync::{Notify, mpsc, watch};
use tokio_postgres::{AsyncMessage, Client, error::SqlState};

use super::{
    LoadError, Loader,
    postgres::{PoolError, Postgres},
};
use crate::{
    clock,
    telemetry::{Metrics, Source},
};

/// How often PostgreSQL is asked whether it is still there; well within the lease of 2 s.
const HEARTBEAT: Duration = Duration::from_millis(400);

/// How long reading everything may take.
const FIRST_PATIENCE: Duration = Duration::from_secs(30);

/// How long one heartbeat or load may take.
const PATIENCE: Duration = Duration::from_millis(1500);

/// The longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A change that somebody else heard of (Redis, or our own API before it answers).
pub type Changes = mpsc::Sender<String>;

/// Keeps the snapshot true.
pub struct Listener {
    postgres: Postgres,
    loader: Arc<Loader>,
    metrics: Arc<Metrics>,
    loaded: Arc<Notify>,
}

impl Listener {
    pub fn new(postgres: Postgres, loader: Arc<Loader>, metrics: Arc<Metrics>) -> Self {
        Listener { postgres, loader, metrics, loaded: Arc::new(Notify::new()) }
    }

    /// Notified when everything was loaded, or was found to be missing, for the first time.
    pub fn loaded(&self) -> Arc<Notify> {
        Arc::clone(&self.loaded)
    }

    /// Listens until `stop` turns true. Connects again for as long as it takes.
    pub async fn run(&self, mut nudges: mpsc::Receiver<String>, mut stop: watch::Receiver<bool>) {
        let mut pause = Duration::from_millis(50);
        while !*stop.borrow() {
            let heard = tokio::select! {
                heard = self.listen(&mut nudges) => heard,
                _ = stop.changed() => return,
            };
            self.metrics.source(Source::Postgres, false);
            match heard {
                Err(LoadError::SchemaMissing) => {
                    self.loader.schema_missing().await;
                    self.loaded.notify_one();
                    pause = Duration::from_millis(200);
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "PostgreSQL is not heard; flags stay as last known"
                    );
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Ok(()) => pause = Duration::from_millis(50),
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// One connection, from LISTEN to its end.
    async fn listen(&self, nudges: &mut mpsc::Receiver<String>) -> Result<(), LoadError> {
        let (config, tls) = self.postgres.parts();
        let (client, mut connection) = within(async { Ok(config.connect(tls).await?) }).await?;
        let (sender, mut messages) = mpsc::unbounded_channel();
        let driver = tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
                if let AsyncMessage::Notification(note) = message {
                    let _ = sender.send(note.payload().to_owned());
                }
            }
        });
        let driver = Driver(driver);
        let asked_ms = clock::monotonic_ms();
        within(async { Ok(client.batch_execute("listen annex_changed").await?) }).await?;
        check_schema(&client).await?;
        tokio::time::timeout(FIRST_PATIENCE, self.loader.all(&client))
            .await
            .unwrap_or(Err(LoadError::Read(PoolError::Timeout)))?;
        self.loader.hub().heard(asked_ms);
        self.metrics.source(Source::Postgres, true);
        self.loaded.notify_one();
        tracing::info!("flags and workspaces loaded; listening for changes");
        let outcome = self.follow(&client, &mut messages, nudges).await;
        drop(driver);
        outcome
    }

    async fn follow(
        &self,
        client: &Client,
        messages: &mut mpsc::UnboundedReceiver<String>,
        nudges: &mut mpsc::Receiver<String>,
    ) -> Result<(), LoadError> {
        let mut beat = tokio::time::interval(HEARTBEAT);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let mut changed = BTreeSet::new();
            let mut asked_ms = None;
            tokio::select! {
                message = messages.recv() => match message {
                    Some(payload) => drop(changed.insert(payload)),
                    None => return Err(LoadError::Read(PoolError::Timeout)),
                },
                Some(payload) = nudges.recv() => drop(changed.insert(payload)),
                _ = beat.tick() => asked_ms = Some(clock::monotonic_ms()),
            }
            if asked_ms.is_some() {
                check_schema(client).await?;
            }
            // Whatever was committed before the question was asked is in the channel by now: it is read first.
            while let Ok(payload) = messages.try_recv() {
                changed.insert(payload);
            }
            self.reload(client, &changed).await?;
            if let Some(asked_ms) = asked_ms {
                self.loader.hub().heard(asked_ms);
            }
        }
    }

    async fn reload(&self, client: &Client, changed: &BTreeSet<String>) -> Result<(), LoadError> {
        for payload in changed {
            match payload.split_once(':') {
                Some(("ws", id)) => within(self.loader.workspace(client, id)).await?,
                Some(("rb", hash)) => match from_hex(hash) {
                    Some(hash) => within(self.loader.binding(client, &hash)).await?,
                    None => tracing::warn!(payload, "a change of a binding is not understood"),
                },
                _ => within(self.loader.flags(client)).await?,
            }
        }
        Ok(())
    }
}

/// The 32 bytes that `text` writes in hex.
fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> =
        digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    bytes.try_into().ok()
}

/// Ends the task that drives a connection when its user is done with it.
struct Driver(tokio::task::JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn within<T>(question: impl Future<Output = Result<T, LoadError>>) -> Result<T, LoadError> {
    tokio::time::timeout(PATIENCE, question).await.unwrap_or(Err(LoadError::Read(PoolError::Timeout)))
}

const APPLIED: &str = "select coalesce(max(number), 0)::bigint from annex.schema_migrations where state = 'applied'";

/// The heartbeat: is PostgreSQL there, and is the schema the one that this binary knows?
async fn check_schema(client: &Client) -> Result<(), LoadError> {
    within(async {
        match client.query_one(APPLIED, &[]).await {
            Ok(row) => {
                let newest = i64::from(annex_migrations::latest());
                if row.try_get::<_, i64>(0)? < newest { Err(LoadError::SchemaMissing) } else { Ok(()) }
            }
            Err(error) if is_missing(error.code()) => Err(LoadError::SchemaMissing),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

fn is_missing(code: Option<&SqlState>) -> bool {
    [&SqlState::UNDEFINED_TABLE, &SqlState::INVALID_SCHEMA_NAME, &SqlState::INSUFFICIENT_PRIVILEGE]
        .iter()
        .any(|known| code == Some(known))
}
