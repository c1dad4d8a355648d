//! What Annex puts into pages of the CRM, and for whom: the marker cookie and the loader (rule R11).

mod cookie;
mod page;
mod policy;

use std::time::Duration;

use annex_tests::http::eventually_some;
use annex_tests::http::json::{Answer, Client};
use annex_tests::scene::Scene;
use annex_tests::story::Person;
use serde_json::{Value, json};

const DEADLINE: Duration = Duration::from_secs(60);

/// The element that only a page with the loader has.
pub const BOOT: &str = r#"id="annex-boot""#;

/// What a browser says when it goes to a page.
pub fn browser(url: &str) -> Client {
    Client::new(url)
        .header("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
        .header("Sec-Fetch-Mode", "navigate")
        .header("Sec-Fetch-Dest", "document")
        .header("Sec-Fetch-Site", "none")
}

/// What an answer does to the cookie: `Name=value; …` if anything.
pub fn set_cookie(answer: &Answer) -> Option<String> {
    let values = answer.headers.get_all("set-cookie").iter();
    values.map(|value| value.to_str().expect("text").to_owned()).find(|text| text.contains("annex="))
}

/// The cookie as a browser sends it back.
pub fn cookie(answer: &Answer) -> String {
    let set = set_cookie(answer).unwrap_or_else(|| panic!("no cookie in {:?}", answer.headers));
    set.split(';').next().expect("a pair").to_owned()
}

/// Signs in at Annex and brings the cookie home. A machine that is so busy that the question takes longer than an answer may
/// be held back for it gives none: then again.
pub async fn marked(scene: &Scene, person: &Person) -> String {
    eventually_some(DEADLINE, "the cookie is given", || async {
        let answer = sign_in(&scene.annex.url, person).await;
        set_cookie(&answer).map(|_| cookie(&answer)).ok_or(answer.headers)
    })
    .await
}

pub async fn sign_in(url: &str, person: &Person) -> Answer {
    let body = json!({"email": person.email, "password": person.password});
    Client::new(url).post("/api/auth/login", body).await.expect(200)
}

/// The object that the loader reads.
pub fn boot(page: &str) -> Value {
    let element = page.split(BOOT).nth(1).unwrap_or_else(|| panic!("no loader in {page}"));
    let (_, rest) = element.split_once('>').expect("an element");
    let (text, _) = rest.split_once("</script>").expect("an end");
    serde_json::from_str(text).expect("JSON")
}
