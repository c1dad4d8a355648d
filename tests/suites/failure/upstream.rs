//! The CRM down, slow, dying mid-body, coming back: its own failure, and nothing that changes something is sent twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use annex_tests::crm::{self, Crm};
use annex_tests::folder::Folder;
use annex_tests::http::json::Client;
use annex_tests::http::{eventually, raw};
use annex_tests::postgres::{Cluster, Database};
use annex_tests::record::{PROBE, probe};
use annex_tests::redis;
use annex_tests::scene::{agency, settle};
use annex_tests::sidecar::{Annex, Options};
use annex_tests::story::{self, FlagScope, Person};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::DEADLINE;

/// A CRM that writes down on disk what it got, so that the record outlives its death.
struct Mortal {
    annex: Annex,
    crm: Crm,
    person: Person,
    workspace: String,
    database: Database,
    record: Folder,
    _redis: redis::Server,
}

impl Mortal {
    async fn start(label: &str, configure: impl FnOnce(Options) -> Options) -> Self {
        let database = Cluster::shared().migrated_database(label).await;
        let record = Folder::new("record");
        let file = record.join("record.jsonl").display().to_string();
        let crm = Crm::start(&database, crm::Options::default().with("CRM_RECORD", file)).await;
        let redis = redis::Server::start().await;
        let options = configure(Options::new(&crm, &database, Some(&redis)));
        let annex = Annex::start(options).await;
        let (person, workspace) = (agency(&crm.url, "member").await, agency(&crm.url, "workspace").await.tenant);
        story::set_flag(&database, FlagScope::Tenant(&workspace), true).await;
        story::add_member(&database, &workspace, &person.id, "manager").await;
        settle(&database, &annex.url, &crm.jwt_secret).await;
        Self { annex, crm, person, workspace, database, record, _redis: redis }
    }

    fn client(&self) -> Client {
        Client::new(&self.annex.url).bearer(&self.person.access)
    }

    /// How often each probe arrived, over all lives of the CRM.
    fn deliveries(&self) -> BTreeMap<String, usize> {
        let text = std::fs::read_to_string(self.record.join("record.jsonl")).unwrap_or_default();
        let mut found = BTreeMap::new();
        for line in text.lines() {
            let entry: Value = serde_json::from_str(line).unwrap_or_default();
            let headers: Vec<&str> =
                entry["rawHeaders"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let value = headers.chunks_exact(2).find(|pair| pair[0].eq_ignore_ascii_case(PROBE)).map(|pair| pair[1]);
            if let (Some(value), "request") = (value, entry["kind"].as_str().unwrap_or_default()) {
                *found.entry(value.to_owned()).or_insert(0) += 1;
            }
        }
        found
    }
}

#[tokio::test]
async fn a_crm_that_is_down_is_a_502_everywhere_and_is_found_again() {
    let mut scene = Mortal::start("crmdown", |options| options).await;
    let client = scene.client();
    let there = client.workspace(&scene.workspace);
    client.get("/api/customers").await.expect(200);
    there.get("/api/customers").await.expect(200);
    scene.crm.kill().await;
    for (client, path) in [
        (&client, "/api/customers".to_owned()),
        (&there, "/api/customers".to_owned()),
        (&client, format!("/_annex/w/{}/api/customers", scene.workspace)),
        (&client, "/a/page".to_owned()),
    ] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
            let answer = client.send(method.clone(), &path, Some(json!({"name": "c"}))).await;
            // A route that nobody mapped is refused before anybody is asked.
            let refused = answer.code() == "ROUTE_NOT_MAPPED";
            assert!(answer.status == 502 || refused, "{method} {path}: {} {}", answer.status, answer.text);
            assert!(refused || answer.json()["message"].is_string(), "a body that the SPA can parse");
        }
    }
    scene.annex.ready().await;
    client.get("/api/features").await.expect(200);

    scene.crm.restart().await;
    let back = || async { there.get("/api/customers").await.status == 200 };
    let took = eventually(DEADLINE, "the CRM is found again", back).await;
    println!("the CRM was found again after {took:?}");
    client.get("/api/customers").await.expect(200);
}

/// Whoever is woken at night must see whose words an answer was.
#[tokio::test]
async fn an_answer_that_annex_wrote_for_the_crm_is_told_from_the_crms_own() {
    let mut scene = Mortal::start("crmlabels", |options| options.with("ANNEX_POOL_READ_TIMEOUT_MS", "5000")).await;
    let (client, admin) = (scene.client(), Client::new(&scene.annex.admin_url));
    let reasons = || async {
        let text = admin.get("/metrics").await.text;
        let ours =
            text.lines().filter(|line| line.starts_with("annex_exchanges_total{") && line.contains("status=\"5xx\""));
        let reason = |line: &str| line.split_once("reason=\"")?.1.split('"').next().map(str::to_owned);
        ours.filter_map(reason).collect::<BTreeSet<String>>()
    };
    assert_eq!(reasons().await, BTreeSet::new());
    client.get("/__test/status/502").await.expect(502);
    client.get("/__test/status/504").await.expect(504);
    let told = |wanted: &'static [&'static str]| {
        let reasons = &reasons;
        eventually(DEADLINE, "it is counted", move || async move { reasons().await.iter().eq(wanted) })
    };
    told(&["untouched"]).await;
    client.get("/__test/slow?ms=120000").await.expect(504);
    told(&["untouched", "upstream_timed_out"]).await;
    scene.crm.kill().await;
    client.get("/api/customers").await.expect(502);
    told(&["untouched", "upstream_failed", "upstream_timed_out"]).await;
    let logged = || async { scene.annex.log().contains("\"decision.reason\":\"upstream_failed\"") };
    eventually(DEADLINE, "the log says it too", logged).await;
}

