//! The lines of `docs/API.md`, as somebody types them.
//!
//! Promise: they are run as they stand, in order, by the shell that people have; one that fails fails the test.

use std::path::Path;

use tokio::process::Command;

use crate::tree;

/// What stands between the fences of a part of the document, which must hold at least `least` requests.
pub fn lines(part: &str, least: usize) -> String {
    let document = std::fs::read_to_string(tree::root().join("docs/API.md")).expect("the document");
    let (_, rest) = document.split_once(&format!("\n## {part}\n")).unwrap_or_else(|| panic!("no part {part}"));
    let pieces = rest.split("\n## ").next().expect("the part").split("```sh\n").skip(1);
    let lines: String = pieces.filter_map(|piece| piece.split_once("```")).map(|(block, _)| block).collect();
    assert!(lines.matches("curl ").count() >= least, "{part}: {lines}");
    lines
}

/// Types them in `folder` with the variables that the document names, and tells what was answered. What streams without an
/// end is read for three seconds.
pub async fn typed(lines: &str, folder: &Path, variables: &[(&str, &str)]) -> String {
    let curl = "curl() { command curl --fail-with-body --max-time 60 \"$@\"; echo; }
                follow() { command curl --fail-with-body --max-time 3 \"$@\" || [ $? = 28 ]; }";
    let script = format!("set -euo pipefail\n{curl}\n{}", lines.replace("curl -sN", "follow -sN"));
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder)
        .envs(variables.iter().copied())
        .output()
        .await
        .expect("bash runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}
