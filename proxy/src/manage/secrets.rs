//! The secrets of invitations (rule R6).
//!
//! A token is the MAC, by the key for invitations, over the invitation's id, a seed and what the token is for. The seed is
//! the SHA-256 of 32 random bytes that nobody keeps. The table holds the seed and the SHA-256 of the token: with the key,
//! which no table holds, the token can be made again when its mail leaves; without it, it cannot (ADR 11).
//!
//! **Invariant:** a token that was mailed is never one that was shown: their purposes differ.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngCore;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    keyring::{Keyring, Purpose},
    ports::Token,
    store::invitations::{InvitationRow, SecretRow},
};

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Whoever presents it reads the mailbox.
    Mail,
    /// Whoever presents it got it from somebody.
    Link,
}

impl Way {
    fn label(self) -> &'static [u8] {
        match self {
            Way::Mail => b"mail",
            Way::Link => b"link",
        }
    }

    fn row(self, invitation: &InvitationRow) -> SecretRow {
        match self {
            Way::Mail => invitation.mail,
            Way::Link => invitation.link,
        }
    }
}

/// A new secret of an invitation.
pub fn mint(keyring: &Keyring, invitation: Uuid, way: Way) -> (Token, SecretRow) {
    let mut random = Zeroizing::new([0u8; 32]);
    rand::rng().fill_bytes(random.as_mut());
    let seed: [u8; 32] = Sha256::digest(*random).into();
    let token = write(&keyring.mac(Purpose::Invitation, &[invitation.as_bytes(), &seed, way.label()]));
    let hash = hash(token.expose());
    (token, SecretRow { seed, hash })
}

/// A secret made again, by whichever of our keys made it; `None`: that key is gone.
pub fn derive(keyring: &Keyring, invitation: &InvitationRow, way: Way) -> Option<Token> {
    let SecretRow { seed, hash: known } = way.row(invitation);
    let macs = keyring.macs(Purpose::Invitation, &[invitation.shown.id.as_bytes(), &seed, way.label()]);
    macs.iter().map(write).find(|token| hash(token.expose()) == known)
}

/// What a presented secret is for; `None`: it is none of ours, whatever the table says.
pub fn way_of(keyring: &Keyring, invitation: &InvitationRow, presented: &str) -> Option<Way> {
    let mac = URL_SAFE_NO_PAD.decode(presented).ok()?;
    [Way::Mail, Way::Link].into_iter().find(|way| {
        let parts = [invitation.shown.id.as_bytes().as_slice(), &way.row(invitation).seed, way.label()];
        way.row(invitation).hash == hash(presented) && keyring.verifies(Purpose::Invitation, &parts, &mac)
    })
}

/// What a table knows of a secret.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn write(mac: &[u8; 32]) -> Token {
    Token::new(URL_SAFE_NO_PAD.encode(mac))
}
