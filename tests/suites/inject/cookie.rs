//! The marker cookie: who gets it, who loses it, and what it is worth.

use annex_tests::http::json::Client;
use annex_tests::record::{PROBE, arrivals, probe};
use annex_tests::scene::Scene;
use annex_tests::story;
use serde_json::json;

use super::{BOOT, browser, cookie, marked, set_cookie, sign_in};

#[tokio::test]
async fn it_is_given_by_a_sign_in_by_me_and_by_other_answers_to_people_who_have_the_feature() {
    let scene = Scene::start("marker", |options| options).await;
    let (ada, bo) = (scene.agency("ada").await, scene.agency("bo").await);
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;

    let given = set_cookie(&sign_in(&scene.annex.url, &ada).await).expect("by the sign-in");
    assert!(given.starts_with("annex=1."), "{given}");
    for attribute in ["; Path=/", "; Max-Age=2592000", "; HttpOnly", "; SameSite=Lax"] {
        assert!(given.contains(attribute), "{attribute} in {given}");
    }
    assert!(!given.contains("Secure") && !given.contains("Domain"), "{given}");
    for path in ["/api/auth/me", "/api/customers", "/api/workspaces", "/api/features"] {
        let answer = scene.client(&ada).get(path).await.expect(200);
        assert!(set_cookie(&answer).is_some(), "by {path}");
        // Whoever carries it is not given it again.
        let again = scene.client(&ada).header("Cookie", &cookie(&answer)).get(path).await.expect(200);
        assert_eq!(set_cookie(&again), None, "again by {path}");
    }

    // For people without the feature, and without a cookie, every answer is the CRM's alone.
    for path in ["/api/auth/me", "/api/customers", "/api/features"] {
        let answer = scene.client(&bo).get(path).await.expect(200);
        assert!(answer.headers.get("set-cookie").is_none(), "{path}");
    }
    let answer = sign_in(&scene.annex.url, &bo).await;
    assert!(answer.headers.get("set-cookie").is_none(), "their sign-in");
}

#[tokio::test]
async fn a_member_of_a_workspace_that_is_on_has_it_though_their_home_is_off() {
    let scene = Scene::start("marker-guest", |options| options).await;
    let (ada, bo) = (scene.agency("ada").await, scene.agency("bo").await);
    scene.flag(&ada.tenant, true).await;
    story::add_member(&scene.database, &ada.tenant, &bo.id, "viewer").await;
    scene.settle().await;
    let me = scene.client(&bo).get("/api/auth/me").await.expect(200);
    let page = browser(&scene.annex.url).header("Cookie", &cookie(&me)).get("/customers").await.expect(200);
    assert!(page.text.contains(BOOT), "their page");

    story::remove_member(&scene.database, &ada.tenant, &bo.id).await;
    scene.settle().await;
    let page = browser(&scene.annex.url).header("Cookie", &cookie(&me)).get("/customers").await.expect(200);
    assert!(!page.text.contains(BOOT), "once they are out");
    let taken = scene.client(&bo).header("Cookie", &cookie(&me)).get("/api/auth/me").await.expect(200);
    assert!(set_cookie(&taken).is_some_and(|set| set.contains("annex=; ") && set.contains("Max-Age=0")));
}

#[tokio::test]
async fn it_is_taken_by_register_by_a_sign_out_by_somebody_elses_sign_in_and_by_any_answer_to_somebody_without_it() {
    let scene = Scene::start("marker-taken", |options| options).await;
    let (ada, bo) = (scene.agency("ada").await, scene.agency("bo").await);
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;
    let adas = marked(&scene, &ada).await;
    let with = |client: Client| client.header("Cookie", &format!("other=1; {adas}"));
    let anybody = || with(Client::new(&scene.annex.url));
    let register = json!({"email": "new@x.test", "password": "a-password-1", "firstName": "N", "lastName": "N", "companyName": "N"});
    for (what, answer) in [
        ("register", anybody().post("/api/auth/register", register).await.expect(200)),
        (
            "login",
            anybody().post("/api/auth/login", json!({"email": bo.email, "password": bo.password})).await.expect(200),
        ),
        ("logout", with(scene.client(&ada)).post("/api/auth/logout", json!({})).await.expect(200)),
        ("me", with(scene.client(&bo)).get("/api/auth/me").await.expect(200)),
        ("customers", with(scene.client(&bo)).get("/api/customers").await.expect(200)),
        ("features", with(scene.client(&bo)).get("/api/features").await.expect(200)),
    ] {
        assert!(set_cookie(&answer).is_some_and(|set| set.contains("Max-Age=0")), "by {what}: {:?}", answer.headers);
    }
    // A sign-in that fails tells nobody's name, and changes nothing.
    let wrong = anybody().post("/api/auth/login", json!({"email": ada.email, "password": "wrong"})).await.expect(401);
    assert_eq!(set_cookie(&wrong), None);
    // A sign-in of somebody else with the feature brings theirs.
    scene.flag(&bo.tenant, true).await;
    scene.settle().await;
    let bos = anybody().post("/api/auth/login", json!({"email": bo.email, "password": bo.password})).await.expect(200);
    assert_ne!(cookie(&bos), adas);
}

