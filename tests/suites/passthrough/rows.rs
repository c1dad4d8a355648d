//! The table of `docs/PASSTHROUGH.md`, read by the test, and which of its rows a run has shown.

use std::collections::BTreeSet;

use annex_tests::tree;

/// The table of differences, or the table of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    Differences,
    Refusals,
}

impl Table {
    fn heading(self) -> &'static str {
        match self {
            Self::Differences => "## Differences",
            Self::Refusals => "## Refusals",
        }
    }
}

/// The ids of a table whose column `where` begins with one of `places`; all if none is given.
pub fn ids(table: Table, places: &[&str]) -> BTreeSet<String> {
    let path = tree::root().join("docs/PASSTHROUGH.md");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    read(&text, table, places)
}

fn read(text: &str, table: Table, places: &[&str]) -> BTreeSet<String> {
    let from = text.find(table.heading()).unwrap_or_else(|| panic!("there is no `{}`", table.heading()));
    let section = text[from + table.heading().len()..].split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let mut found = BTreeSet::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert!(cells.len() == 4 && cells.iter().all(|cell| !cell.is_empty()), "not `id | where | what | why`: {row}");
        let id = cells[0].trim_matches('`').to_owned();
        let wanted = places.is_empty() || places.iter().any(|place| cells[1].starts_with(place));
        assert!(!wanted || found.insert(id), "twice: {row}");
    }
    found
}

/// The rows that one run has shown.
#[derive(Debug, Default)]
pub struct Shown(BTreeSet<&'static str>);

impl Shown {
    /// A difference of that row was seen.
    pub fn note(&mut self, id: &'static str) {
        self.0.insert(id);
    }

    /// Fails unless exactly the listed rows were shown.
    pub fn assert_exactly(&self, listed: &BTreeSet<String>) {
        let shown: BTreeSet<String> = self.0.iter().map(ToString::to_string).collect();
        assert_eq!(&shown, listed, "differences that were seen (left) and those of docs/PASSTHROUGH.md (right)");
    }
}

#[test]
fn a_table_is_read_up_to_the_next_heading() {
    let text = "# T\n\n## Differences\n\n| id | where | what | why |\n|---|---|---|---|\n| `a` | request | x | y |\n| `b` | pilot answer | x | y |\n\n## Refusals\n\n| `c` | head | x | y |\n\n## Else\n\n| `d` | x | y | z |\n";
    let owned = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(read(text, Table::Differences, &[]), owned(&["a", "b"]));
    assert_eq!(read(text, Table::Differences, &["request", "answer"]), owned(&["a"]));
    assert_eq!(read(text, Table::Refusals, &[]), owned(&["c"]));
}
