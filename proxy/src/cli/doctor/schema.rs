//! Does schema `annex` stand as this binary knows it, and may the runtime role use it?

use annex_migrations::{MigrationState, SchemaState, Status, latest};

use super::{
    finding::{Finding, causes},
    postgres::Servers,
    roles::cannot_tell,
};

/// The grants as `annex migrate up` states them: one list, so that doctor and migration cannot disagree.
const GRANTS: &str = include_str!("../../../../migrations/grants.sql");

/// Missing, older, newer, edited, damaged, or as it should be; and whether its tables are those of this binary.
pub async fn state(servers: &mut Servers) -> (Vec<Finding>, bool) {
    const QUESTION: &str = "Is schema annex the one that this binary knows?";
    let status = match annex_migrations::status(servers.best()).await {
        Ok(status) => status,
        Err(error) => {
            let finding = Finding::bad(QUESTION, format!("Unknown: {}.", causes(&error)), "annex migrate status");
            return (vec![finding], false);
        }
    };
    let mut findings = of_status(QUESTION, &status);
    if !status.is_current() {
        return (findings, false);
    }
    let Some(owner) = &mut servers.owner else { return (findings, true) };
    let question = "Do the migrations keep their promises?";
    match annex_migrations::verify(owner).await {
        Ok(broken) if broken.is_empty() => findings.push(Finding::ok(question, "Yes.")),
        Ok(broken) => findings.extend(broken.iter().map(|finding| {
            let answer = format!("No: {}: {}.", finding.migration, finding.sentence);
            Finding::bad(question, answer, "undo that change by hand, or restore schema annex from a backup")
        })),
        Err(error) => {
            findings.push(Finding::bad(question, format!("Unknown: {}.", causes(&error)), "annex migrate verify"))
        }
    }
    (findings, true)
}

fn of_status(question: &str, status: &Status) -> Vec<Finding> {
    let passes = "until then Annex passes everything untouched";
    match status.schema {
        SchemaState::Absent => {
            return vec![Finding::bad(question, "It does not exist.", format!("annex migrate up\n{passes}"))];
        }
        SchemaState::Foreign => {
            let answer = "A schema annex stands there without our ledger: it is somebody else's.";
            return vec![Finding::bad(
                question,
                answer,
                "look at what is in it, rename or drop it, then `annex migrate up`",
            )];
        }
        SchemaState::Ours => {}
    }
    if status.is_current() {
        return vec![Finding::ok(question, format!("Yes ({} migrations).", latest()))];
    }
    let told = status.migrations.iter().filter_map(|migration| {
        let name = format!("{:04}_{}", migration.number, migration.name);
        let (answer, remedy) = match &migration.state {
            MigrationState::Applied => return None,
            MigrationState::Pending => (format!("{name} is not applied."), format!("annex migrate up\n{passes}")),
            MigrationState::Edited { file } => (
                format!("{name} was edited after it ran: {file} is another one than the ledger remembers."),
                "use the binary that applied it, or put the file back and write a new migration".to_owned(),
            ),
            MigrationState::HalfApplied { state } => (
                format!("{name} stopped half-way: the ledger says `{state}`."),
                "annex migrate verify\nfinish or undo that step by hand, then set or delete its row".to_owned(),
            ),
            MigrationState::Unknown => (
                format!("{name} is newer than this binary."),
                "use the annex that migrated this database, or a newer one".to_owned(),
            ),
        };
        Some(Finding::bad(question, answer, remedy))
    });
    told.collect()
}

/// Does the runtime role hold what `annex serve` needs inside the schema? The remedy is the exact statements.
pub async fn grants(servers: &Servers) -> Vec<Finding> {
    const QUESTION: &str = "May the runtime role use schema annex?";
    let needed = Needed::read(GRANTS);
    let role = servers.runtime_role.as_str();
    let asked = servers.best().query(MISSING, &[&role, &needed.tables, &needed.privileges, &needed.functions]).await;
    let statements: Result<Vec<String>, _> = asked.and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect());
    match statements {
        Err(error) => vec![cannot_tell(QUESTION, &error)],
        Ok(statements) if statements.is_empty() => vec![Finding::ok(QUESTION, "Yes.")],
        Ok(statements) => {
            let answer =
                format!("No: {role} lacks {} grants; `annex migrate up` states them all, or run:", statements.len());
            vec![Finding::bad(QUESTION, answer, statements.join("\n"))]
        }
    }
}

/// `$1` role; `$2` and `$3` tables and one privilege of each, pairwise; `$4` functions. One statement a row.
const MISSING: &str = "
    select pg_catalog.format('GRANT USAGE ON SCHEMA annex TO %I;', $1::text)
    from pg_catalog.pg_namespace where nspname = 'annex' and not pg_catalog.has_schema_privilege($1::text::name, oid, 'usage')
    union all
    select pg_catalog.format('GRANT %s ON annex.%I TO %I;', pg_catalog.string_agg(upper(w.privilege), ', '), w.name, $1::text)
    from rows from (pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[])) as w (name, privilege)
    join pg_catalog.pg_class as c on c.relname = w.name and c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = 'annex')
    where not pg_catalog.has_table_privilege($1::text::name, c.oid, w.privilege)
    group by w.name
    union all
    select pg_catalog.format('GRANT EXECUTE ON FUNCTION annex.%I(%s) TO %I;', p.proname,
                             pg_catalog.pg_get_function_identity_arguments(p.oid), $1::text)
    from pg_catalog.pg_proc as p
    where p.proname = any($4::text[]) and p.pronamespace = (select oid from pg_catalog.pg_namespace where nspname = 'annex')
      and not pg_catalog.has_function_privilege($1::text::name, p.oid, 'execute')";

/// What `grants.sql` gives the runtime role.
struct Needed {
    /// A table once for each of its privileges.
    tables: Vec<String>,
    privileges: Vec<String>,
    functions: Vec<String>,
}

impl Needed {
    /// Reads the rows `('table', 'select, insert')` and the list behind `p.proname in`.
    fn read(grants: &str) -> Self {
        let mut needed = Needed { tables: Vec::new(), privileges: Vec::new(), functions: Vec::new() };
        for line in grants.lines() {
            let Some(row) = line.trim().strip_prefix("('") else { continue };
            let mut quoted = row.split('\'');
            let (Some(table), Some(privileges)) = (quoted.next(), quoted.nth(1)) else { continue };
            for privilege in privileges.split(',').map(str::trim) {
                needed.tables.push(table.to_owned());
                needed.privileges.push(privilege.to_owned());
            }
        }
        let listed = grants.split("p.proname in (").nth(1).and_then(|rest| rest.split(')').next()).unwrap_or_default();
        needed.functions = listed.split('\'').skip(1).step_by(2).map(str::to_owned).collect();
        needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_grants_is_the_migrations_own() {
        let needed = Needed::read(GRANTS);
        let has = |table: &str, privilege: &str| {
            needed
                .tables
                .iter()
                .zip(&needed.privileges)
                .any(|pair| (pair.0.as_str(), pair.1.as_str()) == (table, privilege))
        };
        assert!(has("workspace_users", "update") && has("schema_migrations", "select"));
        assert!(!has("workspace_users", "delete") && !has("audit_events", "insert"));
        assert!(needed.functions.iter().any(|name| name == "append_audit_event"), "{:?}", needed.functions);
        assert!(needed.functions.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_')));
    }
}
