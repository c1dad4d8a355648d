//! `/api/workspaces/{id}/invitations`: offering memberships, seeing what became of them, taking them back.
//!
//! **Invariant:** a secret leaves here once, in the answer to whoever made it; no list holds one.

mod bulk;
mod fields;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub use bulk::{__path_invite_many, invite_many};
pub use fields::{NewInvitationBody, draft};

use super::{
    ApiState,
    body::{Fields, MaybeFields},
    error::{ApiError, ErrorBody},
    guard::{IdempotencyKey, InWorkspace, Named},
    page,
};
use crate::ports::{Asked, Denial, Invitation, InvitationPage, InvitationStatus, Issued, Token};

/// An invitation, without its secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Invitation)]
pub struct InvitationBody {
    pub id: String,
    pub workspace_id: String,
    /// As it was typed.
    pub email: String,
    /// A role's key; null once an ended invitation's role is gone.
    pub role: Option<String>,
    pub role_id: Option<String>,
    pub role_name: Option<String>,
    /// `pending`, `accepted`, `declined`, `revoked` or `expired`.
    pub status: &'static str,
    /// `en` or `de`.
    pub language: &'static str,
    /// The CRM's user id.
    pub invited_by: String,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub accepted_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the last mail was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub last_sent_at: Timestamp,
    /// The first mail and each one sent again.
    pub send_count: i32,
    /// Of the last mail: `queued`, `sent` or `failed`; null if none was to be sent.
    pub delivery: Option<&'static str>,
}

/// An invitation that was just made, or linked anew.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = IssuedInvitation)]
pub struct IssuedBody {
    #[serde(flatten)]
    pub invitation: InvitationBody,
    /// Shown this once. Null in an answer repeated after the link was made anew.
    pub invite_link: Option<String>,
}

/// Something was done.
#[derive(Serialize, ToSchema)]
pub struct Done {
    pub message: &'static str,
}

impl InvitationBody {
    pub fn of(invitation: Invitation) -> Self {
        let role = invitation.role;
        InvitationBody {
            id: invitation.id.to_string(),
            workspace_id: invitation.workspace,
            email: invitation.email,
            role: role.as_ref().map(|role| role.key.to_string()),
            role_id: role.as_ref().map(|role| role.id.to_string()),
            role_name: role.map(|role| role.name.to_string()),
            status: invitation.status.name(),
            language: invitation.language.tag(),
            invited_by: invitation.invited_by,
            expires_at: invitation.expires_at,
            accepted_at: invitation.accepted_at,
            created_at: invitation.created_at,
            last_sent_at: invitation.last_sent_at,
            send_count: invitation.send_count,
            delivery: invitation.delivery.map(crate::ports::Delivery::name),
        }
    }
}

impl IssuedBody {
    fn of(issued: Issued) -> Self {
        let invite_link = issued.link.as_ref().map(link);
        IssuedBody { invitation: InvitationBody::of(issued.invitation), invite_link }
    }
}

/// Where a secret leads. The fragment reaches no server and no log (rule R6).
pub fn link(token: &Token) -> String {
    format!("/_annex/invite#{}", token.expose())
}

/// Lists a workspace's invitations, newest first.
#[utoipa::path(get, path = "/api/workspaces/{id}/invitations", tag = "invitations", params(
    ("id" = String, Path, description = "The workspace"),
    ("status" = Option<String>, Query, description = "pending, accepted, declined, revoked or expired"),
    ("limit" = Option<u32>, Query, description = "1 to 100, 50 if left out"),
    ("cursor" = Option<String>, Query, description = "Of the page before"),
), responses(
    (status = 200, body = Vec<InvitationBody>),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn list(State(state): State<ApiState>, at: InWorkspace, uri: Uri) -> Result<Response, ApiError> {
    let name = format!("invitations/{}", at.id);
    let asked_page = page::read(uri.query(), &name, &state.keyring)?;
    let limit = i64::try_from(asked_page.limit).unwrap_or(50);
    let page = InvitationPage {
        status: status(uri.query())?,
        after: asked_page.after.as_deref().and_then(place),
        // One more than asked for tells whether there is a next page.
        limit: limit.saturating_add(1),
    };
    let mut found = state.invitations.list(at.asked(), &page).await?;
    let is_more = found.len() > asked_page.limit;
    found.truncate(asked_page.limit);
    let last = found.last().filter(|_| is_more).map(|last| key(last.created_at, last.id));
    let bodies: Vec<InvitationBody> = found.into_iter().map(InvitationBody::of).collect();
    let mut response = Json(bodies).into_response();
    let filters: Vec<(&str, &str)> = page.status.iter().map(|status| ("status", status.name())).collect();
    let next = last.and_then(|last| page::next_of(uri.path(), &filters, &asked_page, &last, &name, &state.keyring));
    if let Some(next) = next {
        response.headers_mut().insert(header::LINK, next);
    }
    Ok(response)
}

fn status(query: Option<&str>) -> Result<Option<InvitationStatus>, ApiError> {
    let mut named = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).filter(|(name, _)| name == "status");
    let Some((_, name)) = named.next() else { return Ok(None) };
    match InvitationStatus::of_name(&name) {
        Some(status) => Ok(Some(status)),
        None => Err(ApiError::field("status", "unknown_status")),
    }
}

