//! Everybody in a workspace: rows of ours beside users rows of the CRM, in one statement whatever the size.
//!
//! The order: natives whose role only the users row gives, by id; then whoever has a row, by when they joined. A page goes
//! on from the last key, so that its cost does not grow with its place.
//!
//! **Invariant:** of a users row the profile's named columns are read and no other.
//! **Deliberately absent:** who may see it.

use annex_config::CrmProfile;
use annex_policy::SystemRole;
use jiff::Timestamp;
use tokio_postgres::{Error, GenericClient, Row};
use uuid::Uuid;

use super::{
    Statements, StatementsError,
    statements::{is_person, quoted, table},
};
use crate::{
    ports::{MemberFilter, MemberKey, MemberPerson, Role},
    store::{
        members::{Kind, Status},
        role_of,
    },
};

/// The statements, composed of the profile's names.
#[derive(Debug, Clone)]
pub(super) struct Texts {
    page: String,
}

/// One member, with their role's permissions.
#[derive(Debug, Clone)]
pub struct Entry {
    /// `None`: a native without a row.
    pub membership: Option<Uuid>,
    pub user: String,
    pub kind: Kind,
    pub status: Status,
    /// The role of the row.
    pub role: Option<Role>,
    /// The role that the users row gives a native.
    pub derived: Option<SystemRole>,
    pub is_owner: bool,
    pub invited_by: Option<String>,
    pub joined_at: Option<Timestamp>,
    pub last_accessed_at: Option<Timestamp>,
    pub created_at: Option<Timestamp>,
    /// Changes with what the row allows.
    pub version: i64,
    /// `None`: gone from the CRM.
    pub person: Option<MemberPerson>,
}

impl Entry {
    /// Its place in the list.
    pub fn key(&self) -> MemberKey {
        match self.joined_at {
            None => MemberKey::Derived { user: self.user.clone() },
            Some(joined_at) => MemberKey::Row { joined_at, user: self.user.clone() },
        }
    }
}

impl Texts {
    pub(super) fn new(profile: &CrmProfile) -> Result<Self, StatementsError> {
        let database = &profile.database;
        let users = &database.users;
        let names = [
            ("{person}", is_person(users)?),
            ("{users}", table(&database.schema, &users.table)?),
            ("{id}", quoted(&users.id)?),
            ("{tenant}", quoted(&users.tenant)?),
            ("{email}", quoted(&users.email)?),
            ("{kind}", quoted(&users.kind)?),
            ("{admin}", quoted(&users.admin)?),
            ("{active}", quoted(&users.active)?),
            ("{first}", quoted(&users.first_name)?),
            ("{last}", quoted(&users.last_name)?),
            ("{image}", quoted(&users.profile_image)?),
        ];
        let compose = |text: &str| names.iter().fold(text.to_owned(), |text, (place, name)| text.replace(place, name));
        Ok(Texts { page: compose(PAGE) })
    }
}

/// A part of the list: those whom `filter` wants, after `after`, `limit` at most.
pub async fn page(
    client: &impl GenericClient,
    crm: &Statements,
    workspace: &str,
    filter: &MemberFilter,
    after: Option<&MemberKey>,
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    let statuses: &[&str] = match filter.status {
        None => &["active", "suspended"],
        Some(status) => &[status.name()],
    };
    read(client, crm, workspace, filter, statuses, after, limit).await
}

/// How many one statement of [`everybody`] reads.
const BATCH: i64 = 1000;

/// All there are and were, for an operator: a statement for each 1000 of them.
pub async fn everybody(client: &impl GenericClient, crm: &Statements, workspace: &str) -> Result<Vec<Entry>, Error> {
    let mut all: Vec<Entry> = Vec::new();
    loop {
        let after = all.last().map(Entry::key);
        let batch =
            read(client, crm, workspace, &MemberFilter::default(), &EVERY_STATUS, after.as_ref(), BATCH).await?;
        let is_last = i64::try_from(batch.len()).unwrap_or(i64::MAX) < BATCH;
        all.extend(batch);
        if is_last {
            return Ok(all);
        }
    }
}

const EVERY_STATUS: [&str; 3] = ["active", "suspended", "removed"];

async fn read(
    client: &impl GenericClient,
    crm: &Statements,
    workspace: &str,
    filter: &MemberFilter,
    statuses: &[&str],
    after: Option<&MemberKey>,
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    let (joined_at, user) = match after {
        None => (None, None),
        Some(MemberKey::Derived { user }) => (None, Some(user.as_str())),
        Some(MemberKey::Row { joined_at, user }) => (Some(*joined_at), Some(user.as_str())),
    };
    let query = filter.query.as_ref().map(|query| query.to_lowercase());
    let no_user: Option<&str> = None;
    let rows = client
        .query(
            &crm.roster.page,
            &[&workspace, &joined_at, &user, &limit, &query, &filter.role, &statuses, &no_user, &crm.strange_kinds],
        )
        .await?;
    rows.iter().map(|row| entry(crm, workspace, row)).collect()
}

