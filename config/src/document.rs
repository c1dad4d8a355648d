//! A TOML document whose every key and value knows its line.
//!
//! Promise: all syntax errors come back at once, each with its line, and reading never fails for one wrong value: the
//! mistake is noted and reading goes on, so that the operator sees everything in one run.
//!
//! **Deliberately absent:** serde. It stops at the first unknown key, and its errors are written for programmers.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::mistake::{Mistake, Place};

/// A document, or what could be read of it.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) path: PathBuf,
    pub(crate) root: Table,
}

/// Keys and values in the order of the document's keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table(pub(crate) Vec<Entry>);

/// One key with its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) line: u32,
    pub(crate) node: Node,
}

/// A value with the line on which it begins.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) line: u32,
    pub(crate) value: Value,
}

/// A value. Numbers and dates keep their text: whoever needs one parses it and says what is wrong with it.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Bool(bool),
    Plain(String),
    List(Vec<Node>),
    Table(Table),
}

impl Document {
    /// Reads `source`, which came from `path`.
    pub(crate) fn read(path: &Path, source: &str, mistakes: &mut Vec<Mistake>) -> Self {
        let lines = Lines::of(source);
        let (root, errors) = DeTable::parse_recoverable(source);
        for error in errors {
            let line = error.span().map_or(1, |span| lines.at(span.start));
            let place = Place::File { path: path.into(), line };
            mistakes.push(Mistake::new(
                place,
                format!("not TOML: {}", error.message()),
                "write `key = value`; texts stand in double quotes",
            ));
        }
        Self { path: path.into(), root: table(root.get_ref(), &lines) }
    }

    pub(crate) fn place(&self, line: u32) -> Place {
        Place::File { path: self.path.clone(), line }
    }
}

impl Table {
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.key == key)
    }
}

impl Value {
    /// The text of a scalar.
    pub(crate) fn scalar(&self) -> Option<Cow<'_, str>> {
        match self {
            Value::Text(text) | Value::Plain(text) => Some(Cow::Borrowed(text)),
            Value::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            Value::List(_) | Value::Table(_) => None,
        }
    }
}

fn table(source: &DeTable<'_>, lines: &Lines) -> Table {
    let entries = source.iter().map(|(key, value)| Entry {
        key: key.get_ref().to_string(),
        line: lines.at(key.span().start),
        node: node(value, lines),
    });
    let mut entries: Vec<Entry> = entries.collect();
    entries.sort_by_key(|entry| entry.line);
    Table(entries)
}

fn node(source: &Spanned<DeValue<'_>>, lines: &Lines) -> Node {
    let value = match source.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Integer(number) => Value::Plain(number.to_string()),
        DeValue::Float(number) => Value::Plain(number.to_string()),
        DeValue::Datetime(moment) => Value::Plain(moment.to_string()),
        DeValue::Array(elements) => Value::List(elements.iter().map(|element| node(element, lines)).collect()),
        DeValue::Table(inner) => Value::Table(table(inner, lines)),
    };
    Node { line: lines.at(source.span().start), value }
}

/// Where each line begins.
struct Lines(Vec<usize>);

impl Lines {
    fn of(source: &str) -> Self {
        let starts = source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self([0].into_iter().chain(starts).collect())
    }

    fn at(&self, offset: usize) -> u32 {
        let line = self.0.partition_point(|start| *start <= offset);
        u32::try_from(line).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_know_their_lines() {
        let source = "a = 1\n\n[b]\nc = [\n  'x',\n  { d = true },\n]\n";
        let document = Document::read(Path::new("f.toml"), source, &mut Vec::new());
        let b = document.root.get("b").unwrap();
        let Value::Table(inner) = &b.node.value else { panic!("{b:?}") };
        let c = inner.get("c").unwrap();
        let Value::List(elements) = &c.node.value else { panic!("{c:?}") };
        let lines: Vec<u32> = elements.iter().map(|element| element.line).collect();
        assert_eq!((document.root.get("a").unwrap().line, b.line, c.line, lines), (1, 3, 4, vec![5, 6]));
    }

    #[test]
    fn every_syntax_error_is_told_with_its_line() {
        let mut mistakes = Vec::new();
        Document::read(Path::new("f.toml"), "a = \nb = 1\nb = 2\nc = 'open\n", &mut mistakes);
        let lines: Vec<String> = mistakes.iter().map(|mistake| mistake.place.to_string()).collect();
        assert_eq!(lines, ["f.toml:1", "f.toml:3", "f.toml:4"], "{mistakes:#?}");
    }
}
