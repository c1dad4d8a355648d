//! Golden files: what stands in the tree against what was seen.

use annex_tests::tree;

/// Compares `seen` with `tests/golden/<name>`; with `ANNEX_BLESS=1` writes it instead.
///
/// # Panics
/// If they differ, with the lines that do.
pub fn compare(name: &str, seen: &str) {
    let path = tree::root().join("tests/golden").join(name);
    if blessing() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder of golden files");
        return std::fs::write(&path, seen).expect("the golden file is written");
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = |this: &str, other: &str, mark: &str| -> Vec<String> {
        let others: std::collections::BTreeSet<&str> = other.lines().collect();
        this.lines().filter(|line| !others.contains(line)).map(|line| format!("{mark} {line}")).collect()
    };
    let changes = [differing(&wanted, seen, "-"), differing(seen, &wanted, "+")].concat();
    assert!(wanted == seen, "{name} is not what was seen (ANNEX_BLESS=1 writes it):\n{}", changes.join("\n"));
}

#[expect(clippy::disallowed_methods, reason = "says whether this run writes golden files")]
fn blessing() -> bool {
    std::env::var_os("ANNEX_BLESS").is_some_and(|value| value == "1")
}
