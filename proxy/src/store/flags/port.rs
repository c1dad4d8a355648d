//! The flag's port over the pool: one transaction each, announced after its commit.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio_postgres::{Error, Transaction};

use super::{Written, drop_override, list, one, rollout, set, set_rollout};
use crate::{
    ports::{Denial, Denied, FlagChange, FlagEntry, Flags, Once, Rollout, RolloutChange, SourceError, Trail},
    store::{
        Postgres,
        announce::{Announcer, Changed},
        idempotency,
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

/// What the same request did before. Without a key there is none.
async fn claim(transaction: &Transaction<'_>, once: Option<&Once>) -> Result<Result<Option<Value>, Denial>, Error> {
    match once {
        Some(once) => Ok(idempotency::claim(transaction, once).await?.done()),
        None => Ok(Ok(None)),
    }
}

/// The answer to a request sent again is read anew, so that nothing of it is kept.
async fn keep(transaction: &Transaction<'_>, once: Option<&Once>) -> Result<(), Error> {
    match once {
        Some(once) => idempotency::keep(transaction, once, &json!({})).await,
        None => Ok(()),
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

    async fn set(&self, change: &FlagChange, once: Option<&Once>, trail: &Trail) -> Result<FlagEntry, Denied> {
        let written = self.postgres.within(async {
            let mut client = self.postgres.get().await?;
            let transaction = client.transaction().await?;
            match claim(&transaction, once).await? {
                Ok(None) => {}
                Ok(Some(_)) => {
                    return Ok(Ok(Written { entry: one(&*transaction, &change.scope).await?, beaten: None }));
                }
                Err(denial) => return Ok(Err(denial)),
            }
            let written = set(&transaction, change, trail).await?;
            keep(&transaction, once).await?;
            transaction.commit().await?;
            Ok(Ok(written))
        });
        let Written { entry, beaten } = written.await.map_err(SourceError::from)??;
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

    async fn set_rollout(&self, change: &RolloutChange, once: Option<&Once>, trail: &Trail) -> Result<Rollout, Denied> {
        let written = self.postgres.within(async {
            let mut client = self.postgres.get().await?;
            let transaction = client.transaction().await?;
            match claim(&transaction, once).await? {
                Ok(None) => {}
                Ok(Some(_)) => return Ok(Ok(rollout(&*transaction).await?)),
                Err(denial) => return Ok(Err(denial)),
            }
            let written = set_rollout(&transaction, change, trail).await?;
            keep(&transaction, once).await?;
            transaction.commit().await?;
            Ok(Ok(written))
        });
        let written = written.await.map_err(SourceError::from)??;
        self.announcer.announce(Changed::Flags).await;
        Ok(written)
    }
}
