//! Where things stand in the source tree.

use std::path::{Path, PathBuf};

/// The folder of the repository.
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests stand in the repository").to_owned()
}

/// Every file below `folder`, sorted; none if there is no such folder. What builds leave behind is
/// passed over.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            match name.to_str() {
                Some("target" | "node_modules" | ".git" | ".venv") => {}
                _ if is_folder => open.push(path),
                _ => found.push(path),
            }
        }
    }
    found.sort();
    found
}
