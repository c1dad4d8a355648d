//! A secret of 32 bytes, kept so that only whoever holds `ANNEX_SECRET` reads it.
//!
//! `nonce ‖ secret ⊕ pad ‖ tag`: the pad is one block of HMAC-SHA256 over a random nonce, the tag is a MAC over both, so
//! this is encryption with a pseudorandom function and then a MAC (encrypt-then-MAC), each under labels of their own.
//!
//! **Invariant:** `about` binds a secret to what it belongs to: moved to another row it does not open.

use super::{Keyring, Purpose};

/// The length of the secret itself.
pub const SECRET_BYTES: usize = 32;
const NONCE_BYTES: usize = 16;

/// A sealed secret that was opened.
#[derive(Debug)]
pub struct Opened {
    pub secret: zeroize::Zeroizing<[u8; SECRET_BYTES]>,
    /// Whether it should be sealed anew: it was sealed under the secret from before a rotation.
    pub is_old: bool,
}

impl Keyring {
    /// Seals `secret` under the current key.
    pub fn seal(&self, purpose: Purpose, about: &[u8], secret: &[u8; SECRET_BYTES]) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let pad = self.mac(purpose, &[b"pad", about, &nonce]);
        let hidden = exclusive_or(secret, &pad);
        let tag = self.mac(purpose, &[b"tag", about, &nonce, &hidden]);
        [nonce.as_slice(), hidden.as_slice(), tag.as_slice()].concat()
    }

    /// Opens what [`Keyring::seal`] made; `None`: another key, another thing, or it was changed.
    pub fn open(&self, purpose: Purpose, about: &[u8], sealed: &[u8]) -> Option<Opened> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_BYTES)?;
        let (hidden, tag) = rest.split_first_chunk::<SECRET_BYTES>()?;
        let place = self.verifying(purpose, &[b"tag", about, nonce, hidden], tag)?;
        let pads = self.macs(purpose, &[b"pad", about, nonce]);
        let secret = exclusive_or(hidden, pads.get(place)?);
        Some(Opened { secret: zeroize::Zeroizing::new(secret), is_old: place > 0 })
    }
}

fn exclusive_or(one: &[u8; SECRET_BYTES], other: &[u8; SECRET_BYTES]) -> [u8; SECRET_BYTES] {
    let mut mixed = *one;
    for (byte, other) in mixed.iter_mut().zip(other) {
        *byte ^= other;
    }
    mixed
}

#[cfg(test)]
mod tests {
    use annex_config::{AnnexSecrets, Secret};

    use super::*;

    fn keyring(current: &str, previous: Option<&str>) -> Keyring {
        Keyring::new(&AnnexSecrets { current: Secret::new(current), previous: previous.map(Secret::new) })
    }

    #[test]
    fn what_was_sealed_opens_for_its_thing_and_its_key_alone() {
        let (one, two) = ("one-secret-of-thirty-two-bytes-or-more", "another-secret-of-thirty-two-bytes");
        let (ours, secret) = (keyring(one, None), [7; SECRET_BYTES]);
        let sealed = ours.seal(Purpose::Webhook, b"a", &secret);
        assert_eq!(sealed.len(), 80);
        assert!(!sealed.windows(4).any(|window| window == [7; 4]), "it does not stand there as it is");
        assert_ne!(sealed, ours.seal(Purpose::Webhook, b"a", &secret), "no two look alike");
        let open = |keyring: &Keyring, about: &[u8], sealed: &[u8]| {
            keyring.open(Purpose::Webhook, about, sealed).map(|opened| (*opened.secret, opened.is_old))
        };
        assert_eq!(open(&ours, b"a", &sealed), Some((secret, false)));
        assert_eq!(open(&keyring(two, Some(one)), b"a", &sealed), Some((secret, true)));
        assert_eq!(open(&keyring(two, None), b"a", &sealed), None);
        assert_eq!(open(&ours, b"b", &sealed), None);
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            if let Some(byte) = changed.get_mut(place) {
                *byte ^= 1;
            }
            assert_eq!(open(&ours, b"a", &changed), None, "byte {place}");
        }
        assert_eq!(open(&ours, b"a", b""), None);
    }
}
