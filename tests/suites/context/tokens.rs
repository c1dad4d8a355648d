//! Credentials that do not verify: 401 where a workspace is named; else the CRM judges, bytes unchanged.

use annex_tests::record::arrivals;
use annex_tests::scene::Scene;
use annex_tests::story;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::{Traveller, assert_never_arrived, outsider, place, scene, send, switched};

/// A token of exactly this header and these claims, with the MAC of `algorithm`; without one if there is none.
fn forge(header: &str, claims: &str, algorithm: Option<Algorithm>, secret: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let key = EncodingKey::from_secret(secret.as_bytes());
    let mac =
        algorithm.map(|algorithm| jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm).expect("a MAC"));
    format!("{message}.{}", mac.unwrap_or_default())
}

const GOOD: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// Every attack with its name. Each is correctly signed with the CRM's secret unless its name says otherwise.
fn attacks(scene: &Scene, claims: &Value) -> Vec<(&'static str, String)> {
    let secret = scene.crm.jwt_secret.as_str();
    let hs256 = Some(Algorithm::HS256);
    let text = claims.to_string();
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims.to_string()
    };
    let without = |name: &str| {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        claims.to_string()
    };
    let doubled = format!(r#"{{"userId":"somebody-else",{}"#, &text[1..]);
    let good = forge(GOOD, &text, hs256, secret);
    let header = |header: &str| forge(header, &text, hs256, secret);
    let body = |claims: &str| forge(GOOD, claims, hs256, secret);
    vec![
        ("alg none", forge(r#"{"alg":"none","typ":"JWT"}"#, &text, None, secret)),
        ("alg None with a MAC", header(r#"{"alg":"None","typ":"JWT"}"#)),
        ("alg missing", header(r#"{"typ":"JWT"}"#)),
        ("alg a number", header(r#"{"alg":256,"typ":"JWT"}"#)),
        ("HS384", forge(r#"{"alg":"HS384","typ":"JWT"}"#, &text, Some(Algorithm::HS384), secret)),
        ("HS512", forge(r#"{"alg":"HS512","typ":"JWT"}"#, &text, Some(Algorithm::HS512), secret)),
        ("RS256 keyed with the secret", header(r#"{"alg":"RS256","typ":"JWT"}"#)),
        ("alg in lower case", header(r#"{"alg":"hs256","typ":"JWT"}"#)),
        ("alg twice", header(r#"{"alg":"none","alg":"HS256","typ":"JWT"}"#)),
        ("jwk", header(r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}"#)),
        ("jku", header(r#"{"alg":"HS256","jku":"https://evil.test/keys"}"#)),
        ("x5u", header(r#"{"alg":"HS256","x5u":"https://evil.test/cert"}"#)),
        ("x5c", header(r#"{"alg":"HS256","x5c":["AAAA"]}"#)),
        ("crit", header(r#"{"alg":"HS256","crit":["exp"]}"#)),
        ("kid with a path", header(r#"{"alg":"HS256","kid":"../../dev/null"}"#)),
        ("kid with a query", header(r#"{"alg":"HS256","kid":"x' OR 1=1 --"}"#)),
        ("kid a number", header(r#"{"alg":"HS256","kid":1}"#)),
        ("exp a text", body(&with("exp", json!("9999999999")))),
        ("exp missing", body(&without("exp"))),
        ("exp null", body(&with("exp", Value::Null))),
        ("exp huge", body(&with("exp", json!(9_999_999_999_999_999_u64)))),
        ("exp huge, as a float", body(&with("exp", json!(1e300)))),
        ("exp a fraction", body(&with("exp", json!(4_000_000_000.5)))),
        ("exp negative", body(&with("exp", json!(-1)))),
        ("expired", body(&with("exp", json!(story::now_s() - 1)))),
        ("expired this second: no leeway", body(&with("exp", json!(story::now_s())))),
        ("nbf a text", body(&with("nbf", json!("0")))),
        ("nbf in the future", body(&with("nbf", json!(story::now_s() + 300)))),
        ("iat a text", body(&with("iat", json!("0")))),
        ("iat missing: it may live for ever", body(&without("iat"))),
        ("userId twice", body(&doubled)),
        ("userId missing", body(&without("userId"))),
        ("userId a number", body(&with("userId", json!(1)))),
        ("tenantId missing", body(&without("tenantId"))),
        ("over 8 KiB", body(&with("padding", json!("x".repeat(8 * 1024))))),
        ("claims no object", body("[]")),
        ("claims no JSON", body("{")),
        ("claims with a byte order mark", body(&format!("\u{feff}{text}"))),
        ("another secret", forge(GOOD, &text, hs256, "another secret, which the CRM does not have")),
        ("a MAC of nothing", format!("{}.", good.rsplit_once('.').unwrap().0)),
        ("a MAC cut short", good[..good.len() - 4].to_owned()),
        ("four parts", format!("{good}.x")),
        ("two parts", good.rsplit_once('.').unwrap().0.to_owned()),
        ("padded", format!("{good}=")),
        ("no token", "x".to_owned()),
    ]
}

#[tokio::test]
async fn a_forged_token_is_refused_where_a_workspace_is_named_and_left_to_the_crm_elsewhere() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let claims = story::claims(&ada.person, "agency_admin", true);
    let second = format!("X-Workspace-Id: {}", ada.second);
    let control = forge(GOOD, &claims.to_string(), Some(Algorithm::HS256), &scene.crm.jwt_secret);
    let (answer, _) = send(&scene, "GET /api/customers", &control, &[&second]).await;
    assert_eq!(place(&answer), ada.second, "the control: the forge makes tokens that count");

    for (attack, token) in attacks(&scene, &claims) {
        let pinned = format!("GET /_annex/w/{}/api/customers", ada.second);
        let query = format!("GET /api/customers?workspaceId={}", ada.second);
        for (line, more) in [("GET /api/customers", &[second.as_str()][..]), (&query, &[]), (&pinned, &[])] {
            let (answer, probe) = send(&scene, line, &token, more).await;
            assert_eq!(place(&answer), "401 UNAUTHENTICATED", "{attack}: {line}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{attack}");
            let all = String::from_utf8_lossy(&answer.raw).into_owned();
            assert!(token.len() < 8 || !all.contains(&token), "{attack}: the token is echoed");
            assert_never_arrived(&scene, &probe, attack).await;
        }
        let (answer, probe) = send(&scene, "GET /api/customers", &token, &["X-Other:  1"]).await;
        let arrived = arrivals(&scene.crm.url, &probe).await;
        assert_eq!(arrived.len(), 1, "{attack}: the CRM judges what names nothing");
        assert_eq!(arrived[0].token(), token, "{attack}: the bytes changed");
        assert!(answer.header("x-annex-workspace-id").is_none(), "{attack}");
    }
}

#[tokio::test]
async fn a_claim_that_does_not_verify_names_nothing() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let mut claims = story::claims(&ada.person, "agency_admin", true);
    claims["activeWorkspaceId"] = ada.second.clone().into();
    let forged = story::sign(&claims, "another secret, which the CRM does not have");
    let (answer, probe) = send(&scene, "GET /api/customers", &forged, &[]).await;
    assert_eq!(answer.json()["message"], "Invalid or expired token", "the CRM's own refusal");
    assert_eq!(arrivals(&scene.crm.url, &probe).await[0].token(), forged);
    let (answer, _) = send(&scene, "GET /api/customers", &switched(&scene, &ada.person, &ada.second), &[]).await;
    assert_eq!(place(&answer), ada.second, "the control");
}

#[tokio::test]
async fn a_refresh_token_is_no_bearer_outside_home() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let eve = outsider(&scene).await;
    let second = format!("X-Workspace-Id: {}", ada.second);
    let (answer, probe) = send(&scene, "GET /api/customers", &ada.person.refresh, &[&second]).await;
    assert_eq!(place(&answer), "401 UNAUTHENTICATED");
    assert_never_arrived(&scene, &probe, "a refresh token").await;
    let mut longer = story::claims(&ada.person, "agency_admin", true);
    longer["exp"] = json!(longer["iat"].as_u64().unwrap() + story::ACCESS_LIFETIME_S + 1);
    let longer = story::sign(&longer, &scene.crm.jwt_secret);
    let (answer, _) = send(&scene, "GET /api/customers", &longer, &[&second]).await;
    assert_eq!(place(&answer), "401 UNAUTHENTICATED", "a second longer than an access token");
    for (person, more) in [(&ada.person, vec![]), (&eve, vec![second.as_str()])] {
        let (answer, _) = send(&scene, "GET /api/customers", &person.refresh, &more).await;
        let wanted = if more.is_empty() { person.tenant.as_str() } else { "401 UNAUTHENTICATED" };
        assert_eq!(place(&answer), wanted, "at home it is as before");
    }
}

#[tokio::test]
async fn of_two_authorization_headers_the_first_counts_as_it_does_for_node() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let eve = outsider(&scene).await;
    let second = format!("X-Workspace-Id: {}", ada.second);
    let bearer = |token: &str| format!("Authorization: Bearer {token}");
    // The member first, then a stranger: served, and the CRM gets one header, ours.
    let (answer, probe) =
        send(&scene, "GET /api/customers", &ada.person.access, &[&bearer(&eve.access), &second]).await;
    assert_eq!(place(&answer), ada.second);
    let arrived = arrivals(&scene.crm.url, &probe).await.remove(0);
    assert_eq!(story::read_claims(arrived.token())["userId"], ada.id_in(&scene, &ada.second).await.as_str());
    // The other way round: the stranger is judged, and the member's token helps nobody.
    let (answer, probe) =
        send(&scene, "GET /api/customers", &eve.access, &[&bearer(&ada.person.access), &second]).await;
    assert_eq!(place(&answer), "403 WORKSPACE_ACCESS_DENIED");
    assert_never_arrived(&scene, &probe, "two credentials").await;
    let (answer, _) = send(&scene, "GET /api/customers", "garbage", &[&bearer(&ada.person.access), &second]).await;
    assert_eq!(place(&answer), "401 UNAUTHENTICATED");
    // Nothing named: both reach the CRM, which reads the first.
    let (answer, probe) = send(&scene, "GET /api/customers", &eve.access, &[&bearer(&ada.person.access)]).await;
    assert_eq!(place(&answer), eve.tenant);
    assert_eq!(arrivals(&scene.crm.url, &probe).await[0].all("authorization").len(), 2);
}

#[tokio::test]
async fn the_scheme_is_read_as_the_crm_reads_it() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let second = format!("X-Workspace-Id: {}", ada.second);
    for scheme in ["bearer ", "BEARER ", "Bearer  ", "Token ", "Basic ", ""] {
        let authorization = format!("Authorization: {scheme}{}", ada.person.access);
        let (answer, _) = send(&scene, "GET /api/customers", "", &[&authorization, &second]).await;
        assert_eq!(place(&answer), "401 UNAUTHENTICATED", "`{scheme}`");
        let (answer, _) = send(&scene, "GET /api/customers", "", &[&authorization]).await;
        assert_eq!(answer.status, 401, "the CRM reads `{scheme}` otherwise than we do");
    }
}
