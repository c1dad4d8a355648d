//! Finds the profile that the operator named.
//!
//! Promise: a name is sought as `<folder>/<name>.toml` in the folders given, then among the shipped profiles, which are in
//! the binary; a value with a slash or ending in `.toml` is a path and nothing else is tried.

use std::path::{Path, PathBuf};

use super::{CrmProfile, read};
use crate::document::Document;
use crate::keys::Key;
use crate::mistake::{Mistake, Place};
use crate::raw::Raw;

const SHIPPED: [(&str, &str); 2] =
    [("nexus", include_str!("../../crm/nexus.toml")), ("example", include_str!("../../crm/example.toml"))];

/// A shipped profile by name, checked.
pub fn shipped_profile(name: &str) -> Option<Result<CrmProfile, Vec<Mistake>>> {
    let (path, source) = shipped(name)?;
    let mut mistakes = Vec::new();
    let profile = parse(&path, &source, &mut mistakes);
    Some(if mistakes.is_empty() { Ok(profile) } else { Err(mistakes) })
}

/// The profile that the operator named; `None` if it cannot be read, which is then among the mistakes.
pub(crate) fn find(raw: &Raw, folders: &[PathBuf], mistakes: &mut Vec<Mistake>) -> Option<CrmProfile> {
    let default = Key::at("crm_profile").map_or("", |key| key.default);
    let said = raw.get("crm_profile");
    let named = said.map_or(default, |value| value.text.expose_str());
    let place = said.map_or_else(|| Place::Missing("ANNEX_CRM_PROFILE".into()), |value| value.place.clone());
    let is_path = named.contains('/') || named.ends_with(".toml");
    let found = if is_path { from_file(Path::new(named)) } else { from_folders(named, folders) };
    match found {
        Ok(Some((path, source))) => Some(parse(&path, &source, mistakes)),
        Ok(None) => {
            let sought: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
            let remedy = format!("write `nexus`, `example` or a path; sought in {}", sought.join(", "));
            mistakes.push(Mistake::new(place, format!("there is no CRM profile `{named}`"), remedy));
            None
        }
        Err(error) => {
            mistakes.push(Mistake::new(
                place,
                format!("cannot read the CRM profile `{named}`: {error}"),
                "name a file that Annex may read",
            ));
            None
        }
    }
}

fn from_file(path: &Path) -> std::io::Result<Option<(PathBuf, String)>> {
    std::fs::read_to_string(path).map(|source| Some((path.to_owned(), source)))
}

fn from_folders(name: &str, folders: &[PathBuf]) -> std::io::Result<Option<(PathBuf, String)>> {
    for folder in folders {
        let path = folder.join(format!("{name}.toml"));
        match from_file(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            found => return found,
        }
    }
    Ok(shipped(name))
}

fn shipped(name: &str) -> Option<(PathBuf, String)> {
    let (name, source) = SHIPPED.into_iter().find(|(known, _)| *known == name)?;
    Some((PathBuf::from(format!("(built in) {name}.toml")), source.to_owned()))
}

fn parse(path: &Path, source: &str, mistakes: &mut Vec<Mistake>) -> CrmProfile {
    let document = Document::read(path, source, mistakes);
    read::profile(&document, mistakes)
}
