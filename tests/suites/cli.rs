//! The command line: what it says, what it changes, and how it ends.

mod check;
mod demo;
mod explain;
mod flag;
mod golden;
mod help;
mod later;
mod members;
mod migrate;
mod serve;

use annex_tests::postgres::Database;
use annex_tests::sidecar::{Output, SECRET, annex};

/// Variables as a list of pairs.
pub type Environment = Vec<(String, String)>;

/// What `annex migrate` and `annex flag` need: the two URLs and nothing else.
pub fn databases(database: &Database) -> Environment {
    environment(&[("ANNEX_DATABASE_URL", &database.runtime_url), ("ANNEX_MIGRATE_DATABASE_URL", &database.owner_url)])
}

/// A whole configuration of a CRM that does not run.
pub fn whole(database: &Database) -> Environment {
    let mut all = databases(database);
    all.extend(environment(&[
        ("ANNEX_UPSTREAM", "http://127.0.0.1:9"),
        ("ANNEX_CRM_PROFILE", "nexus"),
        ("ANNEX_CRM_JWT_SECRET", "the-crm-signs-its-tokens-with-this-secret"),
        ("ANNEX_SECRET", SECRET),
    ]));
    all
}

/// With one variable set, or replaced.
pub fn with(mut all: Environment, name: &str, value: &str) -> Environment {
    all.retain(|(existing, _)| existing != name);
    all.push((name.to_owned(), value.to_owned()));
    all
}

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Runs a command that must succeed, and tells its standard output.
pub async fn succeeds(arguments: &[&str], environment: &Environment) -> String {
    let output = annex(arguments, environment).await;
    assert_eq!(output.status, 0, "`annex {}`:\n{}", arguments.join(" "), said(&output));
    output.stdout
}

/// Runs a command that must fail with that status, and tells all that it said.
pub async fn fails(status: i32, arguments: &[&str], environment: &Environment) -> String {
    let output = annex(arguments, environment).await;
    assert_eq!(output.status, status, "`annex {}`:\n{}", arguments.join(" "), said(&output));
    let said = said(&output);
    for (name, value) in environment.iter().filter(|(name, _)| name.contains("SECRET") || name.ends_with("_URL")) {
        assert!(!said.contains(value.as_str()), "`annex {}` prints {name}:\n{said}", arguments.join(" "));
    }
    said
}

/// Asserts that every one of `texts` was said.
#[track_caller]
pub fn says(said: &str, texts: &[&str]) {
    for text in texts {
        assert!(said.contains(text), "it does not say `{text}`:\n{said}");
    }
}

pub fn said(output: &Output) -> String {
    format!("{}{}", output.stdout, output.stderr)
}

/// Everything in the database that a command could change: the catalog outside schema annex, the objects inside, and
/// every row of both.
pub async fn world(database: &Database) -> Vec<String> {
    let mut client = database.connect().await;
    let mut lines = match annex_migrations::fingerprint(&mut client).await {
        Ok(fingerprint) => fingerprint.lines,
        Err(error) => panic!("no fingerprint: {error}"),
    };
    let objects = "SELECT format('%s %s %s', c.relname, c.relkind, c.relacl) FROM pg_class c
                   WHERE c.relnamespace = to_regnamespace('annex') ORDER BY 1";
    let objects = client.query(objects, &[]).await.expect("the objects of schema annex");
    lines.extend(objects.iter().map(|row| row.get::<_, String>(0)));
    let tables = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
                  WHERE schemaname IN ('annex', 'public') ORDER BY 1";
    for row in client.query(tables, &[]).await.expect("the tables") {
        let table: String = row.get(0);
        let digest = format!(
            "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} t"
        );
        let digest: String = client.query_one(&digest, &[]).await.expect("the rows").get(0);
        lines.push(format!("{table} {digest}"));
    }
    lines
}
