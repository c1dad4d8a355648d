//! The source tree keeps its own rules: what a reviewer would otherwise have to remember.
//!
//! Each rule is a function over text, and beside each stands a control: a text that breaks the rule.

mod docs;
mod held;
mod rooms;
mod sources;

use annex_tests::tree;

/// A file of ours: neither ignored by git nor brought by a package registry.
struct Source {
    /// From the repository's folder, with `/`.
    path: String,
    text: String,
}

/// Every file of ours that is text.
fn sources() -> Vec<Source> {
    let mut git = std::process::Command::new("git");
    git.current_dir(tree::root()).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = git.output().expect("git can be run");
    assert!(output.status.success(), "git lists no files: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).expect("names are UTF-8");
    let read = |path: &str| {
        // A file that was deleted and not yet committed is still listed.
        let text = std::fs::read_to_string(tree::root().join(path)).ok()?;
        Some(Source { path: path.to_owned(), text })
    };
    let found: Vec<Source> = names.split('\0').filter(|name| !name.is_empty()).filter_map(read).collect();
    assert!(found.len() > 50, "only {} files: this is not the repository", found.len());
    found
}

/// The text of one file, or why a rule about it cannot hold.
fn read(path: &str) -> String {
    let error = |error| panic!("{path} is missing: {error}");
    std::fs::read_to_string(tree::root().join(path)).unwrap_or_else(error)
}

/// Fails with one line per broken promise.
#[track_caller]
fn none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n  {}\n", broken.join("\n  "));
}
