//! Pages with a Content-Security-Policy of their own.

use annex_tests::http::eventually;
use annex_tests::http::json::Client;
use annex_tests::scene::Scene;
use serde_json::json;

use super::{BOOT, DEADLINE, boot, browser, marked};

#[tokio::test]
async fn the_pages_own_nonce_stands_on_our_elements_and_no_policy_is_changed() {
    let scene = Scene::start("inject-csp", |options| options).await;
    let ada = scene.agency("ada").await;
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;
    let adas = marked(&scene, &ada).await;
    for csp in ["nonce", "strict", "meta"] {
        scene.crm.switch(json!({"csp": csp})).await;
        let page = browser(&scene.annex.url).header("Cookie", &adas).get("/").await.expect(200);
        let policy =
            if csp == "meta" { &*page.text } else { page.header("Content-Security-Policy").expect("its policy") };
        assert_eq!(page.headers.get_all("content-security-policy").iter().count(), usize::from(csp != "meta"));
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
        let said = boot(&page.text);
        assert!(!said.to_string().contains(nonce) && said["pictures"] == json!(true), "{csp}: {said}");
        // Ours carry it, and the CRM's own carry it as before: one more pair of elements, no other tag.
        let theirs = browser(&scene.crm.url).get("/").await.text;
        let count = |text: &str| text.matches("nonce=\"").count();
        assert_eq!(count(&page.text), count(&theirs) + 2, "{csp}");
        assert_eq!(page.text.matches(&format!("nonce=\"{nonce}\"")).count(), count(&page.text), "{csp}");
    }
}

#[tokio::test]
async fn a_page_whose_policy_does_not_admit_us_stays_as_it_is_and_is_counted() {
    let scene = Scene::start("inject-sealed", |options| options).await;
    let ada = scene.agency("ada").await;
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;
    let adas = marked(&scene, &ada).await;
    for (pages, csp, cache) in [(1, "sealed", "no-store"), (2, "meta-sealed", "private, no-store")] {
        scene.crm.switch(json!({"csp": csp})).await;
        let page = browser(&scene.annex.url).header("Cookie", &adas).get("/").await.expect(200);
        let theirs = browser(&scene.crm.url).get("/").await.text;
        assert_eq!(page.text.len(), theirs.len(), "{csp}: all but the nonce is the CRM's own");
        assert!(!page.text.contains(BOOT));
        // What the page itself states is read when its head has gone.
        assert_eq!(page.header("Cache-Control"), Some(cache));
        let counted = || async {
            let metrics = Client::new(&scene.annex.admin_url).get("/metrics").await.expect(200).text;
            metrics.contains(&format!(r#"annex_pages_total{{outcome="policy"}} {pages}"#))
        };
        eventually(DEADLINE, "it is counted", counted).await;
        let named = || async { scene.annex.log().matches(r#""csp.directive":"trusted-types""#).count() == pages };
        eventually(DEADLINE, "the log names the directive", named).await;
    }
}
