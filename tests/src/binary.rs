//! The built binary: where it is, whether it is of today, and one run of one of its commands.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Once;
use std::time::{Duration, SystemTime};

use tokio::process::Command;

use crate::tree;

/// Far above what any command takes.
const DEADLINE: Duration = Duration::from_secs(120);

/// What a command said.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its exit status; 137 when it had to be killed.
    pub status: i32,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// Runs `annex` with `arguments`, in the repository's folder, with `environment` as the only variables
/// beside the machine's own.
pub async fn annex(arguments: &[&str], environment: &[(String, String)]) -> Output {
    annex_into(Stdio::piped(), arguments, environment).await
}

/// The same, with its standard output going somewhere else.
pub async fn annex_into(stdout: impl Into<Stdio>, arguments: &[&str], environment: &[(String, String)]) -> Output {
    let mut command = Command::new(path());
    command.args(arguments).env_clear().envs(crate::guard::inherited()).envs(environment.iter().cloned());
    command.current_dir(tree::root()).stdin(Stdio::null()).kill_on_drop(true);
    let running = command
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run annex: {error}"));
    // The command holds our end of what it writes into, and would keep it open.
    drop(command);
    let ended = tokio::time::timeout(DEADLINE, running.wait_with_output()).await;
    let ended = ended.unwrap_or_else(|_| panic!("`annex {}` still runs after {DEADLINE:?}", arguments.join(" ")));
    let output = ended.unwrap_or_else(|error| panic!("annex is gone: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Output { status: output.status.code().unwrap_or(137), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

/// The binary under test: `ANNEX_BIN`, or the one that was built beside the test's own executable.
///
/// # Panics
/// If it is missing.
pub fn path() -> PathBuf {
    let path = chosen().unwrap_or_else(beside_the_tests);
    assert!(path.is_file(), "{} is missing: run `cargo build -p annex` (`make test` does)", path.display());
    static WARNING: Once = Once::new();
    WARNING.call_once(|| warn_if_stale(&path));
    path
}

#[expect(clippy::disallowed_methods, reason = "names the product to test; the product does not read it")]
fn chosen() -> Option<PathBuf> {
    std::env::var_os("ANNEX_BIN").map(PathBuf::from)
}

/// `target/debug/deps/suites-…` → `target/debug/annex`.
fn beside_the_tests() -> PathBuf {
    let tests = std::env::current_exe().expect("a process knows its executable");
    let profile = tests.ancestors().find(|folder| folder.ends_with("debug") || folder.ends_with("release"));
    profile.expect("cargo builds into a folder named for its profile").join("annex")
}

fn warn_if_stale(binary: &Path) {
    let built = binary.metadata().and_then(|metadata| metadata.modified()).expect("the binary has a time");
    let rooms = ["proxy/src", "policy/src", "config/src", "config/crm", "migrations"];
    let newest = rooms.iter().filter_map(|room| newest(&tree::root().join(room))).max();
    if newest.is_some_and(|changed| changed > built) {
        eprintln!("WARNING: {} is older than its sources: run `cargo build -p annex`", binary.display());
    }
}

fn newest(folder: &Path) -> Option<SystemTime> {
    let files = tree::files(folder);
    files.iter().filter_map(|file| file.metadata().ok()?.modified().ok()).max()
}