#[tokio::test]
async fn a_crm_that_is_slow_or_dies_mid_body_is_seen_as_it_is() {
    let scene = Mortal::start("crmslow", |options| options.with("ANNEX_POOL_READ_TIMEOUT_MS", "4000")).await;
    let client = scene.client();
    client.get("/__test/slow?ms=700").await.expect(200);
    let began = Instant::now();
    let late = client.get("/__test/slow?ms=120000").await.expect(504);
    assert!(late.json()["message"].is_string() && began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    let mark = probe();
    let late = client.header("x-probe", &mark).post("/__test/slow?ms=120000", json!({})).await;
    assert_eq!(late.status, 504);

    scene.crm.pause();
    let frozen = client.get("/api/customers").await;
    assert_eq!(frozen.status, 504, "{}", frozen.text);
    scene.crm.resume();
    let back = || async { client.get("/api/customers").await.status == 200 };
    eventually(DEADLINE, "it answers again", back).await;
    assert_eq!(scene.deliveries().get(&mark), Some(&1), "a POST that timed out was sent again");

    for after in [0, 10, 900] {
        for method in ["GET", "POST"] {
            let mark = probe();
            let request = format!(
                "{method} /__test/die?after={after}&of=1000 HTTP/1.1\r\nHost: x\r\n{PROBE}: {mark}\r\nContent-Length: 0\r\n\r\n"
            );
            let broken = raw::try_exchange(scene.annex.port, request.as_bytes()).await;
            let whole = broken.is_ok_and(|response| response.status == 200);
            assert!(!whole, "{method}: half an answer was passed off as a whole one");
            let times = scene.deliveries().get(&mark).copied().unwrap_or_default();
            assert_eq!(times, 1, "{method}, dying after {after}: it arrived {times} times");
        }
    }
    client.get("/api/customers").await.expect(200);
}

#[tokio::test]
async fn what_changes_something_arrives_once_at_most_while_the_crm_dies_under_load() {
    let mut scene = Mortal::start("crmdies", |options| options).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for task in 0..8 {
        let client = if task % 2 == 0 { scene.client() } else { scene.client().workspace(&scene.workspace) };
        let stop = Arc::clone(&stop);
        tasks.spawn(async move {
            let mut outcomes = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let mark = probe();
                let body = json!({"name": mark, "email": "c@c.test"});
                let answer = client.header("x-probe", &mark).try_send(Method::POST, "/api/contacts", Some(body)).await;
                let status = answer.map(|answer| answer.status).unwrap_or(0);
                outcomes.push((mark, status));
                if status != 201 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            outcomes
        });
    }
    let client = scene.client();
    for _ in 0..3 {
        // In flight at the moment of death: the answer is slow, the request is whole.
        let mark = probe();
        let (slow, sent) = (client.header("x-probe", &mark), mark.clone());
        let slow =
            tokio::spawn(async move { slow.try_send(Method::POST, "/__test/slow?ms=120000", Some(json!({}))).await });
        let arrived = || async { scene.deliveries().contains_key(&sent) };
        eventually(DEADLINE, "the slow POST arrived", arrived).await;
        scene.crm.kill().await;
        let answer = slow.await.expect("it ended").expect("Annex answers");
        assert_eq!(answer.status, 502, "{}", answer.text);
        scene.crm.restart().await;
        let back = || async { client.get("/api/customers").await.status == 200 };
        eventually(DEADLINE, "the CRM is found again", back).await;
        assert_eq!(scene.deliveries()[&mark], 1, "a POST whose answer never came was sent again");
    }
    stop.store(true, Ordering::Relaxed);
    let mut outcomes = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        outcomes.extend(ended.expect("a task of the load does not panic"));
    }
    let deliveries = scene.deliveries();
    let rows = scene.database.connect().await;
    let rows = rows.query("SELECT name, count(*) FROM contacts GROUP BY name", &[]).await.expect("rows");
    let rows: BTreeMap<String, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let mut failed = 0;
    for (mark, status) in &outcomes {
        let (arrived, stored) = (deliveries.get(mark).copied().unwrap_or(0), rows.get(mark).copied().unwrap_or(0));
        assert!(arrived <= 1 && stored <= 1, "{status}: it arrived {arrived} times and stands {stored} times");
        match status {
            201 => assert_eq!(stored, 1, "it was confirmed and is lost"),
            502 => failed += 1,
            other => panic!("an answer of {other}"),
        }
    }
    println!(
        "three deaths of the CRM: {} writes, {failed} of them 502, none twice, none confirmed and lost",
        outcomes.len()
    );
    assert!(outcomes.len() > 50 && failed > 0, "the deaths were not felt");
}
