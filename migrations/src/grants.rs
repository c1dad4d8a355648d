//! Who may do what inside schema `annex`: `grants.sql`, applied at the end of every `up`.

use tokio_postgres::GenericClient;

use crate::error::{Doing, MigrateError};

const GRANTS: &str = include_str!("../grants.sql");

/// Refuses a runtime role that does not exist, before anything is changed.
pub(crate) async fn require_role(client: &impl GenericClient, role: &str) -> Result<(), MigrateError> {
    const DOING: &str = "look for the runtime role";
    let row = client
        .query_one("select exists (select from pg_catalog.pg_roles where rolname::text = $1)", &[&role])
        .await
        .doing(DOING)?;
    if row.try_get(0).doing(DOING)? { Ok(()) } else { Err(MigrateError::NoSuchRole { role: role.to_owned() }) }
}

/// States the grants anew. The role's name travels as a setting and is quoted by PostgreSQL.
pub(crate) async fn apply(client: &impl GenericClient, runtime_role: Option<&str>) -> Result<(), MigrateError> {
    const DOING: &str = "apply the grants inside schema annex";
    client
        .execute("select pg_catalog.set_config('annex.runtime_role', $1, true)", &[&runtime_role.unwrap_or("")])
        .await
        .doing(DOING)?;
    client.batch_execute(GRANTS).await.doing(DOING)
}
