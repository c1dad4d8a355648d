//! The CRM's keys at start, and again as a published set changes.

use annex_config::{Config, CredentialKeys, JwksSource};

use crate::identity::{Keys, KeysError};

/// The keys of the configuration, and of a key set in a file. A set behind a URL comes later, by [`fetch`].
pub fn initial(config: &Config) -> Result<Keys, KeysError> {
    let keys = Keys::from_config(&config.credential)?;
    match &config.credential.jwks {
        Some(JwksSource::File(path)) => match std::fs::read(path) {
            Ok(document) => keys.with_key_set(&document),
            Err(error) => {
                tracing::error!(error = %error, "the file of the JSON Web Key Set cannot be read");
                Ok(keys)
            }
        },
        Some(JwksSource::Url(_)) | None => Ok(keys),
    }
}

/// Why a published key set could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("the JSON Web Key Set cannot be fetched")]
    Fetch(#[from] reqwest::Error),
    #[error("the JSON Web Key Set cannot be used")]
    Keys(#[from] KeysError),
    #[error("the JSON Web Key Set cannot be read")]
    Read(#[from] std::io::Error),
}

/// The keys as they are published now.
pub async fn fetch(config: &Config) -> Result<Option<Keys>, FetchError> {
    of(&config.credential).await
}

async fn of(credential: &CredentialKeys) -> Result<Option<Keys>, FetchError> {
    let keys = Keys::from_config(credential)?;
    let document = match &credential.jwks {
        None => return Ok(None),
        Some(JwksSource::File(path)) => tokio::fs::read(path).await?,
        Some(JwksSource::Url(url)) => {
            let client = reqwest::Client::builder().no_proxy().timeout(std::time::Duration::from_secs(5)).build()?;
            client.get(url).send().await?.error_for_status()?.bytes().await?.to_vec()
        }
    };
    Ok(Some(keys.with_key_set(&document)?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use annex_config::Algorithm;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const SET: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"k1","alg":"ES256",
        "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

    fn keys(jwks: Option<JwksSource>) -> CredentialKeys {
        CredentialKeys { algorithm: Algorithm::ES256, verify: vec![], jwks, sign: None }
    }

    /// Answers one request with `answer`, on loopback.
    async fn publish(answer: String) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = client.read(&mut request).await.unwrap();
            client.write_all(answer.as_bytes()).await.unwrap();
        });
        url
    }

    fn ok(body: &str) -> String {
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn a_key_set_is_read_from_its_url_and_from_a_file() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let by_url = keys(Some(JwksSource::Url(publish(ok(SET)).await)));
        assert!(of(&by_url).await.unwrap().is_some());
        let path = std::env::temp_dir().join(format!("annex-jwks-{}.json", uuid::Uuid::new_v4()));
        std::fs::write(&path, SET).unwrap();
        let by_file = keys(Some(JwksSource::File(path.clone())));
        assert!(of(&by_file).await.unwrap().is_some());
        std::fs::remove_file(path).unwrap();
        assert!(of(&keys(None)).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_set_that_cannot_be_used_leaves_the_keys_as_they_were() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let symmetric = ok(r#"{"keys":[{"kty":"oct","kid":"k1","k":"c2VjcmV0"}]}"#);
        let gone = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned();
        for answer in [symmetric, gone, ok("not json")] {
            let source = keys(Some(JwksSource::Url(publish(answer.clone()).await)));
            assert!(of(&source).await.is_err(), "{answer}");
        }
    }
}
