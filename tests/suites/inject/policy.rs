//! Pages with a Content-Security-Policy of their own.

use annex_tests::http::json::Client;
use annex_tests::scene::Scene;
use serde_json::json;

use super::{BOOT, boot, browser, marked};

#[tokio::test]
async fn the_pages_own_nonce_stands_on_our_elements_and_no_policy_is_changed() {
    let scene = Scene::start("inject-csp", |options| options).await;
    let ada = scene.agency("ada").await;
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;
    let adas = marked(&scene, &ada).await;
    for csp in ["nonce", "strict"] {
        scene.crm.switch(json!({"csp": csp})).await;
        let page = browser(&scene.annex.url).header("Cookie", &adas).get("/").await.expect(200);
        let policy = page.header("Content-Security-Policy").expect("the CRM's policy").to_owned();
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
        assert_eq!(boot(&page.text)["nonce"], json!(nonce), "{csp}");
        // Ours carry it, and the CRM's own carry it as before: one more pair of elements, no other tag.
        let theirs = browser(&scene.crm.url).get("/").await.text;
        let count = |text: &str| text.matches("nonce=\"").count();
        assert_eq!(count(&page.text), count(&theirs) + 2, "{csp}");
        assert_eq!(page.text.matches(&format!("nonce=\"{nonce}\"")).count(), count(&page.text), "{csp}");
        assert_eq!(page.headers.get_all("content-security-policy").iter().count(), 1);
    }
}

#[tokio::test]
async fn a_page_whose_policy_does_not_admit_us_stays_as_it_is_and_is_counted() {
    let scene = Scene::start("inject-sealed", |options| options).await;
    let ada = scene.agency("ada").await;
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;
    let adas = marked(&scene, &ada).await;
    scene.crm.switch(json!({"csp": "sealed"})).await;
    let page = browser(&scene.annex.url).header("Cookie", &adas).get("/").await.expect(200);
    assert!(!page.text.contains(BOOT));
    assert_eq!(page.header("Cache-Control"), Some("no-store"), "the CRM's own word");
    let metrics = Client::new(&scene.annex.admin_url).get("/metrics").await.expect(200).text;
    assert!(metrics.contains(r#"annex_pages_total{outcome="policy"} 1"#), "{metrics}");
    assert!(scene.annex.log().contains("trusted-types"), "the log names the directive");
}
