//! Our own documents: `/_annex/invite`, `/_annex/admin`, and the pages that stand in the CRM's place.
//!
//! Who gets to a page of the CRM's paths is decided before it comes here; `/_annex/…` is everybody's. A document holds
//! nothing of anybody but the id of whom the marker cookie names: all else is asked for by its script, with the bearer.
//!
//! **Invariant:** the secret of an invitation stands in the fragment, which no browser sends: nothing here reads it, and
//! nothing that the page asks for carries it.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};

use super::{
    ApiState, accept,
    error::{ApiError, Code},
    guard::Named,
};
use crate::{
    snapshot::Schema,
    ui::{Page, Sheet, fresh_nonce},
};

/// Whom the marker cookie names, from the gateway; a client's own is stripped before.
const PRINCIPAL: HeaderName = HeaderName::from_static("x-annex-principal");

const NO_REFERRER: (HeaderName, HeaderValue) = (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));

/// One of our documents, by its address.
pub async fn show(State(state): State<ApiState>, parts: Parts) -> Result<Response, ApiError> {
    let page = state.rooms.ui.page(parts.uri.path()).ok_or(Code::NotFound)?;
    Ok(sheet(&state, page, &parts.headers))
}

/// The page that the profile names, if the path is its. The path was folded on its way here, and whoever sent it was
/// judged by what they sent.
pub fn settings(state: &ApiState, parts: &Parts) -> Option<Response> {
    let is_read = matches!(parts.method, http::Method::GET | http::Method::HEAD);
    let is_settings = is_read && state.rooms.ui.is_settings(parts.uri.path());
    is_settings.then(|| sheet(state, Page::Settings, &parts.headers))
}

/// Leads a link of the older form to the page. The secret becomes a fragment, and no answer is kept.
pub async fn redirect(named: Named) -> Result<Response, ApiError> {
    let token = named.id("token", "invitation")?;
    let target = HeaderValue::from_str(&format!("/_annex/invite#{token}")).map_err(|_| Code::NotFound)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, target), NO_REFERRER]).into_response())
}

fn sheet(state: &ApiState, page: Page, headers: &HeaderMap) -> Response {
    let ui = &state.rooms.ui;
    let language = accept::language(headers);
    if page == Page::Invite && nothing_is_on(state) {
        return answer(ui.off(language));
    }
    let principal = headers.get(PRINCIPAL).and_then(|value| value.to_str().ok());
    let nonce = fresh_nonce();
    answer(ui.document(page, principal, &nonce, language))
}

/// Before PostgreSQL answered for the first time nobody knows; the page asks, and is told so.
fn nothing_is_on(state: &ApiState) -> bool {
    let snapshot = state.rooms.hub.current();
    !snapshot.anything_on && snapshot.schema != Schema::Unseen
}

fn answer(Sheet { html, policy }: Sheet) -> Response {
    let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let html_type = HeaderValue::from_static("text/html; charset=utf-8");
    let headers = [
        (header::CONTENT_TYPE, html_type),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        NO_REFERRER,
    ];
    (headers, html).into_response()
}
