//! `GET|POST /api/workspaces`: a person's workspaces, and one more.

use std::fmt;

use annex_policy::{Mode, Module, Permission, PermissionSet, Verb, WorkspaceState};
use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ApiState,
    body::Fields,
    error::{ApiError, Code, ErrorBody},
    frame::Sender,
    guard::{Featured, IdempotencyKey},
    logo, names, page,
};
use crate::{
    brand::Kind,
    identity::Principal,
    ports::{Actor, CreateError, Created, Draft, Seat, SeatKey, SeatStatus},
    snapshot::{Life, Restriction, Snapshot},
    stage::flag,
};

/// A person's workspaces.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceList {
    /// Home first.
    pub workspaces: Vec<SeatBody>,
    /// The workspace of the token's `activeWorkspaceId`, if the caller may be there, else home.
    pub active_workspace_id: String,
}

/// One workspace, and the caller's place in it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WorkspaceSeat)]
pub struct SeatBody {
    /// `primary` for a home without a row.
    pub id: String,
    pub user_id: String,
    pub workspace_id: String,
    /// A role's key.
    pub role: String,
    /// Null for the role that the CRM's users row gives.
    pub role_id: Option<String>,
    pub role_name: String,
    pub is_primary: bool,
    /// `active`, or at home `blocked`.
    pub status: &'static str,
    pub invited_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub joined_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_accessed_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Timestamp>,
    pub can: Can,
    pub workspace: WorkspaceBody,
}

/// What this caller may do with the workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Can {
    pub switch: bool,
    pub leave: bool,
    pub manage_settings: bool,
    pub manage_members: bool,
    pub delete: bool,
    pub restore: bool,
}

/// A workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Workspace)]
pub struct WorkspaceBody {
    pub id: String,
    pub name: String,
    /// Always null: packages are the CRM's matter.
    pub package_id: Option<String>,
    pub logo_url: Option<String>,
    pub business_type: Option<String>,
    pub default_currency: Option<String>,
    pub time_zone: Option<String>,
    /// `on`, `off` or `deleted`.
    pub state: &'static str,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deleted_at: Option<Timestamp>,
}

/// How many are listed when nobody says how many: all that anybody has, in all likelihood, since clients exist that
/// know of no pages.
const UNPAGED: usize = 500;

const PATH: &str = "/api/workspaces";

/// Lists the caller's workspaces: home, then what they joined, by when they joined.
#[utoipa::path(get, path = "/api/workspaces", tag = "workspaces",
    params(
        ("limit" = Option<u8>, Query, description = "1 to 100; the first 500 if left out"),
        ("cursor" = Option<String>, Query, description = "From the `Link` header of the page before"),
    ),
    responses(
        (status = 200, body = WorkspaceList), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn list(
    State(state): State<ApiState>,
    featured: Featured,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let Featured { principal, snapshot } = featured;
    let page = page::read_else(UNPAGED, query.as_deref(), PATH, &state.keyring)?;
    let after = page.after.as_deref().map(place).transpose()?;
    let listed = state.workspaces.list(&principal, after.as_ref(), page.limit).await?;
    let is_whole = after.is_none() && listed.next.is_none();
    let next = listed.next.and_then(|last| page::next(PATH, &page, &last.to_string(), PATH, &state.keyring));
    let workspaces: Vec<SeatBody> = listed.seats.into_iter().map(|seat| body(&principal, &snapshot, seat)).collect();
    let home = principal.home.to_string();
    let active_workspace_id = match principal.active_workspace.as_deref() {
        Some(claimed) if *claimed != *home => {
            let elsewhere = match workspaces.iter().any(|seat| seat.workspace_id == claimed) || is_whole {
                true => None,
                false => state.workspaces.one(&principal, claimed).await?,
            };
            let elsewhere = elsewhere.map(|seat| body(&principal, &snapshot, seat));
            let mut seats = workspaces.iter().chain(&elsewhere);
            let open = seats.any(|seat| seat.workspace_id == claimed && seat.can.switch);
            if open { claimed.to_owned() } else { home }
        }
        Some(_) | None => home,
    };
    let mut response = Json(WorkspaceList { workspaces, active_workspace_id }).into_response();
    if let Some(next) = next {
        response.headers_mut().insert(header::LINK, next);
    }
    Ok(response)
}

impl fmt::Display for SeatKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SeatKey::Home => f.write_str("home"),
            SeatKey::Joined { at, workspace } => write!(f, "{} {workspace}", at.as_microsecond()),
        }
    }
}

