//! Which first steps the CRM's own rows show, in one statement.

use tokio_postgres::{Error, GenericClient};

use super::Statements;

/// The names of the steps that are done, as the profile sees them.
pub async fn steps_done(client: &impl GenericClient, crm: &Statements, workspace: &str) -> Result<Vec<String>, Error> {
    let Some(sql) = &crm.steps_done else { return Ok(Vec::new()) };
    client.query(sql, &[&workspace]).await?.iter().map(|row| row.try_get(0)).collect()
}
