//! `GET|PATCH /api/workspaces/{id}`: what a workspace says of itself.

use annex_policy::{SystemRole, WorkspaceState};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ApiState,
    body::Fields,
    error::{ApiError, ErrorBody},
    guard::{self, IfMatch, InWorkspace},
    names,
    workspaces::{Can, Seated, WorkspaceBody},
};
use crate::ports::{About, Asked, Edit};

/// One workspace, and what the caller may do with it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WorkspaceAbout)]
pub struct AboutBody {
    #[serde(flatten)]
    pub workspace: WorkspaceBody,
    pub industry: Option<String>,
    /// Lines, separated by line feeds.
    pub address: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// Null: nobody owns it. A home is nobody's until somebody accepted an offer of it.
    pub owner_user_id: Option<String>,
    /// The workspace whose flag this one follows.
    pub sponsor_workspace_id: Option<String>,
    pub created_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Timestamp>,
    pub version: i64,
    pub is_primary: bool,
    /// The key of the caller's role.
    pub role: String,
    /// Null for the role that the CRM's users row gives.
    pub role_id: Option<String>,
    pub role_name: String,
    pub can: CanHere,
}

/// What the caller may do with a workspace that they look at.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CanHere {
    #[serde(flatten)]
    pub can: Can,
    pub transfer_ownership: bool,
}

/// Tells what a workspace says of itself.
#[utoipa::path(get, path = "/api/workspaces/{id}", tag = "workspaces", params(("id" = String, Path, description = "The workspace")), responses(
    (status = 200, body = AboutBody, headers(("ETag" = String, description = "The version"))),
    (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody),
    (status = 410, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn read(State(state): State<ApiState>, at: InWorkspace) -> Result<Response, ApiError> {
    let about = state.settings.about(&at.asked()).await?;
    Ok(answer(&at.principal.id, about))
}

/// What may be said anew. What is left out stays as it is; null takes it away.
#[derive(ToSchema)]
#[schema(as = WorkspaceEdit)]
#[allow(dead_code, reason = "the document's shape of what `edit` reads")]
pub struct EditBody {
    /// 1 to 60 characters, one line, no web address. Null: the CRM's own name is shown.
    #[schema(min_length = 1, max_length = 60)]
    name: Option<String>,
    #[schema(rename = "businessType", max_length = 60)]
    business_type: Option<String>,
    #[schema(max_length = 60)]
    industry: Option<String>,
    /// Six lines at most.
    #[schema(max_length = 300)]
    address: Option<String>,
    #[schema(max_length = 254)]
    email: Option<String>,
    #[schema(max_length = 39)]
    phone: Option<String>,
    /// ISO 4217.
    #[schema(rename = "defaultCurrency", pattern = "^[A-Z]{3}$")]
    default_currency: Option<String>,
    /// A name of the IANA time zone database.
    #[schema(rename = "timeZone")]
    time_zone: Option<String>,
    /// BCP 47.
    language: Option<String>,
}

/// Changes what a workspace says of itself.
#[utoipa::path(patch, path = "/api/workspaces/{id}", tag = "workspaces", request_body = EditBody, params(
    ("id" = String, Path, description = "The workspace"),
    ("If-Match" = Option<String>, Header, description = "The version that was read; another one is refused"),
), responses(
    (status = 200, body = AboutBody, headers(("ETag" = String, description = "The version"))),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 412, body = ErrorBody),
    (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn change(
    State(state): State<ApiState>,
    at: InWorkspace,
    seen: IfMatch,
    fields: Fields,
) -> Result<Response, ApiError> {
    let edit = edit(fields)?;
    let asked = Asked { seen: seen.seen(), ..at.asked() };
    let about = state.settings.change(&asked, &edit).await?;
    Ok(answer(&at.principal.id, about))
}

fn edit(mut fields: Fields) -> Result<Edit, ApiError> {
    let edit = Edit {
        name: fields.clearable("name", names::workspace_name),
        business_type: fields.clearable("businessType", names::business_type),
        industry: fields.clearable("industry", names::business_type),
        address: fields.clearable("address", names::address),
        email: fields.clearable("email", names::email),
        phone: fields.clearable("phone", names::phone),
        currency: fields.clearable("defaultCurrency", names::currency),
        time_zone: fields.clearable("timeZone", names::time_zone),
        language: fields.clearable("language", names::language),
    };
    fields.finish(Some(edit))
}

/// The workspace with its version as `ETag`.
pub fn answer(caller: &str, about: About) -> Response {
    (guard::etag(about.version), Json(body(caller, about))).into_response()
}

fn body(caller: &str, about: About) -> AboutBody {
    let is_admin = about.role.key == SystemRole::Admin.key();
    let seated = Seated {
        is_home: about.is_home,
        is_active: true,
        is_owner: about.owner.as_deref() == Some(caller),
        is_admin,
        permissions: about.role.permissions,
        state: WorkspaceState::On,
    };
    let may_offer = about.owner.as_deref().is_none_or(|owner| owner == caller);
    let particulars = about.particulars;
    AboutBody {
        workspace: WorkspaceBody {
            id: about.workspace,
            name: about.name,
            package_id: None,
            logo_url: about.logo_url,
            business_type: particulars.business_type,
            default_currency: particulars.currency,
            time_zone: particulars.time_zone,
            state: "on",
            created_at: about.created_at,
            deleted_at: None,
        },
        industry: particulars.industry,
        address: particulars.address,
        email: particulars.email,
        phone: particulars.phone,
        language: particulars.language,
        owner_user_id: about.owner,
        sponsor_workspace_id: about.sponsor,
        created_by: about.created_by,
        updated_at: about.updated_at,
        version: about.version,
        is_primary: about.is_home,
        role: about.role.key,
        role_id: about.role.id.map(|id| id.to_string()),
        role_name: about.role.name,
        can: CanHere { can: seated.can(), transfer_ownership: is_admin && may_offer },
    }
}
