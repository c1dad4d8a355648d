//! Signatures as Standard Webhooks 1.0.0 wants them (<https://www.standardwebhooks.com>).

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue};
use sha2::Sha256;

/// `webhook-id`, `webhook-timestamp` and `webhook-signature`: one signature `v1,…` per secret that counts.
pub fn headers<'s>(id: &str, timestamp_s: i64, body: &str, secrets: impl Iterator<Item = &'s [u8]>) -> HeaderMap {
    let timestamp = timestamp_s.to_string();
    let signatures: Vec<String> = secrets.filter_map(|secret| signature(secret, id, &timestamp, body)).collect();
    let mut headers = HeaderMap::new();
    let values = [("webhook-id", id), ("webhook-timestamp", &timestamp), ("webhook-signature", &signatures.join(" "))];
    for (name, value) in values {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    headers
}

fn signature(secret: &[u8], id: &str, timestamp: &str, body: &str) -> Option<String> {
    // HMAC takes keys of any length; the type says that it might not.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    for part in [id, ".", timestamp, ".", body] {
        mac.update(part.as_bytes());
    }
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn the_published_example_is_signed_as_published() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = headers(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
            [secret.as_slice()].into_iter(),
        );
        assert_eq!(signed["webhook-signature"], "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(signed["webhook-timestamp"], "1614265330");
    }

    #[test]
    fn two_secrets_sign_side_by_side() {
        let signed = headers("id", 1, "{}", [b"one".as_slice(), b"two".as_slice()].into_iter());
        assert_eq!(signed["webhook-signature"].to_str().unwrap().split(' ').count(), 2);
    }
}
