//! The end of a workspace, and its return.

use axum::{
    Json,
    extract::{RawQuery, State},
    response::Response,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ApiState,
    body::{self, Fields, MaybeFields},
    error::{ApiError, ErrorBody},
    guard::{Featured, IdempotencyKey, InWorkspace},
    names, page, settings,
};
use crate::ports::{Asked, Deleted, DeletedKey, Expected, Farewell};

/// A deletion, confirmed.
#[derive(ToSchema)]
#[schema(as = WorkspaceDeletion)]
#[allow(dead_code, reason = "the document's shape of what `farewell` reads")]
pub struct DeletionBody {
    /// The workspace's name, letter by letter.
    #[schema(rename = "confirmName")]
    confirm_name: String,
    /// One line, for the others and for the record.
    #[schema(max_length = 200)]
    reason: Option<String>,
}

/// A workspace that was deleted.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletedWorkspace {
    pub workspace_id: String,
    #[schema(value_type = String, format = DateTime)]
    pub deleted_at: Timestamp,
    /// Until then an Admin of it can restore it.
    #[schema(value_type = String, format = DateTime)]
    pub restorable_until: Timestamp,
}

/// Deletes a workspace; it can be restored for a while.
#[utoipa::path(delete, path = "/api/workspaces/{id}", tag = "workspaces", request_body = DeletionBody,
    params(("id" = String, Path, description = "The workspace")), responses(
    (status = 200, body = DeletedWorkspace),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 413, body = ErrorBody),
    (status = 415, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn delete(
    State(state): State<ApiState>,
    at: InWorkspace,
    fields: Fields,
) -> Result<Json<DeletedWorkspace>, ApiError> {
    let farewell = farewell(fields)?;
    let gone = state.lifecycle.delete(&at.asked(), &farewell).await?;
    Ok(Json(DeletedWorkspace { workspace_id: at.id, deleted_at: gone.deleted_at, restorable_until: gone.purge_after }))
}

const LONGEST_REASON: usize = 200;

fn farewell(mut fields: Fields) -> Result<Farewell, ApiError> {
    let confirmed_name = fields.required("confirmName", body::text);
    let reason = fields.optional("reason", |value| names::line(value, LONGEST_REASON));
    fields.finish(confirmed_name.map(|confirmed_name| Farewell { confirmed_name, reason }))
}

/// Brings a deleted workspace back, as it was.
#[utoipa::path(post, path = "/api/workspaces/{id}/restore", tag = "workspaces", params(
    ("id" = String, Path, description = "The workspace"),
    ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
), responses(
    (status = 200, body = settings::AboutBody, headers(("ETag" = String, description = "The version"))),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 413, body = ErrorBody),
    (status = 415, body = ErrorBody), (status = 422, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn restore(
    State(state): State<ApiState>,
    at: InWorkspace,
    key: IdempotencyKey,
    MaybeFields(fields): MaybeFields,
) -> Result<Response, ApiError> {
    let once = key.once(&at.principal, fields.nothing()?);
    let asked = Asked { life: Expected::Deleted, once: once.as_ref(), ..at.asked() };
    let about = state.lifecycle.restore(&asked).await?;
    Ok(settings::answer(&at.principal.id, about))
}

/// The workspaces that the caller can restore.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletedList {
    /// Newest first.
    pub data: Vec<DeletedEntry>,
    pub next_cursor: Option<String>,
}

/// A workspace that can be restored.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletedEntry {
    pub id: String,
    pub name: String,
    pub logo_url: Option<String>,
    pub is_primary: bool,
    #[schema(value_type = String, format = DateTime)]
    pub deleted_at: Timestamp,
    pub deleted_by: Option<String>,
    pub reason: Option<String>,
    /// Null: it is kept.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub restorable_until: Option<Timestamp>,
}

/// What cursors of this list are made for.
const LIST: &str = "deleted-workspaces";

/// Lists the deleted workspaces of which the caller was Admin.
#[utoipa::path(get, path = "/api/workspaces/deleted", tag = "workspaces", params(
    ("limit" = Option<u32>, Query, description = "1 to 100; 50 if left out"),
    ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before"),
), responses(
    (status = 200, body = DeletedList),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub async fn deleted(
    State(state): State<ApiState>,
    featured: Featured,
    RawQuery(query): RawQuery,
) -> Result<Json<DeletedList>, ApiError> {
    let Featured { principal, snapshot } = featured;
    let page = page::read(query.as_deref(), LIST, &state.keyring)?;
    let after = page.after.as_deref().map(key).transpose()?;
    let part = state.lifecycle.deleted(&principal, &snapshot, after.as_ref(), page.limit).await?;
    let next_cursor = part.last.map(|last| {
        let last = format!("{}|{}", last.deleted_at, last.workspace);
        page::cursor(&last, LIST, &state.keyring)
    });
    Ok(Json(DeletedList { data: part.entries.into_iter().map(entry).collect(), next_cursor }))
}

fn key(text: &str) -> Result<DeletedKey, ApiError> {
    let parsed = text
        .split_once('|')
        .and_then(|(at, workspace)| Some(DeletedKey { deleted_at: at.parse().ok()?, workspace: workspace.to_owned() }));
    parsed.ok_or_else(|| ApiError::field("cursor", "invalid_cursor"))
}

fn entry(deleted: Deleted) -> DeletedEntry {
    DeletedEntry {
        id: deleted.workspace,
        name: deleted.name,
        logo_url: deleted.logo_url,
        is_primary: deleted.is_home,
        deleted_at: deleted.deleted_at,
        deleted_by: deleted.deleted_by,
        reason: deleted.reason,
        restorable_until: deleted.purge_after,
    }
}