/// One person, whatever their status; `None`: neither a row nor a native.
pub async fn one(
    client: &impl GenericClient,
    crm: &Statements,
    workspace: &str,
    user: &str,
) -> Result<Option<Entry>, Error> {
    let (no_time, no_text): (Option<Timestamp>, Option<&str>) = (None, None);
    let row = client
        .query_opt(
            &crm.roster.page,
            &[
                &workspace,
                &no_time,
                &no_text,
                &1_i64,
                &no_text,
                &no_text,
                &EVERY_STATUS.as_slice(),
                &Some(user),
                &crm.strange_kinds,
            ],
        )
        .await?;
    row.map(|row| entry(crm, workspace, &row)).transpose()
}

// A person with a row of the other kind than their users row says now has moved house: that row counts nowhere.
const PAGE: &str = "
    select l.*, r.key as role_key, r.name as role_name,
           array(select p.permission from annex.workspace_role_permissions p where p.role_id = l.role_id) as permissions,
           coalesce(l.user_id = (select w.owner_user_id from annex.workspaces w where w.tenant_id = $1), false) as is_owner
    from (
      (select null::uuid as id, u.{id}::text as user_id, 'native' as kind, 'active' as status, null::uuid as role_id,
              null::text as invited_by, null::timestamptz as joined_at, null::timestamptz as last_accessed_at,
              null::timestamptz as created_at, null::bigint as epoch, true as known, u.{tenant}::text as home,
              u.{email}::text as email, u.{kind}::text as user_kind, coalesce(u.{admin}, false) as admin,
              coalesce(u.{active}, false) as active, u.{first}::text as first_name, u.{last}::text as last_name,
              u.{image}::text as profile_image
       from {users} u
       where {person} and u.{tenant} = $1 and u.{active} and not coalesce(u.{kind}::text, '') = any($9)
         and $2::timestamptz is null and ($3::text is null or u.{id} > $3)
         and not exists (select from annex.workspace_users n
                         where n.tenant_id = $1 and n.user_id = u.{id}::text and n.kind = 'native')
         and 'active' = any($7)
         and ($6::text is null or $6 = case when u.{admin} then 'admin' else 'member' end)
         and ($5::text is null or strpos(lower(concat_ws(' ', u.{first}, u.{last}, u.{email})), $5) > 0)
         and ($8::text is null or u.{id} = $8)
       order by u.{id}
       limit $4)
      union all
      (select m.id, m.user_id, m.kind, m.status, m.role_id, m.invited_by, m.joined_at, m.last_accessed_at, m.created_at,
              m.epoch, u.{id} is not null, u.{tenant}::text, u.{email}::text, u.{kind}::text, coalesce(u.{admin}, false),
              coalesce(u.{active}, false), u.{first}::text, u.{last}::text, u.{image}::text
       from annex.workspace_users m
       left join annex.workspace_roles s on s.tenant_id = m.tenant_id and s.id = m.role_id
       left join {users} u on u.{id} = m.user_id
       where m.tenant_id = $1 and m.status = any($7)
         and ($2::timestamptz is null or (m.joined_at, m.user_id) > ($2, $3))
         and (u.{id} is null or (m.kind = 'native') = (u.{tenant}::text = $1))
         and ($6::text is null or s.key = $6)
         and ($5::text is null or strpos(lower(concat_ws(' ', u.{first}, u.{last}, u.{email})), $5) > 0)
         and ($8::text is null or m.user_id = $8)
       order by m.joined_at, m.user_id
       limit $4)
    ) l
    left join annex.workspace_roles r on r.tenant_id = $1 and r.id = l.role_id
    order by l.joined_at nulls first, l.user_id
    limit $4";

fn entry(crm: &Statements, workspace: &str, row: &Row) -> Result<Entry, Error> {
    let admin: bool = row.try_get("admin")?;
    let kind = if row.try_get::<_, &str>("kind")? == "native" { Kind::Native } else { Kind::Joined };
    let person = if row.try_get("known")? { Some(person(row)?) } else { None };
    let is_native = person.as_ref().is_some_and(|person| person.is_active && !crm.is_strange(&person.kind))
        && row.try_get::<_, Option<&str>>("home")? == Some(workspace);
    let derived = is_native.then_some(if admin { SystemRole::Admin } else { SystemRole::Member });
    Ok(Entry {
        membership: row.try_get("id")?,
        user: row.try_get("user_id")?,
        kind,
        status: match row.try_get("status")? {
            "active" => Status::Active,
            "suspended" => Status::Suspended,
            _ => Status::Removed,
        },
        role: role_of(row)?,
        derived,
        is_owner: row.try_get("is_owner")?,
        invited_by: row.try_get("invited_by")?,
        joined_at: row.try_get("joined_at")?,
        last_accessed_at: row.try_get("last_accessed_at")?,
        created_at: row.try_get("created_at")?,
        // Without a row the role is all that changes, and the CRM changes it: one version for each.
        version: row.try_get::<_, Option<i64>>("epoch")?.unwrap_or(i64::from(admin)),
        person,
    })
}

fn person(row: &Row) -> Result<MemberPerson, Error> {
    let text = |name| row.try_get::<_, Option<String>>(name).map(Option::unwrap_or_default);
    Ok(MemberPerson {
        id: text("user_id")?,
        email: text("email")?,
        kind: text("user_kind")?,
        is_active: row.try_get("active")?,
        first_name: row.try_get("first_name")?,
        last_name: row.try_get("last_name")?,
        profile_image: row.try_get("profile_image")?,
    })
}
