//! `GET /api/workspaces/summary`: numbers beside the names.

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ApiState,
    error::{ApiError, ErrorBody},
    guard::Featured,
};
use crate::ports::Tally;

/// The numbers of all workspaces that the caller may go to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceSummary {
    /// Home first.
    pub workspaces: Vec<TallyBody>,
    /// Invitations to the caller that wait for an answer.
    pub pending_invitations: i64,
}

/// The numbers of one workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WorkspaceTally)]
pub struct TallyBody {
    pub workspace_id: String,
    /// The caller's unread notifications there; null: not known of this CRM.
    pub unread: Option<i64>,
    pub members: i64,
    /// Null: not for the caller to know.
    pub pending_invitations: Option<i64>,
    /// Until when the caller is offered to own it; null: they are not.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ownership_offered_until: Option<Timestamp>,
}

/// Counts what waits in each workspace.
#[utoipa::path(get, path = "/api/workspaces/summary", tag = "workspaces", responses(
    (status = 200, body = WorkspaceSummary),
    (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn read(State(state): State<ApiState>, featured: Featured) -> Result<Json<WorkspaceSummary>, ApiError> {
    let summary = state.summaries.summary(&featured.principal, &featured.snapshot).await?;
    let workspaces = summary.workspaces.into_iter().map(tally).collect();
    Ok(Json(WorkspaceSummary { workspaces, pending_invitations: summary.invitations }))
}

fn tally(tally: Tally) -> TallyBody {
    TallyBody {
        workspace_id: tally.workspace,
        unread: tally.unread,
        members: tally.members,
        pending_invitations: tally.pending_invitations,
        ownership_offered_until: tally.offered_until,
    }
}
