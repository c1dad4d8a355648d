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
    assert!(Path::new(&found.folder).exists(), "the cluster has no folder: {found:?}");

    signal::send("KILL", &[victim.id()]);
    victim.wait().expect("it was ours");
    eventually(Duration::from_secs(60), "every part is gone", || async {
        found.pids.iter().all(|pid| !signal::is_alive(*pid)) && !Path::new(&found.folder).exists()
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
    println!("victim {} {unguarded} {} {} {}", cluster.folder().display(), pids[0], pids[1], pids[2]);
    std::future::pending::<()>().await;
}

#[derive(Debug)]
struct Report {
    folder: String,
    unguarded: u32,
    pids: Vec<u32>,
}

fn read_report(victim: &mut Child) -> Report {
    let lines = BufReader::new(victim.stdout.take().expect("a pipe")).lines();
    let line = lines
        .map_while(Result::ok)
        .find_map(|line| Some(line.split_once("victim ")?.1.to_owned()).filter(|rest| rest.contains('/')));
    let line = line.expect("the victim reports");
    let mut words = line.split(' ');
    let folder = words.next().expect("a folder").to_owned();
    let mut pids: Vec<u32> = words.map(|word| word.parse().expect("a process id")).collect();
    let unguarded = pids.remove(0);
    Report { folder, unguarded, pids }
}
