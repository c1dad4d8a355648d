//! The administrators' page on the admin listener, and the routes that it asks: the same as for administrators of the
//! platform, by another door.
//!
//! **Invariant:** nothing is written without `ANNEX_ADMIN_TOKEN` in `Authorization: Bearer` (rule R10), compared in
//! constant time.
//! **Deliberately absent:** cookies, so that no other page in the operator's browser can act in their name.

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use serde_json::json;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use crate::{
    api::Operator,
    stage::Rooms,
    ui::{Language, fresh_nonce},
};

/// The routes that both doors lead to; the page's own files.
const ROUTES: [&str; 2] = ["/api/admin/", "/_annex/ui/"];

/// What is handed on of a request's head; nothing that only the gateway may say.
const HEADERS: [HeaderName; 6] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::IF_NONE_MATCH,
    header::USER_AGENT,
];

/// Who changed something, in the audit log.
const OPERATOR: Operator = Operator("admin-listener");

/// The most of an answer that is gathered; the largest is a file of ours.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Whether a path is one of the page's own calls.
pub fn is_route(path: &str) -> bool {
    ROUTES.iter().any(|route| path.starts_with(route))
}

/// Why a request may not go on: what only reads may, what writes needs the token, and a token that is said is judged.
pub fn refused(rooms: &Rooms, parts: &Parts) -> Option<Response<Vec<u8>>> {
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    if reads && !parts.headers.contains_key(header::AUTHORIZATION) {
        return None;
    }
    let Some(token) = &rooms.config.admin.token else {
        return Some(refusal(StatusCode::FORBIDDEN, "READ_ONLY", "Set ANNEX_ADMIN_TOKEN to write here"));
    };
    let said = parts.headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
    // Hashes have one length and no order that helps a guess.
    let is_token =
        said.strip_prefix(b"Bearer ").is_some_and(|said| Sha256::digest(said) == Sha256::digest(token.expose()));
    (!is_token)
        .then(|| refusal(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", "The token of the admin listener is needed"))
}

/// One of the page's calls, answered by the management API.
pub async fn call(api: &Router, parts: &Parts, body: Bytes) -> Response<Vec<u8>> {
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = parts.uri.path_and_query().cloned().map_or_else(Default::default, Into::into);
    for name in HEADERS {
        if let Some(value) = parts.headers.get(&name) {
            request.headers_mut().insert(name, value.clone());
        }
    }
    request.extensions_mut().insert(OPERATOR);
    let (head, body) = match api.clone().oneshot(request).await {
        Ok(response) => response.into_parts(),
        Err(never) => match never {},
    };
    match axum::body::to_bytes(body, ANSWER_BYTES_MAX).await {
        Ok(bytes) => {
            let mut response = Response::from_parts(head, bytes.to_vec());
            let length = response.body().len();
            response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
            response
        }
        Err(error) => {
            tracing::error!(error = %error, "an answer on the admin listener could not be gathered");
            refusal(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "This could not be answered")
        }
    }
}

/// The page itself.
pub fn page(rooms: &Rooms, asked: Language) -> Response<Vec<u8>> {
    let nonce = fresh_nonce();
    let sheet = rooms.ui.operators(&nonce, rooms.config.admin.token.is_some(), asked);
    let mut response = super::answer(StatusCode::OK, "text/html; charset=utf-8", sheet.html.into_bytes());
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&sheet.policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response<Vec<u8>> {
    let body = json!({ "message": message, "code": code, "status": status.as_u16() });
    super::answer(status, "application/json; charset=utf-8", body.to_string().into_bytes())
}
