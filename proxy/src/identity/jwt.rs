//! A JSON Web Token, read strictly (RFC 7519; RFC 8725 for what to refuse) and believed only when its signature holds.
//!
//! **Invariant:** the algorithm is the profile's, never the token's. No key material is taken from a token
//! (`jwk`, `jku`, `x5u`, `x5c`), no extension is understood (`crit`), leeway is 0.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use serde_json::{Map, Value};

use super::{Keys, strict};

/// Why a credential did not become a principal. Every variant refuses where a verified principal is needed;
/// elsewhere the CRM judges the bytes unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentifyError {
    #[error("no bearer credential presented")]
    Missing,
    #[error("token larger than the profile's limit")]
    TooLarge,
    #[error("token is not three base64url parts of strict JSON")]
    Malformed,
    #[error("token header asks for what is never done: {0}")]
    HeaderRefused(&'static str),
    #[error("signature does not verify with any current key")]
    SignatureInvalid,
    #[error("claim `{0}` is missing or has the wrong type")]
    ClaimInvalid(&'static str),
    #[error("token expired")]
    Expired,
    #[error("token not valid yet")]
    NotYetValid,
}

impl IdentifyError {
    /// The metric label.
    pub fn label(&self) -> &'static str {
        match self {
            IdentifyError::Missing => "missing",
            IdentifyError::TooLarge => "too_large",
            IdentifyError::Malformed => "malformed",
            IdentifyError::HeaderRefused(_) => "header_refused",
            IdentifyError::SignatureInvalid => "signature_invalid",
            IdentifyError::ClaimInvalid(_) => "claim_invalid",
            IdentifyError::Expired => "expired",
            IdentifyError::NotYetValid => "not_yet_valid",
        }
    }
}

/// The token of an `Authorization` value, by the profile's scheme: case-sensitive, one space, as the CRM reads it.
pub fn bearer<'v>(value: &'v [u8], scheme: &str) -> Option<&'v str> {
    let text = std::str::from_utf8(value).ok()?;
    let token = text.strip_prefix(scheme)?.strip_prefix(' ')?;
    (!token.is_empty()).then_some(token)
}

/// The claims of a token whose signature holds and whose time has come and not gone.
pub fn claims(token: &str, keys: &Keys, max_bytes: usize, now: i64) -> Result<Map<String, Value>, IdentifyError> {
    if token.len() > max_bytes {
        return Err(IdentifyError::TooLarge);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(IdentifyError::Malformed)?;
    let (header, payload) = message.split_once('.').ok_or(IdentifyError::Malformed)?;
    if payload.contains('.') {
        return Err(IdentifyError::Malformed);
    }
    let key_id = check_header(&part(header)?, keys.algorithm())?;
    let claims = part(payload)?;
    if !keys.verify(key_id.as_deref(), message.as_bytes(), signature) {
        return Err(IdentifyError::SignatureInvalid);
    }
    check_times(&claims, now)?;
    Ok(claims)
}

fn part(text: &str) -> Result<Map<String, Value>, IdentifyError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| IdentifyError::Malformed)?;
    strict::object(&bytes).map_err(|_| IdentifyError::Malformed)
}

/// Checks the header and returns its `kid`.
fn check_header(header: &Map<String, Value>, pinned: Algorithm) -> Result<Option<String>, IdentifyError> {
    for never in ["jwk", "jku", "x5u", "x5c", "crit"] {
        if header.contains_key(never) {
            return Err(IdentifyError::HeaderRefused(never));
        }
    }
    let algorithm = header.get("alg").and_then(Value::as_str).ok_or(IdentifyError::HeaderRefused("alg"))?;
    if algorithm != name_of(pinned) {
        return Err(IdentifyError::HeaderRefused("alg"));
    }
    match header.get("kid") {
        None => Ok(None),
        Some(Value::String(kid)) if is_plain_key_id(kid) => Ok(Some(kid.clone())),
        Some(_) => Err(IdentifyError::HeaderRefused("kid")),
    }
}

/// A `kid` is a name, never a path or a query of something.
fn is_plain_key_id(kid: &str) -> bool {
    (1..=128).contains(&kid.len())
        && !kid.contains("..")
        && kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.=+".contains(&byte))
}

/// The latest time that is believed, the end of the year 9999: beyond it a number is an attack or a mistake.
const LATEST: i64 = 253_402_300_799;

fn check_times(claims: &Map<String, Value>, now: i64) -> Result<(), IdentifyError> {
    let expires = time(claims, "exp")?.ok_or(IdentifyError::ClaimInvalid("exp"))?;
    if now >= expires {
        return Err(IdentifyError::Expired);
    }
    time(claims, "iat")?;
    match time(claims, "nbf")? {
        Some(not_before) if now < not_before => Err(IdentifyError::NotYetValid),
        _ => Ok(()),
    }
}

/// A NumericDate in whole seconds; `None` if absent, an error if it is of another type or beyond all reason.
pub fn time(claims: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, IdentifyError> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => match value.as_i64() {
            Some(seconds) if (0..=LATEST).contains(&seconds) => Ok(Some(seconds)),
            _ => Err(IdentifyError::ClaimInvalid(name)),
        },
    }
}

/// The name by RFC 7518, section 3.1.
fn name_of(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::HS256 => "HS256",
        Algorithm::HS384 => "HS384",
        Algorithm::HS512 => "HS512",
        Algorithm::RS256 => "RS256",
        Algorithm::ES256 => "ES256",
        Algorithm::EdDSA => "EdDSA",
        // Not offered by the configuration; a token can never equal this.
        _ => "",
    }
}
