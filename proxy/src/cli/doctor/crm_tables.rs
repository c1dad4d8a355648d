//! Do the CRM's tables and columns that the profile names exist, and may the runtime role read them?

use std::collections::BTreeMap;

use annex_config::{Config, CrmDatabase};
use tokio_postgres::error::SqlState;

use super::{
    finding::{Finding, causes},
    postgres::Servers,
    roles::cannot_tell,
};

/// Every table and column that the profile names by itself; relations are tried as they stand.
pub async fn exist(config: &Config, servers: &Servers) -> Vec<Finding> {
    const QUESTION: &str = "Does the CRM have the tables and columns of the profile?";
    const REMEDY: &str = "is this the CRM's database? If its tables changed, change the profile; routes that need them refuse until then";
    let database = &config.profile.database;
    let mut missing = Vec::new();
    for (table, columns) in named(database) {
        match servers.best().query_one(ABSENT, &[&database.schema, &table, &columns]).await {
            Ok(row) => match (row.try_get::<_, bool>(0), row.try_get::<_, Vec<String>>(1)) {
                (Ok(false), _) => missing.push(format!("{}.{table}", database.schema)),
                (Ok(true), Ok(absent)) => {
                    missing.extend(absent.iter().map(|column| format!("{}.{table}.{column}", database.schema)))
                }
                (Err(error), _) | (_, Err(error)) => return vec![cannot_tell(QUESTION, &error)],
            },
            Err(error) => return vec![cannot_tell(QUESTION, &error)],
        }
    }
    if missing.is_empty() {
        return vec![Finding::ok(QUESTION, "Yes.")];
    }
    vec![Finding::bad(QUESTION, format!("No: {} missing.", missing.join(", ")), REMEDY)]
}

const ABSENT: &str = "
    with t as (
        select c.oid from pg_catalog.pg_class as c
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = $1::text and c.relname = $2::text and c.relkind in ('r', 'p', 'v', 'm', 'f'))
    select exists (select from t),
           array(select w.name from pg_catalog.unnest($3::text[]) as w (name)
                 where not exists (select from pg_catalog.pg_attribute as a, t
                                   where a.attrelid = t.oid and a.attname = w.name and a.attnum > 0 and not a.attisdropped))";

/// Tables with the columns that are read by name; those that only relations and statements name have none.
fn named(database: &CrmDatabase) -> BTreeMap<String, Vec<String>> {
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let grants = &database.grants;
    for table in grants.select.iter().chain(&grants.insert).chain(&grants.delete) {
        named.entry(table.clone()).or_default();
    }
    for (table, columns) in grants.select_columns.iter().chain(&grants.update_columns) {
        named.entry(table.clone()).or_default().extend(columns.iter().cloned());
    }
    named.entry(database.users.table.clone()).or_default().extend(users(database));
    named.entry(database.tenants.table.clone()).or_default().extend(tenants(database));
    if let Some(branding) = &database.branding {
        let columns = branding.columns.keys().chain([&branding.tenant]).cloned();
        named.entry(branding.table.clone()).or_default().extend(columns);
    }
    named
}

fn users(database: &CrmDatabase) -> Vec<String> {
    let u = &database.users;
    let columns =
        [&u.id, &u.tenant, &u.email, &u.kind, &u.admin, &u.active, &u.first_name, &u.last_name, &u.profile_image];
    columns.into_iter().cloned().collect()
}

fn tenants(database: &CrmDatabase) -> Vec<String> {
    let t = &database.tenants;
    vec![t.id.clone(), t.name.clone()]
}