#[tokio::test]
async fn it_is_worth_nothing_but_a_switcher_and_never_reaches_the_crm() {
    let scene = Scene::start("marker-worth", |options| options).await;
    let (ada, bo) = (scene.agency("ada").await, scene.agency("bo").await);
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;
    let adas = marked(&scene, &ada).await;
    for path in ["/api/customers", "/api/workspaces", "/api/auth/me"] {
        Client::new(&scene.annex.url).header("Cookie", &adas).get(path).await.expect(401);
    }
    let (name, value) = adas.split_once('=').expect("a pair");
    let parts: Vec<&str> = value.split('.').collect();
    let [version, id, home, kind, expires, mac] = parts[..] else { panic!("{value}") };
    let bos = marked_parts(&scene, &bo).await;
    let forged = [
        ("another person", format!("{version}.{}.{home}.{kind}.{expires}.{mac}", bos.0)),
        ("another home", format!("{version}.{id}.{}.{kind}.{expires}.{mac}", bos.1)),
        ("another kind", format!("{version}.{id}.{home}.s.{expires}.{mac}")),
        ("a longer life", format!("{version}.{id}.{home}.{kind}.{}.{mac}", expires.parse::<i64>().unwrap() + 1)),
        ("no signature", format!("{version}.{id}.{home}.{kind}.{expires}.")),
        ("half a signature", format!("{version}.{id}.{home}.{kind}.{expires}.{}", &mac[..20])),
        ("another version", format!("2.{id}.{home}.{kind}.{expires}.{mac}")),
        ("something behind", format!("{value}.x")),
        ("nothing", String::new()),
        ("noise", "%00\u{7f}<script>".replace('\u{7f}', "")),
    ];
    for (what, value) in forged {
        let page = browser(&scene.annex.url).header("Cookie", &format!("{name}={value}")).get("/").await.expect(200);
        assert!(!page.text.contains(BOOT), "{what}");
    }
    let probe = probe();
    let client = browser(&scene.annex.url).header("Cookie", &format!("a=b; {adas}; c=d")).header(PROBE, &probe);
    assert!(client.get("/").await.expect(200).text.contains(BOOT), "the control");
    let arrived = arrivals(&scene.crm.url, &probe).await;
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].all("cookie"), ["a=b; c=d"], "of the cookies the CRM gets its own");
}

/// The person and the home as a cookie writes them.
async fn marked_parts(scene: &Scene, person: &story::Person) -> (String, String) {
    scene.flag(&person.tenant, true).await;
    scene.settle().await;
    let cookie = marked(scene, person).await;
    let parts: Vec<&str> = cookie.split('.').collect();
    (parts[1].to_owned(), parts[2].to_owned())
}

#[tokio::test]
async fn a_secret_that_is_gone_ends_it_and_a_previous_one_does_not() {
    let scene = Scene::start("marker-rotation", |options| options).await;
    let ada = scene.agency("ada").await;
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;
    let old = marked(&scene, &ada).await;
    let secret = scene.annex.environment.iter().find(|(name, _)| name == "ANNEX_SECRET").expect("a secret").1.clone();
    let mut options = annex_tests::sidecar::Options::new(&scene.crm, &scene.database, Some(&scene.redis));
    options = options.with("ANNEX_SECRET", "another-secret-of-more-than-32-bytes!!");
    let rotated = options.clone().with("ANNEX_SECRET_PREVIOUS", secret);
    for (what, options, works) in [("during the rotation", rotated, true), ("after it", options, false)] {
        let annex = annex_tests::sidecar::Annex::start(options).await;
        annex_tests::scene::settle(&scene.database, &annex.url, &scene.crm.jwt_secret).await;
        let page = browser(&annex.url).header("Cookie", &old).get("/").await.expect(200);
        assert_eq!(page.text.contains(BOOT), works, "{what}");
        let me =
            Client::new(&annex.url).bearer(&ada.access).header("Cookie", &old).get("/api/auth/me").await.expect(200);
        assert_eq!(set_cookie(&me).is_some(), !works, "{what}: `me` replaces what counts no more");
    }
}

#[tokio::test]
async fn under_tls_no_other_host_can_set_it() {
    let scene =
        Scene::start("marker-tls", |options| options.with("ANNEX_PUBLIC_URL", "https://crm.example.test")).await;
    let ada = scene.agency("ada").await;
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;
    let given = set_cookie(&sign_in(&scene.annex.url, &ada).await).expect("a cookie");
    assert!(
        given.starts_with("__Host-annex=1.") && given.contains("; Secure") && given.contains("; Path=/;"),
        "{given}"
    );
    let value = given.split(';').next().unwrap().split_once('=').unwrap().1;
    for (name, works) in [("__Host-annex", true), ("annex", false)] {
        let page = browser(&scene.annex.url).header("Cookie", &format!("{name}={value}")).get("/").await.expect(200);
        assert_eq!(page.text.contains(BOOT), works, "{name}");
    }
}

#[tokio::test]
async fn whoever_accepts_an_invitation_has_it_with_that_answer_and_the_switcher_on_the_next_page() {
    let scene = Scene::start("marker-accept", |options| options).await;
    let (ada, bo) = (scene.agency("ada").await, scene.agency("bo").await);
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;
    let path = format!("/api/workspaces/{}/invitations", ada.tenant);
    for _ in 0..5 {
        // Again and again, because it is a race between the answer and what the node hears.
        let cleo = scene.agency("cleo").await;
        let invited = json!({"email": cleo.email, "role": "viewer"});
        let issued = scene.client(&ada).post(&path, invited).await.expect(201).json();
        let link = issued["inviteLink"].as_str().expect("a link");
        let token = link.strip_prefix("/_annex/invite#").expect("a fragment");
        let accepted =
            scene.client(&cleo).post(&format!("/api/invitations/{token}/accept"), json!({})).await.expect(200);
        let page = browser(&scene.annex.url).header("Cookie", &cookie(&accepted)).get("/").await.expect(200);
        assert!(page.text.contains(BOOT), "the page after it");
    }
    let nothing = scene.client(&bo).post("/api/invitations/no-such-token/accept", json!({})).await;
    assert!(!nothing.status.to_string().starts_with('2') && set_cookie(&nothing).is_none(), "{}", nothing.status);
}
