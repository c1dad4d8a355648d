//! The arrows between rooms (`docs/ARCHITECTURE.md`): who may know whom.

use std::collections::BTreeSet;

use super::{none, read, sources};

/// Which of our crates a crate may depend on.
const CRATES: [(&str, &[&str]); 5] = [
    ("policy", &[]),
    ("config", &["annex-policy"]),
    ("migrations", &[]),
    ("proxy", &["annex-config", "annex-migrations", "annex-policy"]),
    // The product is seen from outside: not even its crate.
    ("tests", &["annex-config", "annex-migrations", "annex-policy"]),
];

/// What every room of the proxy may know: they know nobody in turn, or one of themselves.
const GROUND: [&str; 7] = ["brand", "clock", "coding", "keyring", "ports", "telemetry", "visible"];

/// Which rooms of the proxy a room may know, beside [`GROUND`]. A room stands above all that it knows, so
/// the table has no circle. `store`, `crm` and `manage` implement ports: only `app` and `cli` name them, but
/// that `crm` asks the CRM's tables over the pool of `store`, and `manage` changes rows of both.
const ROOMS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("cli", &["api", "app", "crm", "html", "identity", "mail", "manage", "snapshot", "stage", "store", "ui"]),
    (
        "app",
        &["api", "courier", "crm", "gateway", "html", "identity", "mail", "manage", "snapshot", "stage", "store", "ui"],
    ),
    ("gateway", &["html", "snapshot", "stage"]),
    ("api", &["identity", "snapshot", "stage", "ui"]),
    ("manage", &["crm", "identity", "mail", "snapshot", "store"]),
    ("courier", &["snapshot", "store"]),
    ("crm", &["identity", "snapshot", "store"]),
    ("store", &["identity", "snapshot"]),
    ("stage", &["html", "identity", "snapshot", "ui"]),
    ("ui", &[]),
    ("html", &[]),
    ("snapshot", &["identity"]),
    ("ports", &["brand", "clock", "identity", "snapshot"]),
    ("identity", &[]),
    ("telemetry", &["clock", "ports"]),
    ("brand", &["visible"]),
    ("keyring", &[]),
    ("clock", &[]),
    ("coding", &[]),
    ("mail", &[]),
    ("visible", &[]),
    ("lib", &[]),
];

#[test]
fn a_crate_depends_only_on_those_below_it() {
    let mut broken = Vec::new();
    for (folder, allowed) in CRATES {
        let manifest = read(&format!("{folder}/Cargo.toml"));
        broken.extend(forbidden_crates(&manifest, allowed).map(|name| format!("{folder} depends on {name}")));
    }
    none("the arrows between crates", &broken);
}

#[test]
fn a_room_of_the_proxy_names_only_those_below_it() {
    let mut broken = Vec::new();
    for source in sources() {
        if let Some(file) = source.path.strip_prefix("proxy/src/").filter(|file| file.ends_with(".rs")) {
            broken.extend(forbidden_rooms(file, &source.text));
        }
    }
    none("the arrows between the rooms of the proxy", &broken);
}

/// Statements and calls that change who is a member, and the files that may hold them: everybody else goes through
/// `crm::memberships`, which keeps the CRM's own rows in step.
const CHANGES: [(&str, &[&str]); 6] = [
    ("members::put(", &["proxy/src/crm/memberships.rs"]),
    ("members::end(", &["proxy/src/crm/memberships.rs"]),
    ("members::suspend(", &["proxy/src/crm/memberships.rs"]),
    ("members::resume(", &["proxy/src/crm/memberships.rs"]),
    ("workspaces::create(transaction", &["proxy/src/crm/memberships.rs"]),
    ("insert into annex.workspace_users", &["proxy/src/store/members.rs", "proxy/src/store/workspaces.rs"]),
];

#[test]
fn a_membership_changes_in_one_place() {
    let broken: Vec<String> =
        sources().iter().flat_map(|source| changes_elsewhere(&source.path, &source.text)).collect();
    none("whoever changes a membership goes through crm::memberships", &broken);
    let seen = |text: &str| changes_elsewhere("proxy/src/manage/members.rs", text).len();
    assert_eq!(seen("    members::end(transaction, workspace, user, kind, by).await?;"), 1);
    assert_eq!(seen("    memberships::end(transaction, crm, member, by).await?;"), 0);
}

fn changes_elsewhere(path: &str, text: &str) -> Vec<String> {
    let ours = path.starts_with("proxy/src/") && path.ends_with(".rs");
    let found = CHANGES.iter().filter(|(what, places)| ours && text.contains(what) && !places.contains(&path));
    found.map(|(what, _)| format!("{path}: `{what}`")).collect()
}

