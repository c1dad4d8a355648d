//! Large answers: memory stays bounded, and what is above the limit of `block` flows on and ends at a finding.

use annex_tests::http::raw::Connection;

use super::{Yard, assert_counted};

/// About 40 MB of JSON.
const ROWS: i32 = 20_000;
/// What reading it may cost.
const COST_KB: u64 = 24 * 1024;

const FILL: &str = "INSERT INTO public.customers (id, tenant_id, owner_id, name, email, notes, created_at)
    SELECT 'fill-' || n, $1, $2, 'filler', 'f@rows.test', repeat('text ', 400), now() - make_interval(secs => n)
    FROM generate_series(1, $3) n";

const PLANT: &str = "INSERT INTO public.customers (id, tenant_id, owner_id, name, email, created_at)
    SELECT 'planted-' || n, $1, $2, $3, 'p@rows.test', now() + make_interval(days => n)
    FROM generate_series(-1, 1, 2) n";

async fn fill(yard: &Yard, rows: i32) {
    let client = yard.site.database.connect().await;
    client.execute(FILL, &[&yard.site.workspace, &yard.admin.id, &rows]).await.expect("rows");
}

#[tokio::test]
async fn a_huge_answer_passes_byte_for_byte_and_costs_little_memory() {
    let yard = Yard::new("canarylarge").await;
    fill(&yard, ROWS).await;
    let direct = yard.direct().get("/api/customers").await.expect(200).text;
    assert!(direct.len() > 30_000_000, "{} bytes", direct.len());
    for mode in ["count", "block"] {
        let annex = yard.leaking(mode).await;
        let there = yard.there(&annex);
        there.get("/api/deals").await.expect(200);
        let before = memory_kb(annex.program().pid(), "VmRSS");
        assert!(there.get("/api/customers").await.expect(200).text == direct, "{mode}: the bytes differ");
        let peak = memory_kb(annex.program().pid(), "VmHWM");
        assert!(peak < before + COST_KB, "{mode}: {before} kB before, {peak} kB at most");
        assert_counted(&annex, &["{customers,clean,none} 1", "{deals,clean,none} 1"]).await;
    }
}

#[tokio::test]
async fn above_the_limit_a_finding_ends_the_answer_before_it() {
    let yard = Yard::new("canarylimit").await;
    fill(&yard, 500).await;
    let client = yard.site.database.connect().await;
    // The newest and the oldest of all: whatever the order, one stands at the end.
    client.execute(PLANT, &[&yard.site.workspace, &yard.admin.id, &"planted"]).await.expect("rows");
    let direct = yard.direct().get("/api/customers").await.expect(200).text;
    let last = if direct.find("planted-1") < direct.find("planted--1") { "planted--1" } else { "planted-1" };
    let name = "UPDATE public.customers SET name = $1 WHERE id = $2";
    client.execute(name, &[&yard.victim.tenant, &last]).await.expect("renamed");
    let environment = |limit| {
        [("ANNEX_CANARY_MODE", "block"), ("ANNEX_CANARY_SAMPLE_PERCENT", "100"), ("ANNEX_CANARY_LIMIT_BYTES", limit)]
    };
    let request = format!(
        "GET /api/customers HTTP/1.1\r\nHost: crm.test\r\nAuthorization: Bearer {}\r\nX-Workspace-Id: {}\r\n\r\n",
        yard.admin.access, yard.site.workspace
    );
    for (limit, status) in [("4096", "HTTP/1.1 200 "), ("100000000", "HTTP/1.1 502 ")] {
        let annex = yard.node(&environment(limit), super::leaky).await;
        let mut connection = Connection::open(annex.port).await.expect("a connection");
        connection.send(request.as_bytes()).await.expect("sent");
        let all = String::from_utf8_lossy(&connection.rest().await.expect("it ends")).into_owned();
        assert!(all.starts_with(status), "{limit}: {}", all.lines().next().unwrap_or_default());
        assert!(!all.contains(&yard.victim.tenant), "{limit}: the id left");
        assert!(all.len() < direct.len(), "{limit}: all of it left");
        assert_counted(&annex, &["{customers,finding,known_id} 1"]).await;
    }
}

fn memory_kb(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or_else(|| panic!("no {name}"))
}
