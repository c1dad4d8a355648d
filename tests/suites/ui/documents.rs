//! Our own documents: who gets which, under what policy, and what the loader reads there.

use annex_tests::folder::Folder;
use annex_tests::http::json::{Answer, Client};
use annex_tests::ports::free_port;
use annex_tests::scene::Scene;
use annex_tests::sidecar::{Annex, Options, Wait};
use annex_tests::tree;
use reqwest::Method;
use serde_json::{Value, json};

use super::{keys, nonce, profile_with};
use crate::inject::{BOOT, boot, browser, marked};

/// What `proxy/ui/README.md` says.
const POLICY: &str = "default-src 'none'; script-src 'nonce-NONCE'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types lit-html 'allow-duplicates'";

fn is_document(answer: &Answer, language: &str, title: &str) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let nonce = nonce(answer);
    assert_eq!(answer.header("content-security-policy"), Some(POLICY.replace("NONCE", &nonce).as_str()));
    for (name, wanted) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(answer.header(name), Some(wanted), "{name}");
    }
    assert!(answer.text.contains(&format!("<html lang=\"{language}\">")), "{}", answer.text);
    assert!(answer.text.contains(&format!("<title>{title}</title>")), "{}", answer.text);
    assert!(answer.text.contains("<noscript>"), "{}", answer.text);
    assert_eq!(answer.text.matches("<script").count(), 2, "{}", answer.text);
    assert_eq!(answer.text.matches(&format!(" nonce=\"{nonce}\"")).count(), 2, "both elements carry the nonce");
    let said = boot(&answer.text);
    assert_eq!((&said["document"], &said["pictures"]), (&json!("annex"), &json!(true)));
    assert!(nonce.len() >= 22, "{nonce} has 128 bits");
}

#[tokio::test]
async fn a_document_of_ours_stands_under_its_policy_with_a_fresh_nonce() {
    let scene = Scene::start("uidocs", |options| options.enabled()).await;
    let client = browser(&scene.annex.url);
    let mut nonces = std::collections::BTreeSet::new();
    for path in ["/_annex/invite", "/_annex/admin"] {
        for (accepts, language) in [("de-AT,en;q=0.5", "de"), ("fr, en", "en"), ("", "en")] {
            let page = client.header("accept-language", accepts).get(path).await;
            let title = match (path, language) {
                ("/_annex/invite", "de") => "Einladung",
                ("/_annex/invite", _) => "Invitation",
                (_, "de") => "Arbeitsbereiche für alle",
                _ => "Multi-workspace",
            };
            is_document(&page, language, title);
            assert!(nonces.insert(nonce(&page)), "a nonce came twice");
            assert_eq!(boot(&page.text)["principal"], json!(null), "nobody is named");
        }
        let head = client.send(Method::HEAD, path, None).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""));
        assert!(head.header("content-security-policy").is_some());
        let post = client.send(Method::POST, path, None).await;
        assert_eq!(
            (post.status, post.code().as_str(), post.header("allow")),
            (405, "METHOD_NOT_ALLOWED", Some("GET,HEAD"))
        );
    }
}

