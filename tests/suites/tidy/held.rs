//! Every rule has a test that holds it, and `docs/TESTING.md` names it.

use std::collections::BTreeSet;

use annex_tests::tree;

use super::{none, read};

/// What a row says whose part is not built.
const NOT_YET: &str = "not served yet";

#[test]
fn every_rule_names_a_test_that_exists() {
    let docs = read("docs/TESTING.md");
    let exists = |file: &str, test: &str| {
        let text = std::fs::read_to_string(tree::root().join(file)).unwrap_or_default();
        text.contains(&format!("fn {test}(")) && text.contains("test]")
    };
    none("rules and what holds them", &mistakes(&docs, exists));
}

#[test]
fn a_rule_without_its_test_is_seen() {
    let whole: String = (1..=11).map(|rule| format!("| R{rule} | a sentence | `a.rs::holds` |\n")).collect();
    let exists = |file: &str, test: &str| (file, test) == ("a.rs", "holds");
    assert_eq!(mistakes(&whole, exists), Vec::<String>::new());
    assert_eq!(mistakes(&whole.replacen("`a.rs::holds`", NOT_YET, 1), exists), Vec::<String>::new());
    for (name, broken) in [
        ("a test that is gone", whole.replacen("::holds", "::held", 1)),
        ("a file that is gone", whole.replacen("a.rs", "b.rs", 1)),
        ("a row that names nothing", whole.replacen("`a.rs::holds`", "surely something", 1)),
        ("a rule without a row", whole.replacen("| R7 |", "| R1 |", 1)),
    ] {
        assert_eq!(mistakes(&broken, exists).len(), 1, "{name}");
    }
}

fn mistakes(docs: &str, exists: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut rules = BTreeSet::new();
    let mut mistakes = Vec::new();
    for (at, line) in docs.lines().enumerate() {
        let Some((rule, rest)) = line.strip_prefix("| R").and_then(|rest| rest.split_once(" |")) else { continue };
        let Ok(rule) = rule.parse::<u8>() else { continue };
        rules.insert(rule);
        let tests: Vec<(&str, &str)> = rest.split('`').filter_map(|word| word.split_once(".rs::")).collect();
        if tests.is_empty() && !rest.contains(NOT_YET) {
            mistakes.push(format!("line {}: R{rule} names no test", at + 1));
        }
        let gone = tests.iter().filter(|(file, test)| !exists(&format!("{file}.rs"), test));
        mistakes.extend(gone.map(|(file, test)| format!("line {}: there is no {file}.rs::{test}", at + 1)));
    }
    mistakes.extend((1..=11).filter(|rule| !rules.contains(rule)).map(|rule| format!("R{rule} has no row")));
    mistakes
}
