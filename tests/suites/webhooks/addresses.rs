//! An endpoint is no window into the network that Annex stands in.

use std::time::Duration;

use annex_tests::http::eventually;
use annex_tests::http::receiver::Receiver;
use annex_tests::scene::Scene;
use serde_json::json;

use super::{Site, refused, text};

const DEADLINE: Duration = Duration::from_secs(40);

#[tokio::test]
async fn no_redirect_leads_anywhere() {
    let site = Site::start("hookredirect").await;
    let inside = Receiver::start().await;
    let (id, _) = site.hook(&["*"]).await;
    site.receiver.answer(&format!("302 Found\r\nLocation: {}/inside", inside.url));
    site.happens("member.joined").await;
    site.receiver.wait(2).await;
    assert_eq!(inside.all().len(), 0, "a redirect was followed");
    let tried = || async { site.deliveries(&id).await[0]["state"] == "delivered" };
    eventually(DEADLINE, "the next attempt goes to the endpoint itself", tried).await;
}

#[tokio::test]
async fn without_leave_nothing_goes_to_a_private_address_by_number_or_by_name() {
    let scene = Scene::start("hookprivate", |options| options.with("ANNEX_WEBHOOKS_FIRST_RETRY_MS", "200")).await;
    let owner = scene.agency("owner").await;
    scene.flag(&owner.tenant, true).await;
    scene.settle().await;
    let (client, path) = (scene.client(&owner), format!("/api/workspaces/{}/webhooks", owner.tenant));
    for (url, code) in [
        ("http://127.0.0.1:8080/", "not_https"),
        ("https://127.0.0.1/", "address_not_public"),
        ("https://0177.0.0.1/", "address_not_public"),
        ("https://2130706433/", "address_not_public"),
        ("https://[::1]/", "address_not_public"),
        ("https://[::ffff:10.0.0.1]/", "address_not_public"),
        ("https://169.254.169.254/latest/meta-data/", "address_not_public"),
        ("https://10.1.2.3/", "address_not_public"),
    ] {
        let answer = client.post(&path, json!({ "url": url, "events": ["*"] })).await.expect(400);
        assert_eq!(refused(&answer), json!([["url", code]]), "{url}");
    }
    // A name says nothing until it is looked up, and is looked up for every attempt.
    let receiver = Receiver::start().await;
    let port = receiver.url.rsplit(':').next().expect("a port").to_owned();
    let named = json!({ "url": format!("https://localhost:{port}/"), "events": ["*"] });
    let id = text(&client.post(&path, named).await.expect(201).json()["id"]);
    client.send(reqwest::Method::POST, &format!("{path}/{id}/test"), None).await.expect(202);
    let blocked = || async {
        client.get(&format!("{path}/{id}/deliveries")).await.text.contains("\"lastError\":\"address_not_public\"")
    };
    eventually(DEADLINE, "the attempt is refused", blocked).await;
    assert_eq!(receiver.all().len(), 0);
    let metrics = annex_tests::http::json::Client::new(&scene.annex.admin_url).get("/metrics").await.text;
    assert!(metrics.contains("annex_webhook_deliveries_total{outcome=\"blocked\"}"), "{metrics}");
}
