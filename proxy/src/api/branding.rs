//! `GET|PUT|DELETE /api/workspaces/:id/branding`, `POST …/publish` and `…/discard`: what a workspace shows of itself, live and
//! as a draft.
//!
//! One version (`ETag`) stands for all of it: live look, draft and logo.

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    ApiState,
    body::{Fields, MaybeFields, Parsed, boolean},
    error::{ApiError, ErrorBody},
    guard::{IdempotencyKey, IfMatch, InWorkspace, etag},
};
use crate::{
    brand::{self, Color, Look, Signature},
    ports::{Asked, BrandChange, Branded},
};

/// What a workspace shows of itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Branding)]
pub struct BrandingBody {
    pub version: i64,
    pub live: LookBody,
    /// Null: there is none, or the caller may not publish one.
    pub draft: Option<LookBody>,
    pub logo: Option<LogoBody>,
    pub crm: CrmBody,
    pub updated_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Timestamp>,
}

/// All that is chosen but the logo.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Look)]
pub struct LookBody {
    /// `#rrggbb`.
    pub primary_color: Option<String>,
    pub secondary_color: Option<String>,
    pub pdf_header: Option<String>,
    pub pdf_footer: Option<String>,
    /// What the allow-list left of what was sent.
    pub email_signature: Option<String>,
    /// The same as text.
    pub email_signature_text: Option<String>,
    /// Whether the CRM's own documents and mails show it.
    pub show_in_crm: bool,
    pub contrast: Vec<ContrastBody>,
    /// What somebody should know; never a refusal.
    pub advice: Vec<AdviceBody>,
}

/// How text reads on a colour (WCAG 2.2), from 1 to 21.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Contrast)]
pub struct ContrastBody {
    pub path: &'static str,
    pub white_text: f64,
    pub black_text: f64,
    /// `white` or `black`, whichever reads better.
    pub text: &'static str,
}

/// One piece of advice.
#[derive(Serialize, ToSchema)]
#[schema(as = Advice)]
pub struct AdviceBody {
    pub path: &'static str,
    /// `white_text_hard_to_read`, `black_text_hard_to_read`, `hard_to_see_on_white`.
    pub code: &'static str,
    pub ratio: f64,
    pub needed: f64,
}

/// A logo.
#[derive(Serialize, ToSchema)]
#[schema(as = Logo)]
pub struct LogoBody {
    /// The one that stands for it.
    pub url: String,
    pub sizes: Vec<SizeBody>,
}

/// One size of a logo.
#[derive(Serialize, ToSchema)]
#[schema(as = LogoSize)]
pub struct SizeBody {
    /// Width and height.
    pub px: u16,
    pub url: String,
}

/// What the CRM's own tables hold of it.
#[derive(Serialize, ToSchema)]
#[schema(as = BrandingInCrm)]
pub struct CrmBody {
    /// What the profile maps to a column of the CRM.
    pub maps: Vec<&'static str>,
    /// What stands there now.
    pub shows: Vec<&'static str>,
}

/// A look to be kept. What is left out is not chosen.
#[derive(ToSchema)]
#[schema(as = NewLook)]
#[allow(dead_code, reason = "the document's shape of what `look` reads")]
pub struct NewLook {
    #[schema(rename = "primaryColor", pattern = "^#[0-9a-fA-F]{6}$")]
    primary_color: Option<String>,
    #[schema(rename = "secondaryColor", pattern = "^#[0-9a-fA-F]{6}$")]
    secondary_color: Option<String>,
    /// Plain text, up to 5 lines.
    #[schema(rename = "pdfHeader", max_length = 500)]
    pdf_header: Option<String>,
    #[schema(rename = "pdfFooter", max_length = 500)]
    pdf_footer: Option<String>,
    /// HTML; what is not allowed in it is taken out.
    #[schema(rename = "emailSignature", max_length = 10000)]
    email_signature: Option<String>,
    /// True if left out.
    #[schema(rename = "showInCrm")]
    show_in_crm: Option<bool>,
}

