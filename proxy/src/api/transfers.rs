//! `/api/workspaces/{id}/ownership-transfer`: a workspace gets another owner.

use axum::{Json, extract::State};
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    ApiState,
    body::{Fields, MaybeFields, Parsed},
    error::{ApiError, ErrorBody},
    guard::{self, IdempotencyKey, InWorkspace, Named},
};
use crate::ports::{Asked, Offer, Reply};

/// An offer of ownership.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OwnershipOffer)]
pub struct OfferBody {
    pub id: String,
    pub workspace_id: String,
    /// The owner when it was made; null: there was none.
    pub from_user_id: Option<String>,
    pub opened_by: String,
    pub to_user_id: String,
    /// `pending`, `accepted`, `declined`, `cancelled` or `expired`.
    pub status: &'static str,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
}

/// The offer that is pending.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CurrentOwnershipOffer)]
pub struct CurrentOffer {
    /// Null: none, or none that concerns the caller.
    pub transfer: Option<OfferBody>,
}

/// To whom ownership is offered.
#[derive(ToSchema)]
#[schema(as = NewOwnershipOffer)]
#[allow(dead_code, reason = "the document's shape of what `open` reads")]
pub struct NewOfferBody {
    /// An active member.
    #[schema(rename = "userId")]
    user_id: String,
}

/// Tells which offer is pending.
#[utoipa::path(get, path = "/api/workspaces/{id}/ownership-transfer", tag = "ownership",
    params(("id" = String, Path, description = "The workspace")), responses(
    (status = 200, body = CurrentOffer),
    (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody),
    (status = 410, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn current(State(state): State<ApiState>, at: InWorkspace) -> Result<Json<CurrentOffer>, ApiError> {
    let offer = state.transfers.current(&at.asked()).await?;
    Ok(Json(CurrentOffer { transfer: offer.map(|offer| body(&at.id, offer)) }))
}

/// Offers ownership to a member.
#[utoipa::path(post, path = "/api/workspaces/{id}/ownership-transfer", tag = "ownership", request_body = NewOfferBody, params(
    ("id" = String, Path, description = "The workspace"),
    ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
), responses(
    (status = 201, body = OfferBody),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 413, body = ErrorBody),
    (status = 415, body = ErrorBody), (status = 422, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn open(
    State(state): State<ApiState>,
    at: InWorkspace,
    key: IdempotencyKey,
    mut fields: Fields,
) -> Result<(StatusCode, Json<OfferBody>), ApiError> {
    let once = key.once(&at.principal, fields.fingerprint());
    let to = fields.required("userId", user_id);
    let to = fields.finish(to)?;
    let asked = Asked { once: once.as_ref(), ..at.asked() };
    let offer = state.transfers.open(&asked, &to).await?;
    Ok((StatusCode::CREATED, Json(body(&at.id, offer))))
}

fn user_id(value: &Value) -> Parsed<String> {
    let id = value.as_str().ok_or("invalid_type")?;
    if guard::is_id(id) { Ok(id.to_owned()) } else { Err("not_an_id") }
}

/// Accepts an offer: the caller is owner and Admin from then on.
#[utoipa::path(post, path = "/api/workspaces/{id}/ownership-transfer/{transferId}/accept", tag = "ownership", params(
    ("id" = String, Path, description = "The workspace"), ("transferId" = String, Path, description = "The offer"),
    ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
), responses(
    (status = 200, body = OfferBody),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
    (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 422, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub async fn accept(
    state: State<ApiState>,
    at: InWorkspace,
    named: Named,
    key: IdempotencyKey,
    fields: MaybeFields,
) -> Result<Json<OfferBody>, ApiError> {
    reply(state, at, named, key, fields, Reply::Accept).await
}

/// Declines an offer.
#[utoipa::path(post, path = "/api/workspaces/{id}/ownership-transfer/{transferId}/decline", tag = "ownership", params(
    ("id" = String, Path, description = "The workspace"), ("transferId" = String, Path, description = "The offer"),
    ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
), responses(
    (status = 200, body = OfferBody),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
    (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 422, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub async fn decline(
    state: State<ApiState>,
    at: InWorkspace,
    named: Named,
    key: IdempotencyKey,
    fields: MaybeFields,
) -> Result<Json<OfferBody>, ApiError> {
    reply(state, at, named, key, fields, Reply::Decline).await
}

/// Takes an offer back.
#[utoipa::path(post, path = "/api/workspaces/{id}/ownership-transfer/{transferId}/cancel", tag = "ownership", params(
    ("id" = String, Path, description = "The workspace"), ("transferId" = String, Path, description = "The offer"),
    ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
), responses(
    (status = 200, body = OfferBody),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
    (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 422, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub async fn cancel(
    state: State<ApiState>,
    at: InWorkspace,
    named: Named,
    key: IdempotencyKey,
    fields: MaybeFields,
) -> Result<Json<OfferBody>, ApiError> {
    reply(state, at, named, key, fields, Reply::Cancel).await
}

async fn reply(
    State(state): State<ApiState>,
    at: InWorkspace,
    named: Named,
    key: IdempotencyKey,
    MaybeFields(fields): MaybeFields,
    reply: Reply,
) -> Result<Json<OfferBody>, ApiError> {
    let id = named.id("transferId", WHAT)?;
    let once = key.once(&at.principal, fields.nothing()?);
    let asked = Asked { once: once.as_ref(), ..at.asked() };
    // What is no id of an offer is asked for all the same, so that strangers hear of their own standing first.
    let offer = state.transfers.reply(&asked, id.parse::<Uuid>().unwrap_or_default(), reply).await?;
    Ok(Json(body(&at.id, offer)))
}

const WHAT: &str = "offer of ownership";

fn body(workspace: &str, offer: Offer) -> OfferBody {
    OfferBody {
        id: offer.id.to_string(),
        workspace_id: workspace.to_owned(),
        from_user_id: offer.from,
        opened_by: offer.opened_by,
        to_user_id: offer.to,
        status: offer.status.name(),
        created_at: offer.created_at,
        expires_at: offer.expires_at,
        ended_at: offer.ended_at,
    }
}
