//! Do the two roles keep apart, and does nobody look names up in our schema?

use super::{
    finding::{Finding, causes},
    postgres::Servers,
};

/// The runtime role must own nothing: then a hole in Annex cannot rewrite the audit trail.
pub async fn are_apart(servers: &Servers) -> Vec<Finding> {
    const QUESTION: &str = "Do owner and runtime role keep apart?";
    let Some(owner) = &servers.owner_role else { return Vec::new() };
    let role = &servers.runtime_role;
    let powers = match servers.runtime.query_one(POWERS, &[]).await.and_then(|row| row.try_get::<_, Option<String>>(0))
    {
        Ok(powers) => powers,
        Err(error) => return vec![cannot_tell(QUESTION, &error)],
    };
    if owner == role {
        return vec![Finding::warn(
            QUESTION,
            format!(
                "No: `annex serve` and `annex migrate` are both {role}, so the audit trail is not protected from the process that serves."
            ),
            format!(
                "CREATE ROLE annex_app LOGIN PASSWORD '…';\nset ANNEX_DATABASE_URL to annex_app and ANNEX_MIGRATE_DATABASE_URL to {role}, then `annex migrate up`"
            ),
        )];
    }
    match powers {
        None => vec![Finding::ok(QUESTION, format!("Yes: {owner} owns, {role} serves."))],
        Some(powers) => vec![Finding::warn(
            QUESTION,
            format!("{role} may do everything anyway: {powers}."),
            "let a role serve that is neither superuser nor owner of schema annex nor a member of its owner",
        )],
    }
}

const POWERS: &str = "
    select case
        when r.rolsuper then 'it is a superuser'
        when n.nspowner = r.oid then 'it owns schema annex'
        when pg_catalog.pg_has_role(r.oid, n.nspowner, 'member') then 'it is a member of the role that owns schema annex'
    end
    from pg_catalog.pg_roles as r
    left join pg_catalog.pg_namespace as n on n.nspname = 'annex'
    where r.rolname = session_user";

/// With `search_path = annex` as a default, the CRM would find our tables where it means its own.
pub async fn search_path(servers: &Servers) -> Vec<Finding> {
    const QUESTION: &str = "Does anybody look in schema annex by default?";
    let rows = match servers.best().query(DEFAULTS, &[]).await {
        Ok(rows) => rows,
        Err(error) => return vec![cannot_tell(QUESTION, &error)],
    };
    if rows.is_empty() {
        return vec![Finding::ok(QUESTION, "No.")];
    }
    let found =
        rows.iter().filter_map(|row| Some((row.try_get::<_, String>(0).ok()?, row.try_get::<_, String>(1).ok()?)));
    let found =
        found.map(|(whose, reset)| Finding::warn(QUESTION, format!("Yes: `search_path` of {whose} names it."), reset));
    found.collect()
}

const DEFAULTS: &str = "
    select case when s.setrole = 0 then 'database ' || d.datname
                when s.setdatabase = 0 then 'role ' || r.rolname
                else 'role ' || r.rolname || ' in database ' || d.datname end,
           case when s.setrole = 0 then pg_catalog.format('ALTER DATABASE %I RESET search_path;', d.datname)
                when s.setdatabase = 0 then pg_catalog.format('ALTER ROLE %I RESET search_path;', r.rolname)
                else pg_catalog.format('ALTER ROLE %I IN DATABASE %I RESET search_path;', r.rolname, d.datname) end
    from pg_catalog.pg_db_role_setting as s
    left join pg_catalog.pg_database as d on d.oid = s.setdatabase
    left join pg_catalog.pg_roles as r on r.oid = s.setrole
    where (s.setdatabase = 0 or d.datname = pg_catalog.current_database())
      and exists (select from pg_catalog.unnest(s.setconfig) as c (setting) where c.setting ~ '^search_path=.*\\mannex\\M')
    order by 1";

/// The question itself failed.
pub fn cannot_tell(question: &str, error: &tokio_postgres::Error) -> Finding {
    Finding::bad(
        question,
        format!("PostgreSQL does not tell: {}.", causes(error)),
        "ask again; if it stays, look at the server's log",
    )
}
