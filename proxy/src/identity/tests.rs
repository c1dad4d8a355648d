//! Tokens that are believed, and every kind that is not.

use std::sync::Arc;

use annex_config::{Algorithm as Pinned, CredentialKeys, CrmProfile, Secret, SigningKey, VerifyKey, shipped_profile};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rand::SystemRandom,
    rsa,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

use super::*;

const NOW: i64 = 1_800_000_000;
const SECRET: &str = "the secret of the CRM";

fn profile() -> CrmProfile {
    shipped_profile("nexus").unwrap().unwrap()
}

fn verifier(secrets: &[&str]) -> Verifier {
    let keys = CredentialKeys {
        algorithm: Pinned::HS256,
        verify: secrets.iter().map(|secret| VerifyKey::Hmac(Secret::new(*secret))).collect(),
        jwks: None,
        sign: None,
    };
    Verifier::new(profile().credential, Keys::from_config(&keys).unwrap(), 100)
}

fn claims() -> Value {
    json!({"userId": "u1", "tenantId": "t1", "email": "a@b.c", "userType": "agency_admin", "isAdmin": true,
           "iat": NOW - 10, "exp": NOW + 890})
}

fn token_of(header: &str, payload: &str, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message = format!("{}.{}", B64.encode(header), B64.encode(payload));
    let signature = crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

fn token(header: &str, payload: &str) -> String {
    token_of(header, payload, &EncodingKey::from_secret(SECRET.as_bytes()), Algorithm::HS256)
}

fn good(claims: &Value) -> String {
    token(r#"{"alg":"HS256","typ":"JWT"}"#, &claims.to_string())
}

fn identify(verifier: &Verifier, token: &str, now: i64) -> Result<Arc<Principal>, IdentifyError> {
    verifier.identify(Some(format!("Bearer {token}").as_bytes()), now)
}

fn with(name: &str, value: Value) -> String {
    let mut all = claims();
    all[name] = value;
    good(&all)
}

#[test]
fn a_good_token_becomes_its_principal() {
    let principal = identify(&verifier(&[SECRET]), &good(&claims()), NOW).unwrap();
    assert_eq!((&*principal.id, &*principal.home), ("u1", "t1"));
    assert_eq!((principal.issued_at, principal.expires_at), (NOW - 10, NOW + 890));
    assert_eq!((principal.kind, principal.vouched), (PrincipalKind::Ordinary, Vouched::AccessToken));
}

#[test]
fn every_forged_or_odd_token_is_refused() {
    use IdentifyError as E;
    let plain = claims().to_string();
    let hs = |header: &str| token(header, &plain);
    let none = format!("{}.{}.", B64.encode(r#"{"alg":"none"}"#), B64.encode(&plain));
    let other = token_of(r#"{"alg":"HS256"}"#, &plain, &EncodingKey::from_secret(b"other"), Algorithm::HS256);
    let hs384 = token_of(r#"{"alg":"HS384"}"#, &plain, &EncodingKey::from_secret(SECRET.as_bytes()), Algorithm::HS384);
    let doubled = plain.replacen("\"tenantId\":\"t1\"", "\"tenantId\":\"t1\",\"tenantId\":\"t2\"", 1);
    let mut no_exp = claims();
    no_exp.as_object_mut().unwrap().remove("exp");
    let table = [
        ("alg none", none, E::HeaderRefused("alg")),
        ("another HMAC", hs384, E::HeaderRefused("alg")),
        ("RS256 keyed with the secret", hs(r#"{"alg":"RS256"}"#), E::HeaderRefused("alg")),
        ("an alg in lower case", hs(r#"{"alg":"hs256"}"#), E::HeaderRefused("alg")),
        ("a key of its own", hs(r#"{"alg":"HS256","jwk":{}}"#), E::HeaderRefused("jwk")),
        ("an address of keys", hs(r#"{"alg":"HS256","jku":"http://x"}"#), E::HeaderRefused("jku")),
        ("an address of certificates", hs(r#"{"alg":"HS256","x5u":"http://x"}"#), E::HeaderRefused("x5u")),
        ("an extension", hs(r#"{"alg":"HS256","crit":["b64"]}"#), E::HeaderRefused("crit")),
        ("a kid with a path", hs(r#"{"alg":"HS256","kid":"../../dev/null"}"#), E::HeaderRefused("kid")),
        ("a kid that is no text", hs(r#"{"alg":"HS256","kid":1}"#), E::HeaderRefused("kid")),
        ("a header key twice", hs(r#"{"alg":"HS256","alg":"none"}"#), E::Malformed),
        ("a claim twice", token(r#"{"alg":"HS256"}"#, &doubled), E::Malformed),
        ("another secret", other, E::SignatureInvalid),
        ("two parts", "a.b".into(), E::Malformed),
        ("four parts", format!("{}.x", good(&claims())), E::Malformed),
        ("exp as text", with("exp", json!("1900000000")), E::ClaimInvalid("exp")),
        ("exp as a fraction", with("exp", json!(NOW as f64 + 0.5)), E::ClaimInvalid("exp")),
        ("exp beyond all years", with("exp", json!(9_000_000_000_000_i64)), E::ClaimInvalid("exp")),
        ("no exp", good(&no_exp), E::ClaimInvalid("exp")),
        ("nbf as text", with("nbf", json!("0")), E::ClaimInvalid("nbf")),
        ("nbf ahead", with("nbf", json!(NOW + 1)), E::NotYetValid),
        ("expired this second", with("exp", json!(NOW)), E::Expired),
        ("no principal", with("userId", Value::Null), E::ClaimInvalid("principal")),
        ("a number for a tenant", with("tenantId", json!(7)), E::ClaimInvalid("tenant")),
        ("over 8 KiB", with("x", json!("x".repeat(8192))), E::TooLarge),
    ];
    let verifier = verifier(&[SECRET]);
    for (name, token, wanted) in table {
        assert_eq!(identify(&verifier, &token, NOW).err(), Some(wanted), "{name}");
    }
}

#[test]
fn the_prefix_is_case_sensitive_as_in_the_crm() {
    let (verifier, token) = (verifier(&[SECRET]), good(&claims()));
    for odd in ["bearer ", "BEARER ", "Bearer", "Bearer  ", "Token "] {
        assert!(verifier.identify(Some(format!("{odd}{token}").as_bytes()), NOW).is_err(), "{odd:?}");
    }
}

#[test]
fn a_remembered_token_expires_all_the_same() {
    let (verifier, token) = (verifier(&[SECRET]), good(&claims()));
    assert!(identify(&verifier, &token, NOW).is_ok());
    assert_eq!(identify(&verifier, &token, NOW + 890).err(), Some(IdentifyError::Expired));
}

#[test]
fn a_rotation_accepts_both_secrets_and_then_forgets_the_old() {
    let old = verifier(&["new", SECRET]);
    assert!(identify(&old, &good(&claims()), NOW).is_ok());
    let only_new = CredentialKeys {
        algorithm: Pinned::HS256,
        verify: vec![VerifyKey::Hmac(Secret::new("new"))],
        jwks: None,
        sign: None,
    };
    old.rotate(Keys::from_config(&only_new).unwrap());
    assert_eq!(identify(&old, &good(&claims()), NOW).err(), Some(IdentifyError::SignatureInvalid));
}

#[test]
fn what_lives_longer_than_an_access_token_is_no_bearer() {
    let verifier = verifier(&[SECRET]);
    let refresh = identify(&verifier, &with("exp", json!(NOW + 7 * 86_400)), NOW).unwrap();
    assert_eq!(refresh.vouched, Vouched::LongLived);
    let mut no_iat = claims();
    no_iat.as_object_mut().unwrap().remove("iat");
    assert_eq!(identify(&verifier, &good(&no_iat), NOW).unwrap().vouched, Vouched::LongLived);
}

fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der)).into_bytes()
}

/// A key pair of one algorithm: the private key, the public key in PEM and as a JWK.
fn pair(pinned: Pinned) -> (EncodingKey, Vec<u8>, Value) {
    let random = SystemRandom::new();
    match pinned {
        Pinned::RS256 => {
            let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
            let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
            let public = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).unwrap();
            let key = pair.public_key();
            let number = |bytes: &[u8]| B64.encode(bytes);
            let jwk = json!({"kty": "RSA", "kid": "k1", "alg": "RS256",
                "n": number(key.modulus().big_endian_without_leading_zero()),
                "e": number(key.exponent().big_endian_without_leading_zero())});
            (
                EncodingKey::from_rsa_pem(&pem("PRIVATE KEY", private.as_ref())).unwrap(),
                pem("PUBLIC KEY", public.as_ref()),
                jwk,
            )
        }
        Pinned::EdDSA => {
            let private = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
            let pair = Ed25519KeyPair::from_pkcs8(private.as_ref()).unwrap();
            let raw = pair.public_key().as_ref();
            let public = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).unwrap();
            let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": "k1", "alg": "EdDSA", "x": B64.encode(raw)});
            (
                EncodingKey::from_ed_pem(&pem("PRIVATE KEY", private.as_ref())).unwrap(),
                pem("PUBLIC KEY", public.as_ref()),
                jwk,
            )
        }
        _ => {
            let private = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private.as_ref()).unwrap();
            let raw = pair.public_key().as_ref();
            let public = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).unwrap();
            let jwk = json!({"kty": "EC", "crv": "P-256", "kid": "k1", "alg": "ES256",
                "x": B64.encode(&raw[1..33]), "y": B64.encode(&raw[33..])});
            (
                EncodingKey::from_ec_pem(&pem("PRIVATE KEY", private.as_ref())).unwrap(),
                pem("PUBLIC KEY", public.as_ref()),
                jwk,
            )
        }
    }
}

#[test]
fn asymmetric_algorithms_verify_by_pem_and_by_key_set() {
    for (pinned, algorithm) in
        [(Pinned::RS256, Algorithm::RS256), (Pinned::ES256, Algorithm::ES256), (Pinned::EdDSA, Algorithm::EdDSA)]
    {
        let (private, public, jwk) = pair(pinned);
        let empty = CredentialKeys { algorithm: pinned, verify: vec![], jwks: None, sign: None };
        let by_pem = CredentialKeys { verify: vec![VerifyKey::Pem(public)], ..empty.clone() };
        let by_pem = Verifier::new(profile().credential, Keys::from_config(&by_pem).unwrap(), 100);
        let set = json!({"keys": [jwk, {"kty": "oct", "kid": "k1", "k": B64.encode(SECRET)}]}).to_string();
        let keys = Keys::from_config(&empty).unwrap().with_key_set(set.as_bytes()).unwrap();
        let by_set = Verifier::new(profile().credential, keys, 100);
        let header = |kid: &str| format!(r#"{{"alg":"{algorithm:?}","kid":"{kid}"}}"#);
        let signed = |kid: &str| token_of(&header(kid), &claims().to_string(), &private, algorithm);
        assert!(identify(&by_pem, &signed("any"), NOW).is_ok(), "{algorithm:?} by PEM");
        assert!(identify(&by_set, &signed("k1"), NOW).is_ok(), "{algorithm:?} by key set");
        assert_eq!(
            identify(&by_set, &signed("k2"), NOW).err(),
            Some(IdentifyError::SignatureInvalid),
            "{algorithm:?}, another kid"
        );
        assert!(identify(&by_pem, &good(&claims()), NOW).is_err(), "HS256 where {algorithm:?} is pinned");
    }
}

fn signer() -> Signer {
    let keys = CredentialKeys {
        algorithm: Pinned::HS256,
        verify: vec![VerifyKey::Hmac(Secret::new(SECRET))],
        jwks: None,
        sign: Some(SigningKey::Hmac(Secret::new(SECRET))),
    };
    Signer::new(&keys, Arc::new(profile())).unwrap()
}

fn payload(token: &str) -> Value {
    serde_json::from_slice(&B64.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

#[test]
fn the_upstream_token_changes_the_tenant_and_the_roles_claims_alone() {
    let verifier = verifier(&[SECRET]);
    let mut presented = claims();
    presented["extra"] = json!({"kept": true});
    presented["activeWorkspaceId"] = json!("w");
    let principal = identify(&verifier, &good(&presented), NOW).unwrap();
    for (role, kind, admin) in [
        ("admin", "agency_admin", true),
        ("manager", "agency_admin", false),
        ("member", "team_member", false),
        ("finance", "agency_admin", false),
        ("viewer", "agency_admin", false),
        ("a-custom-role", "agency_admin", false),
    ] {
        let signed = signer().upstream_token(&principal, Standpoint { workspace: "w", role, shadow: None }).unwrap();
        let mut wanted = presented.clone();
        wanted.as_object_mut().unwrap().remove("activeWorkspaceId");
        wanted["tenantId"] = json!("w");
        wanted["userType"] = json!(kind);
        wanted["isAdmin"] = json!(admin);
        assert_eq!(payload(&signed), wanted, "{role}");
        assert!(identify(&verifier, &signed, NOW).is_ok(), "{role}: the CRM accepts it");
    }
}

#[test]
fn a_platform_administrator_never_stays_one_in_a_workspace() {
    let verifier = verifier(&[SECRET]);
    let principal = identify(&verifier, &with("userType", json!("saas_admin")), NOW).unwrap();
    assert_eq!(principal.kind, PrincipalKind::SaasAdmin);
    let upstream =
        signer().upstream_token(&principal, Standpoint { workspace: "w", role: "admin", shadow: None }).unwrap();
    assert_eq!(payload(&upstream)["userType"], "agency_admin");
    assert!(matches!(signer().switched_token(&principal, "w"), Err(ResignError::WouldElevate)));
}

#[test]
fn a_switched_token_never_lives_longer_than_an_access_token() {
    let verifier = verifier(&[SECRET]);
    let principal = identify(&verifier, &with("exp", json!(NOW + 7 * 86_400)), NOW).unwrap();
    let switched = payload(&signer().switched_token(&principal, "w").unwrap());
    assert_eq!(switched["iat"], NOW - 10);
    assert_eq!(switched["exp"], NOW - 10 + 900);
    assert_eq!(switched["activeWorkspaceId"], "w");
    assert_eq!(switched["tenantId"], "t1");
}
