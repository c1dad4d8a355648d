//! `/api/invitations`: what is offered to whoever asks.
//!
//! **Invariant:** accepting and declining ask who is there before they look at what is presented; whoever presents what
//! offers nothing gets one answer, whatever the reason.

use axum::{
    Json,
    extract::{FromRequestParts, State},
    response::{IntoResponse, Response},
};
use http::{Uri, header, request::Parts};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

use super::{
    ApiState,
    body::{Fields, MaybeFields, Parsed, text},
    error::{ApiError, Code, ErrorBody},
    frame::Sender,
    guard::{Caller, Named},
    invitations::{Done, InvitationBody, key, place},
    page,
};
use crate::{
    identity::Principal,
    ports::{Actor, Address, Denial, Guest, InvitationOffer, OfferPage, Ticket},
    snapshot::Snapshot,
};

/// Somebody with an account, at a moment at which flags are known.
pub struct AsGuest {
    principal: Arc<Principal>,
    snapshot: Arc<Snapshot>,
    sender: Sender,
}

impl AsGuest {
    fn guest(&self) -> Guest<'_> {
        Guest {
            principal: &self.principal,
            snapshot: &self.snapshot,
            trail: self.sender.trail(Actor::User(self.principal.id.to_string())),
        }
    }
}

impl FromRequestParts<ApiState> for AsGuest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let Caller(principal) = Caller::from_request_parts(parts, state).await?;
        let sender = Sender::from_request_parts(parts, state).await?;
        Ok(AsGuest { principal, snapshot: loaded(state)?, sender })
    }
}

/// Flags that were never loaded say nothing about what is on (rule R1).
fn loaded(state: &ApiState) -> Result<Arc<Snapshot>, ApiError> {
    let snapshot = state.rooms.hub.current();
    if snapshot.is_loaded() { Ok(snapshot) } else { Err(Code::ContextUnavailable.into()) }
}

/// An invitation, as whom it is for sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PendingInvitation)]
pub struct PendingBody {
    #[serde(flatten)]
    pub invitation: InvitationBody,
    pub inviter_name: Option<String>,
    pub workspace: OfferedWorkspace,
}

/// The workspace of an offer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfferedWorkspace {
    pub id: String,
    pub name: String,
    pub logo_url: Option<String>,
}

