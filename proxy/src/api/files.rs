//! `/_annex/ui/{file}`: the files of the browser part, which everybody may have and keep.
//!
//! **Invariant:** a name is looked up in a table of names; none ever becomes a path.

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::{
    ApiState, accept,
    error::{ApiError, Code},
    frame::Immutable,
    guard,
};
use crate::coding::Coding;

const SAME_ORIGIN: (HeaderName, HeaderValue) =
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));

/// One file, packed as the client takes it.
pub async fn read(
    State(state): State<ApiState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let coding = accept::coding(&headers);
    let file = state.rooms.ui.assets.find(&name, coding);
    let file = file.ok_or_else(|| ApiError::from(Code::NotFound).saying("There is no such file"))?;
    let mut response = match guard::is_known(&headers, &file.etag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Body::from(Bytes::from_static(file.bytes)).into_response(),
    };
    let out = response.headers_mut();
    out.extend([SAME_ORIGIN, (header::VARY, HeaderValue::from_name(header::ACCEPT_ENCODING))]);
    if let Ok(tag) = HeaderValue::from_str(&file.etag) {
        out.insert(header::ETAG, tag);
    }
    if response.status() == StatusCode::OK {
        let out = response.headers_mut();
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
        if coding != Coding::Identity {
            out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
        }
    }
    response.extensions_mut().insert(Immutable);
    Ok(response)
}
