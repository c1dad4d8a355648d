//! What was said, word by word, before anybody asks what it means.
//!
//! Promise: every key's text with its place; the environment wins over the file. Unknown keys are refused with the
//! nearest known one.
//!
//! **Invariant:** a value is given once per source: a key and its `_file` form together are a mistake, because one of
//! them would be silently dead.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::document::{Document, Entry, Table, Value};
use crate::keys::{KEYS, Key};
use crate::mistake::{Mistake, Place};
use crate::secret::Secret;
use crate::sources::Sources;

/// What was said.
#[derive(Debug, Default)]
pub(crate) struct Raw(HashMap<&'static str, RawValue>);

/// One value. Its text counts as secret until somebody knows better.
#[derive(Debug, Clone)]
pub(crate) struct RawValue {
    pub(crate) text: Secret,
    pub(crate) place: Place,
}

impl Raw {
    pub(crate) fn read(sources: &Sources, mistakes: &mut Vec<Mistake>) -> Self {
        let mut said = Said { mistakes, inline: HashMap::new(), by_file: HashMap::new() };
        if let Some(path) = &sources.file {
            read_document(path, &mut said);
        }
        let mut raw = said.settle();
        let mut said = Said { mistakes, inline: HashMap::new(), by_file: HashMap::new() };
        read_environment(&sources.env, &mut said);
        raw.extend(said.settle());
        Self(raw)
    }

    /// What was said for the key at `toml`; an empty text is nothing said.
    pub(crate) fn get(&self, toml: &str) -> Option<&RawValue> {
        self.0.get(toml).filter(|value| !value.text.expose().is_empty())
    }
}

/// What one source said.
struct Said<'m> {
    mistakes: &'m mut Vec<Mistake>,
    inline: HashMap<&'static str, RawValue>,
    by_file: HashMap<&'static str, (PathBuf, Place)>,
}

impl Said<'_> {
    fn settle(self) -> HashMap<&'static str, RawValue> {
        let Said { mistakes, mut inline, by_file } = self;
        for (toml, (path, place)) in by_file {
            if inline.get(toml).is_some_and(|value| !value.text.expose().is_empty()) {
                let what = format!("`{toml}` is given both as a value and as a file");
                mistakes.push(Mistake::new(place, what, "keep one of the two"));
                continue;
            }
            match std::fs::read_to_string(&path) {
                Ok(text) => {
                    inline.insert(toml, RawValue { text: Secret::new(without_last_newline(&text)), place });
                }
                Err(error) => {
                    let what = format!("cannot read `{}` for `{toml}`: {error}", path.display());
                    mistakes.push(Mistake::new(place, what, "name a file that Annex may read"));
                }
            }
        }
        inline
    }

    fn hear(&mut self, form: Form, text: &str, place: Place) {
        match form {
            Form::Inline(key) => {
                self.inline.insert(key.toml, RawValue { text: Secret::new(text), place });
            }
            Form::ByFile(_) if text.is_empty() => {}
            Form::ByFile(key) => {
                self.by_file.insert(key.toml, (text.into(), place));
            }
        }
    }
}

/// How a key was written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Inline(&'static Key),
    ByFile(&'static Key),
}

fn read_document(path: &Path, said: &mut Said<'_>) {
    let source = match std::fs::read_to_string(path) {
        Ok(source) => source,
        Err(error) => {
            let place = Place::File { path: path.into(), line: 1 };
            said.mistakes.push(Mistake::new(
                place,
                format!("cannot read the file: {error}"),
                "name a file that Annex may read",
            ));
            return;
        }
    };
    let document = Document::read(path, &source, said.mistakes);
    read_table(&document, "", &document.root, said);
}

fn read_table(document: &Document, above: &str, table: &Table, said: &mut Said<'_>) {
    for entry in &table.0 {
        let name = if above.is_empty() { entry.key.clone() } else { format!("{above}.{}", entry.key) };
        match (&entry.node.value, form_of_key(&name)) {
            (Value::Table(inner), None) if is_section(&name) => read_table(document, &name, inner, said),
            (_, None) => said.mistakes.push(unknown_key(document, entry, &name)),
            (value, Some(form)) => match text_of(value) {
                Some(text) => said.hear(form, &text, document.place(entry.node.line)),
                None => {
                    let what = format!("`{name}` is not a value");
                    said.mistakes.push(Mistake::new(
                        document.place(entry.line),
                        what,
                        "write a text, a number, true, false, or a list of texts",
                    ));
                }
            },
        }
    }
}

