//! `PUT|DELETE /api/workspaces/:id/logo`, and the pictures at `/_annex/assets/`.
//!
//! **Invariant:** what is served was drawn by us, says that it is PNG, and can neither be sniffed into something else nor run.
//! **Deliberately absent:** a caller of the pictures. An `<img>` carries no token and a mail's reader has none; the name,
//! which nobody can guess, is what lets one see them. They are shown while the flag is off: mails that were sent point at them.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::Value;

use super::{
    ApiState,
    body::{MaybeFields, Parsed},
    branding::{BrandingBody, answer},
    error::{ApiError, Code, ErrorBody},
    frame::{Immutable, Whole},
    guard::{IfMatch, InWorkspace, is_known},
};
use crate::{
    brand::{self, BadImage, Kind},
    ports::BrandChange,
};

/// Gives the workspace a logo, drawn anew from what is sent. Shown at once.
#[utoipa::path(put, path = "/api/workspaces/{id}/logo", tag = "branding",
    request_body(content = Vec<u8>, content_type = "image/png", description = "PNG, JPEG or WebP, 1 MiB at most"), params(
    ("id" = String, Path, description = "The workspace"),
    ("If-Match" = Option<String>, Header, description = "The version of the branding that was read"),
), responses(
    (status = 200, body = BrandingBody),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 412, body = ErrorBody),
    (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn put(
    State(state): State<ApiState>,
    at: InWorkspace,
    condition: IfMatch,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, ApiError> {
    let mut asked = at.asked();
    asked.seen = condition.seen();
    // A stranger's picture is not decoded.
    state.branding.may_change(&asked).await?;
    let kind = kind(&headers)?;
    let logo = state.workshop.make(body, kind).await.map_err(refusal)?;
    Ok(answer(state.branding.change(&asked, BrandChange::Logo(logo)).await?))
}

/// Takes the logo away, and its pictures.
#[utoipa::path(delete, path = "/api/workspaces/{id}/logo", tag = "branding", params(
    ("id" = String, Path, description = "The workspace"),
    ("If-Match" = Option<String>, Header, description = "The version of the branding that was read"),
), responses(
    (status = 200, body = BrandingBody),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 412, body = ErrorBody),
    (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn delete(
    State(state): State<ApiState>,
    at: InWorkspace,
    condition: IfMatch,
    MaybeFields(fields): MaybeFields,
) -> Result<Response, ApiError> {
    fields.nothing()?;
    let mut asked = at.asked();
    asked.seen = condition.seen();
    Ok(answer(state.branding.change(&asked, BrandChange::NoLogo).await?))
}

/// Shows a picture to whoever knows its name.
#[utoipa::path(get, path = "/_annex/assets/{file}", tag = "branding", security(()), params(
    ("file" = String, Path, description = "As in `logoUrl`"),
), responses(
    (status = 200, body = Vec<u8>, content_type = "image/png"), (status = 304), (status = 404, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub async fn picture(
    State(state): State<ApiState>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let absent = || ApiError::from(Code::NotFound).saying("There is no such picture");
    let name = file.strip_suffix(".png").filter(|name| is_name(name)).ok_or_else(absent)?;
    let png = state.branding.picture(name).await?.ok_or_else(absent)?;
    let tag = format!("\"{name}\"");
    let mut response =
        if is_known(&headers, &tag) { StatusCode::NOT_MODIFIED.into_response() } else { png.into_response() };
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
    out.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    out.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    response.extensions_mut().insert(Immutable);
    Ok(response)
}

/// A logo in a JSON body: `data:image/png;base64,…`.
pub fn from_data_url(value: &Value) -> Parsed<(Kind, bytes::Bytes)> {
    brand::from_data_url(value.as_str().ok_or("invalid_type")?)
}

/// How a picture that cannot be taken is refused.
pub fn refusal(bad: BadImage) -> ApiError {
    match bad {
        BadImage::TooLarge => Code::BodyTooLarge.into(),
        BadImage::Empty | BadImage::OtherKind | BadImage::TooManyPixels | BadImage::Unreadable => {
            ApiError::field("logo", bad.code())
        }
    }
}

fn kind(headers: &HeaderMap) -> Result<Kind, ApiError> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let is_plain = text(header::CONTENT_ENCODING).is_none_or(|coding| coding.eq_ignore_ascii_case("identity"));
    let kind = text(header::CONTENT_TYPE).and_then(Kind::of).filter(|_| is_plain);
    kind.ok_or_else(|| {
        ApiError::from(Code::UnsupportedBody).saying("Send image/png, image/jpeg or image/webp, not encoded")
    })
}

fn is_name(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