/// The place that a cursor of ours names.
fn place(text: &str) -> Result<SeatKey, ApiError> {
    if text == "home" {
        return Ok(SeatKey::Home);
    }
    let parsed = text.split_once(' ').and_then(|(at, workspace)| {
        let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
        Some(SeatKey::Joined { at, workspace: workspace.to_owned() })
    });
    parsed.ok_or_else(|| ApiError::field("cursor", "invalid_cursor"))
}

fn body(principal: &Principal, snapshot: &Snapshot, seat: Seat) -> SeatBody {
    let state = state_of(snapshot, &seat);
    let seated = Seated {
        is_home: seat.is_home,
        is_active: seat.status == SeatStatus::Active,
        is_owner: seat.owner.as_deref() == Some(&*principal.id),
        is_admin: seat.role.key == annex_policy::SystemRole::Admin.key(),
        permissions: seat.role.permissions,
        state,
    };
    SeatBody {
        id: seat.membership.map_or_else(|| "primary".to_owned(), |id| id.to_string()),
        user_id: principal.id.to_string(),
        workspace_id: seat.workspace.clone(),
        role: seat.role.key,
        role_id: seat.role.id.map(|id| id.to_string()),
        role_name: seat.role.name,
        is_primary: seat.is_home,
        status: match seat.status {
            SeatStatus::Active => "active",
            SeatStatus::Blocked => "blocked",
        },
        invited_by: seat.invited_by,
        joined_at: seat.joined_at,
        last_accessed_at: seat.last_accessed_at,
        created_at: seat.created_at,
        can: seated.can(),
        workspace: WorkspaceBody {
            id: seat.workspace,
            name: seat.name,
            package_id: None,
            logo_url: seat.logo_url,
            business_type: seat.business_type,
            default_currency: seat.currency,
            time_zone: seat.time_zone,
            state: match state {
                WorkspaceState::On => "on",
                WorkspaceState::Off | WorkspaceState::Absent => "off",
                WorkspaceState::Deleted => "deleted",
            },
            created_at: seat.workspace_created_at,
            deleted_at: seat.deleted_at,
        },
    }
}

/// Where a caller sits, as far as it says what they may do.
#[derive(Debug, Clone, Copy)]
pub struct Seated {
    pub is_home: bool,
    pub is_active: bool,
    pub is_owner: bool,
    pub is_admin: bool,
    pub permissions: PermissionSet,
    pub state: WorkspaceState,
}

impl Seated {
    pub fn can(self) -> Can {
        let Seated { is_home, is_active, is_owner, is_admin, permissions, state } = self;
        let is_open = is_active && state == WorkspaceState::On;
        let holds = |module, verb| is_open && permissions.contains(Permission::new(module, verb));
        Can {
            switch: is_open || (is_active && is_home && state == WorkspaceState::Off),
            // The last Admin is refused when they try.
            leave: !is_home && !is_owner,
            manage_settings: holds(Module::Workspace, Verb::Manage),
            manage_members: holds(Module::Members, Verb::Manage),
            delete: is_open && is_admin,
            restore: is_active && is_admin && state == WorkspaceState::Deleted,
        }
    }
}

fn state_of(snapshot: &Snapshot, seat: &Seat) -> WorkspaceState {
    match &seat.row {
        Some(row) => snapshot.state_of_new(&seat.workspace, row),
        None if snapshot.evaluate(&seat.workspace).mode == Mode::Enforce => WorkspaceState::On,
        None => WorkspaceState::Off,
    }
}

/// A workspace to be made.
#[derive(ToSchema)]
#[schema(as = NewWorkspace)]
#[allow(dead_code, reason = "the document's shape of what `draft` reads")]
pub struct NewWorkspaceBody {
    /// 1 to 60 characters, one line, no web address.
    #[schema(min_length = 1, max_length = 60)]
    name: String,
    #[schema(rename = "businessType", max_length = 60)]
    business_type: Option<String>,
    /// `data:image/png;base64,…`, or JPEG or WebP; 1 MiB at most. Drawn anew.
    logo: Option<String>,
    /// ISO 4217.
    #[schema(rename = "defaultCurrency", pattern = "^[A-Z]{3}$")]
    default_currency: Option<String>,
    /// A name of the IANA time zone database.
    #[schema(rename = "timeZone")]
    time_zone: Option<String>,
}

/// A workspace that was made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedWorkspace {
    #[serde(flatten)]
    pub workspace: WorkspaceBody,
    pub membership_id: String,
    /// The creator's: `admin`.
    pub role: &'static str,
    pub role_id: String,
    pub role_name: &'static str,
    pub owner_user_id: String,
    /// The workspace whose flag this one follows.
    pub sponsor_workspace_id: String,
}

