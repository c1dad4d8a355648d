//! What follows a request on its connection, and how long connections last.

use std::collections::BTreeSet;
use std::time::Duration;

use annex_tests::http::raw::Connection;
use annex_tests::http::{eventually, eventually_some};
use tokio::time::Instant;

use crate::passthrough::rows::{Table, ids};

use super::{DEADLINE, Site, answer, ask, say, until_open};

const GET: &str = "GET /nowhere HTTP/1.1\r\nHost: crm.example.test\r\n";

/// Many in one segment, with and without bodies; none is lost, none overtakes another.
pub async fn assert_pipelined_requests_are_answered(site: &Site) {
    let mut wire = String::new();
    for at in 0..20 {
        let body = format!("body {at}");
        let head = "POST /__test/echo HTTP/1.1\r\nHost: crm.example.test\r\n";
        wire += &format!("GET /__test/echo?at={at} HTTP/1.1\r\nHost: crm.example.test\r\n\r\n");
        wire += &format!("{head}X-At: {at}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        wire += &format!("{head}X-At: {at}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    }
    let mut connection = Connection::open(site.annex.port).await.expect("it listens");
    connection.send(wire.as_bytes()).await.expect("it reads");
    for at in 0..20 {
        let first = answer(&mut connection, "a GET").await.json();
        assert_eq!(first["url"], format!("/__test/echo?at={at}"), "in order");
        let second = answer(&mut connection, "a body with a length").await.json();
        let third = answer(&mut connection, "a body in chunks").await.json();
        for (echo, body) in [(second, format!("body {at}")), (third, "ok".to_owned())] {
            use base64::Engine as _;
            assert_eq!(echo["body"], base64::engine::general_purpose::STANDARD.encode(body), "{at}: its own body");
        }
    }
    site.reached_the_crm();
}

/// The bytes were meant for the other protocol: read as a request they would be smuggled.
pub async fn assert_nothing_behind_a_declined_upgrade_is_forwarded(site: &Site) {
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let behind = "GET /smuggled HTTP/1.1\r\nHost: crm.example.test\r\n\r\n";
    site.reached_the_crm();
    let mut connection = Connection::open(site.annex.port).await.expect("it listens");
    connection.send(format!("{GET}{upgrade}{behind}").as_bytes()).await.expect("it reads");
    let declined = answer(&mut connection, "an upgrade where nobody upgrades").await;
    // What is behind the answer would be the answer to what is behind the upgrade.
    connection.finish().await.expect("it listens");
    let rest = connection.rest().await.expect("it closes");
    let reached = site.reached_the_crm();
    assert!(reached.contains("Upgrade: websocket"), "the upgrade itself is the CRM's to decline: {reached}");
    assert!(!reached.contains("/smuggled"), "bytes behind a declined upgrade were forwarded: {reached}");
    assert_eq!((declined.status, rest.len()), (404, 0), "one answer: {}", String::from_utf8_lossy(&rest));
}

/// The client is told, and the CRM's half-read connection serves nobody else.
pub async fn assert_a_bad_chunk_ends_both_connections(site: &Site) {
    for chunk in
        ["zz\r\nabc\r\n", "-1\r\nabc\r\n", "5\r\nabcdeX\r\n0\r\n\r\n", "fffffffffffffffff\r\nabc", "4 4\r\nabcd\r\n"]
    {
        let head = "POST /__test/upload HTTP/1.1\r\nHost: crm.example.test\r\nTransfer-Encoding: chunked\r\n\r\n";
        site.reached_the_crm();
        let said = say(site.annex.port, format!("{head}3\r\nabc\r\n{chunk}").as_bytes()).await;
        assert_eq!(said.status(), 400, "{chunk:?}: {}", said.text());
        // The head was on its way when the chunk turned out to be none.
        eventually(DEADLINE, "the head reached the CRM", || async { site.tap.sent_up() > 0 }).await;
        let half_read: Vec<usize> = site.tap.take().iter().map(|wire| wire.connection).collect();
        let next = ask(site.annex.port, format!("{GET}Connection: close\r\n\r\n").as_bytes()).await;
        assert_eq!(next.status, 200, "the next request after {chunk:?}");
        for wire in &site.tap.take() {
            let up = String::from_utf8_lossy(&wire.up).into_owned();
            let again = half_read.contains(&wire.connection);
            assert!(!(again && up.contains("GET /nowhere")), "{chunk:?}: used again for {up}");
            assert!(
                again || up.is_empty() || up.starts_with("GET /nowhere "),
                "{chunk:?}: the next request stands alone: {up}"
            );
        }
    }
}

/// Each byte comes in time, the head never: the whole has a deadline.
pub async fn assert_a_dripping_head_is_cut(site: &Site) {
    let began = Instant::now();
    let mut connection = Connection::open(site.annex.port).await.expect("it listens");
    connection.send(b"GET /nowhere HTTP/1.1\r\nHost: crm.example.test\r\n").await.expect("it reads");
    let mut pause = tokio::time::interval(Duration::from_millis(50));
    let mut sent = 0;
    while connection.send(b"X-Drip: 1\r\n").await.is_ok() {
        pause.tick().await;
        sent += 1;
        assert!(began.elapsed() < DEADLINE, "a head that drips is not cut ({sent} lines)");
    }
    assert!(began.elapsed() > Duration::from_millis(1000), "cut before its time: {:?}", began.elapsed());
    assert!(site.reached_the_crm().is_empty(), "half a head reached the CRM");
    assert_eq!(ids(Table::Refusals, &["stream"]), BTreeSet::from(["slow-head".to_owned()]));
}

/// The CRM learns that nobody reads its events any more, though it has none to send.
pub async fn assert_events_end_when_their_reader_leaves(site: &Site) {
    until_open(site, 0, "idle connections to the CRM are dropped").await;
    let mut connection = Connection::open(site.annex.port).await.expect("it listens");
    let asked = "GET /__test/sse?n=2&ms=600000 HTTP/1.1\r\nHost: crm.example.test\r\n\r\n";
    connection.send(asked.as_bytes()).await.expect("it reads");
    let mut got = Vec::new();
    while !String::from_utf8_lossy(&got).contains("data: {\"index\":0}") {
        got.extend(connection.bytes(1).await.expect("the first event comes at once"));
    }
    assert_eq!(site.tap.connections().1, 1, "the control: the CRM is still asked");
    drop(connection);
    until_open(site, 0, "the CRM learns that the reader left").await;
}

/// The same for a WebSocket.
pub async fn assert_a_socket_ends_when_its_client_leaves(site: &Site) {
    until_open(site, 0, "idle connections to the CRM are dropped").await;
    let asked = "GET /__test/ws HTTP/1.1\r\nHost: crm.example.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    // On a busy machine Pingora may end a socket with its handshake (docs/RELEASE_NOTES.md, "Known"): clients ask again.
    let connection = eventually_some(DEADLINE, "the control: the CRM is still asked", || async {
        let mut connection = Connection::open(site.annex.port).await.expect("it listens");
        connection.send(asked.as_bytes()).await.expect("it reads");
        assert_eq!(answer(&mut connection, "the upgrade").await.status, 101);
        tokio::time::sleep(Duration::from_millis(300)).await;
        match site.tap.connections().1 {
            1 => Ok(connection),
            others => Err(others),
        }
    })
    .await;
    drop(connection);
    until_open(site, 0, "the CRM learns that the client left").await;
}