fn read_environment(env: &[(String, String)], said: &mut Said<'_>) {
    for (name, text) in env {
        match form_of_variable(name) {
            Some(form) => said.hear(form, text, Place::Env(name.clone())),
            None => said.mistakes.extend(misspelt_variable(name)),
        }
    }
}

fn form_of_key(name: &str) -> Option<Form> {
    let by_file = || name.strip_suffix("_file").and_then(Key::at).map(Form::ByFile);
    Key::at(name).map(Form::Inline).or_else(by_file)
}

fn form_of_variable(name: &str) -> Option<Form> {
    let at = |wanted: &str| KEYS.iter().find(|key| key.env == wanted);
    let by_file = || name.strip_suffix("_FILE").and_then(at).map(Form::ByFile);
    at(name).map(Form::Inline).or_else(by_file)
}

fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| key.toml.split_once('.').is_some_and(|(section, _)| section == name))
}

fn unknown_key(document: &Document, entry: &Entry, name: &str) -> Mistake {
    let names = KEYS.iter().map(|key| key.toml);
    let sections = KEYS.iter().filter_map(|key| Some(key.toml.split_once('.')?.0));
    let remedy = match nearest(name, names.chain(sections)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "remove it; config/annex.example.toml lists every key".to_owned(),
    };
    Mistake::new(document.place(entry.line), format!("`{name}` is not a key"), remedy)
}

/// Only near misses are mistakes: Kubernetes puts `ANNEX_PORT_…` and `ANNEX_SERVICE_…` into every pod beside a service
/// called annex, and other programs may have variables that begin like ours.
fn misspelt_variable(name: &str) -> Option<Mistake> {
    let ours = name.starts_with("ANNEX_") || name.starts_with("MULTI_WORKSPACE");
    let plain = name.strip_suffix("_FILE").unwrap_or(name);
    let near = ours.then(|| nearest(plain, KEYS.iter().map(|key| key.env))).flatten()?;
    let what = format!("`{name}` is not a variable of Annex");
    Some(Mistake::new(Place::Env(name.into()), what, format!("did you mean `{near}`?")))
}

/// The known name that is at most two edits away.
pub(crate) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let measured = known.map(|candidate| (edits(name, candidate), candidate));
    measured.min_by_key(|(distance, _)| *distance).filter(|(distance, _)| *distance <= 2).map(|(_, near)| near)
}

/// Levenshtein's distance.
fn edits(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut diagonal = above;
        let mut left = above + 1;
        let mut next = vec![left];
        for (up, wanted) in row.iter().skip(1).zip(other.chars()) {
            left = (diagonal + usize::from(letter != wanted)).min(up + 1).min(left + 1);
            diagonal = *up;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::List(elements) => {
            let texts = elements.iter().map(|element| element.value.scalar().map(|text| text.into_owned()));
            Some(texts.collect::<Option<Vec<_>>>()?.join(" "))
        }
        scalar => scalar.scalar().map(|text| text.into_owned()),
    }
}

fn without_last_newline(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted_as_levenshtein_did() {
        for (one, other, wanted) in
            [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("listen", "lisen", 1), ("ab", "ba", 2)]
        {
            assert_eq!(edits(one, other), wanted, "{one} {other}");
        }
    }

    #[test]
    fn a_near_name_is_offered_and_a_far_one_is_not() {
        let known = || ["listen", "upstream"].into_iter();
        assert_eq!(nearest("lisen", known()), Some("listen"));
        assert_eq!(nearest("database", known()), None);
    }

    #[test]
    fn variables_that_kubernetes_makes_are_not_ours() {
        for name in [
            "ANNEX_PORT",
            "ANNEX_SERVICE_HOST",
            "ANNEX_SERVICE_PORT",
            "ANNEX_PORT_8080_TCP_ADDR",
            "ANNEX_BLESS",
            "PATH",
        ] {
            assert_eq!(misspelt_variable(name), None, "{name}");
        }
        assert!(misspelt_variable("ANNEX_LISEN").is_some());
        assert!(misspelt_variable("MULTI_WORKSPACE_ENABLE").is_some());
        assert!(misspelt_variable("ANNEX_SECRT_FILE").is_some());
    }
}
