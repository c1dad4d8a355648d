//! The three modes, on the very same leak.

use annex_tests::http::eventually;
use annex_tests::http::json::Client;

use super::{DEADLINE, OURS, SECRET, THEIRS, assert_counted, comments, leaky, recorded, refusal, yard};

#[tokio::test]
async fn off_reads_nothing_and_counting_changes_no_byte() {
    let yard = yard().await;
    let direct = yard.direct().get(&comments(THEIRS)).await.expect(200);
    assert!(direct.text.contains(&yard.victim.tenant) && direct.text.contains(SECRET), "it leaks: {}", direct.text);
    for (mode, counts) in [("off", vec![]), ("count", vec!["{tasks,finding,tenant_field} 1"])] {
        let annex = yard.leaking(mode).await;
        let answer = yard.there(&annex).get(&comments(THEIRS)).await.expect(200);
        assert_eq!(answer.text, direct.text, "{mode}");
        assert_eq!(answer.header("content-length"), direct.header("content-length"), "{mode}");
        recorded(&annex, &answer).await;
        assert_counted(&annex, &counts).await;
        let told = annex.log().lines().filter(|line| line.contains("canary.tenant")).count();
        assert_eq!(told, counts.len(), "{mode}: one line for one finding");
    }
}

#[tokio::test]
async fn blocking_refuses_and_nothing_of_the_answer_leaves() {
    let yard = yard().await;
    let annex = yard.leaking("block").await;
    let there = yard.there(&annex);
    let answer = there.get(&comments(THEIRS)).await;
    let (status, code, id) = refusal(&answer);
    assert_eq!((status, code.as_str()), (502, "ISOLATION_CANARY"), "{}", answer.text);
    for theirs in [SECRET, &yard.victim.tenant, &yard.victim.id, &yard.victim.email] {
        assert!(!answer.text.contains(theirs), "`{theirs}` left: {}", answer.text);
    }
    assert_eq!(answer.header("etag"), None, "nor anything of its head");
    assert_eq!(answer.header("x-powered-by"), None);
    assert_counted(&annex, &["{tasks,finding,tenant_field} 1"]).await;

    recorded(&annex, &answer).await;
    // The log names route, workspace and tenant; neither the body nor the path's ids.
    let log = annex.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("canary.tenant")).collect();
    let [line] = lines.as_slice() else { panic!("one line: {lines:#?}") };
    let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
    let told = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(told("exchange.id"), id);
    assert_eq!(told("workspace.id"), yard.site.workspace);
    assert_eq!(told("http.route"), "GET /api/tasks/:id/comments");
    assert_eq!(told("canary.tenant"), yard.victim.tenant);
    assert!(!log.contains(SECRET), "the body is in the log");

    let receipt = Client::new(&annex.admin_url).get(&format!("/receipts/{id}")).await.expect(200).json();
    assert_eq!(receipt["refused"]["code"], "ISOLATION_CANARY", "{receipt}");
    assert_eq!(receipt["evidence"]["canary"]["outcome"], "finding", "{receipt}");
    assert_eq!(receipt["evidence"]["canary"]["tenant"], yard.victim.tenant.as_str(), "{receipt}");
    let told = annex_tests::sidecar::annex(&["explain", &id, "--admin", &annex.admin_url], &Vec::new()).await;
    assert!(
        told.stdout.contains("held back until it is read") && told.stdout.contains("tenant_field"),
        "{}",
        told.stdout
    );
    let metrics = Client::new(&annex.admin_url).get("/metrics").await.expect(200).text;
    assert!(metrics.contains(r#"reason="isolation_canary""#), "the refusal has its own reason:\n{metrics}");
}

#[tokio::test]
async fn who_joined_from_elsewhere_is_no_finding() {
    let yard = yard().await;
    let annex = yard.leaking("block").await;
    let there = yard.there(&annex);
    let direct = yard.direct().get(&comments(OURS)).await.expect(200);
    assert!(direct.text.contains(&yard.admin.tenant), "the author's home stands in it: {}", direct.text);
    let answer = there.get(&comments(OURS)).await.expect(200);
    assert_eq!(answer.text, direct.text);
    assert_eq!(answer.header("content-length"), direct.header("content-length"));
    assert_counted(&annex, &["{tasks,clean,none} 1"]).await;
    // Without the profile's word for it, it would be one.
    let strict = [("ANNEX_CANARY_MODE", "block"), ("ANNEX_CANARY_SAMPLE_PERCENT", "100")];
    let strict = yard.node(&strict, |text| leaky(text).replace("tenant_id\"]\nid = \"id\"\n", "tenant_id\"]\n")).await;
    assert_eq!(yard.there(&strict).get(&comments(OURS)).await.status, 502);
}

#[tokio::test]
async fn the_sample_is_none_all_or_a_part() {
    let yard = yard().await;
    for (percent, least, most) in [("0", 0, 0), ("100", 60, 60), ("50", 10, 50)] {
        let environment = [("ANNEX_CANARY_MODE", "block"), ("ANNEX_CANARY_SAMPLE_PERCENT", percent)];
        let annex = yard.node(&environment, leaky).await;
        let there = yard.there(&annex);
        let mut refused = 0;
        for _ in 0..60 {
            refused += usize::from(there.get(&comments(THEIRS)).await.status == 502);
        }
        assert!((least..=most).contains(&refused), "{percent} %: {refused} of 60");
    }
}

#[tokio::test]
async fn at_home_and_outside_nothing_is_read() {
    let yard = yard().await;
    let annex = yard.leaking("block").await;
    let at_home = Client::new(&annex.url).bearer(&yard.victim.access);
    at_home.get(&comments(THEIRS)).await.expect(200);
    at_home.get("/api/auth/me").await.expect(200);
    // At home an answer has no id; this one comes after theirs.
    let last = yard.there(&annex).get("/api/auth/me").await.expect(200);
    recorded(&annex, &last).await;
    let exchanges = || async { annex.log().matches("\"message\":\"exchange\"").count() >= 3 };
    eventually(DEADLINE, "all are recorded", exchanges).await;
    assert_counted(&annex, &[]).await;
}
