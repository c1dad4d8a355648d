//! Which promises of the applied migrations are broken. Silence is health.

use tokio_postgres::{Client, SimpleQueryMessage, Transaction};

use crate::error::{Doing, MigrateError};
use crate::ledger::{self, MigrationState, MigrationStatus, SchemaState};
use crate::list::{MIGRATIONS, Migration};
use crate::session::{Access, begin, require_server};

/// One broken promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The migration whose promise it is, as its folder is called; `ledger` for the ledger itself.
    pub migration: String,
    /// What is wrong, in one sentence without a full stop.
    pub sentence: String,
}

/// Asks every applied migration whether its promises still hold, in one unchanging view of the database. Changes nothing. A migration
/// that is pending promises nothing yet.
///
/// # Errors
/// [`MigrateError::Database`] when the database cannot be asked; damage is a finding, never an error.
pub async fn verify(client: &mut Client) -> Result<Vec<Finding>, MigrateError> {
    require_server(client).await?;
    let status = ledger::status(client).await?;
    let of_ledger = |sentence: &str| vec![Finding { migration: "ledger".to_owned(), sentence: sentence.to_owned() }];
    match status.schema {
        SchemaState::Absent => {
            return Ok(of_ledger("schema annex does not exist; run annex migrate up"));
        }
        SchemaState::Foreign => {
            return Ok(of_ledger("schema annex has no ledger annex.schema_migrations"));
        }
        SchemaState::Ours => {}
    }
    let mut findings: Vec<Finding> = status.migrations.iter().filter_map(of_status).collect();
    let applied: Vec<&Migration> = MIGRATIONS
        .iter()
        .filter(|known| status.migrations.iter().any(|m| m.number == known.number && m.name == known.name && ran(m)))
        .collect();
    for migration in &applied {
        // One transaction each: damage that makes a check itself fail must not hide the next migration's findings.
        let transaction = begin(client, Access::Read).await?;
        findings.extend(verify_one(&transaction, migration, &applied).await?);
    }
    Ok(findings)
}

fn ran(migration: &MigrationStatus) -> bool {
    matches!(migration.state, MigrationState::Applied | MigrationState::Edited { .. })
}

fn of_status(migration: &MigrationStatus) -> Option<Finding> {
    let sentence = match &migration.state {
        MigrationState::Pending | MigrationState::Applied => return None,
        MigrationState::Edited { file } => format!("{file} was edited after it was applied"),
        MigrationState::HalfApplied { state } => {
            format!("stopped half-way: its ledger row says `{state}`")
        }
        MigrationState::Unknown => "stands in the ledger, but this binary does not know it".to_owned(),
    };
    Some(Finding { migration: format!("{:04}_{}", migration.number, migration.name), sentence })
}

/// Runs one verify.sql statement by statement. The catalog's come first; where damage makes a later one impossible, that is a
/// finding only if none explained it before.
pub(crate) async fn verify_one(
    transaction: &Transaction<'_>,
    migration: &Migration,
    applied: &[&Migration],
) -> Result<Vec<Finding>, MigrateError> {
    const DOING: &str = "verify schema annex";
    let redefined: Vec<&str> =
        applied.iter().filter(|later| later.number > migration.number).flat_map(|later| later.redefines()).collect();
    transaction
        .execute("select pg_catalog.set_config('annex.redefined', $1, true)", &[&redefined.join("|")])
        .await
        .doing(DOING)?;

    let finding = |sentence: String| Finding { migration: migration.folder(), sentence };
    let mut findings = Vec::new();
    for statement in statements(migration.verify) {
        match transaction.simple_query(statement).await {
            Ok(messages) => findings.extend(messages.iter().filter_map(sentence).map(finding)),
            // Class 42: a name that the statement needs is gone.
            Err(error) if error.code().is_some_and(|code| code.code().starts_with("42")) => {
                if findings.is_empty() {
                    let cause = error.as_db_error().map_or_else(|| error.to_string(), |db| db.message().to_owned());
                    findings.push(finding(format!("cannot be verified: {cause}")));
                }
                return Ok(findings);
            }
            Err(error) => return Err(error).doing(DOING),
        }
    }
    Ok(findings)
}

/// In a verify.sql, a semicolon at the end of a line ends a statement, and nothing else does.
fn statements(verify: &str) -> impl Iterator<Item = &str> {
    verify.split_inclusive(";\n").filter(|statement| !statement.trim().is_empty())
}

fn sentence(message: &SimpleQueryMessage) -> Option<String> {
    match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }
}
