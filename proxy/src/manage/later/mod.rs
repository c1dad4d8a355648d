//! Taking over what the CRM's later in-app version kept of workspaces, and giving it back.
//!
//! Import: [`read`] its tables → [`plan`](plan::plan), which decides without touching anything → [`apply`] in one
//! transaction. Export: [`export`] prints the SQL that writes its tables.
//!
//! **Invariant:** a plan says of every row that was read what becomes of it: taken, or left with a reason.
//! **Invariant:** nothing of the later version is trusted further than its shape: duplicates count with the lesser role,
//! roles at home are those of the users row, pending invitations arrive expired and their tokens not at all (rule R6).
//! **Deliberately absent:** writing its tables. They belong to the CRM; an operator runs what [`export`] prints.

pub mod apply;
pub mod export;
pub mod looks;
pub mod plan;
pub mod read;
mod roles;

/// The name of a schema that PostgreSQL will take for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaName(String);

impl SchemaName {
    /// `None`: no plain identifier. It stands in statements unquoted by nobody.
    pub fn new(text: &str) -> Option<Self> {
        let mut letters = text.bytes();
        let is_plain = letters.next().is_some_and(|first| first.is_ascii_lowercase() || first == b'_')
            && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_')
            && text.len() <= 63;
        is_plain.then(|| SchemaName(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
