//! `POST /api/workspaces/{id}/switch`: the caller goes on in another workspace (rule R7).
//!
//! **Invariant:** an access token that says a workspace leaves here only for a caller who presented the refresh token
//! that will renew it, and that token is bound first: a client that lost its workspace without noticing would write into
//! the wrong one. Without it the client names the workspace by header or pinned path.

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
    identity::{Principal, ResignError, Vouched},
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
    /// The presented access token with the workspace in it, for home without any; only with `refreshToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    /// As it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

/// Switches the caller to a workspace. Said again it leads to the same place, and the log says that it was said again: it takes
/// no `Idempotency-Key`.
#[utoipa::path(post, path = "/api/workspaces/{id}/switch", tag = "workspaces", request_body = Option<SwitchBody>,
    params(("id" = String, Path, description = "The workspace")),
    responses(
        (status = 200, body = Switched),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 410, body = ErrorBody), (status = 413, body = ErrorBody), (status = 415, body = ErrorBody),
        (status = 503, body = ErrorBody),
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
    let access_token = if *id == *principal.home {
        enter_home(&state, &snapshot, &principal, &sender).await?;
        homeward(&state, &principal, refresh_token.as_ref()).await?
    } else {
        enter(&state, &snapshot, &principal, &id, &sender).await?;
        renewable(&state, &principal, &id, refresh_token.as_ref()).await?
    };
    let refresh_token = refresh_token.map(|(token, _)| token);
    Ok(Json(Switched { message: "Workspace switched", active_workspace_id: id, access_token, refresh_token }))
}

/// The access token for the workspace, once its refresh token is bound.
async fn renewable(
    state: &ApiState,
    principal: &Principal,
    workspace: &str,
    refresh_token: Option<&(String, Arc<Principal>)>,
) -> Result<Option<String>, ApiError> {
    let Some((token, owner)) = refresh_token else { return Ok(None) };
    state.bindings.bind(token, owner, workspace).await?;
    state.rooms.signer.switched_token(principal, workspace).map(Some).map_err(|error| unsigned(&error))
}

/// The access token for home, once its refresh token is free: a client that kept the one of the workspace would show
/// home and write there.
async fn homeward(
    state: &ApiState,
    principal: &Principal,
    refresh_token: Option<&(String, Arc<Principal>)>,
) -> Result<Option<String>, ApiError> {
    let Some((token, _)) = refresh_token else { return Ok(None) };
    state.bindings.unbind(token).await?;
    state.rooms.signer.home_token(principal).map(Some).map_err(|error| unsigned(&error))
}

fn unsigned(error: &ResignError) -> ApiError {
    tracing::error!(error = error as &dyn std::error::Error, "no token can be signed for a switch");
    Code::Internal.into()
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
fn own_refresh_token(state: &ApiState, principal: &Principal, value: &Value) -> Parsed<(String, Arc<Principal>)> {
    let token = text(value)?;
    let verifier = &state.rooms.verifier;
    let authorization = HeaderValue::from_str(&format!("{} {token}", verifier.scheme())).map_err(|_| NOT_YOURS)?;
    let presented = verifier.identify(Some(authorization.as_bytes()), clock::unix_seconds());
    let owner = presented.map_err(|_| NOT_YOURS)?;
    let is_own = owner.vouched == Vouched::LongLived
        && (&owner.issuer, &owner.id, &owner.home) == (&principal.issuer, &principal.id, &principal.home);
    if is_own { Ok((token, owner)) } else { Err(NOT_YOURS) }
}
