//! The keys of the CRM's credential, as the profile's algorithm needs them.
//!
//! Promise: too many keys are a mistake as much as too few: a key that nothing uses is a key that somebody believes in.

use crate::credential::{Algorithm, CredentialKeys, JwksSource, SigningKey, VerifyKey};
use crate::secret::Secret;

use super::url;
use super::values::Values;

const ASYMMETRIC_KEYS: [&str; 4] = ["crm_jwt_public_key", "crm_jwt_private_key", "crm_jwks_path", "crm_jwks_url"];
const HMAC_KEYS: [&str; 2] = ["crm_jwt_secret", "crm_jwt_secrets_previous"];

pub(super) fn keys(values: &mut Values<'_>, algorithm: Algorithm) -> CredentialKeys {
    let foreign = if algorithm.is_hmac() { &ASYMMETRIC_KEYS[..] } else { &HMAC_KEYS[..] };
    for key in foreign.iter().filter(|key| values.raw.get(key).is_some()) {
        let what = format!("`{key}` means nothing to {}, which the CRM profile pins", algorithm.as_str());
        values.note(key, what, "remove it, or choose the profile of a CRM that signs so");
    }
    if algorithm.is_hmac() { hmac(values, algorithm) } else { asymmetric(values, algorithm) }
}

fn hmac(values: &mut Values<'_>, algorithm: Algorithm) -> CredentialKeys {
    let remedy = "set ANNEX_CRM_JWT_SECRET to the secret with which the CRM signs its tokens";
    let current = values.required_secret("crm_jwt_secret", remedy);
    let previous = values.secret("crm_jwt_secrets_previous");
    let previous: Vec<Secret> =
        previous.iter().flat_map(|list| list.expose_str().split_whitespace()).map(Secret::new).collect();
    if previous.iter().any(|old| current.as_ref().is_some_and(|current| current.expose() == old.expose())) {
        values.note("crm_jwt_secrets_previous", "the current secret stands among the previous ones", "remove it there");
    }
    let sign = current.clone().map(SigningKey::Hmac);
    let verify = current.into_iter().chain(previous).map(VerifyKey::Hmac).collect();
    CredentialKeys { algorithm, verify, jwks: None, sign }
}

fn asymmetric(values: &mut Values<'_>, algorithm: Algorithm) -> CredentialKeys {
    let public = values.optional("crm_jwt_public_key", public_keys).unwrap_or_default();
    let jwks = match (values.path("crm_jwks_path"), values.optional("crm_jwks_url", url::web)) {
        (Some(_), Some(_)) => {
            values.note("crm_jwks_url", "two sets of public keys", "keep `crm_jwks_path` or `crm_jwks_url`");
            None
        }
        (Some(path), None) => Some(JwksSource::File(path)),
        (None, url) => url.map(JwksSource::Url),
    };
    if public.is_empty() && jwks.is_none() && values.raw.get("crm_jwt_public_key").is_none() {
        let what = format!("nothing verifies the CRM's {} tokens", algorithm.as_str());
        values.note(
            "crm_jwt_public_key",
            what,
            "set ANNEX_CRM_JWT_PUBLIC_KEY_FILE, ANNEX_CRM_JWKS_PATH or ANNEX_CRM_JWKS_URL",
        );
    }
    let sign = values.optional("crm_jwt_private_key", private_key);
    if sign.is_none() && values.raw.get("crm_jwt_private_key").is_none() {
        let what = format!(
            "no private key: a workspace's context is a token that Annex signs again, and only a private key that the CRM accepts makes a {} one",
            algorithm.as_str()
        );
        let remedy = "set ANNEX_CRM_JWT_PRIVATE_KEY_FILE. The other strategy, `member_row` (a users row of the person's own in each tenant), \
                      signs a token for that row and needs the key as well; without one, leave Annex out";
        values.note("crm_jwt_private_key", what, remedy);
    }
    CredentialKeys { algorithm, verify: public, jwks, sign }
}

/// One PEM block or several, the current key first.
fn public_keys(text: &str) -> Result<Vec<VerifyKey>, String> {
    let wanted = || "public keys in PEM, `-----BEGIN PUBLIC KEY-----` and so on".to_owned();
    if text.contains("PRIVATE KEY") {
        return Err(wanted());
    }
    let blocks: Vec<&str> =
        text.split_inclusive("-----END PUBLIC KEY-----").filter(|block| !block.trim().is_empty()).collect();
    let whole = |block: &&str| {
        block.trim().starts_with("-----BEGIN PUBLIC KEY-----") && block.ends_with("-----END PUBLIC KEY-----")
    };
    if blocks.is_empty() || !blocks.iter().all(whole) {
        return Err(wanted());
    }
    Ok(blocks.into_iter().map(|block| VerifyKey::Pem(block.trim().as_bytes().to_vec())).collect())
}

fn private_key(text: &str) -> Result<SigningKey, String> {
    let text = text.trim();
    let whole = text.starts_with("-----BEGIN") && text.contains("PRIVATE KEY-----") && text.ends_with("-----");
    if !whole || text.contains("ENCRYPTED") {
        return Err("a private key in PEM, not encrypted, `-----BEGIN PRIVATE KEY-----` and so on".to_owned());
    }
    Ok(SigningKey::Pem(Secret::new(text)))
}
