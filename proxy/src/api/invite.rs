//! `/_annex/invite`: where links of invitations lead.
//!
//! **Invariant:** the secret stands in the fragment, which no browser sends: nothing here reads it, and nothing that the page
//! asks for carries it.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderName, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

use super::{
    error::{ApiError, Code},
    guard::Named,
};

const PAGE: &str = include_str!("invite.html");

/// No script, no request but the page's own style, in nobody's frame.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = PAGE.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>"));
    let hash = STANDARD.encode(Sha256::digest(style.map_or("", |(style, _)| style)));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

const NO_REFERRER: (HeaderName, HeaderValue) = (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));

/// Says what to do with a link.
pub async fn page() -> Response {
    let policy = HeaderValue::from_str(&POLICY).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    ([(header::CONTENT_TYPE, html), (header::CONTENT_SECURITY_POLICY, policy), NO_REFERRER], PAGE).into_response()
}

/// Leads a link of the older form to the page. The secret becomes a fragment, and no answer is kept.
pub async fn redirect(named: Named) -> Result<Response, ApiError> {
    let token = named.id("token", "invitation")?;
    let target = HeaderValue::from_str(&format!("/_annex/invite#{token}")).map_err(|_| Code::NotFound)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, target), NO_REFERRER]).into_response())
}
