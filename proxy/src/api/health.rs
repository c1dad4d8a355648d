//! `GET /api/admin/health`: how the node that answers is.

use axum::{Json, extract::State};

use super::{
    ApiState,
    error::{ApiError, ErrorBody},
    guard::Platform,
};
use crate::stage::health::{self, Health};

/// Tells how this node is, what it decided, and why it refused.
#[utoipa::path(get, path = "/api/admin/health", tag = "admin", responses(
    (status = 200, body = Health),
    (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn read(State(state): State<ApiState>, _: Platform) -> Result<Json<Health>, ApiError> {
    Ok(Json(health::health(&state.rooms)))
}
