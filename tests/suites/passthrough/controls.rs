//! That the comparison can fail, and that its witnesses tell the truth.

use std::time::Duration;

use annex_tests::http::eventually_some;
use base64::Engine as _;
use serde_json::Value;

use super::compare::{Rules, Situation};
use super::message::{Message, Spoken, requests};
use super::play::{Capture, play};
use super::rows::{Shown, Table, ids};
use super::{Direct, Site, corpus, direct, noticed_against, noticed_through, numbered};

/// A proxy that changes one thing.
type Meddler = (&'static str, fn(&mut Capture));

#[tokio::test]
async fn a_proxy_that_changes_anything_is_noticed() {
    let direct = direct().await;
    let meddlers: [Meddler; 9] = [
        ("a request header more", |capture| received(capture).lines.push("Via: 1.1 proxy".to_owned())),
        ("a request header less", |capture| drop(received(capture).lines.pop())),
        ("a name in another case", |capture| received(capture).lines[1].make_ascii_lowercase()),
        ("another order", |capture| received(capture).lines.swap(1, 2)),
        ("a token exchanged for another one", |capture| {
            let token = "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl".to_owned();
            received(capture).lines[2] = token;
        }),
        ("an answer's header more", |capture| got(capture).lines.push("Server: proxy".to_owned())),
        ("an answer's header less", |capture| drop(got(capture).lines.remove(1))),
        ("a byte of the body", |capture| got(capture).body[0] ^= 1),
        ("another status", |capture| got(capture).lines[0] = "HTTP/1.1 203 Changed".to_owned()),
    ];
    // The conversations up to the one that is meddled with.
    let at = direct.captures.iter().position(|capture| capture.name == "me").expect("the corpus asks who one is");
    let captures = &direct.captures[..=at];
    assert_eq!(noticed(direct, captures), Vec::<String>::new(), "the CRM alone differs from itself");
    for (what, meddle) in meddlers {
        let mut captures = captures.to_vec();
        meddle(&mut captures[at]);
        let noticed = noticed(direct, &captures);
        assert!(noticed.iter().any(|line| line.starts_with("me (within")), "{what}, within one run: {noticed:?}");
        assert!(noticed.iter().any(|line| line.starts_with("me (against")), "{what}, against the CRM: {noticed:?}");
    }
}

#[tokio::test]
async fn a_listed_difference_that_nothing_shows_is_noticed() {
    let direct = direct().await;
    let mut shown = Shown::default();
    let mut rules = Rules { began_s: direct.began_s, situation: Situation::Off, shown: &mut shown };
    noticed_through(&mut rules, &direct.captures);
    let listed = ids(Table::Differences, &["request", "answer", "connection", "annex"]);
    let outcome = std::panic::catch_unwind(|| shown.assert_exactly(&listed));
    assert!(outcome.is_err(), "the CRM alone is said to show every listed difference");
}

#[test]
fn the_corpus_has_its_size_and_no_name_stands_twice() {
    let mut names: Vec<&str> = corpus().iter().map(|step| step.name).collect();
    assert!(names.len() >= 120, "only {} conversations", names.len());
    names.sort_unstable();
    let before = names.len();
    names.dedup();
    assert_eq!(names.len(), before, "two conversations of the same name");
}

/// Two runs with the CRM alone: numbering their random values makes them the same.
#[tokio::test]
async fn two_runs_with_the_crm_alone_are_the_same() {
    let site = Site::start("again").await;
    let again = numbered(site.began_s, &play(&corpus(), site.tap.port, &site.tap).await);
    for (one, two) in direct().await.numbered.iter().zip(&again) {
        assert_eq!((&one.received, &one.got, one.ended), (&two.received, &two.got, two.ended), "{}", one.name);
    }
}

/// All that is noticed if `captures` were what came through Annex.
fn noticed(direct: &Direct, captures: &[Capture]) -> Vec<String> {
    let mut shown = Shown::default();
    let mut rules = Rules { began_s: direct.began_s, situation: Situation::Off, shown: &mut shown };
    let mut noticed = noticed_through(&mut rules, captures);
    let numbered = numbered(direct.began_s, captures);
    noticed.extend(noticed_against(&mut rules, &direct.numbered[..numbered.len()], &numbered));
    noticed
}

fn received(capture: &mut Capture) -> &mut Message {
    &mut capture.received[0]
}

fn got(capture: &mut Capture) -> &mut Message {
    &mut capture.got[0]
}

/// What the relay wrote down is what the CRM itself says that it received.
pub async fn assert_the_crm_recorded_the_same(site: &Site, captures: &[Capture]) {
    // Where the relay answers itself, the CRM has nothing to record.
    let own = |message: &Message| !message.lines[0].contains("/foreign");
    let received = captures.iter().flat_map(|capture| capture.received.clone());
    let expected: Vec<Message> = received.filter(own).collect();
    let entries = eventually_some(Duration::from_secs(60), "every connection is in the CRM's record", || async {
        let text = std::fs::read_to_string(site.uploads.join("record")).unwrap_or_default();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let entries: Vec<Value> = lines.filter(|entry| entry["kind"] == "connection").collect();
        let open = site.tap.connections().0 - entries.len();
        if open == 0 { Ok(entries) } else { Err(format!("{open} are not")) }
    })
    .await;
    let mut recorded = Vec::new();
    for entry in entries.iter().filter(|entry| entry["truncated"] == false) {
        let raw = entry["raw"].as_str().expect("base64");
        let raw = base64::engine::general_purpose::STANDARD.decode(raw).expect("base64");
        let spoken = if raw.starts_with(b"GET /__test/ws") { Spoken::Upgraded } else { Spoken::Http };
        recorded.extend(requests(&raw, spoken));
    }
    let missing: Vec<&Message> = recorded.iter().filter(|message| !expected.contains(message)).collect();
    assert!(missing.is_empty(), "the CRM received what the relay did not write down: {missing:?}");
    let truncated = entries.iter().filter(|entry| entry["truncated"] == true).count();
    let unaccounted: Vec<_> = expected.iter().filter(|message| !recorded.contains(message)).collect();
    let unaccounted: Vec<&str> = unaccounted.iter().map(|message| message.lines[0].as_str()).collect();
    // The record keeps the first 256 KiB of a connection.
    assert_eq!((truncated, &unaccounted[..]), (1, &["POST /__test/upload HTTP/1.1"][..]), "what no record shows");
}
