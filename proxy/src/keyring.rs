//! Annex's own keys, each derived for one purpose from `ANNEX_SECRET` by HKDF-SHA256 (RFC 5869).
//!
//! **Invariant:** one label, one key: a MAC made for one purpose never verifies for another. During a rotation the
//! previous secret still verifies and never makes.

mod sealed;

pub use sealed::{Opened, SECRET_BYTES};

use annex_config::AnnexSecrets;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// What a key is for. Closed: a new purpose is a new label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Allows that stand in Redis.
    MembershipCache,
    /// Where a list goes on.
    Cursor,
    /// The links of invitations.
    Invitation,
    /// The cookie that says who gets the switcher.
    Marker,
    /// A refresh token that was bound to a workspace.
    RefreshBinding,
    /// The names of pictures.
    Asset,
    /// The secrets of webhooks, sealed.
    Webhook,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Purpose::MembershipCache => b"annex/v1/membership-cache",
            Purpose::Cursor => b"annex/v1/cursor",
            Purpose::Invitation => b"annex/v1/invitation",
            Purpose::Marker => b"annex/v1/marker",
            Purpose::RefreshBinding => b"annex/v1/refresh-binding",
            Purpose::Asset => b"annex/v1/asset",
            Purpose::Webhook => b"annex/v1/webhook",
        }
    }
}

/// The secrets, current first.
pub struct Keyring {
    secrets: Vec<Zeroizing<Vec<u8>>>,
}

impl Keyring {
    pub fn new(secrets: &AnnexSecrets) -> Self {
        let both = std::iter::once(&secrets.current).chain(secrets.previous.as_ref());
        Keyring { secrets: both.map(|secret| Zeroizing::new(secret.expose().to_vec())).collect() }
    }

    /// The MAC of `parts` by the current key. Parts are length-prefixed, so that no two lists of parts collide.
    pub fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
        self.secrets.first().map_or([0; 32], |secret| hmac(secret, purpose, parts).finalize().into_bytes().into())
    }

    /// The MACs of `parts` by every key that still verifies, the current one first.
    pub fn macs(&self, purpose: Purpose, parts: &[&[u8]]) -> Vec<[u8; 32]> {
        self.secrets.iter().map(|secret| hmac(secret, purpose, parts).finalize().into_bytes().into()).collect()
    }

    /// The place of the key, 0 the current one, by which `mac` is the MAC of `parts`; in constant time.
    fn verifying(&self, purpose: Purpose, parts: &[&[u8]], mac: &[u8]) -> Option<usize> {
        self.secrets.iter().position(|secret| hmac(secret, purpose, parts).verify_slice(mac).is_ok())
    }

    /// Whether `mac` is the MAC of `parts` by the current or the previous key; in constant time.
    pub fn verifies(&self, purpose: Purpose, parts: &[&[u8]], mac: &[u8]) -> bool {
        self.secrets.iter().any(|secret| hmac(secret, purpose, parts).verify_slice(mac).is_ok())
    }
}

fn hmac(secret: &[u8], purpose: Purpose, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut key = Zeroizing::new([0u8; 32]);
    // 32 bytes are far below the limit of HKDF (255 × 32), so that this cannot fail.
    let _ = Hkdf::<Sha256>::new(None, secret).expand(purpose.label(), key.as_mut());
    let mut padded = Zeroizing::new([0u8; 64]);
    if let Some(start) = padded.first_chunk_mut::<32>() {
        *start = *key;
    }
    // A key of one block (RFC 2104, section 2: shorter keys are padded with zeros) cannot be refused.
    let mut mac = Hmac::<Sha256>::new(&(*padded).into());
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac
}