/// Reads what a workspace shows of itself.
#[utoipa::path(get, path = "/api/workspaces/{id}/branding", tag = "branding",
    params(("id" = String, Path, description = "The workspace")), responses(
    (status = 200, body = BrandingBody),
    (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody),
    (status = 410, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn read(State(state): State<ApiState>, at: InWorkspace) -> Result<Response, ApiError> {
    Ok(answer(state.branding.read(&at.asked()).await?))
}

/// Replaces the live look, or with `?state=draft` the draft, which nobody else sees until it is published.
#[utoipa::path(put, path = "/api/workspaces/{id}/branding", tag = "branding", request_body = NewLook, params(
    ("id" = String, Path, description = "The workspace"),
    ("state" = Option<String>, Query, description = "`live` (if left out) or `draft`"),
    ("If-Match" = Option<String>, Header, description = "The version that was read"),
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
    RawQuery(query): RawQuery,
    fields: Fields,
) -> Result<Response, ApiError> {
    let is_draft = is_draft(query.as_deref())?;
    let look = look(fields)?;
    let change = if is_draft { BrandChange::Draft(look) } else { BrandChange::Live(look) };
    let mut asked = at.asked();
    asked.seen = condition.seen();
    Ok(answer(state.branding.change(&asked, change).await?))
}

/// Takes all of it away, the logo too; the CRM's own tables hold again what they held before.
#[utoipa::path(delete, path = "/api/workspaces/{id}/branding", tag = "branding", params(
    ("id" = String, Path, description = "The workspace"),
    ("If-Match" = Option<String>, Header, description = "The version that was read"),
), responses(
    (status = 200, body = BrandingBody),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 412, body = ErrorBody),
    (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn reset(
    State(state): State<ApiState>,
    at: InWorkspace,
    condition: IfMatch,
    MaybeFields(fields): MaybeFields,
) -> Result<Response, ApiError> {
    fields.nothing()?;
    let mut asked = at.asked();
    asked.seen = condition.seen();
    Ok(answer(state.branding.change(&asked, BrandChange::Reset).await?))
}

/// The draft goes live.
#[utoipa::path(post, path = "/api/workspaces/{id}/branding/publish", tag = "branding", params(
    ("id" = String, Path, description = "The workspace"),
    ("If-Match" = Option<String>, Header, description = "The version that was read"),
    ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
), responses(
    (status = 200, body = BrandingBody),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 412, body = ErrorBody),
    (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 422, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub async fn publish(
    State(state): State<ApiState>,
    at: InWorkspace,
    condition: IfMatch,
    key: IdempotencyKey,
    MaybeFields(fields): MaybeFields,
) -> Result<Response, ApiError> {
    post(&state, &at, &condition, key, fields, BrandChange::Publish).await
}

/// The draft goes. Without one nothing happens.
#[utoipa::path(post, path = "/api/workspaces/{id}/branding/discard", tag = "branding", params(
    ("id" = String, Path, description = "The workspace"),
    ("If-Match" = Option<String>, Header, description = "The version that was read"),
    ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
), responses(
    (status = 200, body = BrandingBody),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 412, body = ErrorBody),
    (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 422, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub async fn discard(
    State(state): State<ApiState>,
    at: InWorkspace,
    condition: IfMatch,
    key: IdempotencyKey,
    MaybeFields(fields): MaybeFields,
) -> Result<Response, ApiError> {
    post(&state, &at, &condition, key, fields, BrandChange::Discard).await
}

async fn post(
    state: &ApiState,
    at: &InWorkspace,
    condition: &IfMatch,
    key: IdempotencyKey,
    fields: Fields,
    change: BrandChange,
) -> Result<Response, ApiError> {
    let once = key.once(&at.principal, fields.nothing()?);
    let asked = Asked { seen: condition.seen(), once: once.as_ref(), ..at.asked() };
    Ok(answer(state.branding.change(&asked, change).await?))
}

/// The answer to whatever was asked of a branding.
pub fn answer(branded: Branded) -> Response {
    let tag = etag(branded.version);
    let body = BrandingBody {
        version: branded.version,
        live: look_body(branded.live),
        draft: branded.draft.map(look_body),
        logo: logo_body(branded.logo),
        crm: CrmBody { maps: branded.mapped, shows: branded.shown },
        updated_by: branded.updated_by,
        updated_at: branded.updated_at,
    };
    (tag, Json(body)).into_response()
}

fn logo_body(sizes: Vec<(u16, String)>) -> Option<LogoBody> {
    let shown = sizes.iter().find(|(px, _)| *px == brand::SHOWN_PX)?.1.clone();
    Some(LogoBody { url: shown, sizes: sizes.into_iter().map(|(px, url)| SizeBody { px, url }).collect() })
}

fn look_body(look: Look) -> LookBody {
    let colors = [("primaryColor", look.primary_color), ("secondaryColor", look.secondary_color)];
    let chosen = || colors.into_iter().filter_map(|(path, color)| Some((path, color?)));
    let contrast = chosen().map(|(path, color)| {
        let brand::Contrast { white_text, black_text, text } = color.contrast();
        ContrastBody { path, white_text, black_text, text }
    });
    let advice = chosen().flat_map(|(path, color)| {
        let told = brand::advice(color).into_iter();
        told.map(move |brand::Advice { code, ratio, needed }| AdviceBody { path, code, ratio, needed })
    });
    LookBody {
        contrast: contrast.collect(),
        advice: advice.collect(),
        primary_color: look.primary_color.map(String::from),
        secondary_color: look.secondary_color.map(String::from),
        pdf_header: look.pdf_header,
        pdf_footer: look.pdf_footer,
        email_signature_text: look.email_signature.as_ref().map(Signature::text),
        email_signature: look.email_signature.map(String::from),
        show_in_crm: look.show_in_crm,
    }
}

fn is_draft(query: Option<&str>) -> Result<bool, ApiError> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let said: Vec<String> = pairs.filter(|(name, _)| name == "state").map(|(_, value)| value.into_owned()).collect();
    match said.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] | ["live"] => Ok(false),
        ["draft"] => Ok(true),
        _ => Err(ApiError::field("state", "not_live_or_draft")),
    }
}

fn look(mut fields: Fields) -> Result<Look, ApiError> {
    let primary_color = fields.optional("primaryColor", color);
    let secondary_color = fields.optional("secondaryColor", color);
    let pdf_header = fields.optional("pdfHeader", words);
    let pdf_footer = fields.optional("pdfFooter", words);
    let email_signature = fields.optional("emailSignature", signature);
    let show_in_crm = fields.optional("showInCrm", boolean).unwrap_or(true);
    fields.finish(Some(Look {
        primary_color,
        secondary_color,
        pdf_header: pdf_header.flatten(),
        pdf_footer: pdf_footer.flatten(),
        email_signature: email_signature.flatten(),
        show_in_crm,
    }))
}

fn color(value: &Value) -> Parsed<Color> {
    Color::parse(value.as_str().ok_or("invalid_type")?).ok_or("not_a_color")
}

fn words(value: &Value) -> Parsed<Option<String>> {
    brand::words(value.as_str().ok_or("invalid_type")?)
}

fn signature(value: &Value) -> Parsed<Option<Signature>> {
    Signature::read(value.as_str().ok_or("invalid_type")?)
}