/// The grants on the CRM's tables, with the exact statements for those that lack. The users table by its columns: nobody
/// needs to read a password's hash.
pub async fn readable(config: &Config, servers: &Servers) -> Vec<Finding> {
    const QUESTION: &str = "May the runtime role do what it must with the CRM's tables?";
    let database = &config.profile.database;
    let (role, schema) = (servers.runtime_role.as_str(), database.schema.as_str());
    let mut statements = Vec::new();
    let asked = async {
        let row = servers.best().query_opt(USAGE, &[&role, &schema]).await?;
        statements.extend(row.map(|row| row.try_get::<_, String>(0)).transpose()?);
        let users = (&database.users.table, users(database));
        let tenants = (&database.tenants.table, tenants(database));
        let branding = database
            .branding
            .as_ref()
            .map(|branding| ("UPDATE", &branding.table, branding.columns.keys().cloned().collect::<Vec<_>>()));
        let grants = &database.grants;
        let read = [users, tenants].into_iter().chain(by_table(&grants.select_columns));
        let read = read.map(|(table, columns)| ("SELECT", table, columns));
        let changed = by_table(&grants.update_columns).map(|(table, columns)| ("UPDATE", table, columns));
        for (privilege, table, columns) in read.chain(changed).chain(branding) {
            let row = servers.best().query_opt(COLUMNS, &[&role, &schema, table, &columns, &privilege]).await?;
            statements.extend(row.map(|row| row.try_get::<_, String>(0)).transpose()?);
        }
        for (privilege, tables) in [("SELECT", &grants.select), ("INSERT", &grants.insert), ("DELETE", &grants.delete)]
        {
            let row = servers.best().query_opt(TABLES, &[&role, &schema, tables, &privilege]).await?;
            statements.extend(row.map(|row| row.try_get::<_, String>(0)).transpose()?);
        }
        Ok::<_, tokio_postgres::Error>(())
    };
    if let Err(error) = asked.await {
        return vec![cannot_tell(QUESTION, &error)];
    }
    if statements.is_empty() {
        return vec![Finding::ok(QUESTION, "Yes.")];
    }
    vec![Finding::bad(
        QUESTION,
        format!("No: {role} lacks rights. The CRM's owner, or a superuser, runs:"),
        statements.join("\n"),
    )]
}

fn by_table(columns: &BTreeMap<String, Vec<String>>) -> impl Iterator<Item = (&String, Vec<String>)> {
    columns.iter().map(|(table, columns)| (table, columns.clone()))
}

const USAGE: &str = "
    select pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I;', n.nspname, $1::text)
    from pg_catalog.pg_namespace as n
    where n.nspname = $2::text and not pg_catalog.has_schema_privilege($1::text::name, n.oid, 'usage')";

const COLUMNS: &str = "
    select pg_catalog.format('GRANT %s (%s) ON %I.%I TO %I;', $5::text,
                             pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by w.place), $2::text, $3::text, $1::text)
    from pg_catalog.unnest($4::text[]) with ordinality as w (name, place)
    join pg_catalog.pg_namespace as n on n.nspname = $2::text
    join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = $3::text
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attname = w.name and not a.attisdropped
    where not pg_catalog.has_column_privilege($1::text::name, c.oid, a.attnum, $5::text)
    having count(*) > 0";

const TABLES: &str = "
    select pg_catalog.format('GRANT %s ON %s TO %I;', $4::text,
                             pg_catalog.string_agg(pg_catalog.format('%I.%I', n.nspname, c.relname), ', ' order by c.relname), $1::text)
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = $2::text and c.relname = any($3::text[]) and not pg_catalog.has_table_privilege($1::text::name, c.oid, $4::text)
    having count(*) > 0";

/// Every relation is asked once, as the runtime role, about a row that cannot exist.
pub async fn relations(config: &Config, servers: &Servers) -> Vec<Finding> {
    const QUESTION: &str = "Do the profile's relations work?";
    let nobody = "annex-doctor-asks";
    let (mut findings, mut unasked) = (Vec::new(), 0);
    for (name, relation) in &config.profile.relations {
        match servers.runtime.query_one(&relation.sql, &[&nobody, &nobody]).await {
            Ok(_) => {}
            // What lacks a grant was told already, with the statement to run.
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => unasked += 1,
            Err(error) => {
                let answer = format!("`{name}` does not: {}.", causes(&error));
                let remedy = "mend `relations` in the profile; routes that check it refuse until then";
                findings.push(Finding::bad(QUESTION, answer, remedy));
            }
        }
    }
    if unasked > 0 {
        let answer = format!("{unasked} could not be asked: a grant is missing.");
        findings.push(Finding::warn(QUESTION, answer, "run the statements above and ask again"));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(QUESTION, format!("Yes, all {}.", config.profile.relations.len())));
    }
    findings
}

/// What tells the first steps of a workspace, asked once, as the runtime role, about a tenant that cannot exist.
pub async fn first_steps(config: &Config, servers: &Servers) -> Vec<Finding> {
    const QUESTION: &str = "Do the profile's first steps work?";
    let mut findings = Vec::new();
    for (step, sql) in &config.profile.onboarding {
        match servers.runtime.query_one(sql, &[&"annex-doctor-asks"]).await {
            Ok(_) => {}
            Err(error) => {
                let answer = format!("`{step}` does not: {}.", causes(&error));
                let remedy =
                    "mend `onboarding` in the profile, or give the right; until then people say when it is done";
                findings.push(Finding::warn(QUESTION, answer, remedy));
            }
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok(QUESTION, format!("Yes, all {}.", config.profile.onboarding.len())));
    }
    findings
}
