//! `POST /api/workspaces/{id}/switch`: the caller goes on in another workspace (rule R7).
//!
//! **Invariant:** no token that says a workspace leaves here while the CRM's refresh would answer with one that says
//! home: a client that lost its workspace without noticing would write into the wrong one. It names the workspace by
//! header or pinned path.

use std::sync::Arc;

use annex_policy::Mode;
use axum::{Json, extract::State};
use http::HeaderValue;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    ApiState,
    body::{MaybeFields, Parsed, text},
    error::{ApiError, Code, ErrorBody},
    frame::Sender,
    guard::{Featured, Id},
};
use crate::{
    clock,
    identity::{Principal, Vouched},
    ports::{Actor, EnterError},
    snapshot::{Life, Restriction, Snapshot},
};

/// A switch; the body may be left out.
#[derive(ToSchema)]
#[schema(as = Switch)]
#[allow(dead_code, reason = "the document's shape of what `switch` reads")]
pub struct SwitchBody {
    /// The caller's own refresh token of the CRM; it comes back unchanged.
    #[schema(rename = "refreshToken")]
    refresh_token: Option<String>,
}

/// Where the caller is now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Switched {
    pub message: &'static str,
    /// What the client names from now on.
    pub active_workspace_id: String,
    /// As it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

/// Switches the caller to a workspace.
#[utoipa::path(post, path = "/api/workspaces/{id}/switch", tag = "workspaces", request_body = Option<SwitchBody>,
    params(("id" = String, Path, description = "The workspace")),
    responses(
        (status = 200, body = Switched),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 410, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn switch(
    State(state): State<ApiState>,
    featured: Featured,
    Id(id): Id,
    sender: Sender,
    MaybeFields(mut fields): MaybeFields,
) -> Result<Json<Switched>, ApiError> {
    let Featured { principal, snapshot } = featured;
    let refresh_token = fields.optional_secret("refreshToken", |value| own_refresh_token(&state, &principal, value));
    fields.finish(Some(()))?;
    let id = id.ok_or(Code::AccessDenied)?;
    if *id == *principal.home {
        enter_home(&state, &snapshot, &principal, &sender).await?;
    } else {
        enter(&state, &snapshot, &principal, &id, &sender).await?;
    }
    Ok(Json(Switched { message: "Workspace switched", active_workspace_id: id, refresh_token }))
}

/// Going home. A home whose flag is off is only the CRM's: nothing is written, nothing is refused.
async fn enter_home(
    state: &ApiState,
    snapshot: &Snapshot,
    principal: &Arc<Principal>,
    sender: &Sender,
) -> Result<(), ApiError> {
    let home = &principal.home;
    if snapshot.evaluate(home).mode != Mode::Enforce {
        return match state.directory.native(principal).await? {
            Some(_) => Ok(()),
            None => Err(Code::AccessDenied.into()),
        };
    }
    if matches!(snapshot.restriction(home, &principal.id), Some(Restriction::Blocked)) {
        return Err(Code::AccessDenied.into());
    }
    if snapshot.workspaces.get(home).is_some_and(|known| known.life == Life::Deleted) {
        return Err(Code::WorkspaceDeleted.into());
    }
    enter(state, snapshot, principal, home, sender).await
}

async fn enter(
    state: &ApiState,
    snapshot: &Snapshot,
    principal: &Principal,
    workspace: &str,
    sender: &Sender,
) -> Result<(), ApiError> {
    let trail = sender.trail(Actor::User(principal.id.to_string()));
    let entered = state.workspaces.enter(principal, snapshot, workspace, &trail).await;
    entered.map_err(|error| match error {
        EnterError::Refused(reason) => reason.into(),
        EnterError::Source(error) => error.into(),
    })
}

/// Said of every refresh token that is not taken, whatever is wrong with it.
const NOT_YOURS: &str = "not_your_refresh_token";

/// A refresh token that verifies and is the caller's, of the same home.
fn own_refresh_token(state: &ApiState, principal: &Principal, value: &Value) -> Parsed<String> {
    let token = text(value)?;
    let verifier = &state.rooms.verifier;
    let authorization = HeaderValue::from_str(&format!("{} {token}", verifier.scheme())).map_err(|_| NOT_YOURS)?;
    let presented = verifier.identify(Some(authorization.as_bytes()), clock::unix_seconds());
    let is_own = presented.is_ok_and(|other| {
        other.vouched == Vouched::LongLived
            && (&other.issuer, &other.id, &other.home) == (&principal.issuer, &principal.id, &principal.home)
    });
    if is_own { Ok(token) } else { Err(NOT_YOURS) }
}