/// Makes a workspace: a tenant of the CRM with the caller as its Admin and owner.
#[utoipa::path(post, path = "/api/workspaces", tag = "workspaces", request_body = NewWorkspaceBody, params(
    ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
), responses(
    (status = 201, body = CreatedWorkspace),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 413, body = ErrorBody), (status = 415, body = ErrorBody),
    (status = 422, body = ErrorBody), (status = 429, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub async fn create(
    State(state): State<ApiState>,
    featured: Featured,
    sender: Sender,
    key: IdempotencyKey,
    fields: Fields,
) -> Result<Response, ApiError> {
    let Featured { principal, snapshot } = featured;
    let once = key.once(&principal, fields.fingerprint());
    let (mut draft, sent) = draft(fields, state.rooms.config.limits.api_body_bytes)?;
    check_sponsor(&snapshot, &principal)?;
    if let Some((kind, bytes)) = sent {
        draft.logo = Some(state.workshop.make(bytes, kind).await.map_err(logo::refusal)?);
    }
    let trail = sender.trail(Actor::User(principal.id.to_string()));
    let created = state.workspaces.create(&principal, &draft, once.as_ref(), &trail).await.map_err(refusal)?;
    let location = HeaderValue::from_str(&format!("/api/workspaces/{}", created.workspace));
    let mut response = (StatusCode::CREATED, Json(made(&principal, draft, created))).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The workspace, and the logo as it was sent.
type Drafted = (Draft, Option<(Kind, bytes::Bytes)>);

fn draft(mut fields: Fields, most_bytes: usize) -> Result<Drafted, ApiError> {
    fields.check_size_beside("logo", most_bytes)?;
    let name = fields.required("name", names::workspace_name);
    let business_type = fields.optional("businessType", names::business_type);
    let currency = fields.optional("defaultCurrency", names::currency);
    let time_zone = fields.optional("timeZone", names::time_zone);
    let sent = fields.optional("logo", logo::from_data_url);
    let draft = fields.finish(name.map(|name| Draft { name, business_type, currency, time_zone, logo: None }))?;
    Ok((draft, sent))
}

/// Rule R1: the sponsor is the creator's own home, on and alive, and they are not shut out of it.
fn check_sponsor(snapshot: &Snapshot, principal: &Principal) -> Result<(), ApiError> {
    if !flag::home_is_on(snapshot, principal.who()) {
        let why = "Multi-workspace is not enabled for your own workspace, which would have to sponsor a new one";
        return Err(ApiError::from(Code::FeatureDisabled).saying(why));
    }
    if snapshot.workspaces.get(&principal.home).is_some_and(|home| home.life == Life::Deleted) {
        return Err(Code::WorkspaceDeleted.into());
    }
    match snapshot.restriction(&principal.home, &principal.id) {
        Some(Restriction::Blocked) => Err(Code::AccessDenied.into()),
        Some(Restriction::Role(_)) | None => Ok(()),
    }
}

/// What a person made stays made: asking again tomorrow helps only if one of them was purged.
const QUOTA_RETRY_S: u32 = 86_400;

fn refusal(error: CreateError) -> ApiError {
    match error {
        CreateError::NoSponsor => Code::AccessDenied.into(),
        CreateError::TooMany { limit } => ApiError::from(Code::RateLimited)
            .saying(format!("You have created {limit} workspaces, which is the most that one person may"))
            .retry_after(QUOTA_RETRY_S),
        CreateError::KeyReused => Code::IdempotencyConflict.into(),
        CreateError::UnderWay => Code::IdempotencyUnderWay.into(),
        CreateError::Source(error) => error.into(),
    }
}

fn made(principal: &Principal, draft: Draft, created: Created) -> CreatedWorkspace {
    let admin = annex_policy::SystemRole::Admin;
    CreatedWorkspace {
        workspace: WorkspaceBody {
            id: created.workspace,
            name: draft.name,
            package_id: None,
            logo_url: created.logo_url,
            business_type: draft.business_type,
            default_currency: draft.currency,
            time_zone: draft.time_zone,
            state: "on",
            created_at: Some(created.created_at),
            deleted_at: None,
        },
        membership_id: created.membership.to_string(),
        role: admin.key(),
        role_id: created.role_id.to_string(),
        role_name: admin.name(),
        owner_user_id: principal.id.to_string(),
        sponsor_workspace_id: principal.home.to_string(),
    }
}
