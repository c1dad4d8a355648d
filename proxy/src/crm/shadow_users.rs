//! Shadow users: the CRM's users rows that members have in a workspace (rule R8, strategy `member_row`).
//!
//! **Invariant:** a users row and what `annex.shadow_users` says of it change in the caller's transaction. One person has
//! one row in one workspace for good: who comes back gets theirs again, and keeps what they wrote.
//! **Invariant:** no password verifies a shadow user's, and one that rests holds no token.
//! **Deliberately absent:** deleting. Tasks and comments name their author; the CRM would lose them.

use annex_config::ClaimValue;
use annex_policy::Asked;
use tokio_postgres::{Error, Transaction, types::ToSql};
use uuid::Uuid;

use super::{
    Statements, User,
    statements::{Bound, ShadowStatements},
    user_by_id,
};
use crate::store::{
    members::{self, Kind, Status},
    shadow_users::{self, ShadowRow},
};

/// Brings a person's row in a workspace to what an event asks.
pub async fn bring(
    transaction: &Transaction<'_>,
    crm: &Statements,
    workspace: &str,
    user: &str,
    asked: Asked,
) -> Result<(), Error> {
    let Some(shadow) = &crm.shadow else { return Ok(()) };
    let row = shadow_users::one(transaction, workspace, user).await?;
    match (asked, row) {
        (Asked::Nothing, _) | (Asked::Rests, None) => Ok(()),
        (Asked::Rests, Some(row)) => rest(transaction, shadow, &row).await,
        (Asked::Stands, row) => stand(transaction, crm, shadow, workspace, user, row).await,
    }
}

/// What [`sync`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Synced {
    pub made: usize,
    pub rested: usize,
}

/// Makes the rows that members lack and deactivates those of whoever is none any more: after the strategy was chosen, or
/// after memberships were written by SQL. Members' rows get their names and roles anew.
pub async fn sync(transaction: &Transaction<'_>, crm: &Statements, workspace: &str) -> Result<Synced, Error> {
    members::lock(transaction, workspace).await?;
    let before = shadow_users::disagreement(transaction, Some(workspace)).await?;
    for (_, user) in &before.left_over {
        bring(transaction, crm, workspace, user, Asked::Rests).await?;
    }
    let rows = members::all(transaction, workspace).await?;
    for row in rows.iter().filter(|row| row.kind == Kind::Joined && row.status == Status::Active) {
        bring(transaction, crm, workspace, &row.user, Asked::Stands).await?;
    }
    let after = shadow_users::disagreement(transaction, Some(workspace)).await?;
    let fewer = |before: &[_], after: &[_]| before.len().saturating_sub(after.len());
    Ok(Synced { made: fewer(&before.lacking, &after.lacking), rested: fewer(&before.left_over, &after.left_over) })
}

/// Deactivates every shadow user that stands. Who they were is in the answer.
pub async fn rest_all(transaction: &Transaction<'_>, crm: &Statements) -> Result<Vec<ShadowRow>, Error> {
    let Some(shadow) = &crm.shadow else { return Ok(Vec::new()) };
    let standing = shadow_users::standing(transaction).await?;
    for row in &standing {
        rest(transaction, shadow, row).await?;
    }
    Ok(standing)
}

async fn stand(
    transaction: &Transaction<'_>,
    crm: &Statements,
    shadow: &ShadowStatements,
    workspace: &str,
    user: &str,
    row: Option<ShadowRow>,
) -> Result<(), Error> {
    // Whoever is gone from the CRM needs no row; nobody can sign in as them.
    let Some(person) = user_by_id(transaction, crm, user).await? else { return Ok(()) };
    let role = members::one(transaction, workspace, user).await?.and_then(|row| row.role);
    let (kind, admin) = shadow.says(role.as_ref().map_or("", |role| role.key.as_str()));
    let id = row.as_ref().map_or_else(|| Uuid::new_v4().to_string(), |row| row.id.clone());
    let address = || format!("{}@{}", Uuid::new_v4().simple(), shadow.mail_domain);
    let email = row.as_ref().map_or_else(address, |row| row.email.clone());
    let User { first_name, last_name, profile_image, .. } = &person;
    let (first_name, last_name) = (first_name.as_deref().unwrap_or_default(), last_name.as_deref().unwrap_or_default());
    let values: [&(dyn ToSql + Sync); 8] =
        [&id, &kind, &admin, &first_name, &last_name, profile_image, &workspace, &email];
    // A row that the CRM deleted behind us is made again, with the id that tasks may still name.
    let stands = row.is_some() && execute(transaction, &shadow.stand, &values).await? > 0;
    if !stands {
        execute(transaction, &shadow.make, &values).await?;
    }
    match row {
        Some(row) => shadow_users::stand(transaction, &row.id).await,
        None => shadow_users::keep(transaction, workspace, user, &id, &email).await,
    }
}

async fn rest(transaction: &Transaction<'_>, shadow: &ShadowStatements, row: &ShadowRow) -> Result<(), Error> {
    let values: [&(dyn ToSql + Sync); 1] = [&row.id];
    execute(transaction, &shadow.rest, &values).await?;
    execute(transaction, &shadow.forget, &values).await?;
    shadow_users::rest(transaction, &row.id).await
}

async fn execute(
    transaction: &Transaction<'_>,
    statement: &Bound,
    values: &[&(dyn ToSql + Sync)],
) -> Result<u64, Error> {
    transaction.execute(&statement.sql, values.get(..statement.parameters).unwrap_or(values)).await
}

impl ShadowStatements {
    /// What the row of a role says: the kind, and whether it administers the tenant. The same as the claims.
    fn says(&self, role: &str) -> (String, bool) {
        let claims = self.roles.by_role(role);
        let kind = match claims.get(&self.claims.kind) {
            Some(ClaimValue::Text(kind)) => kind.clone(),
            Some(ClaimValue::Bool(_)) | None => String::new(),
        };
        (kind, matches!(claims.get(&self.claims.admin), Some(ClaimValue::Bool(true))))
    }
}
