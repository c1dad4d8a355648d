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
    for promises in PROMISES {
        none("promises and what holds them", &mistakes(&docs, promises, exists));
    }
}

/// The letter of a table's rows, and how many promises it has.
const PROMISES: [(char, u8); 3] = [('R', 11), ('M', 9), ('I', 7)];

#[test]
fn every_suite_stands_in_the_table_of_suites() {
    let (docs, main) = (read("docs/TESTING.md"), read("tests/suites/main.rs"));
    let rows: String = docs.lines().filter(|line| line.starts_with("| suite")).collect();
    let suites = main.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    let unsaid: Vec<&str> = suites.filter(|suite| !rows.contains(&format!("`{suite}`"))).collect();
    assert!(unsaid.is_empty(), "suites without a row: {unsaid:?}");
}

#[test]
fn a_rule_without_its_test_is_seen() {
    let whole: String = (1..=11).map(|rule| format!("| R{rule} | a sentence | `a.rs::holds` |\n")).collect();
    let exists = |file: &str, test: &str| (file, test) == ("a.rs", "holds");
    assert_eq!(mistakes(&whole, ('R', 11), exists), Vec::<String>::new());
    assert_eq!(mistakes(&whole.replacen("`a.rs::holds`", NOT_YET, 1), ('R', 11), exists), Vec::<String>::new());
    for (name, broken) in [
        ("a test that is gone", whole.replacen("::holds", "::held", 1)),
        ("a file that is gone", whole.replacen("a.rs", "b.rs", 1)),
        ("a row that names nothing", whole.replacen("`a.rs::holds`", "surely something", 1)),
        ("a rule without a row", whole.replacen("| R7 |", "| R1 |", 1)),
    ] {
        assert_eq!(mistakes(&broken, ('R', 11), exists).len(), 1, "{name}");
    }
}

fn mistakes(docs: &str, (letter, count): (char, u8), exists: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut rules = BTreeSet::new();
    let mut mistakes = Vec::new();
    for (at, line) in docs.lines().enumerate() {
        let Some((rule, rest)) = line.strip_prefix(&format!("| {letter}")).and_then(|rest| rest.split_once(" |"))
        else {
            continue;
        };
        let Ok(rule) = rule.parse::<u8>() else { continue };
        rules.insert(rule);
        let tests: Vec<(&str, &str)> = rest.split('`').filter_map(|word| word.split_once(".rs::")).collect();
        if tests.is_empty() && !rest.contains(NOT_YET) {
            mistakes.push(format!("line {}: {letter}{rule} names no test", at + 1));
        }
        let gone = tests.iter().filter(|(file, test)| !exists(&format!("{file}.rs"), test));
        mistakes.extend(gone.map(|(file, test)| format!("line {}: there is no {file}.rs::{test}", at + 1)));
    }
    mistakes.extend((1..=count).filter(|rule| !rules.contains(rule)).map(|rule| format!("{letter}{rule} has no row")));
    mistakes
}
