//! Who stands at the command line, for the audit trail.

use annex_config::Sources;

use crate::ports::{Actor, Trail};

/// By the name that the machine knows: who became root, else who signed in.
pub fn trail(sources: &Sources) -> Trail {
    let named = |wanted: &str| {
        let found = sources.env.iter().find(|(name, value)| name == wanted && !value.is_empty());
        found.map(|(_, value)| value.clone())
    };
    let name = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(named);
    Trail::of(Actor::Operator(name.unwrap_or_else(|| "operator".to_owned())))
}
