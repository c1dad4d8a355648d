//! The SQL that a profile's names make, composed once at start.
//!
//! **Invariant:** every name is quoted as an identifier; every value is a parameter.

use std::collections::BTreeMap;

use annex_config::{
    BrandColumns, BrandValue, ClaimNames, ContextStrategy, CrmProfile, RoleClaims, ShadowProfile, UserColumns,
};

use super::{leading, roster};

/// Why a profile's names make no SQL.
#[derive(Debug, thiserror::Error)]
pub enum StatementsError {
    #[error("`{0}` is not a name that PostgreSQL could have")]
    Name(String),
    #[error("statement {place} of `database.create_tenant` uses more than three parameters")]
    Parameters { place: usize },
}

/// Prepared texts for one CRM.
#[derive(Debug, Clone)]
pub struct Statements {
    pub(super) user_by_id: String,
    pub(super) user_by_email: String,
    pub(super) users_of_tenant: String,
    pub(super) users_among: String,
    pub(super) homes_among: String,
    pub(super) admins_of_tenant: String,
    pub(super) addresses_within: String,
    pub(super) owners_of: String,
    pub(super) names_among: String,
    pub(super) tenant_names: String,
    pub(super) tenants_after: String,
    pub(super) natives_by_tenant: String,
    pub(super) create_tenant: Vec<Bound>,
    pub(super) brand: Option<BrandStatements>,
    /// `$1` a tenant: the names of the first steps that its rows show.
    pub(super) steps_done: Option<String>,
    pub(super) reassign: Vec<String>,
    pub(super) roster: roster::Texts,
    pub(super) leading: leading::Texts,
    pub(super) rename_tenant: Option<String>,
    pub(super) purge_tenant: Vec<String>,
    pub(super) unread: Option<String>,
    pub(super) count_natives: String,
    pub(crate) customer_kinds: Vec<String>,
    pub(crate) saas_admin_kinds: Vec<String>,
    /// Kinds that are natives nowhere.
    pub(super) strange_kinds: Vec<String>,
    pub(super) strategy: ContextStrategy,
    pub(super) shadow: Option<ShadowStatements>,
}

/// Where the CRM keeps what its own documents show.
#[derive(Debug, Clone)]
pub(super) struct BrandStatements {
    pub(super) columns: BTreeMap<String, BrandValue>,
    /// `$1` a tenant: an object of the columns, the row locked.
    pub(super) read: String,
    /// `$1` a tenant, `$2` an object: those columns that it names.
    pub(super) write: String,
}

/// A statement of the profile's own.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub(super) sql: String,
    /// How many of the values that there are it binds, from the first on.
    pub(super) parameters: usize,
}

/// How shadow users are kept; only with the strategy `member_row`.
#[derive(Debug, Clone)]
pub(super) struct ShadowStatements {
    pub(super) mail_domain: String,
    pub(super) make: Bound,
    pub(super) stand: Bound,
    pub(super) rest: Bound,
    pub(super) forget: Bound,
    pub(super) roles: RoleClaims,
    pub(super) claims: ClaimNames,
}

impl Statements {
    /// Whether no person's mail is taken there: the domain of the addresses of shadow users (rule R8).
    pub fn is_nobodys(&self, address: &str) -> bool {
        let domain = address.rsplit_once('@').map(|(_, domain)| domain);
        self.shadow
            .as_ref()
            .is_some_and(|shadow| domain.is_some_and(|domain| domain.eq_ignore_ascii_case(&shadow.mail_domain)))
    }

