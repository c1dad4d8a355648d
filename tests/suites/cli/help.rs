//! The help of every command is a golden file: a changed word is seen, and scripts rely on them.

use annex_tests::sidecar::annex;

use super::golden;

const COMMANDS: &[&str] = &[
    "",
    "serve",
    "branding",
    "branding restore",
    "check",
    "config",
    "config print",
    "doctor",
    "doctor routes",
    "explain",
    "export",
    "export later",
    "import",
    "import later",
    "demo",
    "flag",
    "flag list",
    "flag set",
    "flag clear",
    "members",
    "members add",
    "members list",
    "members backfill",
    "members remove",
    "members sync",
    "shadow",
    "shadow report",
    "shadow accept",
    "shadow promote",
    "shadow forget",
    "workspace",
    "workspace list",
    "workspace show",
    "workspace restore",
    "purge",
    "audit",
    "audit verify",
    "openapi",
    "migrate",
    "migrate up",
    "migrate down",
    "migrate verify",
    "migrate status",
    "migrate fingerprint",
    "uninstall",
];

fn file_of(command: &str) -> String {
    if command.is_empty() { "annex".to_owned() } else { format!("annex-{}", command.replace(' ', "-")) }
}

#[tokio::test]
async fn the_help_of_every_command_is_its_golden_file() {
    for command in COMMANDS {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let output = annex(&arguments, &[]).await;
        assert_eq!((output.status, output.stderr.as_str()), (0, ""), "annex {command} --help");
        golden::same(&file_of(command), &output.stdout);
    }
}

#[tokio::test]
async fn no_golden_file_is_left_over_and_no_command_is_without_one() {
    let expected: std::collections::BTreeSet<String> = COMMANDS.iter().map(|command| file_of(command)).collect();
    assert_eq!(golden::names().into_iter().collect::<std::collections::BTreeSet<_>>(), expected);
    for command in COMMANDS {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let help = annex(&arguments, &[]).await.stdout;
        let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        for name in listed.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
            let known = format!("{command} {name}");
            assert!(COMMANDS.contains(&known.trim()), "`annex {known}` has no golden file");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_understood_ends_with_two() {
    for arguments in [
        &["frobnicate"][..],
        &["migrate"],
        &["flag", "set", "perhaps"],
        &["members", "add", "--workspace", "w", "--role", "viewer"],
        &[],
    ] {
        let output = annex(arguments, &[]).await;
        assert_eq!(output.status, 2, "annex {arguments:?}: {}", output.stderr);
        let shows_the_way = ["Usage:", "--help"].iter().any(|way| output.stderr.contains(way));
        assert!(shows_the_way, "{}", output.stderr);
    }
    let version = annex(&["--version"], &[]).await;
    assert_eq!((version.status, version.stdout.as_str()), (0, concat!("annex ", env!("CARGO_PKG_VERSION"), "\n")));
}
