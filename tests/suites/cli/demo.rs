//! `annex demo`: what it needs, and that nothing outlives it.

use std::path::Path;
use std::time::Duration;

use annex_tests::folder::Folder;
use annex_tests::guard::{Guarded, Launch};
use annex_tests::http::eventually;
use annex_tests::{sidecar, tree};

use super::{fails, says};

#[tokio::test]
async fn a_missing_crm_is_told_with_its_remedy() {
    let folder = Folder::new("nocrm");
    let nowhere = folder.join("nowhere");
    let said = fails(1, &["demo", "--crm-dir", &nowhere.display().to_string()], &Vec::new()).await;
    says(&said, &["the demo cannot start", "there is no folder"]);
    folder.write("server.js", "");
    let said = fails(1, &["demo", "--crm-dir", &folder.path().display().to_string()], &Vec::new()).await;
    says(&said, &["npm ci"]);
}

#[tokio::test]
async fn the_demo_ends_whole_by_signal_and_by_kill() {
    for signal in ["INT", "TERM", "KILL"] {
        let folder = Folder::new("demo");
        let temporary = folder.join("t");
        std::fs::create_dir(&temporary).expect("a folder");
        open_to_all(folder.path(), &temporary);
        let demo = start(&folder, &temporary);
        eventually(Duration::from_secs(180), "the demo shows its logins", || async {
            assert!(demo.is_running(), "the demo ended\n{}", demo.tail());
            demo.log().contains("ada@aurora.test")
        })
        .await;
        assert!(!left_in(&temporary).is_empty(), "the demo has no folder of its own there");
        demo.signal(signal);
        demo.ended(Duration::from_secs(30)).await;
        eventually(Duration::from_secs(30), "the demo's folder is gone", || async { left_in(&temporary).is_empty() })
            .await;
        let running = || processes_that_name(&temporary);
        eventually(Duration::from_secs(30), "the demo's programs are gone", || async { running().is_empty() }).await;
    }
}

fn start(folder: &Folder, temporary: &Path) -> Guarded {
    let program = sidecar::program();
    let environment = [("TMPDIR".to_owned(), temporary.display().to_string())];
    let root = tree::root();
    let arguments = ["demo".to_owned()];
    let log = folder.join("log");
    Guarded::start(Launch {
        name: "annex demo",
        program: &program,
        arguments: &arguments,
        environment: &environment,
        folder: &root,
        log,
    })
}

/// PostgreSQL runs as another user, who must be able to pass through.
fn open_to_all(outer: &Path, inner: &Path) {
    use std::os::unix::fs::PermissionsExt;
    for path in [outer, inner] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o711)).expect("our own folder");
    }
}

fn left_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Processes whose command line or working folder names `folder`.
fn processes_that_name(folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    let of = |id: &str| {
        let command = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        let works_in = std::fs::read_link(format!("/proc/{id}/cwd")).unwrap_or_default();
        format!("{} {}", String::from_utf8_lossy(&command).replace('\0', " "), works_in.display())
    };
    let ids = std::fs::read_dir("/proc")
        .expect("/proc is mounted")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    ids.filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()))
        .map(|id| of(&id))
        .filter(|text| text.contains(&folder))
        .collect()
}
