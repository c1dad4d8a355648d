//! Whether a workspace has an Admin who can sign in (rule R5): Admin-set ones, and the CRM's own administrators of that
//! tenant whom no row narrows or blocks.
//!
//! **Invariant:** one text says what leading is. A change that is about to be committed, the sweep over all workspaces and
//! the platform's rescue cannot differ in it.

use annex_config::CrmProfile;
use tokio_postgres::{Error, GenericClient};

use super::{
    Statements, StatementsError,
    statements::{is_person, quoted, table},
};

/// The statements, composed of the profile's names.
#[derive(Debug, Clone)]
pub(super) struct Texts {
    has_admin: String,
    orphans: String,
}

impl Texts {
    pub(super) fn new(profile: &CrmProfile) -> Result<Self, StatementsError> {
        let database = &profile.database;
        let users = &database.users;
        let names = [
            // First: it holds names itself.
            ("{leaderless}", LEADERLESS.to_owned()),
            ("{person}", is_person(users)?),
            ("{users}", table(&database.schema, &users.table)?),
            ("{tenants}", table(&database.schema, &database.tenants.table)?),
            ("{tenant_id}", quoted(&database.tenants.id)?),
            ("{id}", quoted(&users.id)?),
            ("{tenant}", quoted(&users.tenant)?),
            ("{kind}", quoted(&users.kind)?),
            ("{admin}", quoted(&users.admin)?),
            ("{active}", quoted(&users.active)?),
        ];
        let compose = |text: &str| names.iter().fold(text.to_owned(), |text, (place, name)| text.replace(place, name));
        Ok(Texts { has_admin: compose(HAS_ADMIN), orphans: compose(ORPHANS) })
    }
}

/// Whether an Admin is left who can sign in.
pub async fn has_admin(client: &impl GenericClient, crm: &Statements, workspace: &str) -> Result<bool, Error> {
    client.query_one(&crm.leading.has_admin, &[&workspace, &crm.strange_kinds, &crm.customer_kinds]).await?.try_get(0)
}

/// Live workspaces without an Admin who can sign in, by id after `after`, `limit` at most. One whose tenant is gone from
/// the CRM has nobody to miss one.
pub async fn orphans(
    client: &impl GenericClient,
    crm: &Statements,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, Error> {
    let rows = client.query(&crm.leading.orphans, &[&after, &crm.strange_kinds, &crm.customer_kinds, &limit]).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

// Of `w.tenant_id`. A row counts while its kind is that of the person's users row: whoever moved house is let in nowhere by
// the old one. Kinds that are natives nowhere lead no home, and customers lead nothing.
const LEADERLESS: &str = "
      not exists (
        select from annex.workspace_users m
        join annex.workspace_roles r on r.tenant_id = m.tenant_id and r.id = m.role_id and r.key = 'admin'
        join {users} u on u.{id} = m.user_id and u.{active}
        where m.tenant_id = w.tenant_id and m.status = 'active' and {person}
          and (m.kind = 'native') = (u.{tenant}::text = m.tenant_id)
          and not coalesce(u.{kind}::text, '') = any(case when m.kind = 'native' then $2::text[] else $3::text[] end))
      and not exists (
        select from {users} u
        where {person} and u.{tenant} = w.tenant_id and u.{active} and u.{admin} and not coalesce(u.{kind}::text, '') = any($2)
          and not exists (select from annex.workspace_users n
                          where n.tenant_id = w.tenant_id and n.user_id = u.{id}::text and n.kind = 'native'))";

const HAS_ADMIN: &str = "
    select not ({leaderless})
    from (values ($1::text)) w (tenant_id)";

const ORPHANS: &str = "
    select w.tenant_id
    from annex.workspaces w
    where w.tenant_id > $1 and w.deleted_at is null and w.purged_at is null
      and exists (select from {tenants} t where t.{tenant_id} = w.tenant_id)
      and {leaderless}
    order by w.tenant_id
    limit $4";
