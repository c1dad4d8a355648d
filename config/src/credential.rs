//! The keys of the CRM's credential.
//!
//! Promise: keys fit their algorithm. An HMAC algorithm has a secret and nothing else; an asymmetric one has public keys
//! and the private key that the CRM accepts, because a context is a re-signed token.

use std::path::PathBuf;
use std::str::FromStr;

use crate::secret::Secret;

/// How the CRM signs its tokens. One is pinned; a token that says another is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each variant is the JWA name")]
pub enum Algorithm {
    HS256,
    HS384,
    HS512,
    RS256,
    ES256,
    EdDSA,
}

/// What verifies and signs the CRM's tokens.
#[derive(Debug, Clone)]
pub struct CredentialKeys {
    /// The one algorithm.
    pub algorithm: Algorithm,
    /// Keys that verify, the current one first.
    pub verify: Vec<VerifyKey>,
    /// Where more public keys come from.
    pub jwks: Option<JwksSource>,
    /// The key that signs upstream tokens.
    pub sign: Option<SigningKey>,
}

/// A key that verifies.
#[derive(Debug, Clone)]
pub enum VerifyKey {
    /// A shared secret.
    Hmac(Secret),
    /// A public key in PEM.
    Pem(Vec<u8>),
}

/// A key that signs.
#[derive(Debug, Clone)]
pub enum SigningKey {
    /// The shared secret.
    Hmac(Secret),
    /// A private key in PEM.
    Pem(Secret),
}

/// A set of public keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwksSource {
    /// In a file.
    File(PathBuf),
    /// At a URL.
    Url(String),
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Algorithm; 6] =
        [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512, Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

    /// The JWA name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Algorithm::HS256 => "HS256",
            Algorithm::HS384 => "HS384",
            Algorithm::HS512 => "HS512",
            Algorithm::RS256 => "RS256",
            Algorithm::ES256 => "ES256",
            Algorithm::EdDSA => "EdDSA",
        }
    }

    /// Does one shared secret both sign and verify?
    pub const fn is_hmac(self) -> bool {
        matches!(self, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512)
    }
}

impl FromStr for Algorithm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == text);
        known.ok_or_else(|| format!("`{text}` is not an algorithm; write HS256, HS384, HS512, RS256, ES256 or EdDSA"))
    }
}
