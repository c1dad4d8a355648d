//! Finds the profile that the operator named.
//!
//! Promise: a name is sought as `<folder>/<name>.toml` in the folders given, then among the shipped profiles, which are in
//! the binary; a value with a slash or ending in `.toml` is a path and nothing else is tried. So is what a profile
//! `extends`; a base that is not there, or a circle, is a mistake.

use std::path::{Path, PathBuf};

use super::{CrmProfile, read, shadow};
use crate::document::Document;
use crate::keys::Key;
use crate::mistake::{Mistake, Place};
use crate::raw::Raw;

const SHIPPED: [(&str, &str); 3] = [
    ("nexus", include_str!("../../crm/nexus.toml")),
    ("nexus_member_row", include_str!("../../crm/nexus_member_row.toml")),
    ("example", include_str!("../../crm/example.toml")),
];

/// A shipped profile by name, checked.
pub fn shipped_profile(name: &str) -> Option<Result<CrmProfile, Vec<Mistake>>> {
    let (path, source) = shipped(name)?;
    let mut mistakes = Vec::new();
    let profile = parse(&path, &source, &[], &mut mistakes);
    Some(if mistakes.is_empty() { Ok(profile) } else { Err(mistakes) })
}

/// The profile that the operator named; `None` if it cannot be read, which is then among the mistakes.
pub(crate) fn find(raw: &Raw, folders: &[PathBuf], mistakes: &mut Vec<Mistake>) -> Option<CrmProfile> {
    let default = Key::at("crm_profile").map_or("", |key| key.default);
    let said = raw.get("crm_profile");
    let named = said.map_or(default, |value| value.text.expose_str());
    let place = said.map_or_else(|| Place::Missing("ANNEX_CRM_PROFILE".into()), |value| value.place.clone());
    match sought(named, folders) {
        Ok(Some((path, source))) => {
            let mut profile = parse(&path, &source, folders, mistakes);
            shadow::mail_domain(raw, &mut profile, mistakes);
            Some(profile)
        }
        Ok(None) => {
            let sought: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
            let remedy =
                format!("write `nexus`, `nexus_member_row`, `example` or a path; sought in {}", sought.join(", "));
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

fn sought(named: &str, folders: &[PathBuf]) -> std::io::Result<Option<(PathBuf, String)>> {
    let is_path = named.contains('/') || named.ends_with(".toml");
    if is_path { from_file(Path::new(named)) } else { from_folders(named, folders) }
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

fn parse(path: &Path, source: &str, folders: &[PathBuf], mistakes: &mut Vec<Mistake>) -> CrmProfile {
    let mut document = Document::read(path, source, mistakes);
    let mut read_already = vec![path.to_owned()];
    while let Some((named, line)) = document.root.take_text("extends") {
        let place = document.place(line);
        let mut refuse = |what: String, remedy: &str| mistakes.push(Mistake::new(place.clone(), what, remedy));
        match sought(&named, folders) {
            Ok(Some((path, _))) if read_already.contains(&path) => {
                refuse(format!("`{named}` is extended in a circle"), "let one of them extend nothing");
                break;
            }
            Ok(Some((path, source))) => {
                document.extend(&path, &source, mistakes);
                read_already.push(path);
            }
            Ok(None) => {
                refuse(
                    format!("there is no CRM profile `{named}` to extend"),
                    "name a built-in profile, one in the folder of profiles, or a path",
                );
                break;
            }
            Err(error) => {
                refuse(format!("cannot read the CRM profile `{named}`: {error}"), "name a file that Annex may read");
                break;
            }
        }
    }
    read::profile(&document, mistakes)
}
