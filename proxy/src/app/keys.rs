//! The CRM's keys at start, and again as a published set changes.

use annex_config::{Config, JwksSource};

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
    let keys = Keys::from_config(&config.credential)?;
    let document = match &config.credential.jwks {
        None => return Ok(None),
        Some(JwksSource::File(path)) => tokio::fs::read(path).await?,
        Some(JwksSource::Url(url)) => {
            let client = reqwest::Client::builder().no_proxy().timeout(std::time::Duration::from_secs(5)).build()?;
            client.get(url).send().await?.error_for_status()?.bytes().await?.to_vec()
        }
    };
    Ok(Some(keys.with_key_set(&document)?))
}
