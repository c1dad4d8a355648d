//! The CRM's tenants: their names, and making one.

use std::collections::HashMap;

use tokio_postgres::{Error, GenericClient, Transaction, types::ToSql};

use super::Statements;

/// The name of a tenant; `None` if there is no such tenant.
pub async fn tenant_name(client: &impl GenericClient, crm: &Statements, tenant: &str) -> Result<Option<String>, Error> {
    Ok(tenant_names(client, crm, &[tenant.to_owned()]).await?.remove(tenant))
}

/// The names of those of `tenants` that exist.
pub async fn tenant_names(
    client: &impl GenericClient,
    crm: &Statements,
    tenants: &[String],
) -> Result<HashMap<String, String>, Error> {
    let rows = client.query(&crm.tenant_names, &[&tenants]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get::<_, Option<String>>(1)?.unwrap_or_default()))).collect()
}

/// Makes a tenant as the CRM's registration leaves one, less its user and token (rule R5).
pub async fn create_tenant(
    transaction: &Transaction<'_>,
    crm: &Statements,
    id: &str,
    name: &str,
    currency: Option<&str>,
) -> Result<(), Error> {
    let values: [&(dyn ToSql + Sync); 3] = [&id, &name, &currency];
    for statement in &crm.create_tenant {
        let bound = values.get(..statement.parameters).unwrap_or(&values);
        transaction.execute(&statement.sql, bound).await?;
    }
    Ok(())
}