    pub fn new(profile: &CrmProfile) -> Result<Self, StatementsError> {
        let database = &profile.database;
        let (users, tenants, credential) = (&database.users, &database.tenants, &profile.credential);
        let user_table = table(&database.schema, &users.table)?;
        let (id, tenant) = (quoted(&users.id)?, quoted(&users.tenant)?);
        let person = is_person(users)?;
        let select = format!("select {} from {user_table} u where {person} and", user_columns(users)?);
        let (active, admin, kind) = (quoted(&users.active)?, quoted(&users.admin)?, quoted(&users.kind)?);
        let tenant_table = table(&database.schema, &tenants.table)?;
        let (tenant_id, tenant_name) = (quoted(&tenants.id)?, quoted(&tenants.name)?);
        Ok(Statements {
            user_by_id: format!("{select} u.{id} = $1"),
            user_by_email: format!("{select} u.{} = $1 limit 2", quoted(&users.email)?),
            users_of_tenant: format!("{select} u.{tenant} = $1 order by u.{id} limit $2"),
            users_among: format!("{select} u.{id} = any($1)"),
            homes_among: format!(
                "select distinct u.{tenant}::text from {user_table} u where {person} and u.{tenant} = any($1)"
            ),
            admins_of_tenant: format!("{select} u.{tenant} = $1 and u.{active} and u.{admin}"),
            addresses_within: format!(
                "select lower(u.{email}::text) from {user_table} u
                 where {person} and lower(u.{email}::text) = any($2) and u.{active}
                   and ((u.{tenant} = $1 and not u.{kind}::text = any($3))
                        or u.{id}::text in (select m.user_id from annex.workspace_users m
                                            where m.tenant_id = $1 and m.kind = 'joined' and m.status <> 'removed'))",
                email = quoted(&users.email)?,
                kind = quoted(&users.kind)?,
            ),
            names_among: format!(
                "select u.{id}::text, btrim(concat_ws(' ', u.{first}::text, u.{last}::text))
                 from {user_table} u where u.{id} = any($1)",
                first = quoted(&users.first_name)?,
                last = quoted(&users.last_name)?,
            ),
            owners_of: format!("{select} lower(u.{}::text) = any($1)", quoted(&users.email)?),
            tenant_names: format!(
                "select t.{tenant_id}::text, t.{tenant_name}::text from {tenant_table} t where t.{tenant_id} = any($1)"
            ),
            tenants_after: format!(
                "select t.{tenant_id}::text from {tenant_table} t where t.{tenant_id} > $1 order by t.{tenant_id} limit $2"
            ),
            natives_by_tenant: format!(
                "select u.{tenant}::text, count(*) filter (where u.{admin}), count(*) filter (where not u.{admin})
                 from {user_table} u where {person} and u.{tenant} = any($1) and u.{active} and not u.{kind}::text = any($2)
                 group by u.{tenant}"
            ),
            create_tenant: tenant_statements(&database.create_tenant)?,
            brand: database.branding.as_ref().map(|brand| brand_statements(&database.schema, brand)).transpose()?,
            steps_done: steps_done(&profile.onboarding)?,
            reassign: database.reassign.clone(),
            roster: roster::Texts::new(profile)?,
            leading: leading::Texts::new(profile)?,
            rename_tenant: database.rename_tenant.clone(),
            purge_tenant: database.purge_tenant.clone(),
            unread: database.unread.clone(),
            count_natives: format!(
                "select u.{tenant}::text, count(*) from {user_table} u
                 where {person} and u.{tenant} = any($1) and u.{active} and u.{kind} <> all($2) and u.{id} <> all($3)
                 group by 1"
            ),
            customer_kinds: credential.customer_kinds.clone(),
            saas_admin_kinds: credential.saas_admin_kinds.clone(),
            strange_kinds: [&*credential.customer_kinds, &*credential.saas_admin_kinds].concat(),
            strategy: profile.context.strategy,
            shadow: profile.shadow.as_ref().map(|shadow| shadow_statements(profile, shadow)),
        })
    }

    /// Whether people of that kind are natives nowhere: customers, and administrators of the platform.
    pub(super) fn is_strange(&self, kind: &str) -> bool {
        self.strange_kinds.iter().any(|strange| strange == kind)
    }
}

/// Who of the users table `u` is a person: whom Annex made is nobody, whatever is asked, no native, no admin, no invitee.
pub(super) fn is_person(users: &UserColumns) -> Result<String, StatementsError> {
    let id = quoted(&users.id)?;
    Ok(format!("not exists (select from annex.shadow_users s where s.shadow_user_id = u.{id}::text)"))
}

impl Statements {
    /// Whether the profile says how the CRM's data of a tenant is deleted.
    pub fn can_purge(&self) -> bool {
        !self.purge_tenant.is_empty()
    }
}

fn user_columns(users: &UserColumns) -> Result<String, StatementsError> {
    let texts = [
        (&users.id, "id"),
        (&users.tenant, "tenant"),
        (&users.email, "email"),
        (&users.kind, "kind"),
        (&users.first_name, "first_name"),
        (&users.last_name, "last_name"),
        (&users.profile_image, "profile_image"),
    ];
    let flags = [(&users.admin, "admin"), (&users.active, "active")];
    let mut columns = Vec::new();
    for (name, alias) in texts {
        columns.push(format!("u.{}::text as {alias}", quoted(name)?));
    }
    for (name, alias) in flags {
        columns.push(format!("coalesce(u.{}, false) as {alias}", quoted(name)?));
    }
    Ok(columns.join(", "))
}

