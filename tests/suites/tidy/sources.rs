//! Rules about files: how long they are, what they never say, what stands beside what.

use std::collections::{BTreeMap, BTreeSet};

use super::{Source, none, sources};

/// No file holds more lines.
const LONGEST: usize = 500;
/// What people write and read. Lock files, snapshots and golden files are neither.
const WRITTEN: [&str; 10] = ["rs", "js", "mjs", "ts", "css", "html", "sql", "sh", "toml", "md"];
/// Files past the limit, each with its reason. Exact: a name that needs no exception fails too.
const TOO_LONG: [&str; 0] = [];
/// Written by a program, from a source that is in the tree.
const GENERATED: [&str; 1] = ["tests/crm/schema.sql"];

#[test]
fn no_file_is_too_long() {
    let sources = sources();
    let found = too_long(&sources);
    let expected: BTreeSet<&str> = TOO_LONG.into();
    assert_eq!(found, expected, "files of more than {LONGEST} lines (left) against the list (right)");
}

#[test]
fn a_long_file_is_seen() {
    let lines = |count: usize| "x\n".repeat(count);
    let file = |path: &str, count| Source { path: path.to_owned(), text: lines(count) };
    let files = [file("a.rs", LONGEST), file("b.rs", LONGEST + 1), file("c.snap", 9999), file(GENERATED[0], 9999)];
    assert_eq!(too_long(&files), BTreeSet::from(["b.rs"]));
}

#[test]
fn no_file_speaks_of_the_machine_it_was_written_on_or_of_work_left() {
    let broken: Vec<String> = sources().iter().flat_map(forbidden_words).collect();
    none("words that no file of ours says", &broken);
}

#[test]
fn a_forbidden_word_is_seen() {
    for word in forbidden() {
        let source = Source { path: "a.rs".to_owned(), text: format!("fine\nsay {word} here\n") };
        assert_eq!(forbidden_words(&source).len(), 1, "`{word}` is not seen");
    }
    let source = Source { path: "a.rs".to_owned(), text: "workflows/work, tmp, a todo list\n".to_owned() };
    assert!(forbidden_words(&source).is_empty());
}

#[test]
fn every_migration_is_a_trio_and_their_numbers_have_no_hole() {
    let sources = sources();
    none("the folder migrations/", &migration_mistakes(sources.iter().map(|source| source.path.as_str())));
}

#[test]
fn a_broken_migration_folder_is_seen() {
    let trio = |folder: &str| ["up", "down", "verify"].map(|part| format!("migrations/{folder}/{part}.sql"));
    let whole: Vec<String> = [trio("0001_a"), trio("0002_b")].concat();
    let mistakes = |paths: &[String]| migration_mistakes(paths.iter().map(String::as_str)).len();
    assert_eq!(mistakes(&whole), 0);
    assert_eq!(mistakes(&whole[..5]), 1, "a part is missing");
    assert_eq!(mistakes(&[trio("0001_a"), trio("0003_b")].concat()), 1, "a hole");
    assert_eq!(mistakes(&[trio("0001_a"), trio("0001_b")].concat()), 1, "a number twice");
    assert_eq!(mistakes(&[whole, vec!["migrations/0002_b/more.sql".to_owned()]].concat()), 1, "a fourth part");
}

fn too_long(sources: &[Source]) -> BTreeSet<&str> {
    let written = |path: &str| path.rsplit_once('.').is_some_and(|(_, ending)| WRITTEN.contains(&ending));
    let ours = sources.iter().filter(|source| written(&source.path) && !GENERATED.contains(&source.path.as_str()));
    ours.filter(|source| source.text.lines().count() > LONGEST).map(|source| source.path.as_str()).collect()
}

/// Put together, so that this file does not say them.
fn forbidden() -> [String; 4] {
    [["TO", "DO"], ["FIX", "ME"], ["/wo", "rk/"], ["/t", "mp/"]].map(|halves| halves.concat())
}

fn forbidden_words(source: &Source) -> Vec<String> {
    // A lock file's checksums may spell anything.
    if source.path.ends_with("package-lock.json") {
        return Vec::new();
    }
    let lines = source.text.lines().enumerate();
    let word = |line: &str| forbidden().into_iter().find(|word| line.contains(word.as_str()));
    let found = lines.filter_map(|(at, line)| Some((at + 1, word(line)?)));
    found.map(|(at, word)| format!("{}:{at} says `{word}`", source.path)).collect()
}

fn migration_mistakes<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for path in paths {
        let inside = path.strip_prefix("migrations/").and_then(|rest| rest.split_once('/'));
        if let Some((folder, file)) =
            inside.filter(|(folder, _)| folder.starts_with(|first: char| first.is_ascii_digit()))
        {
            folders.entry(folder).or_default().insert(file);
        }
    }
    let mut mistakes = Vec::new();
    for (at, (folder, files)) in folders.iter().enumerate() {
        if *files != BTreeSet::from(["up.sql", "down.sql", "verify.sql"]) {
            mistakes.push(format!("{folder} is no trio: {files:?}"));
        }
        if !folder.starts_with(&format!("{:04}_", at + 1)) {
            mistakes.push(format!("{folder} should be number {:04}", at + 1));
        }
    }
    if folders.is_empty() {
        mistakes.push("there is no migration".to_owned());
    }
    mistakes
}
