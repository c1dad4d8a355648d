//! The schema `annex`: it comes and goes without a trace, and what speaks against a run is found first.
//!
//! The owner is `annex_owner`, who may make a schema and read the CRM's tables; the runtime role is `annex_app`.

mod access;
mod audit;
pub(crate) mod changes;
mod damage;
mod fingerprint;
mod refusals;
mod rounds;

use annex_migrations::{UpOptions, up};
use annex_tests::postgres::{Cluster, Database};
use tokio_postgres::Client;
use tokio_postgres::types::FromSqlOwned;

pub(crate) const RUNTIME: &str = "annex_app";

/// A fresh database with the newest schema, and its owner's connection.
pub(crate) async fn migrated(label: &str) -> (Database, Client) {
    let database = Cluster::shared().database(label).await;
    let mut owner = database.connect_as_owner().await;
    up(&mut owner, &for_runtime()).await.expect("a fresh database migrates");
    (database, owner)
}

/// All of `up`, with grants for the runtime role.
pub(crate) fn for_runtime() -> UpOptions {
    UpOptions { runtime_role: Some(RUNTIME.to_owned()), ..UpOptions::default() }
}

/// Runs plain SQL, as an operator would.
pub(crate) async fn sql(client: &Client, text: &str) {
    client.batch_execute(text).await.unwrap_or_else(|error| panic!("`{text}` failed: {}", message(&error)));
}

/// The first value of the only row.
pub(crate) async fn value<T: FromSqlOwned>(client: &Client, query: &str) -> T {
    client.query_one(query, &[]).await.unwrap_or_else(|error| panic!("`{query}` failed: {}", message(&error))).get(0)
}

/// Runs plain SQL that the database must refuse; answers its words.
pub(crate) async fn refusal(client: &Client, text: &str) -> String {
    match client.batch_execute(text).await {
        Ok(()) => panic!("`{text}` was not refused"),
        Err(error) => message(&error),
    }
}

fn message(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
}

/// Everything about schema `annex` that a refused or dry run must leave alone: its objects, and the ledger's rows.
pub(crate) async fn inside(client: &Client) -> String {
    let objects: String = value(
        client,
        "select coalesce(string_agg(pg_describe_object(classid, objid, 0), E'\\n' order by classid, objid), 'no schema')
         from pg_depend where refclassid = 'pg_namespace'::regclass and refobjid = to_regnamespace('annex')",
    )
    .await;
    let ledger: bool = value(client, "select to_regclass('annex.schema_migrations') is not null").await;
    let rows: String = if ledger {
        value(
            client,
            "select coalesce(string_agg(m::text, E'\\n' order by number), '') from annex.schema_migrations as m",
        )
        .await
    } else {
        String::new()
    };
    format!("{objects}\n{rows}")
}