fn shadow_statements(profile: &CrmProfile, shadow: &ShadowProfile) -> ShadowStatements {
    let bound = |sql: &String| Bound { sql: sql.clone(), parameters: parameters(sql) };
    ShadowStatements {
        mail_domain: shadow.mail_domain.clone(),
        make: bound(&shadow.make),
        stand: bound(&shadow.stand),
        rest: bound(&shadow.rest),
        forget: bound(&shadow.forget),
        roles: profile.roles.clone(),
        claims: profile.credential.claims.clone(),
    }
}

fn tenant_statements(said: &[String]) -> Result<Vec<Bound>, StatementsError> {
    let statement = |(place, sql): (usize, &String)| match parameters(sql) {
        parameters @ 0..=3 => Ok(Bound { sql: sql.clone(), parameters }),
        _ => Err(StatementsError::Parameters { place: place + 1 }),
    };
    said.iter().enumerate().map(statement).collect()
}

fn brand_statements(schema: &str, brand: &BrandColumns) -> Result<BrandStatements, StatementsError> {
    let (target, tenant) = (table(schema, &brand.table)?, quoted(&brand.tenant)?);
    let (mut pairs, mut sets) = (Vec::new(), Vec::new());
    for name in brand.columns.keys() {
        let (column, key) = (quoted(name)?, literal(name)?);
        pairs.push(format!("{key}, b.{column}"));
        sets.push(format!("{column} = case when $2::jsonb ? {key} then $2::jsonb ->> {key} else b.{column} end"));
    }
    let (pairs, sets) = (pairs.join(", "), sets.join(", "));
    Ok(BrandStatements {
        columns: brand.columns.clone(),
        read: format!("select jsonb_build_object({pairs}) from {target} b where b.{tenant} = $1 for no key update"),
        write: format!("update {target} b set {sets} where b.{tenant} = $1"),
    })
}

fn steps_done(steps: &BTreeMap<String, String>) -> Result<Option<String>, StatementsError> {
    let mut rows = Vec::new();
    for (step, sql) in steps {
        rows.push(format!("({}, ({sql}))", literal(step)?));
    }
    let all = rows.join(", ");
    let sql = format!("select s.step::text from (values {all}) as s (step, done) where s.done");
    Ok((!rows.is_empty()).then_some(sql))
}

/// The highest `$n` of a statement.
fn parameters(sql: &str) -> usize {
    let numbers = sql.split('$').skip(1).filter_map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().ok()
    });
    numbers.max().unwrap_or(0)
}

pub(super) fn table(schema: &str, name: &str) -> Result<String, StatementsError> {
    Ok(format!("{}.{}", quoted(schema)?, quoted(name)?))
}

/// A name as an identifier (PostgreSQL, section 4.1.1): in quotes, a quote doubled.
pub(super) fn quoted(name: &str) -> Result<String, StatementsError> {
    if name.is_empty() || name.len() > 63 || name.contains('\0') {
        return Err(StatementsError::Name(name.to_owned()));
    }
    Ok(format!("\"{}\"", name.replace('"', "\"\"")))
}

/// A name as a text: it is one of the profile's, which are plain.
fn literal(name: &str) -> Result<String, StatementsError> {
    let is_plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain { Ok(format!("'{name}'")) } else { Err(StatementsError::Name(name.to_owned())) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(quoted("users").unwrap(), "\"users\"");
        assert_eq!(quoted("a\"; drop").unwrap(), "\"a\"\"; drop\"");
        for bad in ["", "a\0b", &"x".repeat(64)] {
            assert!(quoted(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_statement_binds_as_many_values_as_it_names() {
        for (sql, wanted) in
            [("values ($1, $2)", 2), ("values ($1, $1)", 1), ("select 1", 0), ("($1,$3,$2)", 3), ("$x", 0)]
        {
            assert_eq!(parameters(sql), wanted, "{sql}");
        }
        assert!(tenant_statements(&["insert into t values ($4)".to_owned()]).is_err());
    }
}
