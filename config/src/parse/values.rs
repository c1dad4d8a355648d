//! One value at a time.
//!
//! Promise: a wrong value is noted with its place and a stand-in goes on; a secret's text is never part of the note.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use crate::keys::{Key, Visibility};
use crate::mistake::{Mistake, Place};
use crate::raw::Raw;
use crate::secret::Secret;

const NOWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Reads values and notes mistakes.
pub(super) struct Values<'r> {
    pub(super) raw: &'r Raw,
    pub(super) mistakes: &'r mut Vec<Mistake>,
}

impl Values<'_> {
    pub(super) fn note(&mut self, toml: &str, what: impl Into<String>, remedy: impl Into<String>) {
        let missing = || Place::Missing(Key::at(toml).map_or(toml, |key| key.env).to_owned());
        let place = self.raw.get(toml).map_or_else(missing, |value| value.place.clone());
        self.mistakes.push(Mistake::new(place, what, remedy));
    }

    /// What was said, or the default; empty if there is neither.
    pub(super) fn text(&self, toml: &str) -> String {
        let default = Key::at(toml).map_or("", |key| key.default);
        self.raw.get(toml).map_or(default, |value| value.text.expose_str()).to_owned()
    }

    pub(super) fn path(&self, toml: &str) -> Option<PathBuf> {
        Some(self.text(toml)).filter(|text| !text.is_empty()).map(PathBuf::from)
    }

    pub(super) fn secret(&self, toml: &str) -> Option<Secret> {
        self.raw.get(toml).map(|value| value.text.clone())
    }

    pub(super) fn required_secret(&mut self, toml: &str, remedy: &str) -> Option<Secret> {
        let secret = self.secret(toml);
        if secret.is_none() {
            self.note(toml, format!("`{toml}` is missing"), remedy);
        }
        secret
    }

    /// What `parse` makes of it; `None` if nothing was said or it was wrong.
    pub(super) fn optional<T>(&mut self, toml: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(toml);
        if text.is_empty() {
            return None;
        }
        match parse(&text) {
            Ok(value) => Some(value),
            Err(wanted) => {
                let secret = Key::at(toml).is_none_or(|key| key.visibility == Visibility::Secret);
                let what = if secret { format!("`{toml}` is wrong") } else { format!("`{toml}` is wrong: `{text}`") };
                self.note(toml, what, format!("write {wanted}"));
                None
            }
        }
    }

    pub(super) fn required<T>(
        &mut self,
        toml: &str,
        example: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        if self.text(toml).is_empty() {
            self.note(toml, format!("`{toml}` is missing"), format!("set it, such as `{example}`"));
        }
        self.optional(toml, parse)
    }

    pub(super) fn address(&mut self, toml: &str) -> SocketAddr {
        let address =
            |text: &str| text.parse().map_err(|_| "an address and a port, such as `127.0.0.1:8080`".to_owned());
        self.optional(toml, address).unwrap_or(NOWHERE)
    }

    pub(super) fn boolean(&mut self, toml: &str) -> bool {
        let boolean = |text: &str| match text.to_ascii_lowercase().as_str() {
            "true" | "on" | "1" | "yes" => Ok(true),
            "false" | "off" | "0" | "no" => Ok(false),
            _ => Err("true or false (on, off, yes, no, 1, 0)".to_owned()),
        };
        self.optional(toml, boolean).unwrap_or(false)
    }

    /// A whole number, at least 1.
    pub(super) fn number<N: FromStr + From<u8> + PartialOrd>(&mut self, toml: &str) -> N {
        self.optional(toml, positive).unwrap_or_else(|| N::from(1))
    }

    /// A whole number; 0 says none.
    pub(super) fn number_or_none(&mut self, toml: &str) -> Option<u64> {
        let number = |text: &str| text.replace('_', "").parse().map_err(|_| "a whole number, or 0 for none".to_owned());
        self.optional(toml, number).filter(|number| *number > 0)
    }

    /// Values with spaces or commas between them.
    pub(super) fn list<T: FromStr>(&mut self, toml: &str) -> Vec<T>
    where
        T::Err: std::fmt::Display,
    {
        let text = self.text(toml);
        let mut values = Vec::new();
        for word in text.split([' ', ',', '\n', '\t']).filter(|word| !word.is_empty()) {
            match word.parse() {
                Ok(value) => values.push(value),
                Err(error) => self.note(toml, format!("`{toml}`: {error}"), "separate values by spaces or commas"),
            }
        }
        values
    }

    /// One of the words; the first stands in for a wrong one.
    pub(super) fn one_of<T: Copy>(&mut self, toml: &str, words: &[(&str, T)]) -> T {
        let names = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        let choose = |text: &str| {
            let chosen = words.iter().find(|(word, _)| *word == text);
            chosen.map(|(_, value)| *value).ok_or_else(|| format!("one of {}", names()))
        };
        let chosen = self.optional(toml, choose);
        // Every key read here has a default, and no list of words is empty.
        #[allow(clippy::indexing_slicing, reason = "the lists are written in this crate")]
        chosen.unwrap_or(words[0].1)
    }
}

pub(super) fn positive<N: FromStr + From<u8> + PartialOrd>(text: &str) -> Result<N, String> {
    let number = text.replace('_', "").parse().ok().filter(|number| *number >= N::from(1));
    number.ok_or_else(|| "a whole number greater than 0".to_owned())
}