#[tokio::test]
async fn the_boot_object_says_every_field_of_its_contract() {
    let scene = Scene::start("uiboot", |options| options.enabled()).await;
    let said = boot(&browser(&scene.annex.url).get("/_annex/invite").await.text);
    let asset = |name: &str| said["assets"][name].as_str().expect("an address").to_owned();
    let home = said["routes"]["home"].as_array().expect("a list").clone();
    let wanted = json!({
        "version": 1, "document": "annex", "principal": null, "pictures": true,
        "language": null, "shortcut": "Alt+Shift+KeyW",
        "credential": {
            "kind": "local-storage", "accessToken": "nexus_access_token", "refreshToken": "nexus_refresh_token",
            "user": "nexus_user", "claims": {"principal": "userId", "home": "tenantId"},
        },
        "routes": {
            "prefixes": ["/api"],
            "home": home,
            "own": ["/api/workspaces", "/api/invitations", "/api/features", "/api/permissions",
                "/api/admin/feature-flags", "/api/admin/rollout", "/api/admin/workspaces", "/api/admin/health"],
        },
        "calls": {
            "login": "/api/auth/login", "register": "/api/auth/register", "logout": "/api/auth/logout",
            "refresh": "/api/auth/refresh", "accessTokenField": "accessToken", "refreshTokenField": "refreshToken",
        },
        "mount": {"anchor": "[data-testid=\"button-user-menu\"]", "header": "header.h-16"},
        "paths": {
            "login": "/login", "register": "/register", "start": "/", "workspaces": "/workspaces",
            "create": "/workspaces/new", "settings": "/settings/workspace", "onboarding": "/workspaces/:id/onboarding",
            "invite": "/_annex/invite", "admin": "/_annex/admin", "pin": "/_annex/w/", "probe": "/api/features",
            "steps": {"create_customer": "/customers", "create_product": "/products", "create_proposal": "/proposals"},
        },
        "assets": {"switcher": asset("switcher"), "pages": asset("pages")},
    });
    assert_eq!(said, wanted);
    // Every route of class `home`, in the order of registration.
    let profile = std::fs::read_to_string(tree::root().join("config/crm/nexus.toml")).expect("the profile");
    let routes = profile.lines().filter(|line| line.contains(r#"class = "home""#));
    let routes: Vec<&str> = routes.filter_map(|line| line.split(r#"at = ""#).nth(1)?.split('"').next()).collect();
    assert!(routes.len() > 10 && home.iter().filter_map(Value::as_str).eq(routes), "{home:?}");
    for (name, address) in [("switcher", asset("switcher")), ("pages", asset("pages"))] {
        assert!(address.starts_with(&format!("/_annex/ui/{name}.")), "{address}");
        Client::new(&scene.annex.url).get(&address).await.expect(200);
    }
    // The contract itself: no field of it is missing here, and none is here that it lacks.
    let contract = std::fs::read_to_string(tree::root().join("proxy/ui/src/boot.ts")).expect("the contract");
    for (interface, value) in [
        ("Boot", &said),
        ("Credential", &said["credential"]),
        ("Routes", &said["routes"]),
        ("Calls", &said["calls"]),
        ("Mount", &said["mount"]),
        ("Paths", &said["paths"]),
        ("Assets", &said["assets"]),
    ] {
        let (_, body) = contract.split_once(&format!("export interface {interface} {{")).expect("an interface");
        let body = body.split("\n}").next().expect("an end");
        let fields = body.lines().filter_map(|line| line.trim().strip_prefix("readonly ")?.split(':').next());
        let mut fields: Vec<&str> = fields.collect();
        let mut present = keys(value);
        fields.sort_unstable();
        present.sort_unstable();
        assert_eq!(present, fields, "{interface}");
    }
}

#[tokio::test]
async fn what_the_operator_says_of_language_and_shortcut_is_said() {
    let configure =
        |options: Options| options.enabled().with("ANNEX_UI_LANGUAGE", "de").with("ANNEX_UI_SHORTCUT", "off");
    let scene = Scene::start("uisaid", configure).await;
    let page = browser(&scene.annex.url).header("accept-language", "en").get("/_annex/admin").await;
    is_document(&page, "de", "Arbeitsbereiche für alle");
    let said = boot(&page.text);
    assert_eq!((&said["language"], &said["shortcut"]), (&json!("de"), &json!(null)));
}

/// Ends the element, were it written as it is; and is of another alphabet than ASCII.
const HOSTILE: &str = r#"</script><img src=x onerror=alert(1)><!-- é𝄞"#;

#[tokio::test]
async fn no_text_of_a_profile_ends_the_element_or_depends_on_the_pages_encoding() {
    let folder = Folder::new("profile");
    let profile =
        profile_with(&folder, r#"anchor = "[data-testid=\"button-user-menu\"]""#, &format!("anchor = '{HOSTILE}'"));
    let scene = Scene::start("uihostile", |options| options.with("ANNEX_CRM_PROFILE", profile)).await;
    let ada = scene.agency("ada").await;
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;
    let cookie = marked(&scene, &ada).await;
    for path in ["/_annex/invite", "/workspaces", "/customers"] {
        let page = browser(&scene.annex.url).header("cookie", &cookie).get(path).await.expect(200).text;
        assert!(page.contains(BOOT), "{path}: {page}");
        let (_, rest) = page.split_once(BOOT).expect("the object");
        let (object, _) = rest.split_once("</script>").expect("an end");
        assert!(object.is_ascii() && !object.contains('<'), "{path}: {object}");
        assert_eq!(boot(&page)["mount"]["anchor"], json!(HOSTILE), "{path}: it is said all the same");
        assert!(!page.contains("onerror=alert(1)><!--"), "{path}");
    }
}

#[tokio::test]
async fn a_page_in_the_crms_paths_is_ours_for_who_has_the_feature_and_the_crms_for_others() {
    let folder = Folder::new("profile");
    let profile =
        profile_with(&folder, r#"settings_path = "/settings/workspace""#, r#"settings_path = "/account/Spaces""#);
    let scene = Scene::start("uipages", |options| options.with("ANNEX_CRM_PROFILE", profile)).await;
    let (ada, bo) = (scene.agency("ada").await, scene.agency("bo").await);
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;
    let cookie = marked(&scene, &ada).await;
    for (path, title) in [
        ("/workspaces", "Workspaces"),
        ("/workspaces/", "Workspaces"),
        ("/workspaces/new", "New workspace"),
        ("/workspaces/w-1/onboarding", "First steps"),
        ("/account/Spaces", "Workspace settings"),
    ] {
        let ours = browser(&scene.annex.url).header("cookie", &cookie).get(path).await;
        is_document(&ours, "en", title);
        let said = boot(&ours.text);
        assert_eq!(
            (&said["principal"], &said["paths"]["settings"]),
            (&json!(ada.id), &json!("/account/Spaces")),
            "{path}"
        );
        let crms = browser(&scene.crm.url).get(path).await;
        for (who, client) in [
            ("nobody", browser(&scene.annex.url)),
            ("somebody without the feature", browser(&scene.annex.url).bearer(&bo.access)),
            ("a name that a client gives itself", browser(&scene.annex.url).header("x-annex-principal", &ada.id)),
        ] {
            let theirs = client.get(path).await;
            assert_eq!((theirs.status, &theirs.text), (crms.status, &crms.text), "{who} at {path}");
        }
        let posted = browser(&scene.annex.url).header("cookie", &cookie).send(Method::POST, path, None).await;
        let crms = browser(&scene.crm.url).send(Method::POST, path, None).await;
        assert_eq!((posted.status, &posted.text), (crms.status, &crms.text), "only navigations are ours: {path}");
    }
    for theirs in ["/account/spaces", "/settings/workspace", "/workspaces/w-1", "/workspaces/a/b/onboarding"] {
        let page = browser(&scene.annex.url).header("cookie", &cookie).get(theirs).await;
        assert!(!page.text.contains("\"document\":\"annex\""), "{theirs} is none of our pages: {}", page.text);
    }
    // A name that a client gives itself is nobody's at our own addresses either.
    let page = browser(&scene.annex.url).header("x-annex-principal", &ada.id).get("/_annex/invite").await;
    assert_eq!(boot(&page.text)["principal"], json!(null));
}

#[tokio::test]
async fn while_nothing_is_on_an_invitations_page_says_so_without_a_script_and_administrators_still_get_theirs() {
    let scene = Scene::start("uioff", |options| options).await;
    for (accepts, heading) in
        [("en", "Workspaces are switched off here"), ("de", "Arbeitsbereiche sind hier ausgeschaltet")]
    {
        let off = browser(&scene.annex.url).header("accept-language", accepts).get("/_annex/invite").await.expect(200);
        assert!(off.text.contains(&format!("<h1>{heading}</h1>")), "{}", off.text);
        assert!(!off.text.contains("<script") && off.text.contains("href=\"/\""), "{}", off.text);
        let policy = off.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(
            (off.header("referrer-policy"), off.header("cache-control")),
            (Some("no-referrer"), Some("no-store"))
        );
        assert_eq!(off.header("x-frame-options"), Some("DENY"));
    }
    is_document(&browser(&scene.annex.url).get("/_annex/admin").await, "en", "Multi-workspace");
    // Nobody knows yet: the page asks, and is told to wait.
    let nowhere = format!("postgres://annex@127.0.0.1:{}/crm", free_port());
    let options = Options::new(&scene.crm, &scene.database, None).with("ANNEX_DATABASE_URL", nowhere);
    let blind = Annex::start(options.wait(Wait::Listening)).await;
    is_document(&browser(&blind.url).get("/_annex/invite").await, "en", "Invitation");
    // Turned on, it is there at once.
    let ada = scene.agency("ada").await;
    scene.flag(&ada.tenant, true).await;
    scene.settle().await;
    is_document(&browser(&scene.annex.url).get("/_annex/invite").await, "en", "Invitation");
}
