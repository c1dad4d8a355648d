//! Parent checks in SQL: one read by primary key each, as the profile wrote it.

use std::{collections::BTreeMap, sync::Arc};

use annex_config::{CrmProfile, Relation};
use async_trait::async_trait;
use tokio_postgres::error::SqlState;

use crate::{
    ports::{self, RelationError},
    store::{PoolError, Postgres},
};

/// The profile's relations over the runtime role's pool.
pub struct Relations {
    profile: Arc<CrmProfile>,
    postgres: Postgres,
}

impl Relations {
    pub fn new(profile: &Arc<CrmProfile>, postgres: Postgres) -> Self {
        Relations { profile: Arc::clone(profile), postgres }
    }

    fn all(&self) -> &BTreeMap<String, Relation> {
        &self.profile.relations
    }
}

#[async_trait]
impl ports::Relations for Relations {
    async fn belongs(&self, relation: &str, id: &str, workspace: &str) -> Result<bool, RelationError> {
        let sql = &self.all().get(relation).ok_or(RelationError::Unknown)?.sql;
        let read = self
            .postgres
            .within(async {
                let client = self.postgres.get().await?;
                let statement = client.prepare_cached(sql).await?;
                let row = client.query_one(&statement, &[&id, &workspace]).await?;
                Ok(row.try_get::<_, bool>(0)?)
            })
            .await;
        read.map_err(|error| match &error {
            PoolError::Statement(refused) if is_unknown(refused.code()) => {
                tracing::error!(relation, error = %refused, "a relation of the profile does not fit this CRM; its routes refuse");
                RelationError::Unknown
            }
            _ => {
                tracing::warn!(relation, error = &error as &dyn std::error::Error, "a parent cannot be checked");
                RelationError::Unavailable
            }
        })
    }
}

fn is_unknown(code: Option<&SqlState>) -> bool {
    [&SqlState::UNDEFINED_TABLE, &SqlState::UNDEFINED_COLUMN, &SqlState::INSUFFICIENT_PRIVILEGE]
        .iter()
        .any(|known| code == Some(known))
}
