//! Golden files of what the command line prints; `ANNEX_BLESS=1` writes them anew.

use annex_tests::tree;

/// Compares `text` with `tests/golden/cli/<name>.txt`.
#[track_caller]
pub fn same(name: &str, text: &str) {
    let path = tree::root().join(format!("tests/golden/cli/{name}.txt"));
    if blessing() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        std::fs::write(&path, text).expect("the golden file can be written");
        return;
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(golden, text, "{} differs; if this is meant: ANNEX_BLESS=1 make test", path.display());
}

/// The names of all golden files.
pub fn names() -> Vec<String> {
    let files = tree::files(&tree::root().join("tests/golden/cli"));
    let stem = |file: &std::path::PathBuf| Some(file.file_stem()?.to_str()?.to_owned());
    files.iter().filter_map(stem).collect()
}

#[expect(clippy::disallowed_methods, reason = "asked of the test, not of the product")]
fn blessing() -> bool {
    std::env::var_os("ANNEX_BLESS").is_some()
}