/// What a secret offers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InvitationPreview)]
pub struct PreviewBody {
    pub workspace: OfferedWorkspace,
    pub inviter_name: Option<String>,
    pub role: Option<String>,
    pub role_name: Option<String>,
    /// `b…@example.com`.
    pub email: String,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// A secret to be looked at.
#[derive(ToSchema)]
#[schema(as = PreviewRequest)]
#[allow(dead_code, reason = "the document's shape of what `preview` reads")]
pub struct TokenBody {
    /// Of a link, behind its `#`.
    token: String,
}

/// Somebody joined.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InvitationAccepted)]
pub struct Accepted {
    pub message: &'static str,
    pub workspace_id: String,
}

/// Lists what is offered to the caller, if they have once accepted an invitation that was mailed to the address that
/// they still have. Everybody else sees an empty list and needs a link.
#[utoipa::path(get, path = "/api/invitations/pending", tag = "invitations", params(
    ("limit" = Option<u32>, Query, description = "1 to 100, 50 if left out; what can no longer be taken is left out of a page"),
    ("cursor" = Option<String>, Query, description = "From the `Link` header of the page before"),
), responses(
    (status = 200, body = Vec<PendingBody>),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn pending(State(state): State<ApiState>, at: AsGuest, uri: Uri) -> Result<Response, ApiError> {
    let page = page::read(uri.query(), PENDING, &state.keyring)?;
    let OfferPage { offers, next } =
        state.offers.pending(&at.guest(), page.after.as_deref().and_then(place), page.limit).await?;
    let body = |offer: InvitationOffer| PendingBody {
        workspace: workspace(&offer),
        inviter_name: offer.inviter_name,
        invitation: InvitationBody::of(offer.invitation),
    };
    let bodies: Vec<PendingBody> = offers.into_iter().map(body).collect();
    let mut response = Json(bodies).into_response();
    let next = next.and_then(|(made, id)| page::next(uri.path(), &page, &key(made, id), PENDING, &state.keyring));
    if let Some(next) = next {
        response.headers_mut().insert(header::LINK, next);
    }
    Ok(response)
}

/// What cursors of this list are made for.
const PENDING: &str = "pending";

/// Tells what a secret offers, to whoever holds it. Changes nothing: it takes no `Idempotency-Key`.
#[utoipa::path(post, path = "/api/invitations/preview", tag = "invitations", request_body = TokenBody, security(()),
    responses(
        (status = 200, body = PreviewBody),
        (status = 400, body = ErrorBody), (status = 404, body = ErrorBody), (status = 413, body = ErrorBody),
        (status = 415, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn preview(State(state): State<ApiState>, mut fields: Fields) -> Result<Json<PreviewBody>, ApiError> {
    let token = fields.required_secret("token", token);
    let token = fields.finish(token)?;
    let offer = state.offers.preview(&token, loaded(&state)?.as_ref()).await?;
    let offer = offer.ok_or(Denial::InvitationNotFound)?;
    let role = offer.invitation.role.as_ref();
    Ok(Json(PreviewBody {
        workspace: workspace(&offer),
        role: role.map(|role| role.key.to_string()),
        role_name: role.map(|role| role.name.to_string()),
        email: Address::masked(&offer.address),
        expires_at: offer.invitation.expires_at,
        inviter_name: offer.inviter_name,
    }))
}

fn workspace(offer: &InvitationOffer) -> OfferedWorkspace {
    OfferedWorkspace {
        id: offer.invitation.workspace.clone(),
        name: offer.workspace_name.clone(),
        logo_url: offer.logo_url.clone(),
    }
}

fn token(value: &Value) -> Parsed<String> {
    let token = text(value)?;
    if token.len() <= 128 { Ok(token) } else { Err("too_long") }
}

/// Joins the workspace of a secret. Said again by the same person it is the same answer, and does nothing: it takes no
/// `Idempotency-Key`.
#[utoipa::path(post, path = "/api/invitations/{token}/accept", tag = "invitations",
    params(("token" = String, Path, description = "Of a link, behind its `#`")),
    responses(
        (status = 200, body = Accepted),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
        (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 429, body = ErrorBody),
        (status = 503, body = ErrorBody),
    )
)]
pub async fn accept(
    State(state): State<ApiState>,
    at: AsGuest,
    named: Named,
    MaybeFields(fields): MaybeFields,
) -> Result<Json<Accepted>, ApiError> {
    fields.nothing()?;
    let token = presented(&named)?;
    accepted(state.offers.accept(&at.guest(), Ticket::Token(&token)).await?)
}

/// Turns the offer of a secret down. Said again by the same person it is the same answer, and does nothing: it takes no
/// `Idempotency-Key`.
#[utoipa::path(post, path = "/api/invitations/{token}/decline", tag = "invitations",
    params(("token" = String, Path, description = "Of a link, behind its `#`")),
    responses(
        (status = 200, body = Done),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 410, body = ErrorBody), (status = 413, body = ErrorBody),
        (status = 415, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn decline(
    State(state): State<ApiState>,
    at: AsGuest,
    named: Named,
    MaybeFields(fields): MaybeFields,
) -> Result<Json<Done>, ApiError> {
    fields.nothing()?;
    let token = presented(&named)?;
    state.offers.decline(&at.guest(), Ticket::Token(&token)).await?;
    Ok(Json(DECLINED))
}

/// Joins by id, for whom the list of pending invitations shows it. Said again it does nothing: it takes no
/// `Idempotency-Key`.
#[utoipa::path(post, path = "/api/invitations/by-id/{invitationId}/accept", tag = "invitations",
    params(("invitationId" = String, Path, description = "The invitation")),
    responses(
        (status = 200, body = Accepted),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
        (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 429, body = ErrorBody),
        (status = 503, body = ErrorBody),
    )
)]
pub async fn accept_by_id(
    State(state): State<ApiState>,
    at: AsGuest,
    named: Named,
    MaybeFields(fields): MaybeFields,
) -> Result<Json<Accepted>, ApiError> {
    fields.nothing()?;
    accepted(state.offers.accept(&at.guest(), by_id(&named)?).await?)
}

/// Turns an offer down by id. Said again it does nothing: it takes no `Idempotency-Key`.
#[utoipa::path(post, path = "/api/invitations/by-id/{invitationId}/decline", tag = "invitations",
    params(("invitationId" = String, Path, description = "The invitation")),
    responses(
        (status = 200, body = Done),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 410, body = ErrorBody), (status = 413, body = ErrorBody),
        (status = 415, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn decline_by_id(
    State(state): State<ApiState>,
    at: AsGuest,
    named: Named,
    MaybeFields(fields): MaybeFields,
) -> Result<Json<Done>, ApiError> {
    fields.nothing()?;
    state.offers.decline(&at.guest(), by_id(&named)?).await?;
    Ok(Json(DECLINED))
}

const DECLINED: Done = Done { message: "Invitation declined" };

fn accepted(workspace_id: String) -> Result<Json<Accepted>, ApiError> {
    Ok(Json(Accepted { message: "Invitation accepted", workspace_id }))
}

fn presented(named: &Named) -> Result<String, ApiError> {
    named.id("token", "invitation").map_err(|_| Denial::InvitationNotFound.into())
}

fn by_id(named: &Named) -> Result<Ticket<'static>, ApiError> {
    let id = named.id("invitationId", "invitation").ok().and_then(|id| id.parse().ok());
    id.map(Ticket::Id).ok_or_else(|| Denial::InvitationNotFound.into())
}
