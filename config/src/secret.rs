//! A value that must not be seen.
//!
//! Promise: its bytes are zeroed when it goes, and neither `Debug` nor an error prints them.
//!
//! **Deliberately absent:** `Display`, `Serialize`, `PartialEq`. Who needs the bytes says `expose`, which is easy to
//! find.

use std::fmt;

use zeroize::Zeroizing;

/// Secret text: a key, a password, a URL with a password in it.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Keeps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The text.
    pub fn expose_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed_and_is_exposed_on_request() {
        let secret = Secret::new("hunter2-hunter2");
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)), "Secret(…) Some(\n    Secret(…),\n)");
        assert_eq!((secret.expose(), secret.expose_str()), (&b"hunter2-hunter2"[..], "hunter2-hunter2"));
    }
}
