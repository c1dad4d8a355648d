//! Nothing that the harness starts survives the test process, even after `kill -9`.
//!
//! The test runs its own executable once more, with [`victim`] as the only test, and kills it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use annex_tests::crm::{self, Crm};
use annex_tests::http::eventually;
use annex_tests::postgres::Cluster;
use annex_tests::{redis, signal};

#[tokio::test]
async fn the_parts_end_with_a_test_process_that_is_killed() {
    let executable = std::env::current_exe().expect("a process knows its executable");
    let mut command = Command::new(executable);
    command.args(["--exact", "harness::death::victim", "--ignored", "--nocapture"]);
    let mut victim = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it runs once more");
    let found = read_report(&mut victim);
    assert!(found.pids.iter().all(|pid| signal::is_alive(*pid)), "not all parts run: {found:?}");
    assert!(found.folders.iter().all(|folder| Path::new(folder).exists()), "not all folders are there: {found:?}");

    signal::send("KILL", &[victim.id()]);
    victim.wait().expect("it was ours");
    eventually(Duration::from_secs(60), "every part and its folder are gone", || async {
        let no_process = found.pids.iter().all(|pid| !signal::is_alive(*pid));
        no_process && found.folders.iter().all(|folder| !Path::new(folder).exists())
    })
    .await;
    // The control: what nobody guards survives, so the check above can tell the difference.
    assert!(signal::is_alive(found.unguarded), "a process that nobody guards ended too");
    signal::send("KILL", &[found.unguarded]);
}

/// Starts one of each part, tells what it started, and never ends by itself.
#[tokio::test]
#[ignore = "the victim of the test above, which runs it in a process of its own"]
async fn victim() {
    let cluster = Cluster::shared();
    let database = cluster.crm_database("victim").await;
    let server = redis::Server::start().await;
    let crm = Crm::start(&database, crm::Options::default()).await;
    let unguarded = Command::new("sleep").arg("120").stdout(Stdio::null()).spawn().expect("it sleeps").id();
    let pids = [cluster.leader(), crm.pid().expect("it runs"), server.pid().expect("it runs")];
    let folders = [cluster.folder(), server.folder(), crm.folder()].map(|folder| folder.display().to_string());
    println!("victim={}", serde_json::json!({"folders": folders, "pids": pids, "unguarded": unguarded}));
    std::future::pending::<()>().await;
}

#[derive(Debug, serde::Deserialize)]
struct Report {
    folders: Vec<String>,
    pids: Vec<u32>,
    unguarded: u32,
}

fn read_report(victim: &mut Child) -> Report {
    let lines = BufReader::new(victim.stdout.take().expect("a pipe")).lines();
    let found = lines.map_while(Result::ok).find_map(|line| Some(line.split_once("victim=")?.1.to_owned()));
    serde_json::from_str(&found.expect("the victim reports")).expect("as JSON")
}
