//! The named body guards of a profile.
//!
//! Promise: a guard is written once and named by the routes whose bodies it holds for; one that nothing names is a mistake.

use std::collections::{BTreeMap, HashSet};

use annex_policy::BodyGuard;

use super::reader::{Reader, Said};

/// A guard with the line where it stands.
pub(super) struct NamedGuard {
    pub(super) guard: BodyGuard,
    pub(super) line: u32,
}

pub(super) type Guards = BTreeMap<String, NamedGuard>;

/// Reads `[body.<name>]` tables. `relations` are the names that exist.
pub(super) fn read(table: &Reader<'_>, relations: &HashSet<String>) -> Guards {
    let mut guards = Guards::new();
    for entry in table.all() {
        let crate::document::Value::Table(inner) = &entry.node.value else {
            table.note(
                entry.line,
                format!("`body.{}` is not a table", entry.key),
                "write `[body.<name>]` and its keys below",
            );
            continue;
        };
        let guard = guard(table.of(&format!("body.{}", entry.key), entry.line, inner), relations);
        guards.insert(entry.key.clone(), NamedGuard { guard, line: entry.line });
    }
    guards
}

fn guard(mut table: Reader<'_>, relations: &HashSet<String>) -> BodyGuard {
    let keys = |said: Vec<Said>| said.into_iter().map(|said| said.text.into()).collect();
    let pinned = keys(table.texts("pinned"));
    let forbidden_or_path = keys(table.texts("forbidden_or_path"));
    let foreign_table = table.section("foreign");
    let mut foreign = Vec::new();
    for (key, said) in foreign_table.all_texts() {
        if !relations.contains(&said.text) {
            unknown_relation(&foreign_table, &said, relations);
        }
        foreign.push((key.into(), said.text.into()));
    }
    table.finish();
    BodyGuard { pinned, forbidden_or_path, foreign }
}

pub(super) fn unknown_relation(table: &Reader<'_>, said: &Said, relations: &HashSet<String>) {
    let remedy = match crate::raw::nearest(&said.text, relations.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "define it under `[relations]`".to_owned(),
    };
    table.note(said.line, format!("there is no relation `{}`", said.text), remedy);
}
