//! The flag's port over the pool: one transaction each, announced after its commit.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Written, drop_override, list, rollout, set, set_rollout};
use crate::{
    ports::{FlagChange, FlagEntry, Flags, Rollout, RolloutChange, SourceError, Trail},
    store::{
        Postgres,
        announce::{Announcer, Changed},
    },
};

/// The rows of the flag.
pub struct PgFlags {
    postgres: Postgres,
    announcer: Arc<Announcer>,
}

impl PgFlags {
    pub fn new(postgres: Postgres, announcer: Arc<Announcer>) -> Self {
        PgFlags { postgres, announcer }
    }

    /// The beaten field in Redis says nothing any more; it goes so that the same word can be a new decision later.
    async fn tidy_redis(&self, change: &FlagChange, beaten: Option<bool>) {
        let (Some(beaten), Some(redis)) = (beaten, self.announcer.redis()) else { return };
        let Some(mut connection) = redis.live() else { return };
        if let Err(error) = drop_override(&mut connection, &change.scope, Some(beaten)).await {
            tracing::debug!(error = %error, "a beaten override stays in Redis until a node drops it");
        }
    }
}

#[async_trait]
impl Flags for PgFlags {
    async fn list(&self, after: Option<&str>, limit: i64) -> Result<Vec<FlagEntry>, SourceError> {
        let listed = self
            .postgres
            .within(async {
                let client = self.postgres.get().await?;
                Ok(list(&**client, after, limit).await?)
            })
            .await?;
        Ok(listed)
    }

    async fn set(&self, change: &FlagChange, trail: &Trail) -> Result<FlagEntry, SourceError> {
        let Written { entry, beaten } = self
            .postgres
            .within(async {
                let mut client = self.postgres.get().await?;
                let transaction = client.transaction().await?;
                let written = set(&transaction, change, trail).await?;
                transaction.commit().await?;
                Ok(written)
            })
            .await?;
        self.announcer.announce(Changed::Flags).await;
        self.tidy_redis(change, beaten).await;
        Ok(entry)
    }

    async fn rollout(&self) -> Result<Rollout, SourceError> {
        let read = self
            .postgres
            .within(async {
                let client = self.postgres.get().await?;
                Ok(rollout(&**client).await?)
            })
            .await?;
        Ok(read)
    }

    async fn set_rollout(&self, change: &RolloutChange, trail: &Trail) -> Result<Rollout, SourceError> {
        let written = self
            .postgres
            .within(async {
                let mut client = self.postgres.get().await?;
                let transaction = client.transaction().await?;
                let written = set_rollout(&transaction, change, trail).await?;
                transaction.commit().await?;
                Ok(written)
            })
            .await?;
        self.announcer.announce(Changed::Flags).await;
        Ok(written)
    }
}
