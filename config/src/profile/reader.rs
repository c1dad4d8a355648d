//! Reads one table of a profile, key by key.
//!
//! Promise: a missing, mistyped or unknown key is noted with its line and reading goes on with a stand-in value. The
//! stand-ins are never seen: a profile with mistakes is thrown away.

use std::cell::RefCell;

use crate::document::{Document, Entry, Node, Table, Value};
use crate::mistake::Mistake;
use crate::raw::nearest;

static NO_TABLE: Table = Table(Vec::new());

/// Mistakes, shared by the readers of one document.
pub(super) type Notes = RefCell<Vec<Mistake>>;

/// A reader of one table.
pub(super) struct Reader<'d> {
    document: &'d Document,
    notes: &'d Notes,
    /// The table's name in messages; empty for the root.
    name: String,
    pub(super) line: u32,
    table: &'d Table,
    asked: Vec<&'static str>,
}

/// A text with its line.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) line: u32,
}

impl<'d> Reader<'d> {
    pub(super) fn root(document: &'d Document, notes: &'d Notes) -> Self {
        Self { document, notes, name: String::new(), line: 1, table: &document.root, asked: Vec::new() }
    }

    /// A reader of `table`, which stands under `name`.
    pub(super) fn of(&self, name: &str, line: u32, table: &'d Table) -> Reader<'d> {
        Reader { document: self.document, notes: self.notes, name: name.into(), line, table, asked: Vec::new() }
    }

    pub(super) fn note(&self, line: u32, what: impl Into<String>, remedy: impl Into<String>) {
        self.notes.borrow_mut().push(Mistake::new(self.document.place(line), what, remedy));
    }

    /// The table `key`; an absent one reads as empty, so its missing keys are told one by one.
    pub(super) fn section(&mut self, key: &'static str) -> Reader<'d> {
        let name = self.dotted(key);
        match self.entry(key) {
            Some(Entry { line, node: Node { value: Value::Table(table), .. }, .. }) => self.of(&name, *line, table),
            Some(entry) => {
                self.note(
                    entry.line,
                    format!("`{name}` is not a table"),
                    format!("write `[{name}]` and its keys below"),
                );
                self.of(&name, entry.line, &NO_TABLE)
            }
            None => self.of(&name, self.line, &NO_TABLE),
        }
    }

    pub(super) fn text(&mut self, key: &'static str) -> Said {
        if let Some(said) = self.optional_text(key) {
            return said;
        }
        if !self.table.0.iter().any(|entry| entry.key == key) {
            self.missing(key);
        }
        Said { text: String::new(), line: self.line }
    }

    pub(super) fn optional_text(&mut self, key: &'static str) -> Option<Said> {
        let entry = self.entry(key)?;
        match &entry.node.value {
            Value::Text(text) if !text.is_empty() => Some(Said { text: text.clone(), line: entry.node.line }),
            Value::Text(_) | Value::Bool(_) | Value::Plain(_) | Value::List(_) | Value::Table(_) => {
                self.note(
                    entry.line,
                    format!("`{}` is not a text", self.dotted(key)),
                    "write a text in double quotes that is not empty",
                );
                None
            }
        }
    }

    pub(super) fn text_or(&mut self, key: &'static str, default: &str) -> String {
        self.optional_text(key).map_or_else(|| default.to_owned(), |said| said.text)
    }

    pub(super) fn number(&mut self, key: &'static str) -> u64 {
        let Some(entry) = self.entry(key) else {
            self.missing(key);
            return 0;
        };
        let number = match &entry.node.value {
            Value::Plain(text) => text.replace('_', "").parse().ok().filter(|number| *number > 0),
            Value::Text(_) | Value::Bool(_) | Value::List(_) | Value::Table(_) => None,
        };
        number.unwrap_or_else(|| {
            self.note(
                entry.line,
                format!("`{}` is not a positive whole number", self.dotted(key)),
                "write digits only",
            );
            0
        })
    }

    pub(super) fn boolean(&mut self, key: &'static str) -> bool {
        match self.entry(key).map(|entry| (entry.line, &entry.node.value)) {
            None => false,
            Some((_, Value::Bool(value))) => *value,
            Some((line, _)) => {
                self.note(
                    line,
                    format!("`{}` is neither true nor false", self.dotted(key)),
                    "write `true` or `false` without quotes",
                );
                false
            }
        }
    }

    /// A list of texts; an absent one is empty.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<Said> {
        self.nodes(key).into_iter().filter_map(|node| self.text_of(key, node)).collect()
    }

    /// A list of anything; an absent one is empty.
    pub(super) fn nodes(&mut self, key: &'static str) -> Vec<&'d Node> {
        match self.entry(key).map(|entry| (entry.line, &entry.node.value)) {
            None => Vec::new(),
            Some((_, Value::List(elements))) => elements.iter().collect(),
            Some((line, _)) => {
                self.note(line, format!("`{}` is not a list", self.dotted(key)), "write `[ … ]`");
                Vec::new()
            }
        }
    }

    /// Every key of this table with its value: for tables whose keys are free.
    pub(super) fn all(&self) -> &'d [Entry] {
        &self.table.0
    }

    /// Every key of this table with its text: for tables of free keys and texts.
    pub(super) fn all_texts(&self) -> Vec<(String, Said)> {
        let texts =
            self.table.0.iter().filter_map(|entry| Some((entry.key.clone(), self.text_of(&entry.key, &entry.node)?)));
        texts.collect()
    }

    /// Every key of this table with its list of texts: for tables of free keys and lists.
    pub(super) fn all_lists(&self) -> Vec<(String, Vec<Said>)> {
        let mut lists = Vec::new();
        for entry in &self.table.0 {
            match &entry.node.value {
                Value::List(elements) => {
                    let texts = elements.iter().filter_map(|node| self.text_of(&entry.key, node)).collect();
                    lists.push((entry.key.clone(), texts));
                }
                Value::Text(_) | Value::Bool(_) | Value::Plain(_) | Value::Table(_) => {
                    self.note(entry.line, format!("`{}` is not a list", self.dotted(&entry.key)), "write `[ … ]`");
                }
            }
        }
        lists
    }

    /// Whether the key is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    /// Ends the table: a key that nobody asked for is unknown.
    pub(super) fn finish(self) {
        for entry in &self.table.0 {
            if self.asked.contains(&entry.key.as_str()) {
                continue;
            }
            let remedy = match nearest(&entry.key, self.asked.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("remove it; known here: {}", self.asked.join(", ")),
            };
            self.note(entry.line, format!("`{}` is not a key of a CRM profile", self.dotted(&entry.key)), remedy);
        }
    }

    fn text_of(&self, key: &str, node: &Node) -> Option<Said> {
        match &node.value {
            Value::Text(text) if !text.is_empty() => Some(Said { text: text.clone(), line: node.line }),
            Value::Text(_) | Value::Bool(_) | Value::Plain(_) | Value::List(_) | Value::Table(_) => {
                self.note(
                    node.line,
                    format!("`{}` holds what is not a text", self.dotted(key)),
                    "write texts in double quotes that are not empty",
                );
                None
            }
        }
    }

    fn entry(&mut self, key: &'static str) -> Option<&'d Entry> {
        self.asked.push(key);
        self.table.get(key)
    }

    fn missing(&self, key: &str) {
        let name = self.dotted(key);
        self.note(self.line, format!("`{name}` is missing"), "config/crm/example.toml explains every key");
    }

    fn dotted(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }
}
