//! Rows of `refresh_bindings`.
//!
//! **Invariant:** a token enters here as text and leaves as its keyed hash; no statement, log line or error holds it.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Loader, PoolError, Postgres};
use crate::{
    identity::Principal,
    keyring::{Keyring, Purpose},
    ports::{self, SourceError},
};

/// The port over the runtime role's pool.
pub struct PgBindings {
    postgres: Postgres,
    loader: Arc<Loader>,
    keyring: Arc<Keyring>,
}

impl PgBindings {
    pub fn new(postgres: Postgres, loader: Arc<Loader>, keyring: Arc<Keyring>) -> Self {
        PgBindings { postgres, loader, keyring }
    }
}

#[async_trait]
impl ports::Bindings for PgBindings {
    async fn bind(&self, token: &str, owner: &Principal, workspace: &str) -> Result<(), SourceError> {
        let hash = self.keyring.mac(Purpose::RefreshBinding, &[token.as_bytes()]);
        #[allow(clippy::cast_precision_loss, reason = "seconds until the year 9999 fit a double exactly")]
        let expires = owner.expires_at as f64;
        let bound = self.postgres.within(async {
            let client = self.postgres.get().await?;
            client.execute(FORGET_EXPIRED, &[]).await?;
            client.execute(BIND, &[&hash.as_slice(), &&*owner.id, &workspace, &expires]).await?;
            self.loader.binding(&**client, &hash).await.map_err(|_| PoolError::Timeout)
        });
        Ok(bound.await?)
    }

    async fn unbind(&self, token: &str) -> Result<(), SourceError> {
        let hashes = self.keyring.macs(Purpose::RefreshBinding, &[token.as_bytes()]);
        let unbound = self.postgres.within(async {
            let client = self.postgres.get().await?;
            for hash in &hashes {
                client.execute(UNBIND, &[&hash.as_slice()]).await?;
                self.loader.binding(&**client, hash).await.map_err(|_| PoolError::Timeout)?;
            }
            Ok(())
        });
        Ok(unbound.await?)
    }
}

const BIND: &str = "
    insert into annex.refresh_bindings (token_hash, user_id, tenant_id, expires_at)
    values ($1, $2, $3, to_timestamp($4))
    on conflict (token_hash) do update set tenant_id = excluded.tenant_id, bound_at = now()";

const UNBIND: &str = "delete from annex.refresh_bindings where token_hash = $1";

/// A few at a time, so that no switch pays for all.
const FORGET_EXPIRED: &str = "
    delete from annex.refresh_bindings
    where token_hash in (select token_hash from annex.refresh_bindings where expires_at < now() limit 20)";
