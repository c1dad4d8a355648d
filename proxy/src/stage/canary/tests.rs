//! What is found in an answer and what is not, however its bytes are cut.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, LazyLock};

use annex_config::{CrmProfile, shipped_profile};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::scan::{Finding, Scanner, Sign};
use crate::snapshot::{Life, Snapshot, Workspace};

const HERE: &str = "workspace-a";
const THERE: &str = "workspace-b";
const GUEST: &str = "guest-1";

fn snapshot() -> Arc<Snapshot> {
    let mut snapshot = Snapshot::unknown(false, true);
    for id in [HERE, THERE] {
        snapshot.workspaces.insert(id.into(), Workspace { sponsor: None, epoch: 1, life: Life::Alive });
    }
    snapshot.guests.insert(GUEST.into());
    Arc::new(snapshot)
}

fn found(text: &[u8], step: usize) -> Option<Finding> {
    static PROFILE: LazyLock<Arc<CrmProfile>> = LazyLock::new(|| Arc::new(shipped_profile("nexus").unwrap().unwrap()));
    let mut scanner = Scanner::new(Arc::clone(&PROFILE), snapshot(), HERE.into());
    for piece in text.chunks(step.max(1)) {
        scanner.feed(piece);
    }
    scanner.end();
    scanner.finding().cloned()
}

#[track_caller]
fn holds(name: &str, text: &str, wanted: Option<(Sign, &str)>) {
    let wanted = wanted.map(|(sign, tenant)| Finding { sign, tenant: tenant.into() });
    for step in [1, 2, 3, 5, 7, 64, 10_000] {
        assert_eq!(found(text.as_bytes(), step), wanted, "{name}: {text} in pieces of {step}");
    }
}

