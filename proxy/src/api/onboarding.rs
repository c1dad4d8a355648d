//! `GET /api/workspaces/:id/onboarding`, `PUT …/:step`, `POST …/dismiss` and `…/reopen`: the first steps of a workspace.

use std::collections::HashMap;

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ApiState,
    body::{Fields, MaybeFields},
    error::{ApiError, ErrorBody},
    guard::{IdempotencyKey, IfMatch, InWorkspace, etag},
};
use crate::ports::{Asked, Denial, Onboarded, Step, StepChange, StepState, StepStatus};

/// The first steps of a workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Onboarding)]
pub struct OnboardingBody {
    pub version: i64,
    /// Null: the workspace was there before Annex, and nobody said anything of its steps; nothing is to be offered by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// In the order in which they are offered.
    pub steps: Vec<StepBody>,
    /// The first step that is pending; null: none is.
    pub current_step: Option<&'static str>,
    pub is_completed: bool,
    pub is_dismissed: bool,
    pub dismissed_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub dismissed_at: Option<Timestamp>,
}

/// One step.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OnboardingStep)]
pub struct StepBody {
    /// `add_branding`, `invite_team`, `create_customer`, `create_product`, `create_proposal`.
    pub step: &'static str,
    /// `pending`, `completed` or `skipped`.
    pub status: &'static str,
    /// Whether the workspace's own rows show that it is done.
    pub seen: bool,
    /// Who said so, if somebody did.
    pub by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// What somebody says of a step.
#[derive(ToSchema)]
#[schema(as = NewStepStatus)]
#[allow(dead_code, reason = "the document's shape of what `say` reads")]
pub struct NewStatus {
    /// `pending`, `completed` or `skipped`.
    #[schema(pattern = "^(pending|completed|skipped)$")]
    status: String,
}

/// Reads how far the first steps are.
#[utoipa::path(get, path = "/api/workspaces/{id}/onboarding", tag = "onboarding",
    params(("id" = String, Path, description = "The workspace")), responses(
    (status = 200, body = OnboardingBody),
    (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody),
    (status = 410, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn read(State(state): State<ApiState>, at: InWorkspace) -> Result<Response, ApiError> {
    Ok(answer(state.onboarding.read(&at.asked()).await?))
}

/// Says that a step is done, skipped, or to be done after all. What rows show stays completed.
#[utoipa::path(put, path = "/api/workspaces/{id}/onboarding/{step}", tag = "onboarding", request_body = NewStatus, params(
    ("id" = String, Path, description = "The workspace"),
    ("step" = String, Path, description = "The step"),
    ("If-Match" = Option<String>, Header, description = "The version that was read"),
), responses(
    (status = 200, body = OnboardingBody),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
    (status = 412, body = ErrorBody), (status = 413, body = ErrorBody), (status = 415, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub async fn say(
    State(state): State<ApiState>,
    at: InWorkspace,
    condition: IfMatch,
    Path(named): Path<HashMap<String, String>>,
    mut fields: Fields,
) -> Result<Response, ApiError> {
    let mut asked = at.asked();
    asked.seen = condition.seen();
    let status = fields.required("status", |value| {
        StepStatus::named(value.as_str().ok_or("invalid_type")?).ok_or("not_pending_completed_or_skipped")
    });
    let status = fields.finish(status)?;
    let Some(step) = named.get("step").and_then(|name| Step::named(name)) else {
        // Strangers are refused as strangers, whatever they ask for.
        state.onboarding.read(&asked).await?;
        return Err(Denial::NotFound("step").into());
    };
    Ok(answer(state.onboarding.change(&asked, StepChange::Say(step, status)).await?))
}

/// Puts the list away, for everybody in the workspace.
#[utoipa::path(post, path = "/api/workspaces/{id}/onboarding/dismiss", tag = "onboarding", params(
    ("id" = String, Path, description = "The workspace"),
    ("If-Match" = Option<String>, Header, description = "The version that was read"),
    ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
), responses(
    (status = 200, body = OnboardingBody),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 412, body = ErrorBody),
    (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 422, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub async fn dismiss(
    State(state): State<ApiState>,
    at: InWorkspace,
    condition: IfMatch,
    key: IdempotencyKey,
    MaybeFields(fields): MaybeFields,
) -> Result<Response, ApiError> {
    post(&state, &at, &condition, key, fields, StepChange::Dismiss).await
}

/// Takes the list out again.
#[utoipa::path(post, path = "/api/workspaces/{id}/onboarding/reopen", tag = "onboarding", params(
    ("id" = String, Path, description = "The workspace"),
    ("If-Match" = Option<String>, Header, description = "The version that was read"),
    ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
), responses(
    (status = 200, body = OnboardingBody),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 412, body = ErrorBody),
    (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 422, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub async fn reopen(
    State(state): State<ApiState>,
    at: InWorkspace,
    condition: IfMatch,
    key: IdempotencyKey,
    MaybeFields(fields): MaybeFields,
) -> Result<Response, ApiError> {
    post(&state, &at, &condition, key, fields, StepChange::Reopen).await
}

async fn post(
    state: &ApiState,
    at: &InWorkspace,
    condition: &IfMatch,
    key: IdempotencyKey,
    fields: Fields,
    change: StepChange,
) -> Result<Response, ApiError> {
    let once = key.once(&at.principal, fields.nothing()?);
    let asked = Asked { seen: condition.seen(), once: once.as_ref(), ..at.asked() };
    Ok(answer(state.onboarding.change(&asked, change).await?))
}

fn answer(onboarded: Onboarded) -> Response {
    let Onboarded { version, started_at, steps, dismissed_at, dismissed_by } = onboarded;
    let current = steps.iter().find(|state| state.status == StepStatus::Pending).map(|state| state.step.name());
    let step = |StepState { step, status, is_seen, by, at }| StepBody {
        step: step.name(),
        status: status.name(),
        seen: is_seen,
        by,
        at,
    };
    let body = OnboardingBody {
        version,
        started_at,
        current_step: current,
        is_completed: current.is_none(),
        is_dismissed: dismissed_at.is_some(),
        steps: steps.into_iter().map(step).collect(),
        dismissed_by,
        dismissed_at,
    };
    (etag(version), Json(body)).into_response()
}
