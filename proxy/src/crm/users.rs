//! The CRM's people: free questions, each one statement.

use std::collections::HashMap;

use annex_policy::SystemRole;
use tokio_postgres::{Error, GenericClient, Row};

use super::Statements;

/// A users row, as far as Annex reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: String,
    /// The home workspace.
    pub tenant: String,
    pub email: String,
    pub kind: String,
    /// Whether they administer their tenant.
    pub admin: bool,
    pub active: bool,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub profile_image: Option<String>,
}

/// The user of that id.
pub async fn user_by_id(client: &impl GenericClient, crm: &Statements, id: &str) -> Result<Option<User>, Error> {
    client.query_opt(&crm.user_by_id, &[&id]).await?.as_ref().map(user).transpose()
}

/// The user of that address, compared as the CRM compares it: by case. Two rows are nobody.
pub async fn user_by_email(client: &impl GenericClient, crm: &Statements, email: &str) -> Result<Option<User>, Error> {
    match client.query(&crm.user_by_email, &[&email]).await?.as_slice() {
        [row] => user(row).map(Some),
        _ => Ok(None),
    }
}

/// The users whose own tenant this is, `limit` at most.
pub async fn users_of(
    client: &impl GenericClient,
    crm: &Statements,
    tenant: &str,
    limit: i64,
) -> Result<Vec<User>, Error> {
    client.query(&crm.users_of_tenant, &[&tenant, &limit]).await?.iter().map(user).collect()
}

/// The users of those ids, of those that exist.
pub async fn users_among(client: &impl GenericClient, crm: &Statements, ids: &[String]) -> Result<Vec<User>, Error> {
    client.query(&crm.users_among, &[&ids]).await?.iter().map(user).collect()
}

/// Those of `tenants` that are somebody's home.
pub async fn homes_among(
    client: &impl GenericClient,
    crm: &Statements,
    tenants: &[String],
) -> Result<Vec<String>, Error> {
    client.query(&crm.homes_among, &[&tenants]).await?.iter().map(|row| row.try_get(0)).collect()
}

/// The active natives of a tenant whom the CRM itself makes its administrators.
pub async fn admins_of(client: &impl GenericClient, crm: &Statements, tenant: &str) -> Result<Vec<String>, Error> {
    let rows = client.query(&crm.admins_of_tenant, &[&tenant]).await?;
    let users = rows.iter().map(user).collect::<Result<Vec<_>, _>>()?;
    let natives = users.into_iter().filter(|user| native_role(crm, user, tenant).is_some());
    Ok(natives.map(|user| user.id).collect())
}

/// Whether the person is an active administrator of the whole platform by their users row (rule R10).
pub async fn is_platform_admin(client: &impl GenericClient, crm: &Statements, id: &str) -> Result<bool, Error> {
    let user = user_by_id(client, crm, id).await?;
    Ok(user.is_some_and(|user| user.active && crm.saas_admin_kinds.contains(&user.kind)))
}

/// Whether the person is a client of an agency: never a member of anything (rule R2).
pub fn is_customer(crm: &Statements, user: &User) -> bool {
    crm.customer_kinds.contains(&user.kind)
}

/// Whether the person may be a member of anything: the CRM lets them in, and they are no client.
pub fn may_be_member(crm: &Statements, user: &User) -> bool {
    user.active && !is_customer(crm, user)
}

/// Those of `addresses`, as they are compared, that belong to somebody in this workspace: its natives, and those who
/// joined it. Of people elsewhere it tells nothing.
pub async fn addresses_within(
    client: &impl GenericClient,
    crm: &Statements,
    workspace: &str,
    addresses: &[&str],
) -> Result<Vec<String>, Error> {
    let strangers: Vec<&str> = crm.customer_kinds.iter().chain(&crm.saas_admin_kinds).map(String::as_str).collect();
    let rows = client.query(&crm.addresses_within, &[&workspace, &addresses, &strangers]).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// The users of those addresses, given in lower case, compared without it.
pub async fn owners_of(
    client: &impl GenericClient,
    crm: &Statements,
    addresses: &[String],
) -> Result<Vec<User>, Error> {
    client.query(&crm.owners_of, &[&addresses]).await?.iter().map(user).collect()
}

/// How those of `ids` who exist are called: first and last name.
pub async fn names_among(
    client: &impl GenericClient,
    crm: &Statements,
    ids: &[String],
) -> Result<HashMap<String, String>, Error> {
    let rows = client.query(&crm.names_among, &[&ids]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// The role that a native has by their users row (rule R4); nobody is a native elsewhere, inactive, a customer or an
/// administrator of the platform.
pub fn native_role(crm: &Statements, user: &User, home: &str) -> Option<SystemRole> {
    let elsewhere = user.tenant != home || !user.active;
    if elsewhere || crm.customer_kinds.contains(&user.kind) || crm.saas_admin_kinds.contains(&user.kind) {
        return None;
    }
    Some(if user.admin { SystemRole::Admin } else { SystemRole::Member })
}

fn user(row: &Row) -> Result<User, Error> {
    let text = |name| row.try_get::<_, Option<String>>(name).map(Option::unwrap_or_default);
    Ok(User {
        id: text("id")?,
        tenant: text("tenant")?,
        email: text("email")?,
        kind: text("kind")?,
        admin: row.try_get("admin")?,
        active: row.try_get("active")?,
        first_name: row.try_get("first_name")?,
        last_name: row.try_get("last_name")?,
        profile_image: row.try_get("profile_image")?,
    })
}
