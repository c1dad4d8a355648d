//! Where one request ends and the next begins, on raw sockets: stricter than Node's parser, never looser.
//!
//! What must be refused is refused and the connection closed, before a byte of it reached the CRM (the relay in
//! front of it writes down every byte), with the flag off and with the flag on for everybody. What differs from the
//! CRM alone is a row of the second table of `docs/PASSTHROUGH.md`, which this suite reads.

mod names;
mod reserved;
mod streams;
mod table;

use std::time::Duration;

use annex_tests::crm::{self, Crm};
use annex_tests::http::eventually;
use annex_tests::http::parse::{Asked, head};
use annex_tests::http::raw::{Connection, Response};
use annex_tests::postgres::{Cluster, Database};
use annex_tests::sidecar::{Annex, Options};
use annex_tests::story::{self, Person};
use serde_json::Value;

use crate::passthrough::tap::Tap;

/// Far above what any answer takes.
const DEADLINE: Duration = Duration::from_secs(30);

/// What stands behind the raw socket.
struct Site {
    crm: Crm,
    tap: Tap,
    annex: Annex,
    flag: Flag,
    /// Somebody of the demo who is signed in.
    bo: Person,
    _database: Database,
}

/// Of everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flag {
    Off,
    On,
}

impl Site {
    async fn start(flag: Flag) -> Self {
        Self::start_with(flag, |options| options).await
    }

    async fn start_with(flag: Flag, change: impl FnOnce(Options) -> Options) -> Self {
        let database = Cluster::shared().migrated_seeded_database("framing").await;
        let crm = Crm::start(&database, crm::Options::default()).await;
        let tap = Tap::start(crm.port).await;
        let options =
            Options::new(&crm, &database, None).with("ANNEX_UPSTREAM", format!("http://127.0.0.1:{}", tap.port));
        let options = change(options);
        let annex = Annex::start(if flag == Flag::On { options.enabled() } else { options }).await;
        let bo = story::log_in(&crm.url, "bo@borealis.test", "demo-bo-1").await;
        let site = Self { crm, tap, annex, flag, bo, _database: database };
        site.assert_the_relay_sees_requests().await;
        site
    }

    /// The control of all that says "nothing reached the CRM".
    async fn assert_the_relay_sees_requests(&self) {
        let asked = b"GET /control HTTP/1.1\r\nHost: crm.example.test\r\nConnection: close\r\n\r\n";
        let said = say(self.annex.port, asked).await;
        assert_eq!(said.status(), 200, "{}", said.text());
        assert!(self.reached_the_crm().contains("GET /control HTTP/1.1\r\n"), "the relay saw nothing");
    }

    /// All that the CRM received since the last call.
    fn reached_the_crm(&self) -> String {
        self.tap.take().iter().map(|wire| String::from_utf8_lossy(&wire.up).into_owned()).collect()
    }

    /// A text with `$access$` filled in.
    fn fill(&self, text: &str) -> Vec<u8> {
        text.replace("$access$", &self.bo.access).into_bytes()
    }
}

/// All that came back until the other side closed.
struct Said(Vec<u8>);

impl Said {
    /// The status of the first answer; 0 if there is none.
    fn status(&self) -> u16 {
        head(&self.0).ok().flatten().map_or(0, |head| head.status)
    }

    fn first_line(&self) -> String {
        self.text().lines().next().unwrap_or("nothing").to_owned()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).chars().take(600).collect()
    }
}

/// Sends all and reads until the other side closes.
async fn say(port: u16, bytes: &[u8]) -> Said {
    let mut connection = Connection::open(port).await.expect("somebody listens");
    // Whoever refuses may close before all was sent.
    let _ = connection.send(bytes).await;
    let said = connection.rest().await.unwrap_or_else(|error| {
        panic!("still open ({error}) after\n{}", String::from_utf8_lossy(bytes).chars().take(600).collect::<String>())
    });
    Said(said)
}

/// One request with its answer on a connection of its own.
async fn ask(port: u16, text: &[u8]) -> Response {
    annex_tests::http::raw::exchange(port, text).await
}

#[tokio::test]
async fn what_could_mean_two_things_is_refused_with_the_flag_off() {
    table::assert_each_is_judged(&Site::start(Flag::Off).await).await;
}

#[tokio::test]
async fn what_could_mean_two_things_is_refused_with_the_flag_on() {
    table::assert_each_is_judged(&Site::start(Flag::On).await).await;
}

/// Nobody is known by name who sends what means two things: the log says from where it came, and of nobody else.
#[tokio::test]
async fn who_sends_what_could_mean_two_things_stands_in_the_log_by_address() {
    let site = Site::start(Flag::Off).await;
    let twice = b"POST /twice HTTP/1.1\r\nHost: crm.example.test\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nbody";
    assert_eq!(say(site.annex.port, twice).await.status(), 400);
    let coded = b"POST /coded HTTP/1.1\r\nHost: crm.example.test\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(say(site.annex.port, coded).await.status(), 501);
    let lines = || async {
        let log = site.annex.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["message"] == "exchange").collect::<Vec<_>>()
    };
    let refused = |line: &Value| line["decision.effect"] == "deny";
    eventually(DEADLINE, "both stand in the log", || async {
        lines().await.iter().filter(|line| refused(line)).count() >= 2
    })
    .await;
    for line in lines().await {
        let wanted = if refused(&line) { Value::from("127.0.0.1") } else { Value::Null };
        assert_eq!(line["client.address"], wanted, "{line}");
    }
    assert!(lines().await.iter().any(|line| !refused(line)), "the control of the relay passed");
}

#[tokio::test]
async fn requests_in_one_segment_are_all_answered_in_order() {
    for flag in [Flag::Off, Flag::On] {
        let site = Site::start(flag).await;
        streams::assert_pipelined_requests_are_answered(&site).await;
        streams::assert_nothing_behind_a_declined_upgrade_is_forwarded(&site).await;
        streams::assert_a_bad_chunk_ends_both_connections(&site).await;
    }
}

#[tokio::test]
async fn connections_end_in_time() {
    let site = Site::start_with(Flag::Off, |options| options.with("ANNEX_LIMITS_HEAD_TIMEOUT_MS", "2000")).await;
    streams::assert_a_dripping_head_is_cut(&site).await;
    streams::assert_events_end_when_their_reader_leaves(&site).await;
    streams::assert_a_socket_ends_when_its_client_leaves(&site).await;
}

#[tokio::test]
async fn reserved_names_reach_the_crm_in_no_spelling() {
    for flag in [Flag::Off, Flag::On] {
        reserved::assert_stripped(&Site::start(flag).await).await;
    }
}

#[tokio::test]
async fn a_workspace_is_named_once_and_plainly_or_not_at_all() {
    for flag in [Flag::Off, Flag::On] {
        names::assert_judged(&Site::start(flag).await).await;
    }
}

/// Waits until `open` connections to the CRM are left.
async fn until_open(site: &Site, open: usize, what: &str) {
    eventually(DEADLINE, what, || async { site.tap.connections().1 <= open }).await;
}

/// The answer to what was sent on `connection`.
async fn answer(connection: &mut Connection, what: &str) -> Response {
    connection.response(Asked::Body).await.unwrap_or_else(|error| panic!("{what}: {error}"))
}
