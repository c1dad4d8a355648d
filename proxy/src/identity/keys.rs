//! The keys that a credential is checked with: one pinned algorithm, any number of keys (rotation).

use annex_config::{Algorithm as Pinned, CredentialKeys, VerifyKey};
use jsonwebtoken::{
    Algorithm, DecodingKey, crypto,
    jwk::{Jwk, JwkSet},
};

/// Why the configured keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("a configured key does not fit the algorithm {algorithm}")]
    Unfit {
        algorithm: &'static str,
        #[source]
        source: jsonwebtoken::errors::Error,
    },
    #[error("the JSON Web Key Set cannot be read")]
    KeySet(#[source] serde_json::Error),
    #[error("the JSON Web Key Set holds no key for the algorithm {0}")]
    NoneFits(&'static str),
}

/// One algorithm and its current keys.
pub struct Keys {
    algorithm: Algorithm,
    keys: Vec<Key>,
}

struct Key {
    id: Option<String>,
    key: DecodingKey,
}

impl Keys {
    /// The keys of the configuration (a JWKS is added by [`Keys::with_key_set`]).
    pub fn from_config(config: &CredentialKeys) -> Result<Self, KeysError> {
        let algorithm = algorithm_of(config.algorithm);
        let keys = config
            .verify
            .iter()
            .map(|key| Ok(Key { id: None, key: decoding_key(config.algorithm, key)? }))
            .collect::<Result<_, KeysError>>()?;
        Ok(Keys { algorithm, keys })
    }

    /// Adds the keys of a JWKS document (RFC 7517, section 5) that fit the algorithm.
    pub fn with_key_set(mut self, document: &[u8]) -> Result<Self, KeysError> {
        let set: JwkSet = serde_json::from_slice(document).map_err(KeysError::KeySet)?;
        let before = self.keys.len();
        for jwk in &set.keys {
            if let Some(key) = fitting(jwk, self.algorithm) {
                self.keys.push(Key { id: jwk.common.key_id.clone(), key });
            }
        }
        if self.keys.len() == before {
            return Err(KeysError::NoneFits("of the profile"));
        }
        Ok(self)
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether `signature` (base64url) is one of these keys' over `message`. A key with an id is asked only for
    /// tokens that name it or name none.
    pub fn verify(&self, key_id: Option<&str>, message: &[u8], signature: &str) -> bool {
        self.keys
            .iter()
            .filter(|key| match (key.id.as_deref(), key_id) {
                (Some(known), Some(named)) => known == named,
                _ => true,
            })
            .any(|key| crypto::verify(signature, message, &key.key, self.algorithm).unwrap_or(false))
    }
}

fn fitting(jwk: &Jwk, algorithm: Algorithm) -> Option<DecodingKey> {
    let key = DecodingKey::from_jwk(jwk).ok()?;
    // A symmetric key in a published set would let everybody sign; it never counts.
    (key.family() == algorithm.family() && key.family() != jsonwebtoken::AlgorithmFamily::Hmac).then_some(key)
}

/// The configuration's algorithm in the words of `jsonwebtoken`.
pub fn algorithm_of(pinned: Pinned) -> Algorithm {
    match pinned {
        Pinned::HS256 => Algorithm::HS256,
        Pinned::HS384 => Algorithm::HS384,
        Pinned::HS512 => Algorithm::HS512,
        Pinned::RS256 => Algorithm::RS256,
        Pinned::ES256 => Algorithm::ES256,
        Pinned::EdDSA => Algorithm::EdDSA,
    }
}

fn decoding_key(pinned: Pinned, key: &VerifyKey) -> Result<DecodingKey, KeysError> {
    let unfit = |algorithm| move |source| KeysError::Unfit { algorithm, source };
    match (key, pinned) {
        (VerifyKey::Hmac(secret), _) => Ok(DecodingKey::from_secret(secret.expose())),
        (VerifyKey::Pem(pem), Pinned::ES256) => DecodingKey::from_ec_pem(pem).map_err(unfit("ES256")),
        (VerifyKey::Pem(pem), Pinned::EdDSA) => DecodingKey::from_ed_pem(pem).map_err(unfit("EdDSA")),
        (VerifyKey::Pem(pem), _) => DecodingKey::from_rsa_pem(pem).map_err(unfit("RS256")),
    }
}
