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

/// A document, or what could be read of it. One that extends another holds both: the lines of the base count on after
/// its own last line, so that a line still says one place.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) root: Table,
    /// Each file with the number of lines before its first.
    files: Vec<(PathBuf, u32)>,
    /// The number of lines of all files.
    lines: u32,
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
        Self::after(0, path, source, mistakes)
    }

    /// Reads what this document extends, and takes from it all that this one does not say: tables key by key, texts and
    /// lists as a whole.
    pub(crate) fn extend(&mut self, path: &Path, source: &str, mistakes: &mut Vec<Mistake>) {
        let base = Self::after(self.lines, path, source, mistakes);
        self.root.complete(base.root);
        self.files.extend(base.files);
        self.lines = base.lines;
    }

    /// Reads `source` whose lines count on after `before`.
    fn after(before: u32, path: &Path, source: &str, mistakes: &mut Vec<Mistake>) -> Self {
        let lines = Lines::of(source, before);
        let (root, errors) = DeTable::parse_recoverable(source);
        for error in errors {
            let line = error.span().map_or(before.saturating_add(1), |span| lines.at(span.start));
            let place = Place::File { path: path.into(), line: line.saturating_sub(before) };
            mistakes.push(Mistake::new(
                place,
                format!("not TOML: {}", error.message()),
                "write `key = value`; texts stand in double quotes",
            ));
        }
        Self { root: table(root.get_ref(), &lines), files: vec![(path.into(), before)], lines: lines.last() }
    }

    pub(crate) fn place(&self, line: u32) -> Place {
        let (path, before) = match self.files.iter().rev().find(|(_, before)| *before < line) {
            Some((path, before)) => (path.clone(), *before),
            None => (PathBuf::new(), 0),
        };
        Place::File { path, line: line.saturating_sub(before) }
    }
}

impl Table {
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.key == key)
    }

    /// Takes a text out, with its line.
    pub(crate) fn take_text(&mut self, key: &str) -> Option<(String, u32)> {
        let at = self.0.iter().position(|entry| entry.key == key && matches!(entry.node.value, Value::Text(_)))?;
        let entry = self.0.remove(at);
        let line = entry.line;
        entry.node.value.scalar().map(|text| (text.into_owned(), line))
    }

    /// Takes from `base` what is missing here.
    fn complete(&mut self, base: Table) {
        for entry in base.0 {
            match (self.0.iter_mut().find(|own| own.key == entry.key), entry.node.value) {
                (None, value) => self.0.push(Entry { node: Node { line: entry.node.line, value }, ..entry }),
                (Some(Entry { node: Node { value: Value::Table(own), .. }, .. }), Value::Table(theirs)) => {
                    own.complete(theirs);
                }
                (Some(_), _) => {}
            }
        }
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

/// Where each line begins, and how many lines stand before the first.
struct Lines {
    starts: Vec<usize>,
    before: u32,
}

impl Lines {
    fn of(source: &str, before: u32) -> Self {
        let starts = source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { starts: [0].into_iter().chain(starts).collect(), before }
    }

    fn at(&self, offset: usize) -> u32 {
        self.counted(self.starts.partition_point(|start| *start <= offset))
    }

    fn last(&self) -> u32 {
        self.counted(self.starts.len())
    }

    fn counted(&self, line: usize) -> u32 {
        u32::try_from(line).map_or(u32::MAX, |line| self.before.saturating_add(line))
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
    fn what_a_document_does_not_say_comes_from_its_base_with_the_place_there() {
        let mut mistakes = Vec::new();
        let mut document = Document::read(Path::new("own.toml"), "a = 1\n[t]\nx = 'own'\n", &mut mistakes);
        document.extend(Path::new("base.toml"), "a = 2\nb = 3\n[t]\nx = 'base'\ny = 'base'\nz = \n", &mut mistakes);
        let Value::Table(t) = &document.root.get("t").unwrap().node.value else { panic!("no table") };
        let place = |entry: &Entry| document.place(entry.line).to_string();
        let (a, b) = (document.root.get("a").unwrap(), document.root.get("b").unwrap());
        let (x, y) = (t.get("x").unwrap(), t.get("y").unwrap());
        assert_eq!([place(a), place(b)], ["own.toml:1", "base.toml:2"]);
        assert_eq!([place(x), place(y)], ["own.toml:3", "base.toml:5"]);
        assert_eq!(x.node.value.scalar().unwrap(), "own");
        assert_eq!(mistakes.iter().map(|mistake| mistake.place.to_string()).collect::<Vec<_>>(), ["base.toml:6"]);
    }

    #[test]
    fn every_syntax_error_is_told_with_its_line() {
        let mut mistakes = Vec::new();
        Document::read(Path::new("f.toml"), "a = \nb = 1\nb = 2\nc = 'open\n", &mut mistakes);
        let lines: Vec<String> = mistakes.iter().map(|mistake| mistake.place.to_string()).collect();
        assert_eq!(lines, ["f.toml:1", "f.toml:3", "f.toml:4"], "{mistakes:#?}");
    }
}
