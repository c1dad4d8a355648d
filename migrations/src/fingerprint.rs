//! What this database looks like outside schema `annex`: the proof that a migration kept its hands to itself.

use std::fmt;

use tokio_postgres::Client;

use crate::error::{Doing, MigrateError};
use crate::list::sha256;
use crate::session::{Access, begin, require_server};

const LINES: &str = include_str!("../fingerprint.sql");

/// Tables, columns, types, defaults, constraints, triggers, indexes, functions, views, sequences, access lists, default privileges,
/// schemas, extensions and settings, one line each; `fingerprint.sql` says what is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// `kind<TAB>name<TAB>definition`, sorted by bytes.
    pub lines: Vec<String>,
    /// Of the lines, each followed by a line feed, in hex.
    pub sha256: String,
}

/// What stands on one side only. Empty on both: the two are the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FingerprintDiff {
    pub gone: Vec<String>,
    pub new: Vec<String>,
}

/// Takes the fingerprint in one unchanging view of the catalog. Changes nothing.
///
/// # Errors
/// [`MigrateError::Database`] when the database cannot be asked.
pub async fn fingerprint(client: &mut Client) -> Result<Fingerprint, MigrateError> {
    const DOING: &str = "take the fingerprint of the database";
    require_server(client).await?;
    let transaction = begin(client, Access::Read).await?;
    let rows = transaction.query(LINES, &[]).await.doing(DOING)?;
    let lines: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get(0)).collect();
    Ok(Fingerprint::of(lines.doing(DOING)?))
}

impl Fingerprint {
    fn of(mut lines: Vec<String>) -> Self {
        lines.sort_unstable();
        let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        Self { sha256: sha256(&text), lines }
    }

    /// From `self`, the earlier, to `later`. A changed definition is one line gone and one new.
    #[must_use]
    pub fn diff(&self, later: &Self) -> FingerprintDiff {
        FingerprintDiff { gone: missing_from(&later.lines, &self.lines), new: missing_from(&self.lines, &later.lines) }
    }
}

impl FingerprintDiff {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.new.is_empty()
    }
}

impl fmt::Display for FingerprintDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.gone.iter().try_for_each(|line| writeln!(f, "- {line}"))?;
        self.new.iter().try_for_each(|line| writeln!(f, "+ {line}"))
    }
}

/// The lines of `all` that `kept` lacks, counting repetitions (two internal triggers may read the same).
fn missing_from(kept: &[String], all: &[String]) -> Vec<String> {
    let mut rest = kept.iter().peekable();
    all.iter()
        .filter(|line| {
            while rest.next_if(|other| other < line).is_some() {}
            rest.next_if(|other| other == line).is_none()
        })
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_both_sides_and_counts_repetitions() {
        let before = Fingerprint::of(["a", "b", "b", "d"].map(String::from).to_vec());
        let after = Fingerprint::of(["b", "c", "a"].map(String::from).to_vec());
        let diff = before.diff(&after);
        assert_eq!(diff.to_string(), "- b\n- d\n+ c\n");
        assert!(before.diff(&before.clone()).is_empty(), "a fingerprint differs from itself");
        assert_ne!(before.sha256, after.sha256);
    }
}
