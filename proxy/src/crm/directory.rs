//! The CRM's people and tenants over the runtime role's pool.
//!
//! **Invariant:** a users row is remembered 30 s at most: the published bound for what the CRM changes behind us.

use std::{sync::Arc, time::Duration};

use annex_policy::SystemRole;
use async_trait::async_trait;
use moka::sync::Cache;
use tokio_postgres::GenericClient;

use super::{Statements, User, is_platform_admin, may_be_member, native_role, tenant_name, user_by_id};
use crate::{
    identity::{Principal, PrincipalKind},
    ports::{self, SourceError},
    store::{PoolError, Postgres},
};

/// The published bound (rule R4).
const REMEMBERED: Duration = Duration::from_secs(30);

/// How many people are remembered.
const PEOPLE: u64 = 20_000;

/// Asks the CRM's tables.
pub struct Directory {
    postgres: Postgres,
    crm: Arc<Statements>,
    people: Cache<Arc<str>, Option<Arc<User>>>,
}

impl Directory {
    pub fn new(postgres: Postgres, crm: Arc<Statements>) -> Self {
        let people = Cache::builder().max_capacity(PEOPLE).time_to_live(REMEMBERED).build();
        Directory { postgres, crm, people }
    }

    /// The role that a native has now, read with a connection that the caller has anyway, and remembered.
    pub async fn native_now(
        &self,
        client: &impl GenericClient,
        principal: &Principal,
    ) -> Result<Option<SystemRole>, tokio_postgres::Error> {
        if principal.kind != PrincipalKind::Ordinary {
            return Ok(None);
        }
        let user = self.user_now(client, principal).await?;
        Ok(user.and_then(|user| native_role(&self.crm, &user, &principal.home)))
    }

    /// The users row as it is now, read with a connection that the caller has anyway, and remembered.
    pub async fn user_now(
        &self,
        client: &impl GenericClient,
        principal: &Principal,
    ) -> Result<Option<Arc<User>>, tokio_postgres::Error> {
        let user = user_by_id(client, &self.crm, &principal.id).await?.map(Arc::new);
        self.people.insert(Arc::clone(&principal.id), user.clone());
        Ok(user)
    }

    /// [`is_open`](ports::Directory::is_open) as far as it is remembered.
    pub fn remembers_open(&self, principal: &Principal) -> Option<bool> {
        self.people.get(&principal.id).map(|user| self.lets_in(user.as_deref()))
    }

    fn lets_in(&self, user: Option<&User>) -> bool {
        user.is_some_and(|user| may_be_member(&self.crm, user))
    }
}

#[async_trait]
impl ports::Directory for Directory {
    async fn native(&self, principal: &Principal) -> Result<Option<SystemRole>, SourceError> {
        if let Some(user) = self.people.get(&principal.id).filter(|_| principal.kind == PrincipalKind::Ordinary) {
            return Ok(user.and_then(|user| native_role(&self.crm, &user, &principal.home)));
        }
        let asked = self.postgres.within(async {
            let client = self.postgres.get().await?;
            Ok(self.native_now(&**client, principal).await?)
        });
        Ok(asked.await?)
    }

    async fn is_open(&self, principal: &Principal) -> Result<bool, SourceError> {
        if let Some(open) = self.remembers_open(principal) {
            return Ok(open);
        }
        let asked = self.postgres.within(async {
            let client = self.postgres.get().await?;
            let user = self.user_now(&**client, principal).await?;
            Ok::<_, PoolError>(self.lets_in(user.as_deref()))
        });
        Ok(asked.await?)
    }

    async fn is_platform_admin(&self, principal: &Principal) -> Result<bool, SourceError> {
        let asked = self.postgres.within(async {
            let client = self.postgres.get().await?;
            Ok::<_, PoolError>(is_platform_admin(&**client, &self.crm, &principal.id).await?)
        });
        Ok(asked.await?)
    }

    async fn knows_tenant(&self, tenant: &str) -> Result<bool, SourceError> {
        let asked = self.postgres.within(async {
            let client = self.postgres.get().await?;
            Ok::<_, PoolError>(tenant_name(&**client, &self.crm, tenant).await?.is_some())
        });
        Ok(asked.await?)
    }
}
