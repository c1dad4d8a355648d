//! Answers of every form: those that are read, and those that are told as not read and pass untouched.

use annex_tests::http::json::Client;
use annex_tests::http::parse::Asked;
use annex_tests::http::raw;
use annex_tests::sidecar::Annex;
use annex_tests::strategy::Strategy;
use reqwest::Method;
use serde_json::json;

use super::{SECRET, THEIRS, Yard, assert_counted, comments, recorded, with_test_routes, yard};

const MODES: [&str; 2] = ["count", "block"];

async fn node(yard: &Yard, mode: &str) -> Annex {
    let environment =
        [("ANNEX_CANARY_MODE", mode), ("ANNEX_CANARY_SAMPLE_PERCENT", "100"), ("ANNEX_SERVER_H2C", "true")];
    yard.node(&environment, with_test_routes).await
}

#[tokio::test]
async fn another_workspaces_id_is_found_as_any_string() {
    let yard = yard().await;
    for (mode, status) in [("count", 200), ("block", 502)] {
        let annex = node(&yard, mode).await;
        let there = yard.there(&annex);
        let saying = |id: &str| there.header("x-said", id);
        assert_eq!(saying("nothing").get("/__test/echo").await.status, 200, "{mode}");
        assert_eq!(saying(&yard.victim.tenant).get("/__test/echo").await.status, status, "{mode}");
        assert_counted(&annex, &["{reports,clean,none} 1", "{reports,finding,known_id} 1"]).await;
    }
}

#[tokio::test]
async fn what_is_not_json_passes_and_is_told() {
    let yard = yard().await;
    for mode in MODES {
        let annex = node(&yard, mode).await;
        let there = yard.there(&annex);
        for path in ["/__test/download?bytes=70000", "/__test/download?bytes=70000&chunked=1", "/__test/sse?n=3&ms=1"] {
            let direct = yard.direct().get(path).await.expect(200);
            let answer = there.get(path).await.expect(200);
            assert_eq!(answer.text, direct.text, "{mode} {path}");
            assert_eq!(answer.header("content-length"), direct.header("content-length"), "{mode} {path}");
        }
        assert_counted(&annex, &["{reports,unscanned,not_json} 3"]).await;
    }
}

#[tokio::test]
async fn an_answer_without_a_body_is_nothing_to_read() {
    let yard = yard().await;
    for mode in MODES {
        let annex = node(&yard, mode).await;
        let there = yard.there(&annex);
        let head = there.send(Method::HEAD, "/api/customers", None).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""), "{mode}");
        recorded(&annex, &head).await;
        assert_counted(&annex, &[]).await;
        let customer = json!({"name": "n", "email": "e@e.test"});
        let made = there.post("/api/customers", customer).await.expect(201).json();
        there.delete(&format!("/api/customers/{}", made["id"].as_str().expect("an id"))).await;
        let list = there.get("/api/customers").await.expect(200);
        let unchanged = there.header("if-none-match", list.header("etag").unwrap_or("none"));
        let unchanged = unchanged.get("/api/customers").await.status;
        // A conditional request is asked for whole where the answer must be read.
        assert_eq!(unchanged, if mode == "count" { 304 } else { 200 }, "{mode}");
    }
}

#[tokio::test]
async fn an_encoded_answer_is_told_as_unread_and_blocking_asks_for_a_plain_one() {
    let yard = Yard::new("canaryencoded").await;
    yard.site.crm.switch(json!({"compress": "gzip"})).await;
    for (mode, encoding, status, counts) in [
        ("count", Some("gzip"), 200, "{tasks,unscanned,encoded} 1"),
        ("block", None, 502, "{tasks,finding,tenant_field} 1"),
    ] {
        let annex = node(&yard, mode).await;
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: crm.test\r\nAuthorization: Bearer {}\r\nX-Workspace-Id: {}\r\nAccept-Encoding: gzip\r\n\r\n",
            comments(THEIRS),
            yard.admin.access,
            yard.site.workspace
        );
        let answer = raw::exchange(annex.port, request.as_bytes()).await;
        assert_eq!((answer.status, answer.header("content-encoding")), (status, encoding), "{mode}");
        assert_counted(&annex, &[counts]).await;
    }
}

#[tokio::test]
async fn blocking_holds_over_every_version_of_http_and_after_a_refusal_the_next_request_is_served() {
    let yard = yard().await;
    let annex = node(&yard, "block").await;
    let lines = |version: &str, path: &str| {
        format!(
            "GET {path} {version}\r\nHost: crm.test\r\nAuthorization: Bearer {}\r\nX-Workspace-Id: {}\r\n\r\n",
            yard.admin.access, yard.site.workspace
        )
    };
    for version in ["HTTP/1.0", "HTTP/1.1"] {
        let refused = raw::exchange(annex.port, lines(version, &comments(THEIRS)).as_bytes()).await;
        assert_eq!(refused.status, 502, "{version}");
        assert!(!refused.text().contains(SECRET), "{version}: {}", refused.text());
        let served = raw::exchange(annex.port, lines(version, "/api/customers").as_bytes()).await;
        assert_eq!(served.status, 200, "{version}");
        let direct = yard.direct().get("/api/customers").await.expect(200);
        assert_eq!(served.text(), direct.text, "{version}");
    }
    // On one connection: a clean answer, another one, a refusal.
    let mut connection = raw::Connection::open(annex.port).await.expect("a connection");
    for (path, status) in [("/api/customers".to_owned(), 200), ("/api/deals".to_owned(), 200), (comments(THEIRS), 502)]
    {
        let request = lines("HTTP/1.1", &path);
        connection.send(request.as_bytes()).await.expect("sent");
        let answer = connection.response(Asked::of(request.as_bytes())).await.expect("an answer");
        assert_eq!(answer.status, status, "{path}");
    }
    // An `Expect` gets its 100 and no other informational head.
    let request = lines("HTTP/1.1", "/api/customers").replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
    let answer = raw::exchange(annex.port, request.as_bytes()).await;
    assert!(answer.informational.iter().all(|head| head.status == 100), "{:?}", answer.informational);
    assert_eq!(answer.status, 200);
    let h2 = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().expect("a client");
    let there = Client::over(h2, &annex.url).bearer(&yard.admin.access).workspace(&yard.site.workspace);
    let refused = there.get(&comments(THEIRS)).await;
    assert_eq!((refused.status, refused.code().as_str()), (502, "ISOLATION_CANARY"));
    assert_eq!(there.get("/api/customers").await.expect(200).text, yard.direct().get("/api/customers").await.text);
}

#[tokio::test]
async fn redaction_and_blocking_hold_together() {
    let yard = yard().await;
    let environment = [("ANNEX_CANARY_MODE", "block"), ("ANNEX_CANARY_SAMPLE_PERCENT", "100")];
    let annex = yard.node(&environment, |profile| profile).await;
    let there = yard.there(&annex);
    let answer = there.get(&comments(super::OURS)).await.expect(200);
    assert!(!answer.text.contains("passwordHash") && answer.text.contains(&yard.admin.id), "{}", answer.text);
    assert!(yard.direct().get(&comments(super::OURS)).await.text.contains("passwordHash"));
    let people = there.get("/api/users").await.expect(200).text;
    let acting = Strategy::of_this_run().id_in(&yard.site.database, &yard.site.workspace, &yard.admin.id).await;
    assert!(people.contains(&acting), "who joined is added behind the reading: {people}");
}
