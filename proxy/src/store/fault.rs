//! From an error of PostgreSQL to what it means to whoever asked.

use tokio_postgres::error::SqlState;

use super::PoolError;
use crate::ports::SourceError;

impl From<PoolError> for SourceError {
    fn from(error: PoolError) -> Self {
        match &error {
            PoolError::Statement(refused) if !is_passing(refused) => SourceError::Refused(Box::new(error)),
            _ => SourceError::Unavailable(Box::new(error)),
        }
    }
}

impl From<tokio_postgres::Error> for SourceError {
    fn from(error: tokio_postgres::Error) -> Self {
        PoolError::Statement(error).into()
    }
}

/// Whether asking again later may help: the connection broke, the server is busy, leaving or being migrated.
fn is_passing(error: &tokio_postgres::Error) -> bool {
    use std::error::Error as _;
    match error.code() {
        Some(code) => is_passing_state(code),
        None => error.is_closed() || error.source().is_some_and(|source| source.is::<std::io::Error>()),
    }
}

/// Classes of PostgreSQL, appendix A: connection, rollback, resources, prerequisites, intervention, system; and a
/// schema that is not there (yet).
fn is_passing_state(state: &SqlState) -> bool {
    const CLASSES: [&str; 6] = ["08", "40", "53", "55", "57", "58"];
    let missing = [
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::UNDEFINED_COLUMN,
        SqlState::INVALID_SCHEMA_NAME,
    ];
    CLASSES.iter().any(|class| state.code().starts_with(class)) || missing.contains(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_or_missing_server_passes_and_a_refusal_does_not() {
        for passing in ["57P01", "57014", "40001", "40P01", "53300", "55P03", "08006", "42P01", "3F000"] {
            assert!(is_passing_state(&SqlState::from_code(passing)), "{passing}");
        }
        for refused in ["42501", "23505", "22P02", "23514", "42601"] {
            assert!(!is_passing_state(&SqlState::from_code(refused)), "{refused}");
        }
    }
}
