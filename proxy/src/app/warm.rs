//! The background of a running Annex: listens to PostgreSQL, supervises Redis, renews published keys.
//!
//! The public listener waits for the first load, but never long: a database that is down must not keep the CRM's
//! users out.

use std::{sync::Arc, time::Duration};

use annex_config::Config;
use async_trait::async_trait;
use pingora::{
    server::ShutdownWatch,
    services::{ServiceReadyNotifier, background::BackgroundService},
};
use tokio::sync::{Mutex, mpsc};

use super::{App, keys};
use crate::{
    identity::Verifier,
    store::{Changes, Listener, Loader, Postgres, Redis},
};

/// How long the public listener waits for the first load.
const FIRST_LOAD: Duration = Duration::from_secs(2);

/// How often a published key set is read again.
const KEY_RENEWAL: Duration = Duration::from_secs(300);

/// The sources of a running Annex.
pub struct Warm {
    config: Arc<Config>,
    verifier: Arc<Verifier>,
    postgres: Postgres,
    redis: Option<Arc<Redis>>,
    loader: Arc<Loader>,
    listener: Arc<Listener>,
    changes: Changes,
    nudges: Mutex<Option<mpsc::Receiver<String>>>,
}

impl Warm {
    pub fn new(app: &mut App, listener: Listener) -> Self {
        Warm {
            config: Arc::clone(&app.config),
            verifier: Arc::clone(&app.rooms.verifier),
            postgres: app.postgres.clone(),
            redis: app.redis.clone(),
            loader: Arc::clone(&app.loader),
            listener: Arc::new(listener),
            changes: app.changes.0.clone(),
            nudges: Mutex::new(app.changes.1.take()),
        }
    }

    async fn renew_keys(&self) {
        if self.config.credential.jwks.is_none() {
            return std::future::pending().await;
        }
        let mut pause = Duration::from_millis(500);
        loop {
            match keys::fetch(&self.config).await {
                Ok(Some(keys)) => {
                    self.verifier.rotate(keys);
                    pause = KEY_RENEWAL;
                }
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "published keys stay as last known");
                    pause = (pause * 2).min(Duration::from_secs(30));
                }
            }
            tokio::time::sleep(pause).await;
        }
    }
}

#[async_trait]
impl BackgroundService for Warm {
    async fn start_with_ready_notifier(&self, mut shutdown: ShutdownWatch, ready: ServiceReadyNotifier) {
        let Some(nudges) = self.nudges.lock().await.take() else { return };
        let loaded = self.listener.loaded();
        let listening = {
            let (listener, stop) = (Arc::clone(&self.listener), shutdown.clone());
            tokio::spawn(async move { listener.run(nudges, stop).await })
        };
        let supervising = self.redis.clone().map(|redis| {
            let (postgres, loader) = (self.postgres.clone(), Arc::clone(&self.loader));
            let (changes, stop) = (self.changes.clone(), shutdown.clone());
            tokio::spawn(async move { redis.run(postgres, loader, changes, stop).await })
        });
        if tokio::time::timeout(FIRST_LOAD, loaded.notified()).await.is_err() {
            tracing::warn!("starting without PostgreSQL: flags count as off, named workspaces get 503");
        }
        ready.notify_ready();
        tokio::select! {
            () = self.renew_keys() => {}
            _ = shutdown.changed() => {}
        }
        let _ = listening.await;
        if let Some(supervising) = supervising {
            let _ = supervising.await;
        }
    }
}
