//! Pages of the CRM: whose carry the loader, and what else changes.

use annex_tests::http::json::{Answer, Client};
use annex_tests::scene::Scene;
use serde_json::json;

use super::{BOOT, boot, browser, marked};

/// The page without what is ours.
fn without_ours(page: &str) -> String {
    let (before, rest) = page.split_once(r#"<script type="application/json" id="annex-boot""#).expect("the loader");
    let behind = rest.splitn(3, "</script>").nth(2).expect("two elements");
    format!("{before}{behind}")
}

#[tokio::test]
async fn a_page_of_somebody_with_the_feature_carries_the_loader_before_its_first_script_and_is_else_the_crms() {
    let scene = Scene::start("inject", |options| options).await;
    let ada = scene.agency("ada").await;
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;
    let adas = marked(&scene, &ada).await;
    let crms = browser(&scene.crm.url).get("/customers").await.expect(200);
    let page = browser(&scene.annex.url).header("Cookie", &adas).get("/customers").await.expect(200);
    assert_eq!(without_ours(&page.text), crms.text);
    assert!(page.text.find(BOOT) < page.text.find("/app/main.js"), "before the CRM's script");
    let said = boot(&page.text);
    assert_eq!((&said["version"], &said["document"], &said["principal"]), (&json!(1), &json!("crm"), &json!(ada.id)));
    assert_eq!(said["pictures"], json!(true));
    assert_eq!(page.header("Cache-Control"), Some("private, no-store"));
    assert!(page.headers.get_all("vary").iter().any(|vary| vary == "Cookie"));
    for gone in ["ETag", "Last-Modified", "Content-Length", "Accept-Ranges"] {
        assert_eq!(page.header(gone), None, "{gone}");
        assert!(gone == "Accept-Ranges" || crms.header(gone).is_some(), "the CRM sends {gone}");
    }
    // The CRM is asked for all of it, whatever the browser has.
    let etag = crms.header("ETag").expect("an ETag");
    let again = browser(&scene.annex.url).header("Cookie", &adas).header("If-None-Match", etag).get("/customers").await;
    assert_eq!((again.status, again.text.contains(BOOT)), (200, true), "a condition from before the feature");
    let browserless = Client::new(&scene.annex.url).header("Cookie", &adas).header("Accept", "text/html");
    assert!(browserless.get("/").await.text.contains(BOOT), "a browser that says no more than what it accepts");
}

/// The bytes of an answer and its headers, without what two answers never share.
fn bytes(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (answer.status, answer.text.clone(), headers)
}

#[tokio::test]
async fn nobody_elses_page_changes_by_a_byte_and_no_answer_that_is_no_page() {
    let scene = Scene::start("inject-others", |options| options).await;
    let (ada, bo) = (scene.agency("ada").await, scene.agency("bo").await);
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;
    let adas = marked(&scene, &ada).await;
    let at = |url: &str| browser(url);
    for (what, client) in [
        ("nobody", at as fn(&str) -> Client),
        ("somebody with other cookies", |url| browser(url).header("Cookie", "a=b; c=d")),
        ("a tool", |url| Client::new(url).header("Accept", "*/*")),
    ] {
        for path in ["/", "/customers", "/settings/workspace", "/workspaces", "/workspaces/new", "/app/main.js"] {
            let through = client(&scene.annex.url).get(path).await;
            assert_eq!(bytes(&through), bytes(&client(&scene.crm.url).get(path).await), "{what} {path}");
        }
    }
    let bearer = |url: &str| browser(url).bearer(&bo.access);
    assert_eq!(bytes(&bearer(&scene.annex.url).get("/").await), bytes(&bearer(&scene.crm.url).get("/").await));

    // Of hers, what is no page to be shown stays the CRM's too.
    let hers = |url: &str| Client::new(url).header("Cookie", &adas);
    for (what, headers, path) in [
        ("a script", &[("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "script")][..], "/app/main.js"),
        ("a frame", &[("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe"), ("Accept", "text/html")], "/"),
        ("a call", &[("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Dest", "empty"), ("Accept", "*/*")], "/api/nothing"),
        ("a picture", &[("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")], "/favicon.svg"),
        ("a part", &[("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"), ("Range", "bytes=0-99")], "/"),
    ] {
        let with = |client: Client| headers.iter().fold(client, |client, (name, value)| client.header(name, value));
        let (through, direct) =
            (with(hers(&scene.annex.url)).get(path).await, with(hers(&scene.crm.url)).get(path).await);
        assert!(!through.text.contains(BOOT), "{what}");
        assert_eq!((through.status, &through.text), (direct.status, &direct.text), "{what}");
    }
    let posted = browser(&scene.annex.url).header("Cookie", &adas).post("/customers", json!({})).await;
    assert!(!posted.text.contains(BOOT), "the answer to a form");

    // The flag off: the same cookie does nothing.
    scene.flag(&ada.tenant, false).await;
    scene.settle().await;
    let [through, direct] = [&scene.annex.url, &scene.crm.url].map(|url| browser(url).header("Cookie", &adas));
    for path in ["/", "/workspaces", "/settings/workspace"] {
        assert_eq!(bytes(&through.get(path).await), bytes(&direct.get(path).await), "off: {path}");
    }
}

#[tokio::test]
async fn pages_of_ours_stand_at_their_paths_for_people_who_have_the_feature() {
    let scene = Scene::start("inject-own", |options| options).await;
    let ada = scene.agency("ada").await;
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;
    let adas = marked(&scene, &ada).await;
    for path in
        ["/workspaces", "/workspaces/new", "/settings/workspace", &format!("/workspaces/{}/onboarding", ada.tenant)]
    {
        let page = browser(&scene.annex.url).header("Cookie", &adas).get(path).await.expect(200);
        let said = boot(&page.text);
        assert_eq!((&said["document"], &said["principal"]), (&json!("annex"), &json!(ada.id)), "{path}");
        // A name that only Annex sets inside counts for nothing from outside.
        let client = browser(&scene.annex.url).header("Cookie", &adas).header("X-Annex-Principal", "somebody");
        assert_eq!(boot(&client.get(path).await.text)["principal"], json!(ada.id), "{path}");
        let call = Client::new(&scene.annex.url).header("Cookie", &adas).header("Accept", "*/*").get(path).await;
        assert!(!call.text.contains(BOOT), "{path}: no navigation");
    }
    let crms = browser(&scene.annex.url).header("Cookie", &adas).get("/settings").await;
    assert_eq!(boot(&crms.text)["document"], json!("crm"), "the CRM's own settings");
}

#[tokio::test]
async fn by_the_operators_choice_every_page_carries_it_while_some_tenant_is_on() {
    let scene = Scene::start("inject-any", |options| options.with("ANNEX_UI_INJECT", "any")).await;
    let ada = scene.agency("ada").await;
    scene.settle().await;
    scene.flag(&ada.tenant, false).await;
    // `settle` itself turns a workspace of its own on: nothing is on only before it.
    let page = browser(&scene.annex.url).get("/").await.expect(200);
    assert_eq!(boot(&page.text)["principal"], json!(null), "nobody's name");
    let adas = {
        scene.flag(&ada.tenant, true).await;
        scene.settle().await;
        marked(&scene, &ada).await
    };
    let page = browser(&scene.annex.url).header("Cookie", &adas).get("/").await.expect(200);
    assert_eq!(boot(&page.text)["principal"], json!(ada.id));

    let everything = scene.database.connect().await;
    everything.batch_execute("update annex.feature_flags set enabled = false").await.expect("off");
    let url = scene.annex.url.clone();
    annex_tests::http::eventually(std::time::Duration::from_secs(60), "off everywhere", || async {
        !browser(&url).get("/").await.text.contains(BOOT)
    })
    .await;
}

#[tokio::test]
async fn compressed_chunked_and_slow_pages_carry_it_as_well() {
    let scene = Scene::start("inject-coded", |options| options).await;
    let ada = scene.agency("ada").await;
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;
    let adas = marked(&scene, &ada).await;
    let crms = browser(&scene.crm.url).get("/").await.text;
    for switches in [json!({"compress": "gzip"}), json!({"compress": "br"}), json!({"compress": "", "chunked": true})] {
        scene.crm.switch(switches.clone()).await;
        let client = browser(&scene.annex.url).header("Cookie", &adas).header("Accept-Encoding", "gzip, br");
        let page = client.get("/").await.expect(200);
        assert_eq!(page.header("Content-Encoding"), None, "{switches}");
        assert_eq!(without_ours(&page.text), crms, "{switches}");
    }
}