/// A place in a list that is ordered by when its rows were made.
pub fn key(at: Timestamp, id: Uuid) -> String {
    format!("{}.{id}", at.as_microsecond())
}

/// What [`key`] says.
pub fn place(after: &str) -> Option<(Timestamp, Uuid)> {
    let (at, id) = after.split_once('.')?;
    Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, id.parse().ok()?))
}

/// Invites somebody.
#[utoipa::path(post, path = "/api/workspaces/{id}/invitations", tag = "invitations", request_body = NewInvitationBody,
    params(
        ("id" = String, Path, description = "The workspace"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
    ),
    responses(
        (status = 201, body = IssuedBody),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 413, body = ErrorBody),
        (status = 415, body = ErrorBody), (status = 422, body = ErrorBody), (status = 429, body = ErrorBody),
        (status = 503, body = ErrorBody),
    )
)]
pub async fn invite(
    State(state): State<ApiState>,
    at: InWorkspace,
    key: IdempotencyKey,
    uri: Uri,
    fields: Fields,
) -> Result<Response, ApiError> {
    let once = key.once(&at.principal, fields.fingerprint());
    let draft = draft(fields)?;
    let issued = state.invitations.invite(Asked { once: once.as_ref(), ..at.asked() }, &draft).await?;
    let location = format!("{}/{}", uri.path(), issued.invitation.id);
    let mut headers = HeaderMap::new();
    if let Ok(location) = HeaderValue::from_str(&location) {
        headers.insert(header::LOCATION, location);
    }
    Ok((StatusCode::CREATED, headers, Json(IssuedBody::of(issued))).into_response())
}

/// Mails a new secret: at most five times, a minute apart. What was mailed before is void.
#[utoipa::path(post, path = "/api/workspaces/{id}/invitations/{invitationId}/resend", tag = "invitations", params(
    ("id" = String, Path, description = "The workspace"),
    ("invitationId" = String, Path, description = "The invitation"),
    ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
), responses(
    (status = 200, body = InvitationBody),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
    (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 422, body = ErrorBody),
    (status = 429, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn resend(
    State(state): State<ApiState>,
    at: InWorkspace,
    key: IdempotencyKey,
    named: Named,
    MaybeFields(fields): MaybeFields,
) -> Result<Json<InvitationBody>, ApiError> {
    let once = key.once(&at.principal, fields.nothing()?);
    let asked = Asked { once: once.as_ref(), ..at.asked() };
    let resent = state.invitations.resend(asked, invitation_id(&named)).await?;
    Ok(Json(InvitationBody::of(resent)))
}

/// Makes a new link and shows it this once. The one shown before is void; what was mailed is not.
#[utoipa::path(post, path = "/api/workspaces/{id}/invitations/{invitationId}/link", tag = "invitations", params(
    ("id" = String, Path, description = "The workspace"),
    ("invitationId" = String, Path, description = "The invitation"),
    ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
), responses(
    (status = 200, body = IssuedBody),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
    (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 422, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub async fn show_link(
    State(state): State<ApiState>,
    at: InWorkspace,
    key: IdempotencyKey,
    named: Named,
    MaybeFields(fields): MaybeFields,
) -> Result<Json<IssuedBody>, ApiError> {
    let once = key.once(&at.principal, fields.nothing()?);
    let asked = Asked { once: once.as_ref(), ..at.asked() };
    let issued = state.invitations.link(asked, invitation_id(&named)).await?;
    Ok(Json(IssuedBody::of(issued)))
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/api/workspaces/{id}/invitations/{invitationId}", tag = "invitations", params(
    ("id" = String, Path, description = "The workspace"),
    ("invitationId" = String, Path, description = "The invitation"),
), responses(
    (status = 200, body = Done),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
    (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn revoke(
    State(state): State<ApiState>,
    at: InWorkspace,
    named: Named,
    MaybeFields(fields): MaybeFields,
) -> Result<Json<Done>, ApiError> {
    fields.nothing()?;
    state.invitations.revoke(at.asked(), invitation_id(&named)).await?;
    Ok(Json(Done { message: "Invitation revoked" }))
}

/// The id of a path. What has no form of one is nobody's; that is told after the workspace's own questions.
fn invitation_id(named: &Named) -> Uuid {
    named.id("invitationId", "invitation").ok().and_then(|id| id.parse().ok()).unwrap_or_default()
}

/// A denial as a row of many shows it.
fn code_of(denial: &Denial) -> &'static str {
    ApiError::from(denial.clone()).code.name()
}