#[test]
fn a_tenant_field_that_says_another_tenant_is_found() {
    let other = Some((Sign::Field, "elsewhere"));
    for (name, text) in [
        ("at the top", r#"{"tenantId":"elsewhere"}"#),
        ("by its other name", r#"{"tenant_id":"elsewhere"}"#),
        ("in a list", r#"[{"tenantId":"workspace-a"},{"id":"1","tenantId":"elsewhere"}]"#),
        ("deep inside", r#"{"a":[{"b":{"c":[[{"tenantId":"elsewhere"}]]}}]}"#),
        ("between white space", "{ \"tenantId\" \n:\t \"elsewhere\" }"),
        ("with escapes in the value", r#"{"tenantId":"\u0065lsewhere"}"#),
        ("with escapes in the key", r#"{"ten\u0061ntId":"elsewhere"}"#),
        ("behind a string with quotes", r#"{"a":"\\\"tenantId\":","tenantId":"elsewhere"}"#),
        ("in an array", r#"{"tenantId":["workspace-a","elsewhere"]}"#),
        ("in an object that does not close", r#"{"tenantId":"elsewhere","a":["#),
        ("the second time", r#"{"tenantId":"workspace-a","tenantId":"elsewhere"}"#),
        ("in a comment's author", r#"[{"id":"1","user":{"id":"somebody","tenantId":"elsewhere"}}]"#),
        ("beside a guest's row", r#"[{"id":"1","tenantId":"elsewhere","user":{"id":"guest-1"}}]"#),
        ("below a guest's row", r#"{"id":"guest-1","tasks":[{"id":"t","tenantId":"elsewhere"}]}"#),
    ] {
        holds(name, text, other);
    }
    holds("as a number", r#"{"tenantId":42}"#, Some((Sign::Field, "42")));
}

#[test]
fn another_workspaces_id_is_found_wherever_it_stands() {
    let other = Some((Sign::KnownId, THERE));
    for (name, text) in [
        ("as a value", r#"{"name":"workspace-b"}"#),
        ("as an element", r#"["x","workspace-b"]"#),
        ("as a key", r#"{"workspace-b":1}"#),
        ("alone", r#""workspace-b""#),
        ("with escapes", r#"{"name":"workspace\u002db"}"#),
        ("as a row's id", r#"{"id":"workspace-b"}"#),
    ] {
        holds(name, text, other);
    }
}

#[test]
fn what_is_the_workspaces_own_or_nobodys_is_not_found() {
    for (name, text) in [
        ("the workspace itself", r#"{"tenantId":"workspace-a","id":"workspace-a","workspace-a":"workspace-a"}"#),
        ("no tenant", r#"{"tenantId":null}"#),
        ("an empty tenant", r#"{"tenantId":""}"#),
        ("a key that only begins so", r#"{"tenantIdOld":"elsewhere","tenant":"elsewhere"}"#),
        ("the name of the field as a value", r#"{"a":"tenantId","b":"elsewhere"}"#),
        ("text that holds an id", r#"{"note":"moved from workspace-b to here"}"#),
        ("a key after an array of the field", r#"{"tenantId":["workspace-a"],"a":"elsewhere"}"#),
        ("an object in the field", r#"{"tenantId":{"name":"elsewhere"}}"#),
        ("the row of somebody who joined", r#"{"user":{"id":"guest-1","tenantId":"their-home","roleId":"r"}}"#),
        ("the same, the id last", r#"{"user":{"tenantId":"workspace-b","id":"guest-1"}}"#),
        ("an id with more behind it", r#"{"a":"workspace-b\u0000"}"#),
        ("half a pair", r#"{"a":"workspace-b\ud800"}"#),
        ("nothing", ""),
        ("not JSON", "tenantId elsewhere"),
    ] {
        holds(name, text, None);
    }
}

#[test]
fn depth_and_length_cost_nothing_and_hide_nothing() {
    let deep = 100_000;
    let nested = format!("{}\"tenantId\":\"elsewhere\"{}", "{\"a\":".repeat(deep) + "{", "}".repeat(deep + 1));
    holds("deeper than objects are told apart", &nested, Some((Sign::Field, "elsewhere")));
    let after =
        format!("{}1{},{{\"tenantId\":\"elsewhere\"}}]", "[".to_owned() + &"{\"a\":".repeat(deep), "}".repeat(deep));
    holds("behind what was deep", &after, Some((Sign::Field, "elsewhere")));
    let long = "x".repeat(100_000);
    holds(
        "behind a long text",
        &format!(r#"{{"{long}":"{long}","tenantId":"elsewhere"}}"#),
        Some((Sign::Field, "elsewhere")),
    );
    let sign = found(format!(r#"{{"tenantId":"{long}"}}"#).as_bytes(), 1000).unwrap();
    assert!(sign.tenant.len() < 300, "only the beginning is kept");
}

/// The same question put to a parsed tree.
fn naive(value: &Value, field: bool) -> bool {
    match value {
        Value::String(text) => text != HERE && ((field && !text.is_empty()) || text == THERE),
        Value::Number(_) => field,
        Value::Null | Value::Bool(_) => false,
        Value::Array(all) => all.iter().any(|one| naive(one, field && !one.is_object())),
        Value::Object(map) => {
            let is_guest = |id: &Value| id == GUEST || id.as_array().is_some_and(|all| all.contains(&json!(GUEST)));
            let guest = map.get("id").is_some_and(is_guest);
            map.iter().any(|(key, one)| match (one, guest) {
                (Value::Object(_), true) => naive(one, false),
                (Value::Array(all), true) => all.iter().any(|one| one.is_object() && naive(one, false)),
                // In the row of somebody who joined from elsewhere only what has a row of its own counts.
                (_, true) => false,
                (_, false) => key == THERE || naive(one, key == "tenantId"),
            })
        }
    }
}

fn tree() -> impl Strategy<Value = Value> {
    let text =
        prop_oneof![Just(HERE), Just(THERE), Just(GUEST), Just("elsewhere"), Just(""), Just("tenantId"), Just("é\n\"")];
    let leaf = prop_oneof![text.prop_map(|text| json!(text)), Just(json!(null)), Just(json!(true)), Just(json!(7))];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof![Just("tenantId"), Just("id"), Just("a"), Just("user"), Just(THERE), Just("tenant\u{61}")];
        let object = proptest::collection::vec((key, inner.clone()), 0..4).prop_map(|entries| {
            Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
        });
        // An array of arrays is judged by its key to the first that closes; no CRM nests a tenant so.
        let flat = proptest::collection::vec(inner.prop_filter("flat", |one| !one.is_array()), 0..3).prop_map(|all| {
            let (rows, texts): (Vec<Value>, Vec<Value>) = all.into_iter().partition(Value::is_object);
            Value::Array(texts.into_iter().chain(rows).collect())
        });
        prop_oneof![object, flat]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn the_stream_and_the_tree_agree(tree in tree(), step in 1_usize..40) {
        let text = tree.to_string();
        prop_assert_eq!(found(text.as_bytes(), step).is_some(), naive(&tree, false), "{}", text);
    }
}
