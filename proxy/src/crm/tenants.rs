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

/// The natives of a tenant, by the role that their users row gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Natives {
    pub admins: i64,
    pub members: i64,
}

/// Tenants by id after `after`, `limit` at most.
pub async fn tenants_after(
    client: &impl GenericClient,
    crm: &Statements,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, Error> {
    client.query(&crm.tenants_after, &[&after, &limit]).await?.iter().map(|row| row.try_get(0)).collect()
}

/// How many natives each of `tenants` has; one without any is left out.
pub async fn natives_by_tenant(
    client: &impl GenericClient,
    crm: &Statements,
    tenants: &[String],
) -> Result<HashMap<String, Natives>, Error> {
    let rows = client.query(&crm.natives_by_tenant, &[&tenants, &crm.strange_kinds]).await?;
    let counted = |row: &tokio_postgres::Row| {
        Ok((row.try_get(0)?, Natives { admins: row.try_get(1)?, members: row.try_get(2)? }))
    };
    rows.iter().map(counted).collect()
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

/// Gives a tenant another name; `false`: the profile does not say how.
pub async fn rename_tenant(
    transaction: &Transaction<'_>,
    crm: &Statements,
    tenant: &str,
    name: &str,
) -> Result<bool, Error> {
    let Some(sql) = &crm.rename_tenant else { return Ok(false) };
    transaction.execute(sql, &[&tenant, &name]).await?;
    Ok(true)
}

/// Deletes a tenant with all that is its own; how many rows the statements named, or `None`: the profile does not say
/// how.
pub async fn purge_tenant(transaction: &Transaction<'_>, crm: &Statements, tenant: &str) -> Result<Option<u64>, Error> {
    if crm.purge_tenant.is_empty() {
        return Ok(None);
    }
    let mut rows = 0;
    for sql in &crm.purge_tenant {
        rows += transaction.execute(sql, &[&tenant]).await?;
    }
    Ok(Some(rows))
}

/// How many people are at home in each of `tenants` and could sign in, `but` left out.
pub async fn natives_in(
    client: &impl GenericClient,
    crm: &Statements,
    tenants: &[String],
    but: &[String],
) -> Result<HashMap<String, i64>, Error> {
    let strangers: Vec<&String> = crm.customer_kinds.iter().chain(&crm.saas_admin_kinds).collect();
    let rows = client.query(&crm.count_natives, &[&tenants, &strangers, &but]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// How many unread notifications a person has in each of `tenants`; `None`: the profile does not say how to count.
pub async fn unread_in(
    client: &impl GenericClient,
    crm: &Statements,
    person: &str,
    tenants: &[String],
) -> Result<Option<HashMap<String, i64>>, Error> {
    let Some(sql) = &crm.unread else { return Ok(None) };
    let rows = client.query(sql, &[&person, &tenants]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, _>>().map(Some)
}
