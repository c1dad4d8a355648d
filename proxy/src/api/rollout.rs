//! `/api/admin/rollout`: how far a true global value reaches, and that value.

use annex_policy::Mode;
use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    ApiState,
    body::{Fields, Parsed, text},
    error::{ApiError, ErrorBody},
    frame::Sender,
    guard::{IdempotencyKey, Platform, is_id},
};
use crate::ports::{Rollout, RolloutChange};

/// How far a true global value reaches.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Rollout)]
pub struct RolloutBody {
    /// Tenants out of a hundred; each keeps its place.
    pub percentage: u8,
    /// Tenants that stay off whatever the global value; their own row wins over it.
    pub deny: Vec<String>,
    /// The global row's own value: `off`, `shadow`, `enforce`; null: nobody decided.
    pub mode: Option<&'static str>,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    pub updated_by: Option<String>,
}

impl From<Rollout> for RolloutBody {
    fn from(rollout: Rollout) -> Self {
        RolloutBody {
            percentage: rollout.percentage,
            deny: rollout.deny,
            mode: rollout.mode.map(Mode::as_str),
            updated_at: rollout.updated_at,
            updated_by: rollout.updated_by,
        }
    }
}

/// What is to change; what is left out stays.
#[derive(ToSchema)]
#[schema(as = SetRollout)]
#[allow(dead_code, reason = "the document's shape of what `change` reads")]
pub struct SetRolloutBody {
    #[schema(maximum = 100)]
    percentage: Option<u8>,
    #[schema(max_items = 1000)]
    deny: Option<Vec<String>>,
    /// Written into the global row.
    mode: Option<String>,
}

/// Tells how far a true global value reaches.
#[utoipa::path(get, path = "/api/admin/rollout", tag = "admin", responses(
    (status = 200, body = RolloutBody),
    (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn read(State(state): State<ApiState>, _: Platform) -> Result<Json<RolloutBody>, ApiError> {
    Ok(Json(state.flags.rollout().await?.into()))
}

/// Changes how far a true global value reaches.
#[utoipa::path(post, path = "/api/admin/rollout", tag = "admin", request_body = SetRolloutBody, params(
    ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
), responses(
    (status = 200, body = RolloutBody),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 413, body = ErrorBody), (status = 415, body = ErrorBody),
    (status = 422, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn set(
    State(state): State<ApiState>,
    Platform(actor): Platform,
    sender: Sender,
    key: IdempotencyKey,
    fields: Fields,
) -> Result<Json<RolloutBody>, ApiError> {
    let once = key.once_by(actor.id(), fields.fingerprint());
    let change = change(fields)?;
    let trail = sender.trail(actor);
    Ok(Json(state.flags.set_rollout(&change, once.as_ref(), &trail).await?.into()))
}

fn change(mut fields: Fields) -> Result<RolloutChange, ApiError> {
    let percentage = fields.optional("percentage", percentage);
    let deny = fields.optional("deny", deny);
    let mode = fields.optional("mode", |value| text(value)?.parse::<Mode>().map_err(|_| "not_a_mode"));
    fields.finish(Some(RolloutChange { percentage, deny, mode }))
}

fn percentage(value: &Value) -> Parsed<u8> {
    let number = value.as_u64().ok_or("invalid_type")?;
    u8::try_from(number).ok().filter(|number| *number <= 100).ok_or("not_0_to_100")
}

fn deny(value: &Value) -> Parsed<Vec<String>> {
    let items = value.as_array().ok_or("invalid_type")?;
    if items.len() > 1000 {
        return Err("too_many");
    }
    let id = |item: &Value| item.as_str().filter(|id| is_id(id)).map(str::to_owned).ok_or("not_an_id");
    items.iter().map(id).collect()
}
