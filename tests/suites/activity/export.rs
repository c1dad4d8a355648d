//! The log as a file.

use std::time::Duration;

use annex_tests::http::events::Events;
use annex_tests::http::json::install_crypto;
use annex_tests::story;
use serde_json::Value;

use super::Site;

/// An answer whose body is read by hand.
async fn open(site: &Site, rest: &str, token: &str) -> reqwest::Response {
    install_crypto();
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("{}{}", site.scene.annex.url, site.path(rest));
    http.get(url).bearer_auth(token).send().await.expect("an answer")
}

#[tokio::test]
async fn a_file_holds_every_event_no_formula_and_its_own_event() {
    let site = Site::start("exportfile").await;
    site.happens(1203, "member.joined", &site.owner.id).await;
    let answer = site.get("/export").await.expect(200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    let name = answer.header("content-disposition").expect("a name");
    assert_eq!(name, format!("attachment; filename=\"activity-{}.csv\"", site.owner.tenant));
    let lines: Vec<&str> = answer.text.split("\r\n").collect();
    // A head, an event each, the export's own, and nothing behind the last line.
    assert_eq!((lines.len(), lines.last()), (1 + 1203 + 1 + 1, Some(&"")));
    assert!(lines[0].starts_with("id,workspaceId,createdAt,action,"));
    assert!(lines[1].contains(",activity.exported,"), "it was written down before the first byte: {}", lines[1]);
    assert!(lines[2].contains("\"'=cmd|'/c calc'!A0\""), "a formula is text: {}", lines[2]);
    for cell in answer.text.split([',', '\n']) {
        let bare = cell.trim_start_matches('"');
        assert!(!bare.starts_with(['=', '+', '-', '@', '\t']), "{cell}");
    }
    let ndjson = site.get("/export?format=ndjson&action=member.joined").await.expect(200);
    assert_eq!(ndjson.header("content-type"), Some("application/x-ndjson; charset=utf-8"));
    let rows: Vec<Value> = ndjson.text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(rows.len(), 1203);
    assert_eq!(rows[0]["details"]["n"], 1203);
    let told = site.get("?action=activity.exported").await.json();
    assert_eq!(
        (&told[0]["details"]["format"], &told[0]["details"]["action"]),
        (&"ndjson".into(), &"member.joined".into())
    );
    assert_eq!(told[0]["userId"], site.owner.id.as_str());
    assert_eq!(
        site.count("details::text LIKE '%@%' OR details::text LIKE '%ey%.ey%'").await,
        0,
        "no address, no token"
    );
}

/// More than every buffer on the way holds, so that the end is written only when somebody reads.
async fn much(site: &Site) {
    site.fills(12_000, "member.joined", "a", 4000).await;
}

#[tokio::test]
async fn slow_readers_hold_no_connection_and_few_run_at_a_time() {
    let site = Site::start("exportslow").await;
    much(&site).await;
    let pid = site.scene.annex.program().pid();
    let before = memory_kb(pid, "VmRSS");
    let mut open_ones = Vec::new();
    for _ in 0..8 {
        let mut response = open(&site, "/export?format=ndjson", &site.owner.access).await;
        assert_eq!(response.status(), 200);
        response.chunk().await.expect("it begins");
        open_ones.push(response);
    }
    assert_eq!(open(&site, "/export", &site.owner.access).await.status(), 429);
    // All eight connections of the pool are free for others.
    site.get("?limit=1").await.expect(200);
    let idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    let waiting: i64 = site.scene.database.connect().await.query_one(idle, &[]).await.expect("a number").get(0);
    assert_eq!(waiting, 0, "an export keeps a transaction open");
    let mut first = open_ones.remove(0);
    drop(open_ones);
    let mut bytes = 0;
    while let Some(piece) = first.chunk().await.expect("it goes on") {
        bytes += piece.len();
    }
    assert!(bytes > 12_000 * 4_000, "whole, however slowly: {bytes}");
    let grown = memory_kb(pid, "VmHWM").saturating_sub(before);
    assert!(grown < 160 * 1024, "eight files of 48 MB were not held in memory: {grown} kB");
    annex_tests::http::eventually(Duration::from_secs(60), "readers who left make room", || async {
        open(&site, "/export?to=2001-01-01", &site.owner.access).await.status() == 200
    })
    .await;
}

fn memory_kb(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).expect("it has memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[tokio::test]
async fn the_file_of_a_member_who_is_removed_breaks_off() {
    let site = Site::start("exportremoved").await;
    much(&site).await;
    let member = site.scene.agency("auditor").await;
    story::add_member(&site.scene.database, &site.owner.tenant, &member.id, "admin").await;
    site.scene.settle().await;
    let mut response = open(&site, "/export?format=ndjson", &member.access).await;
    assert_eq!(response.status(), 200);
    response.chunk().await.expect("it begins");
    story::remove_member(&site.scene.database, &site.owner.tenant, &member.id).await;
    site.scene.settle().await;
    let (mut bytes, mut broke) = (0, false);
    loop {
        match response.chunk().await {
            Ok(Some(piece)) => bytes += piece.len(),
            Ok(None) => break,
            Err(_) => {
                broke = true;
                break;
            }
        }
    }
    assert!(broke, "half a file looks like a whole one ({bytes} bytes)");
    assert!(
        Events::open(&format!("{}/api/workspaces/events", site.scene.annex.url), &member.access, &[]).await.is_err()
    );
}
