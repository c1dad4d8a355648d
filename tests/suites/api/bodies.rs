//! How a body is read, how a refusal looks, and what the API says of itself.

use annex_tests::http::raw;

use super::World;

#[tokio::test]
async fn a_body_that_is_not_plain_json_is_refused_by_its_kind() {
    let world = World::start("bodies").await;
    let (admin, person) = (world.platform_admin().await, world.register("person").await);
    world.enable(&admin, &person.tenant).await;
    let large = format!(r#"{{"name":"{}"}}"#, "x".repeat(120_000));
    let huge = format!(r#"{{"name":"{}"}}"#, "x".repeat(2_000_000));
    let json = "application/json";
    let table: &[(&str, &str, &[u8], u16, &str)] = &[
        ("another type", "text/plain", b"{\"name\":\"A\"}", 415, "UNSUPPORTED_BODY"),
        ("a form", "application/x-www-form-urlencoded", b"name=A", 415, "UNSUPPORTED_BODY"),
        ("another charset", "application/json; charset=utf-16", b"{}", 415, "UNSUPPORTED_BODY"),
        ("no UTF-8", json, b"{\"name\":\"\xff\"}", 415, "UNSUPPORTED_BODY"),
        ("a key twice", json, b"{\"name\":\"A\",\"name\":\"B\"}", 400, "VALIDATION_FAILED"),
        ("half an object", json, b"{\"name\":", 400, "VALIDATION_FAILED"),
        ("an array", json, b"[]", 400, "VALIDATION_FAILED"),
        ("nothing", json, b"", 400, "VALIDATION_FAILED"),
        ("a large one", json, large.as_bytes(), 413, "BODY_TOO_LARGE"),
        ("a huge one", json, huge.as_bytes(), 413, "BODY_TOO_LARGE"),
    ];
    for (what, content_type, body, status, code) in table {
        let head = format!(
            "POST /api/workspaces HTTP/1.1\r\nHost: annex\r\nAuthorization: Bearer {}\r\nContent-Type: {content_type}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            person.access,
            body.len()
        );
        let response = raw::exchange(world.annex.port, &[head.as_bytes(), body].concat()).await;
        let answer = response.json();
        assert_eq!((response.status, answer["code"].as_str()), (*status, Some(*code)), "{what}");
    }
    assert_eq!(world.count("SELECT count(*) FROM annex.workspaces WHERE created_by IS NOT NULL").await, 0);
}

#[tokio::test]
async fn a_refusal_has_one_shape_or_the_standard_one() {
    let world = World::start("shapes").await;
    let plain = world.client().get("/api/workspaces").await.expect(401);
    let body = plain.json();
    assert_eq!(body["requestId"].as_str(), plain.header("x-annex-request-id"));
    assert_eq!((&body["status"], body["message"].is_string()), (&401.into(), true));
    let asked = world.client().header("accept", "application/json, application/problem+json;q=0.9");
    let problem = asked.get("/api/workspaces").await.expect(401);
    assert_eq!(problem.header("content-type"), Some("application/problem+json"));
    let body = problem.json();
    assert_eq!((&body["type"], &body["status"], body["title"].is_string()), (&"about:blank".into(), &401.into(), true));
    let forged = world.client().header("x-annex-request-id", "forged").get("/api/workspaces").await.expect(401);
    assert_ne!(forged.header("x-annex-request-id"), Some("forged"), "a client chooses no request id");
}
