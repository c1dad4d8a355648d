//! `GET /api/features`: whether this person has the feature. Answers 200 always.

use annex_policy::Feature;
use axum::{Json, extract::State};
use http::request::Parts;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiState, guard};
use crate::stage::flag;

/// What a page asks before it shows anything of ours.
#[derive(Serialize, ToSchema)]
pub struct Features {
    /// Whether the caller has the feature: their home is on, or a workspace that they joined is.
    pub multi_workspace_enabled: bool,
    /// The caller's home; null without a valid access token.
    pub tenant_id: Option<String>,
}

/// Says whether the caller has the feature.
#[utoipa::path(get, path = "/api/features", tag = "features", responses((status = 200, body = Features)))]
pub async fn read(State(state): State<ApiState>, parts: Parts) -> Json<Features> {
    let Some(principal) = guard::identify(&state, &parts) else {
        return Json(Features { multi_workspace_enabled: false, tenant_id: None });
    };
    let snapshot = state.rooms.hub.current();
    let feature = flag::feature_of(&snapshot, state.rooms.memberships.as_ref(), principal.who()).await;
    // What cannot be told right now counts as off: nothing of ours is shown.
    let multi_workspace_enabled = matches!(feature, Ok(Feature::Has));
    Json(Features { multi_workspace_enabled, tenant_id: Some(principal.home.to_string()) })
}
