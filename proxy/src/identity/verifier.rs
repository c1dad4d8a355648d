//! From a token's text to a principal, remembered while it is good.
//!
//! **Invariant:** a remembered token is judged against the clock on every use, and forgotten when the keys change.
//! The key of the memory is the whole token, so that no two tokens can ever be taken for each other.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use annex_config::CredentialProfile;
use arc_swap::ArcSwap;
use moka::sync::Cache;
use serde_json::{Map, Value};

use super::{
    IdentifyError, Keys, Principal, PrincipalKind, Vouched,
    jwt::{self, time},
};

/// Turns credentials into principals by the profile.
pub struct Verifier {
    profile: CredentialProfile,
    issuer: Arc<str>,
    keys: ArcSwap<Keys>,
    remembered: Cache<Box<str>, Arc<Principal>>,
    serial: AtomicU64,
}

impl Verifier {
    /// Remembers `capacity` verified tokens at most, at about 2 kB each.
    pub fn new(profile: CredentialProfile, keys: Keys, capacity: u64) -> Self {
        Verifier {
            issuer: Arc::from(profile.issuer.as_str()),
            profile,
            keys: ArcSwap::from_pointee(keys),
            remembered: Cache::new(capacity),
            serial: AtomicU64::new(1),
        }
    }

    /// The scheme of the `Authorization` header, case-sensitive.
    pub fn scheme(&self) -> &str {
        &self.profile.scheme
    }

    /// The principal of an `Authorization` value, or why there is none. `now` in seconds since the Unix epoch.
    pub fn identify(&self, authorization: Option<&[u8]>, now: i64) -> Result<Arc<Principal>, IdentifyError> {
        let token =
            authorization.and_then(|value| jwt::bearer(value, &self.profile.scheme)).ok_or(IdentifyError::Missing)?;
        if let Some(principal) = self.remembered.get(token) {
            return if now < principal.expires_at { Ok(principal) } else { Err(IdentifyError::Expired) };
        }
        let claims = jwt::claims(token, &self.keys.load(), self.profile.max_bytes, now)?;
        let principal = Arc::new(self.principal(claims)?);
        self.remembered.insert(Box::from(token), Arc::clone(&principal));
        Ok(principal)
    }

    /// Puts other keys in force: every remembered token is judged again.
    pub fn rotate(&self, keys: Keys) {
        self.keys.store(Arc::new(keys));
        self.remembered.invalidate_all();
    }

    fn principal(&self, claims: Map<String, Value>) -> Result<Principal, IdentifyError> {
        let names = &self.profile.claims;
        let expires_at = time(&claims, "exp")?.ok_or(IdentifyError::ClaimInvalid("exp"))?;
        let issued_at = time(&claims, "iat")?;
        let lifetime = i64::try_from(self.profile.access_lifetime_s).unwrap_or(i64::MAX);
        let vouched = match issued_at {
            Some(issued) if expires_at.saturating_sub(issued) <= lifetime => Vouched::AccessToken,
            _ => Vouched::LongLived,
        };
        let kind = match text(&claims, &names.kind).as_deref() {
            Some(kind) if self.profile.customer_kinds.iter().any(|known| known == kind) => PrincipalKind::Customer,
            Some(kind) if self.profile.saas_admin_kinds.iter().any(|known| known == kind) => PrincipalKind::SaasAdmin,
            _ => PrincipalKind::Ordinary,
        };
        Ok(Principal {
            serial: self.serial.fetch_add(1, Ordering::Relaxed),
            issuer: Arc::clone(&self.issuer),
            id: text(&claims, &names.principal).ok_or(IdentifyError::ClaimInvalid("principal"))?,
            home: text(&claims, &names.tenant).ok_or(IdentifyError::ClaimInvalid("tenant"))?,
            email: text(&claims, &names.email),
            kind,
            vouched,
            active_workspace: text(&claims, &names.active_workspace),
            issued_at: issued_at.unwrap_or(0),
            expires_at,
            claims: Arc::new(claims),
        })
    }
}

/// A claim that is a non-empty string.
fn text(claims: &Map<String, Value>, name: &str) -> Option<Arc<str>> {
    claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(Arc::from)
}
