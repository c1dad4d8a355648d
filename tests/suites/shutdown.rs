//! Annex leaves without losing a request: SIGTERM waits for the exchanges under way, SIGQUIT hands the sockets to the
//! next process, SIGINT goes at once.

use std::time::Duration;

use annex_tests::folder::Folder;
use annex_tests::http::json::Client;
use annex_tests::http::{eventually, raw};
use annex_tests::load::{Load, Shot, Tally};
use annex_tests::scene::{Nodes, place};
use annex_tests::sidecar::Annex;
use annex_tests::story::{self, FlagScope, Person};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::Instant;

const DEADLINE: Duration = Duration::from_secs(60);

/// A member of a workspace that is on, and load of every kind: at home, in the workspace, pages, slow answers, writes.
async fn member(all: &Nodes) -> (Person, String) {
    let (person, workspace) = (all.agency("member").await, all.agency("workspace").await.tenant);
    story::set_flag(&all.database, FlagScope::Tenant(&workspace), true).await;
    story::add_member(&all.database, &workspace, &person.id, "manager").await;
    all.settle().await;
    (person, workspace)
}

fn load(all: &Nodes, (person, workspace): &(Person, String)) -> Load {
    let client = all.client(0, person);
    let mut write = Shot::get(&client.workspace(workspace), "/api/contacts");
    write.method = reqwest::Method::POST;
    write.body = Some(json!({"name": "c", "email": "c@c.test"}));
    let shots = [
        Shot::get(&client, "/api/customers"),
        Shot::get(&client.workspace(workspace), "/api/customers"),
        Shot::get(&client, &format!("/_annex/w/{workspace}/api/customers")),
        Shot::get(&client, "/a/page"),
        Shot::get(&client, "/__test/slow?ms=600"),
        write,
    ];
    Load::start(12, &shots)
}

fn assert_nothing_lost(tally: &Tally) {
    let written = tally.status(201);
    assert!(tally.total() > 100 && written > 5, "there was load: {tally:?}");
    assert_eq!(tally.besides(&[200, 201]), 0, "requests were lost: {tally:#?}");
}

async fn leaving(node: &Annex) -> bool {
    let client = Client::new(&node.admin_url);
    match client.try_send(reqwest::Method::GET, "/readyz", None).await {
        Ok(answer) => answer.status == 503 && answer.text.contains("leaving"),
        Err(_) => false,
    }
}

#[tokio::test]
async fn sigterm_under_load_says_so_and_loses_nothing() {
    let all = Nodes::start("sigterm", 1, |options| {
        options.with("ANNEX_SHUTDOWN_GRACE_MS", "6000").with("ANNEX_SHUTDOWN_TIMEOUT_MS", "30000")
    })
    .await;
    let member = member(&all).await;
    let node = &all.nodes[0];
    let load = load(&all, &member);
    load.pass(120).await;
    // One answer that takes longer than new connections are taken.
    let slow = all.client(0, &member.0);
    let slow = tokio::spawn(async move { slow.get("/__test/slow?ms=9000").await });
    load.pass(20).await;

    node.program().signal("TERM");
    let began = Instant::now();
    eventually(DEADLINE, "/readyz says that it is leaving", || leaving(node)).await;
    // New connections are still taken while a balancer notices; each answer says that it is the last of its connection.
    let answer = Client::new(&node.url).get("/a/page").await.expect(200);
    assert_eq!(answer.header("connection"), Some("close"));
    let tally = load.stop().await;
    assert_eq!(slow.await.expect("an answer").expect(200).json()["sleptMs"], 9000);
    let status = node.program().ended(DEADLINE).await;
    println!("SIGTERM under load: {} requests, none lost; gone after {:?}", tally.total(), began.elapsed());
    assert_eq!(status, 0, "it ended otherwise than asked");
    assert_nothing_lost(&tally);
    assert!(began.elapsed() < Duration::from_secs(90), "it waited longer than for the last answer");
    assert!(TcpStream::connect(("127.0.0.1", node.port)).await.is_err(), "somebody still listens");
}

#[tokio::test]
async fn an_exchange_that_never_ends_holds_a_stop_up_no_longer_than_the_limit() {
    let all = Nodes::start("sigtermlimit", 1, |options| {
        options.with("ANNEX_SHUTDOWN_GRACE_MS", "0").with("ANNEX_SHUTDOWN_TIMEOUT_MS", "1000")
    })
    .await;
    let node = &all.nodes[0];
    let client = Client::new(&node.url);
    let endless =
        tokio::spawn(async move { client.try_send(reqwest::Method::GET, "/__test/slow?ms=120000", None).await });
    in_flight(node, 1).await;
    let began = Instant::now();
    node.program().signal("TERM");
    node.program().ended(DEADLINE).await;
    assert!(began.elapsed() < Duration::from_secs(60), "it took {:?}", began.elapsed());
    assert!(endless.await.expect("it ended").is_err());
}

#[tokio::test]
async fn sigquit_under_load_hands_over_and_loses_nothing() {
    let folder = Folder::new("upgrade");
    let socket = folder.join("upgrade.sock").display().to_string();
    let all = Nodes::start("sigquit", 1, |options| {
        options
            .with("ANNEX_SERVER_UPGRADE_SOCKET", &socket)
            .with("ANNEX_SHUTDOWN_GRACE_MS", "5000")
            .with("ANNEX_SHUTDOWN_TIMEOUT_MS", "8000")
    })
    .await;
    let member = member(&all).await;
    let first = &all.nodes[0];
    let load = load(&all, &member);
    load.pass(60).await;
    let second = first.successor();
    first.hand_over();
    let began = Instant::now();
    let status = first.program().ended(DEADLINE).await;
    println!("SIGQUIT: the first process was gone after {:?} with status {status}", began.elapsed());
    assert_eq!(status, 0);
    load.pass(60).await;
    second.ready().await;
    let answer = all.client(0, &member.0).workspace(&member.1).get("/api/customers").await;
    assert_eq!(place(&answer), member.1, "the second process serves workspaces");
    let tally = load.stop().await;
    println!(
        "SIGQUIT under load: {} requests over the hand-over, {} not answered",
        tally.total(),
        tally.besides(&[200, 201])
    );
    assert_nothing_lost(&tally);
    assert_eq!(second.stop().await, 0);
}

#[tokio::test]
async fn sigint_goes_at_once() {
    let all = Nodes::start("sigint", 1, |options| options).await;
    let node = &all.nodes[0];
    let port = node.port;
    let slow = tokio::spawn(async move {
        raw::try_exchange(port, b"GET /__test/slow?ms=120000 HTTP/1.1\r\nHost: x\r\n\r\n").await
    });
    in_flight(node, 1).await;
    let began = Instant::now();
    node.program().signal("INT");
    node.program().ended(DEADLINE).await;
    println!("SIGINT: gone after {:?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(60), "it took {:?}", began.elapsed());
    assert!(slow.await.expect("it ended").is_err(), "nobody waited for it");
}

/// Waits until `count` exchanges are under way.
async fn in_flight(node: &Annex, count: u64) {
    let admin = Client::new(&node.admin_url);
    let wanted = format!("annex_in_flight_exchanges {count}");
    let under_way = || async { admin.get("/metrics").await.text.lines().any(|line| line == wanted) };
    eventually(DEADLINE, "an exchange is under way", under_way).await;
}
