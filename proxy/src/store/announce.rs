//! After a commit: in force on this node at once, and told to the others.
//!
//! **Invariant:** a change that was committed is never undone because it could not be announced: PostgreSQL notifies
//! every node by itself, and the heartbeat finds what a notification missed.

use std::sync::Arc;

use super::{LoadError, Loader, Postgres, Redis};
use crate::snapshot::Schema;

/// Makes committed changes known.
pub struct Announcer {
    postgres: Postgres,
    loader: Arc<Loader>,
    redis: Option<Arc<Redis>>,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed<'a> {
    /// Flags, overrides, rollout.
    Flags,
    /// Members, roles or life of this workspace.
    Workspace(&'a str),
}

impl Announcer {
    pub fn new(postgres: Postgres, loader: Arc<Loader>, redis: Option<Arc<Redis>>) -> Self {
        Announcer { postgres, loader, redis }
    }

    /// Returns when this node's snapshot holds the change.
    pub async fn announce(&self, changed: Changed<'_>) {
        let loaded = tokio::time::timeout(self.postgres.patience, self.load(changed)).await;
        match loaded {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a committed change is not loaded yet");
            }
            Err(_) => tracing::warn!("a committed change is not loaded yet: PostgreSQL did not answer in time"),
        }
        if let Some(redis) = &self.redis {
            match changed {
                Changed::Flags => redis.publish("flags").await,
                Changed::Workspace(id) => redis.publish(&format!("ws:{id}")).await,
            }
        }
    }

    /// The live connection to Redis, if there is one.
    pub fn redis(&self) -> Option<&Redis> {
        self.redis.as_deref()
    }

    async fn load(&self, changed: Changed<'_>) -> Result<(), LoadError> {
        // Before the first whole load a part of the truth would look like all of it.
        if self.loader.hub().current().schema != Schema::Ready {
            return Ok(());
        }
        let client = self.postgres.get().await?;
        match changed {
            Changed::Flags => self.loader.flags(&**client).await,
            Changed::Workspace(id) => self.loader.workspace(&**client, id).await,
        }
    }
}
