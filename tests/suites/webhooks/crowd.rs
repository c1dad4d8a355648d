//! What one workspace queues, and what the others still get.

use std::time::Duration;

use annex_tests::http::eventually;
use annex_tests::http::json::{Answer, Client};
use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use super::{Site, quick, text};

const DEADLINE: Duration = Duration::from_secs(40);

/// Tests an endpoint.
async fn test(client: &Client, workspace: &str, hook: &str) -> Answer {
    client.send(Method::POST, &format!("/api/workspaces/{workspace}/webhooks/{hook}/test"), None).await
}

/// The URL of somebody who takes every connection and answers nothing.
async fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut taken, _)) = listener.accept().await {
            tokio::spawn(async move { while taken.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {} });
        }
    });
    url
}

#[tokio::test]
async fn who_never_answers_one_workspace_holds_no_other_one_up() {
    let patient = |options| quick(options).with("ANNEX_WEBHOOKS_TIMEOUT_MS", "120000");
    let site = Site::start_with("hookcrowd", patient).await;
    let url = silent().await;
    for _ in 0..5 {
        let body = json!({ "url": url, "events": ["member.joined"] });
        site.client().post(&site.path(""), body).await.expect(201);
    }
    for _ in 0..12 {
        site.happens("member.joined").await;
    }
    let begun = "SELECT count(*) FROM annex.webhook_deliveries WHERE attempts > 0";
    let hangs = || async { site.rows(begun).await[0].get::<_, i64>(0) >= 4 };
    eventually(DEADLINE, "the flood hangs", hangs).await;

    let other = site.scene.agency("other").await;
    site.scene.flag(&other.tenant, true).await;
    site.scene.settle().await;
    let body = json!({ "url": format!("{}/other", site.receiver.url), "events": ["*"] });
    let client = site.scene.client(&other);
    let hooks = format!("/api/workspaces/{}/webhooks", other.tenant);
    let hook = text(&client.post(&hooks, body).await.expect(201).json()["id"]);
    test(&client, &other.tenant, &hook).await.expect(202);
    assert_eq!(site.receiver.wait(1).await[0].path, "/other");
    let ended = format!(
        "SELECT count(*) FROM annex.webhook_deliveries WHERE tenant_id = '{}' AND state <> 'pending'",
        site.owner.tenant
    );
    assert_eq!(site.rows(&ended).await[0].get::<_, i64>(0), 0, "the flood still hangs");
    assert_eq!(site.rows(begun).await[0].get::<_, i64>(0), 4 + 1, "four of the flood, one of the other");
}

#[tokio::test]
async fn ten_tests_a_minute_are_enough_and_none_is_tried_twice() {
    let site = Site::start("hooktests").await;
    let (id, _) = site.hook(&["member.left"]).await;
    site.receiver.answer("500 Broken");
    for _ in 0..10 {
        test(&site.client(), &site.owner.tenant, &id).await.expect(202);
    }
    // Another endpoint is no other workspace.
    let (more, _) = site.hook(&["member.left"]).await;
    for hook in [&id, &more] {
        let refused = test(&site.client(), &site.owner.tenant, hook).await.expect(429);
        assert_eq!(refused.code(), "RATE_LIMITED");
        let wait_s: u32 = refused.header("retry-after").expect("a time").parse().expect("seconds");
        assert!((1..=60).contains(&wait_s), "{wait_s}");
    }
    let ended = "SELECT state || ' ' || attempts FROM annex.webhook_deliveries ORDER BY 1";
    let all_ended = || async { site.rows(ended).await.iter().all(|row| !row.get::<_, &str>(0).starts_with("pending")) };
    eventually(DEADLINE, "all ended", all_ended).await;
    let ended: Vec<String> = site.rows(ended).await.iter().map(|row| row.get(0)).collect();
    assert_eq!(ended.iter().filter(|one| *one == "delivered 1").count(), 9, "{ended:?}");
    assert_eq!(ended.iter().filter(|one| *one == "failed 1").count(), 1, "{ended:?}");
    let earlier = "ALTER TABLE annex.audit_events DISABLE TRIGGER USER;
                   UPDATE annex.audit_events SET at = at - interval '61 s' WHERE action = 'webhook.tested';
                   ALTER TABLE annex.audit_events ENABLE TRIGGER USER";
    site.scene.database.connect().await.batch_execute(earlier).await.expect("a minute passes");
    test(&site.client(), &site.owner.tenant, &id).await.expect(202);
}
