//! What stands around every handler: the path as Express would read it, the body read whole, the request id, the shape
//! of refusals, and headers that every answer carries.
//!
//! **Invariant:** the request's body is off the wire before anything is answered, so that the pipe to the gateway never
//! jams; what is over the limit is counted and dropped, never kept.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::Response,
};
use futures_util::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header, request::Parts};

use super::{
    ApiState,
    error::{ApiError, Code, Form},
};
use crate::{
    brand::MOST_BYTES,
    ports::{Actor, Trail},
};

/// Where the gateway puts the id of an exchange; a client's own is stripped before.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-annex-request-id");

/// A body beyond this is not even read to its end.
const MOST_DROPPED: usize = 16 * 1024 * 1024;

/// From where a request comes, for the trail of what it changes.
#[derive(Debug, Clone)]
pub struct Sender {
    pub request_id: String,
    ip: Option<String>,
    user_agent: Option<String>,
}

impl Sender {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Sender {
            request_id: text(REQUEST_ID).unwrap_or_else(|| uuid::Uuid::now_v7().simple().to_string()),
            // Set by the gateway, never appended to.
            ip: text(HeaderName::from_static("x-forwarded-for")),
            user_agent: text(header::USER_AGENT),
        }
    }

    /// The trail of a change on `actor`'s word.
    pub fn trail(&self, actor: Actor) -> Trail {
        Trail {
            actor,
            ip: self.ip.clone(),
            user_agent: self.user_agent.clone(),
            request_id: Some(self.request_id.clone()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Sender {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Sender>().cloned().ok_or_else(|| Code::Internal.into())
    }
}

/// The body as it came, or why there is none.
#[derive(Debug, Clone)]
pub struct Received(pub Result<Bytes, Code>);

/// The outermost layer.
pub async fn frame(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let sender = Sender::of(request.headers());
    let form = Form::of(request.headers().get(header::ACCEPT));
    let (mut parts, body) = request.into_parts();
    let most = most_bytes(&parts.method, parts.uri.path(), state.rooms.config.limits.api_body_bytes);
    let received = read(body, most).await;
    let request_id = sender.request_id.clone();
    parts.extensions.insert(sender);
    parts.extensions.insert(Received(received));
    let mut response = next.run(Request::from_parts(parts, Body::empty())).await;
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = error.render(&request_id, form);
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    let is_immutable = response.extensions_mut().remove::<Immutable>().is_some();
    let headers = response.headers_mut();
    let caching = if is_immutable { "public, max-age=31536000, immutable" } else { "no-store" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// An answer that never changes under its address, and that everybody may keep.
#[derive(Debug, Clone, Copy)]
pub struct Immutable;

/// The whole body, whatever it is.
pub struct Whole(pub Bytes);

impl<S: Send + Sync> FromRequestParts<S> for Whole {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match parts.extensions.get::<Received>() {
            Some(Received(Ok(body))) => Ok(Whole(body.clone())),
            Some(Received(Err(code))) => Err((*code).into()),
            None => Err(Code::Internal.into()),
        }
    }
}

/// How large a body may be at an address: most are small, two carry a picture.
fn most_bytes(method: &Method, path: &str, usual: usize) -> usize {
    let mut segments = path.split('/').skip(1);
    let place = [segments.next(), segments.next(), segments.next(), segments.next(), segments.next()];
    match (method, place) {
        (&Method::PUT, [Some("api"), Some("workspaces"), Some(_), Some("logo"), None]) => MOST_BYTES.max(usual),
        // In base64, beside the usual fields.
        (&Method::POST, [Some("api"), Some("workspaces"), None, None, None]) => MOST_BYTES.div_ceil(3) * 4 + usual,
        _ => usual,
    }
}

async fn read(body: Body, most: usize) -> Result<Bytes, Code> {
    let mut chunks = body.into_data_stream();
    let (mut kept, mut seen) = (Vec::new(), 0usize);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Code::ValidationFailed)?;
        seen = seen.saturating_add(chunk.len());
        if seen <= most {
            kept.extend_from_slice(&chunk);
        } else if seen > MOST_DROPPED {
            break;
        } else {
            kept.clear();
        }
    }
    if seen > most { Err(Code::BodyTooLarge) } else { Ok(kept.into()) }
}

/// The path as Express would match it: fixed words without case, one slash at the end ignored. Ids keep their case.
pub fn canonical(mut request: Request) -> Request {
    let path = request.uri().path();
    let folded = fold(path);
    if folded == path {
        return request;
    }
    let target = match request.uri().query() {
        Some(query) => format!("{folded}?{query}"),
        None => folded,
    };
    if let Ok(uri) = target.parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    request
}

/// The fixed words of our addresses. A segment that is one of them but for its case is one of them.
const WORDS: [&str; 49] = [
    "_annex",
    "accept",
    "activity",
    "admin",
    "api",
    "assets",
    "assign-admin",
    "branding",
    "bulk",
    "by-id",
    "cancel",
    "decline",
    "deleted",
    "deliveries",
    "disable-multi-workspace",
    "discard",
    "dismiss",
    "enable-multi-workspace",
    "events",
    "export",
    "feature-flags",
    "features",
    "health",
    "invitations",
    "invite",
    "leave",
    "link",
    "logo",
    "members",
    "onboarding",
    "ownership-transfer",
    "pending",
    "permissions",
    "preview",
    "publish",
    "reopen",
    "replay",
    "resend",
    "restore",
    "roles",
    "rollout",
    "rotate-secret",
    "summary",
    "switch",
    "tenants",
    "test",
    "ui",
    "webhooks",
    "workspaces",
];

fn fold(path: &str) -> String {
    let path = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path);
    let folded = path.split('/').map(|segment| {
        let word = WORDS.iter().find(|word| word.eq_ignore_ascii_case(segment));
        word.copied().unwrap_or(segment)
    });
    folded.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_words_lose_their_case_and_ids_keep_it() {
        for (sent, wanted) in [
            ("/API/Features/", "/api/features"),
            ("/api/workspaces", "/api/workspaces"),
            ("/Api/Workspaces/AbC/Switch/", "/api/workspaces/AbC/switch"),
            ("/api/ADMIN/Tenants/AbC/Enable-Multi-Workspace", "/api/admin/tenants/AbC/enable-multi-workspace"),
            ("/api/admin/Feature-Flags", "/api/admin/feature-flags"),
            ("/api/workspaces/AbC/Members/DeF/", "/api/workspaces/AbC/members/DeF"),
            ("/api/Invitations/By-Id/AbC/Accept", "/api/invitations/by-id/AbC/accept"),
            ("/_annex/openapi.json", "/_annex/openapi.json"),
            ("/", "/"),
        ] {
            assert_eq!(fold(sent), wanted, "{sent}");
        }
    }

    #[test]
    fn every_fixed_word_of_the_document_is_known() {
        let document: serde_json::Value = serde_json::from_str(&crate::api::openapi::text()).unwrap_or_default();
        let paths = document.get("paths").and_then(|paths| paths.as_object()).into_iter().flatten();
        let words = paths.flat_map(|(path, _)| path.split('/').map(str::to_owned).collect::<Vec<_>>());
        let mut words: Vec<String> = words.filter(|word| !word.is_empty() && !word.starts_with('{')).collect();
        assert!(words.len() > 20, "the document names words");
        words.retain(|word| !WORDS.contains(&word.as_str()));
        assert!(words.is_empty(), "in another case these are found by nobody: {words:?}");
    }

    #[test]
    fn two_addresses_take_a_picture_and_no_other() {
        let most = |method, path| most_bytes(&method, path, 10);
        assert_eq!(most(Method::PUT, "/api/workspaces/w/logo"), MOST_BYTES);
        assert_eq!(most(Method::POST, "/api/workspaces"), 1_398_104 + 10);
        for (method, path) in [
            (Method::POST, "/api/workspaces/w/logo"),
            (Method::PUT, "/api/workspaces/w/logo/x"),
            (Method::PUT, "/api/workspaces"),
            (Method::PUT, "/api/workspaces/w/branding"),
            (Method::GET, "/_annex/assets/x.png"),
        ] {
            assert_eq!(most(method.clone(), path), 10, "{method} {path}");
        }
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_dropped_and_said_so() {
        assert_eq!(read(Body::from("12345"), 5).await, Ok(Bytes::from("12345")));
        assert_eq!(read(Body::from("123456"), 5).await, Err(Code::BodyTooLarge));
        assert_eq!(read(Body::empty(), 5).await, Ok(Bytes::new()));
    }
}