#[test]
fn a_forbidden_arrow_is_seen() {
    let manifest = "[dependencies]\nannex-store.workspace = true\nannex-policy = { path = \"x\" }\nannexed = \"1\"\n";
    assert_eq!(forbidden_crates(manifest, &["annex-policy"]).collect::<Vec<_>>(), ["annex-store"]);

    let cases = [
        ("a plain use", "stage/decide.rs", "use crate::store::Postgres;", 1),
        (
            "a group",
            "stage.rs",
            "use crate::{\n    clock,\n    identity::{Principal, store},\n    store::{self, Redis},\n};",
            1,
        ),
        ("a path in the middle of code", "stage/mod.rs", "    let a = crate::crm::find(b);", 1),
        ("a way through the parent", "stage/decide.rs", "use super::super::store::Redis;", 1),
        ("a way through the parent, from the room's own file", "stage/mod.rs", "use super::store::Redis;", 1),
        ("a room that the table does not know", "stage.rs", "use crate::attic::Box;", 1),
        ("a file in a room that the table does not know", "attic/a.rs", "use crate::clock;", 1),
        ("an allowed one", "stage/decide.rs", "use crate::{clock, identity::Principal};", 0),
        ("the room itself", "store/load.rs", "use crate::store::Pool;", 0),
        ("a sibling", "stage/decide.rs", "use super::exchange::Exchange;", 0),
        ("tests beside the code", "stage/mod.rs", "mod tests {\n    use super::*;\n}", 0),
        ("a comment", "stage/mod.rs", "//! Never asks [`crate::store`].\n/// see crate::crm\n", 0),
        ("visibility", "stage/mod.rs", "pub(crate) fn a() {}", 0),
        ("app knows all", "app.rs", "use crate::{store::A, crm::B, gateway::C};", 0),
    ];
    for (rule, file, text, expected) in cases {
        let found = forbidden_rooms(file, text);
        assert_eq!(found.len(), expected, "{rule}: {found:?}");
    }
}

#[test]
fn the_table_of_rooms_has_no_circle() {
    // Whoever knows nobody that is left is taken away; a circle would stay.
    let mut left: Vec<(&str, BTreeSet<&str>)> = ROOMS.iter().map(|(room, _)| (*room, known(room))).collect();
    while let Some(at) = left.iter().position(|(_, knows)| knows.is_empty()) {
        let (gone, _) = left.remove(at);
        for (_, knows) in &mut left {
            knows.remove(gone);
        }
    }
    assert!(left.is_empty(), "rooms that know each other in a circle: {left:?}");
}

/// All that a room may name, by the table.
fn known(room: &str) -> BTreeSet<&'static str> {
    let rows = ROOMS.iter().filter(|(name, _)| *name == room);
    let mut known: BTreeSet<&str> = rows.flat_map(|(_, knows)| knows.iter().copied()).collect();
    // The ground knows only what its own rows say.
    if !GROUND.contains(&room) && !["identity", "snapshot", "lib"].contains(&room) {
        known.extend(GROUND);
    }
    if matches!(room, "identity" | "snapshot") {
        known.insert("clock");
    }
    known
}

fn forbidden_crates<'a>(manifest: &'a str, allowed: &'a [&str]) -> impl Iterator<Item = &'a str> {
    let names = manifest.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
    let ours = names.filter(|name| *name == "annex" || name.starts_with("annex-"));
    ours.filter(|name| !allowed.contains(name))
}

/// What `file` (from `proxy/src`) names against the table.
fn forbidden_rooms(file: &str, text: &str) -> Vec<String> {
    let room = file.split(['/', '.']).next().unwrap_or_default();
    if !ROOMS.iter().any(|(name, _)| *name == room) {
        return vec![format!("{file}: the room `{room}` is not in the table of tests/suites/tidy/rooms.rs")];
    }
    let known = known(room);
    let code = without_comments(text);
    let named = names_after_crate(&code);
    let strangers = named.iter().filter(|name| **name != room && !known.contains(**name));
    let mut broken: Vec<String> = strangers.map(|name| format!("{file}: `{room}` names `{name}`")).collect();
    broken.extend(climbs(file, &code).map(|line| format!("{file}: leaves its room by `{}`", line.trim())));
    broken
}

fn without_comments(text: &str) -> String {
    let code = text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
    code.collect::<Vec<_>>().join("\n")
}

/// The first names of all paths that begin with `crate::`, groups included. Names of items that stand in
/// the crate's own root would begin with a capital letter; there are none.
fn names_after_crate(code: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for (at, start) in code.match_indices("crate::") {
        let rest = &code[at + start.len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(top_level(group)),
            None => found.extend(identifier(rest)),
        }
    }
    found
}

/// The first name of each entry of a group, up to the brace that closes it.
fn top_level(group: &str) -> Vec<&str> {
    let (mut depth, mut begin, mut found) = (0_usize, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.extend(identifier(&group[begin..at]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.extend(identifier(&group[begin..at]));
                begin = at + 1;
            }
            _ => {}
        }
    }
    found
}

fn identifier(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let end = text.find(|character: char| !character.is_ascii_alphanumeric() && character != '_').unwrap_or(text.len());
    Some(&text[..end]).filter(|name| !name.is_empty())
}

/// The lines that go by `super::` up to the crate's root, where other rooms begin.
fn climbs<'a>(file: &str, code: &'a str) -> impl Iterator<Item = &'a str> {
    let components = file.trim_end_matches("/mod.rs").trim_end_matches(".rs").split('/').count();
    let tests_from = code.find("mod tests {").unwrap_or(code.len());
    code.lines().filter(move |line| {
        let position = line.as_ptr() as usize - code.as_ptr() as usize;
        let depth = components + usize::from(position > tests_from);
        line.matches("super::").count() >= depth && line.contains(&"super::".repeat(depth))
    })
}
