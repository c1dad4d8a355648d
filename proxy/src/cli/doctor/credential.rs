//! Does the CRM's own token verify with our keys, and does it say what the profile expects?

use std::{path::Path, time::Duration};

use annex_config::{Config, JwksSource};
use anyhow::Context;
use serde_json::{Value, json};

use super::{
    Arguments,
    finding::{Finding, causes},
    upstream,
};
use crate::{
    clock,
    identity::{IdentifyError, Keys, Principal, Verifier, Vouched},
};

const QUESTION: &str = "Do the CRM's tokens verify?";

/// With a login or a token: verifies it. Without: says how to ask.
pub async fn verifies(config: &Config, arguments: &Arguments) -> anyhow::Result<Vec<Finding>> {
    let token = match (&arguments.login, &arguments.password_file, &arguments.token_file) {
        (Some(email), Some(file), _) => match log_in(config, email, &line_of(file)?).await {
            Ok(token) => token,
            Err(finding) => return Ok(vec![*finding]),
        },
        (_, _, Some(file)) => line_of(file)?,
        _ => {
            let how =
                "annex doctor --login EMAIL --password-file FILE, or --token-file FILE with an access token of the CRM";
            return Ok(vec![Finding::warn(QUESTION, "Not asked: there is no token to verify.", how)]);
        }
    };
    let keys = match keys(config).await {
        Ok(keys) => keys,
        Err(finding) => return Ok(vec![*finding]),
    };
    let verifier = Verifier::new(config.profile.credential.clone(), keys, 1);
    let header = format!("{} {}", verifier.scheme(), token.trim());
    Ok(match verifier.identify(Some(header.as_bytes()), clock::unix_seconds()) {
        Ok(principal) => {
            let mut findings = vec![Finding::ok(QUESTION, format!("Yes ({}).", config.credential.algorithm.as_str()))];
            findings.extend(claims(config, &principal));
            findings
        }
        Err(error) => vec![refused(&error)],
    })
}

fn line_of(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

async fn log_in(config: &Config, email: &str, password: &str) -> Result<String, Box<Finding>> {
    let browser = &config.profile.browser;
    let question = "Does the CRM let that person sign in?";
    let failed = |answer: String, remedy: &str| Box::new(Finding::bad(question, answer, remedy));
    let url = format!("{}{}", upstream::origin(&config.upstream), browser.login_call);
    let asked = async {
        let body = json!({ "email": email, "password": password });
        upstream::client(config)?.post(url).json(&body).send().await
    };
    let response = asked
        .await
        .map_err(|error| failed(format!("No: {}.", causes(&error)), "mend the connection to the CRM first"))?;
    let status = response.status();
    let body: Value = response.json().await.unwrap_or_default();
    let token = body.get(&browser.access_token_field).and_then(Value::as_str);
    token.map(str::to_owned).ok_or_else(|| {
        let answer = format!("No: {} answered {status} without `{}`.", browser.login_call, browser.access_token_field);
        failed(answer, "look at e-mail and password, and at `browser` in the CRM profile")
    })
}

async fn keys(config: &Config) -> Result<Keys, Box<Finding>> {
    let unfit = |why: String| {
        Box::new(Finding::bad(
            QUESTION,
            format!("Our keys cannot be used: {why}."),
            "look at ANNEX_CRM_JWT_… and ANNEX_CRM_JWKS_…",
        ))
    };
    let keys = Keys::from_config(&config.credential).map_err(|error| unfit(causes(&error)))?;
    let document = match &config.credential.jwks {
        None => return Ok(keys),
        Some(JwksSource::File(path)) => std::fs::read(path).map_err(|error| unfit(error.to_string()))?,
        Some(JwksSource::Url(url)) => fetch(url).await.map_err(|error| unfit(causes(&error)))?,
    };
    keys.with_key_set(&document).map_err(|error| unfit(causes(&error)))
}

async fn fetch(url: &str) -> reqwest::Result<Vec<u8>> {
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build()?;
    Ok(client.get(url).send().await?.error_for_status()?.bytes().await?.to_vec())
}

fn refused(error: &IdentifyError) -> Finding {
    let remedy = match error {
        IdentifyError::SignatureInvalid => {
            "set ANNEX_CRM_JWT_SECRET (or the public key) to what the CRM signs with; nobody gets a workspace until then"
        }
        IdentifyError::HeaderRefused(_) => "the profile's `credential.algorithm` is not the one that the CRM uses",
        IdentifyError::ClaimInvalid(_) => "the profile's `credential.claims` names another claim than the CRM writes",
        IdentifyError::Expired | IdentifyError::NotYetValid => "take a fresh token; if it is fresh, look at the clocks",
        IdentifyError::Missing | IdentifyError::Malformed | IdentifyError::TooLarge => {
            "give the access token alone, as the CRM's login answers it"
        }
    };
    Finding::bad(QUESTION, format!("No: {error}."), remedy)
}

/// The profile's claims in a token that verified.
fn claims(config: &Config, principal: &Principal) -> Vec<Finding> {
    const QUESTION: &str = "Does the token say what the profile expects?";
    let profile = &config.profile.credential;
    let names = &profile.claims;
    let wanted = [&names.principal, &names.tenant, &names.email, &names.kind, &names.admin];
    let missing: Vec<&str> =
        wanted.into_iter().map(String::as_str).filter(|name| !principal.claims.contains_key(*name)).collect();
    let mut findings = Vec::new();
    if missing.is_empty() {
        findings.push(Finding::ok(QUESTION, "Yes: every claim of the profile is there."));
    } else {
        let answer = format!("No: it has no {}.", missing.join(", no "));
        findings.push(Finding::bad(
            QUESTION,
            answer,
            "write the CRM's own names into `credential.claims` of the profile",
        ));
    }
    let lifetime = principal.expires_at - principal.issued_at;
    if principal.vouched == Vouched::LongLived {
        findings.push(Finding::bad(
            "Is it an access token?",
            format!("It lives {lifetime} s, the profile's access tokens {} s.", profile.access_lifetime_s),
            "if this is no refresh token, raise `credential.access_lifetime_s` in the profile: no workspace opens for a longer one",
        ));
    }
    findings
}
