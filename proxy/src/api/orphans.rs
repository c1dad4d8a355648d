//! `/api/admin/workspaces`: all workspaces, and an Admin for one that has none left. For the platform alone.

use annex_policy::WorkspaceState;
use axum::{
    Json,
    extract::{RawQuery, State},
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ApiState,
    body::Fields,
    error::{ApiError, ErrorBody},
    frame::Sender,
    guard::{Id, IdempotencyKey, Platform},
    members::{MessageBody, id},
    page,
};
use crate::{
    ports::{AdminWorkspace, Denial, Orphaned, Rescue},
    snapshot::Snapshot,
};

/// A part of all workspaces.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdminWorkspaceList {
    pub data: Vec<AdminWorkspaceBody>,
    pub next_cursor: Option<String>,
}

/// One workspace, as the platform sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AdminWorkspace)]
pub struct AdminWorkspaceBody {
    pub id: String,
    /// Null: its tenant is gone from the CRM.
    pub name: Option<String>,
    /// `on`, `off` or `deleted`.
    pub state: &'static str,
    pub owner_user_id: Option<String>,
    /// The workspace whose flag it follows; null for a home.
    pub sponsor_workspace_id: Option<String>,
    /// Active members with a row; natives whose role the CRM's users row gives are not counted.
    pub member_count: i64,
    /// Since when it is known to have no Admin who can sign in.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub orphaned_since: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deleted_at: Option<Timestamp>,
}

fn body(snapshot: &Snapshot, listed: AdminWorkspace) -> AdminWorkspaceBody {
    let state = match snapshot.state_of_new(&listed.workspace, &listed.row) {
        WorkspaceState::On => "on",
        WorkspaceState::Off | WorkspaceState::Absent => "off",
        WorkspaceState::Deleted => "deleted",
    };
    AdminWorkspaceBody {
        state,
        id: listed.workspace,
        name: listed.name,
        owner_user_id: listed.owner,
        sponsor_workspace_id: listed.row.sponsor.map(|sponsor| sponsor.to_string()),
        member_count: listed.members,
        orphaned_since: listed.orphaned_since,
        created_at: listed.created_at,
        deleted_at: listed.deleted_at,
    }
}

const PATH: &str = "/api/admin/workspaces";

/// Lists the workspaces of which Annex has a row, by id.
#[utoipa::path(get, path = "/api/admin/workspaces", tag = "admin",
    params(
        ("orphaned" = Option<bool>, Query, description = "true: only those without an Admin who can sign in; false: only the others"),
        ("limit" = Option<u8>, Query, description = "1 to 100; 50 if left out"),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before"),
    ),
    responses(
        (status = 200, body = AdminWorkspaceList), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn list(
    State(state): State<ApiState>,
    _: Platform,
    RawQuery(query): RawQuery,
) -> Result<Json<AdminWorkspaceList>, ApiError> {
    let which = which(query.as_deref())?;
    let list = format!("{PATH} {which:?}");
    let page = page::read(query.as_deref(), &list, &state.keyring)?;
    let limit = i64::try_from(page.limit.saturating_add(1)).unwrap_or(i64::MAX);
    let mut listed = state.orphans.list(which, page.after.as_deref(), limit).await?;
    let more = listed.len() > page.limit;
    listed.truncate(page.limit);
    let last = listed.last().filter(|_| more);
    let next_cursor = last.map(|last| page::cursor(&last.workspace, &list, &state.keyring));
    let snapshot = state.rooms.hub.current();
    Ok(Json(AdminWorkspaceList { data: listed.into_iter().map(|one| body(&snapshot, one)).collect(), next_cursor }))
}

fn which(query: Option<&str>) -> Result<Orphaned, ApiError> {
    let mut asked = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).filter(|(name, _)| name == "orphaned");
    match asked.next().as_ref().map(|(_, value)| &**value) {
        None => Ok(Orphaned::Whichever),
        Some("true") => Ok(Orphaned::Only),
        Some("false") => Ok(Orphaned::Not),
        Some(_) => Err(ApiError::field("orphaned", "invalid_type")),
    }
}

/// Who is to be an Admin.
#[derive(ToSchema)]
#[schema(as = AssignAdmin)]
#[allow(dead_code, reason = "the document's shape of what `assign` reads")]
pub struct AssignAdminBody {
    /// The CRM's user id of an active member, or of a native of the workspace.
    #[schema(rename = "userId")]
    user_id: String,
}

/// Makes one of its natives or members an Admin of a workspace that has none left who can sign in.
#[utoipa::path(post, path = "/api/admin/workspaces/{id}/assign-admin", tag = "admin", request_body = AssignAdminBody,
    params(
        ("id" = String, Path, description = "The workspace"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
    ),
    responses(
        (status = 200, body = MessageBody),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
        (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody),
    )
)]
pub async fn assign(
    State(state): State<ApiState>,
    Platform(actor): Platform,
    sender: Sender,
    Id(workspace): Id,
    key: IdempotencyKey,
    mut fields: Fields,
) -> Result<Json<MessageBody>, ApiError> {
    let workspace = workspace.ok_or(Denial::NotFound("workspace"))?;
    let once = key.once_by(actor.id(), fields.fingerprint());
    let user = fields.required("userId", id);
    let user = fields.finish(user)?;
    let snapshot = state.rooms.hub.current();
    let rescue = Rescue {
        workspace: &workspace,
        user: &user,
        snapshot: &snapshot,
        once: once.as_ref(),
        trail: sender.trail(actor),
    };
    state.orphans.assign_admin(rescue).await?;
    Ok(Json(MessageBody { message: "The workspace has an Admin again" }))
}
