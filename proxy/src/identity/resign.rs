//! The token that the CRM sees in a workspace context: the same times and extra claims, another tenant, the claims of
//! the role, and the same person, or the shadow user that stands for them there.
//!
//! **Invariant:** `iat` and `exp` are the presented ones; the result never says a platform administrator; it is
//! made for the upstream leg and goes nowhere else.

use std::sync::Arc;

use annex_config::{ClaimValue, CredentialKeys, CrmProfile, SigningKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use moka::sync::Cache;
use serde_json::{Map, Value};

use super::{Principal, Shadow, keys::algorithm_of};

/// Why no token could be made for a workspace context.
#[derive(Debug, thiserror::Error)]
pub enum ResignError {
    #[error("no signing key: workspace contexts need one that the CRM accepts")]
    NoKey,
    #[error("the signing key does not fit the algorithm")]
    Unfit(#[source] jsonwebtoken::errors::Error),
    #[error("the role's claims would make a platform administrator")]
    WouldElevate,
    #[error("claims cannot be written as JSON")]
    Unwritable(#[source] serde_json::Error),
}

/// Where the principal is to stand: the workspace and the key of their role there.
#[derive(Debug, Clone, Copy)]
pub struct Standpoint<'a> {
    pub workspace: &'a str,
    pub role: &'a str,
    /// The users row that stands for them there; `None`: their own, by claims alone.
    pub shadow: Option<&'a Shadow>,
}

/// How many re-signed tokens are remembered.
const REMEMBERED_TOKENS: u64 = 20_000;

/// The presented token, the workspace, the role, the id of the shadow user.
type Place = (u64, Box<str>, Box<str>, Option<Arc<str>>);

/// Signs for the upstream leg, by the profile's role → claims.
pub struct Signer {
    algorithm: Algorithm,
    key: Option<EncodingKey>,
    header: String,
    profile: Arc<CrmProfile>,
    remembered: Cache<Place, Arc<str>>,
}

impl Signer {
    pub fn new(keys: &CredentialKeys, profile: Arc<CrmProfile>) -> Result<Self, ResignError> {
        let algorithm = algorithm_of(keys.algorithm);
        let key = keys.sign.as_ref().map(|key| encoding_key(algorithm, key)).transpose()?;
        let header = format!(r#"{{"alg":"{algorithm:?}","typ":"JWT"}}"#);
        Ok(Signer {
            algorithm,
            key,
            header: URL_SAFE_NO_PAD.encode(header),
            profile,
            remembered: Cache::new(REMEMBERED_TOKENS),
        })
    }

    /// The token for the upstream leg. The same presented token in the same place gives the same text, without work.
    pub fn upstream_token(&self, principal: &Principal, at: Standpoint<'_>) -> Result<Arc<str>, ResignError> {
        let shadow = at.shadow.map(|shadow| Arc::clone(&shadow.id));
        let key = (principal.serial, Box::from(at.workspace), Box::from(at.role), shadow);
        if let Some(token) = self.remembered.get(&key) {
            return Ok(token);
        }
        let token: Arc<str> = self.sign(&self.upstream_claims(principal, at)?)?.into();
        self.remembered.insert(key, Arc::clone(&token));
        Ok(token)
    }

    /// A token for the client that carries `activeWorkspaceId` (rule R7): the presented claims, `iat` the same,
    /// `exp` at most the presented one and `iat` + the access lifetime.
    pub fn switched_token(&self, principal: &Principal, workspace: &str) -> Result<String, ResignError> {
        let mut claims = self.client_claims(principal)?;
        claims.insert(self.profile.credential.claims.active_workspace.clone(), workspace.into());
        self.sign(&claims)
    }

    /// The same for a client that goes home: the presented claims without a workspace, as the CRM itself would say them.
    pub fn home_token(&self, principal: &Principal) -> Result<String, ResignError> {
        let mut claims = self.client_claims(principal)?;
        claims.remove(&self.profile.credential.claims.active_workspace);
        self.sign(&claims)
    }

    fn client_claims(&self, principal: &Principal) -> Result<Map<String, Value>, ResignError> {
        let mut claims = Map::clone(&principal.claims);
        self.refuse_elevation(&claims)?;
        let lifetime = i64::try_from(self.profile.credential.access_lifetime_s).unwrap_or(i64::MAX);
        let latest = principal.issued_at.saturating_add(lifetime).min(principal.expires_at);
        claims.insert("exp".into(), latest.into());
        Ok(claims)
    }

    fn upstream_claims(&self, principal: &Principal, at: Standpoint<'_>) -> Result<Map<String, Value>, ResignError> {
        let names = &self.profile.credential.claims;
        let mut claims = Map::clone(&principal.claims);
        claims.remove(&names.active_workspace);
        claims.insert(names.tenant.clone(), at.workspace.into());
        if let Some(shadow) = at.shadow {
            claims.insert(names.principal.clone(), Value::from(&*shadow.id));
            claims.insert(names.email.clone(), Value::from(&*shadow.email));
        }
        for (name, value) in self.profile.roles.by_role(at.role) {
            let value = match value {
                ClaimValue::Text(text) => Value::from(text.as_str()),
                ClaimValue::Bool(flag) => Value::from(*flag),
            };
            claims.insert(name.clone(), value);
        }
        self.refuse_elevation(&claims)?;
        Ok(claims)
    }

    fn refuse_elevation(&self, claims: &Map<String, Value>) -> Result<(), ResignError> {
        let credential = &self.profile.credential;
        let kind = claims.get(&credential.claims.kind).and_then(Value::as_str);
        if kind.is_some_and(|kind| credential.saas_admin_kinds.iter().any(|known| known == kind)) {
            return Err(ResignError::WouldElevate);
        }
        Ok(())
    }

    /// Signs claims as the CRM would. What is signed for a workspace goes through the methods above.
    pub fn sign(&self, claims: &Map<String, Value>) -> Result<String, ResignError> {
        let key = self.key.as_ref().ok_or(ResignError::NoKey)?;
        let payload = serde_json::to_vec(claims).map_err(ResignError::Unwritable)?;
        let message = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(payload));
        let signature = crypto::sign(message.as_bytes(), key, self.algorithm).map_err(ResignError::Unfit)?;
        Ok(format!("{message}.{signature}"))
    }
}

fn encoding_key(algorithm: Algorithm, key: &SigningKey) -> Result<EncodingKey, ResignError> {
    match (key, algorithm) {
        (SigningKey::Hmac(secret), _) => Ok(EncodingKey::from_secret(secret.expose())),
        (SigningKey::Pem(pem), Algorithm::ES256) => EncodingKey::from_ec_pem(pem.expose()).map_err(ResignError::Unfit),
        (SigningKey::Pem(pem), Algorithm::EdDSA) => EncodingKey::from_ed_pem(pem.expose()).map_err(ResignError::Unfit),
        (SigningKey::Pem(pem), _) => EncodingKey::from_rsa_pem(pem.expose()).map_err(ResignError::Unfit),
    }
}
