//! The build of the browser part: a machine that cannot do it is told what it lacks, and pages that weigh more than people
//! were promised make no binary.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use annex_tests::folder::Folder;
use annex_tests::tree;

/// The newest build script that cargo made beside the tests, run by itself.
fn build_script(path: &Path, elsewhere: Option<&Path>) -> String {
    let tests = std::env::current_exe().expect("a process knows its executable");
    let built = tests.parent().and_then(Path::parent).expect("the folder of the profile").join("build");
    let scripts = std::fs::read_dir(&built).expect("what cargo built").filter_map(|entry| {
        let entry = entry.ok().filter(|entry| entry.file_name().to_string_lossy().starts_with("annex-"))?;
        let script: PathBuf = entry.path().join("build-script-build");
        Some((script.metadata().ok()?.modified().ok()?, script)).filter(|(_, script)| script.is_file())
    });
    let (_, script) = scripts
        .filter(|(_, script)| std::fs::read(script).is_ok_and(|bytes| holds(&bytes, b"ANNEX_UI_DIST")))
        .max()
        .expect("the build script");
    let out = Folder::new("building");
    let mut command = Command::new(script);
    command
        .env_clear()
        .env("PATH", path)
        .env("OUT_DIR", out.path())
        .env("CARGO_MANIFEST_DIR", tree::root().join("proxy"));
    if let Some(folder) = elsewhere {
        command.env("ANNEX_UI_DIST", folder);
    }
    text(&command.output().expect("the build script runs"))
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_machine_that_cannot_build_the_pages_is_told_what_to_do() {
    let (empty, old) = (Folder::new("building"), Folder::new("building"));
    let node = old.write("node", "#!/bin/sh\necho v18.19.0\n");
    std::fs::set_permissions(node, PermissionsExt::from_mode(0o755)).expect("it may run");
    let ways = "run `scripts/setup build`, or set ANNEX_UI_DIST to a folder of pages built elsewhere";
    let cases = [
        (
            "there is no Node",
            empty.path(),
            None,
            format!("the pages need Node 20 or newer to build and there is none: {ways}"),
        ),
        (
            "Node is old",
            old.path(),
            None,
            format!("the pages need Node 20 or newer to build and this is v18.19.0: {ways}"),
        ),
        (
            "the folder is empty",
            empty.path(),
            Some(empty.path()),
            "holds no manifest.json: build the pages into it".to_owned(),
        ),
    ];
    for (case, path, elsewhere, wanted) in cases {
        let said = build_script(path, elsewhere);
        let error = said.lines().find(|line| line.starts_with("cargo::error=")).unwrap_or_default();
        assert!(error.contains(&wanted), "{case}: {said}");
    }
}

#[test]
fn what_weighs_more_than_its_budget_is_named_with_by_how_much() {
    let program = r#"
        import { BUDGETS, overweight } from "./proxy/ui/build/budgets.mjs";
        const entry = (name) => [name, { file: `${name}.0a.js`, imports: [] }];
        const entries = Object.fromEntries(Object.keys(BUDGETS).map(entry));
        const light = Object.fromEntries([...Object.keys(BUDGETS), "switcher.en", "stops"].map((name) => [`${name}.0a.js`, 10]));
        console.log(JSON.stringify([{}, { "loader.0a.js": 5_001 }, { "mine.0a.js": 15_001 }, { "stops.0a.js": 14_990, "switcher.en.0a.js": 14_990 }]
            .map((heavy) => overweight({ entries, files: { ...light, ...heavy } }))));
    "#;
    let output =
        Command::new("node").args(["--input-type=module", "--eval", program]).current_dir(tree::root()).output();
    let said = text(&output.expect("node runs"));
    let faults: Vec<Vec<String>> = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}"));
    let begins = [
        "loader: 5001 B gzipped, 1 B over its budget of 5000 B",
        "mine: 15001 B",
        "switcher, all that each page fetches: 29990 B",
    ];
    assert!(faults[0].is_empty(), "{said}");
    for (faults, begin) in faults[1..].iter().zip(begins) {
        assert!(faults.len() == 1 && faults[0].starts_with(begin), "{begin}: {said}");
    }
}
