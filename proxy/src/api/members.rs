//! `/api/workspaces/{id}/members`: the people of a workspace.

use std::fmt;

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::header;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    ApiState,
    body::{Fields, MaybeFields, Parsed},
    error::{ApiError, ErrorBody, FieldError},
    guard::{IdempotencyKey, IfMatch, InWorkspace, Named, etag, is_id},
    names, page,
};
use crate::ports::{
    Asked, Member, MemberChange, MemberFilter, MemberKey, MemberPerson, MemberStatus, MemberWanted, RoleRef,
};

/// One person in one workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Member)]
pub struct MemberBody {
    /// `primary` for a native without a row.
    pub id: String,
    pub user_id: String,
    pub workspace_id: String,
    /// A role's key; null for somebody who is gone from the CRM.
    pub role: Option<String>,
    /// Null for the role that the CRM's users row gives.
    pub role_id: Option<String>,
    pub role_name: Option<String>,
    /// Whether it is their home.
    pub is_primary: bool,
    pub is_owner: bool,
    /// `active`, `suspended`, `removed`.
    pub status: &'static str,
    pub invited_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub joined_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_accessed_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Timestamp>,
    pub can: CanBody,
    /// Null for somebody who is gone from the CRM.
    pub user: Option<UserBody>,
    /// What a change of a native leaves as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<&'static str>,
}

/// What this caller may do with a member.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MemberCan)]
pub struct CanBody {
    pub change_role: bool,
    pub suspend: bool,
    pub remove: bool,
}

/// A person as the CRM knows them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MemberUser)]
pub struct UserBody {
    pub id: String,
    pub email: String,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub profile_image_url: Option<String>,
    pub user_type: String,
    /// Whether they can sign in.
    pub is_active: bool,
}

/// What was done, in words.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MemberRemoved)]
pub struct RemovedBody {
    pub message: &'static str,
    /// Rows of the CRM that somebody else took over.
    pub reassigned: u64,
}

/// What was done, in words.
#[derive(Serialize, ToSchema)]
#[schema(as = Message)]
pub struct MessageBody {
    pub message: &'static str,
}

const STAYS: &str = "The account in the CRM stays; while multi-workspace is off, their home is theirs again";

fn body(member: Member) -> MemberBody {
    let (role, role_id, role_name) = match member.role {
        Some(role) => (Some(role.key), role.id.map(|id| id.to_string()), Some(role.name)),
        None => (None, None, None),
    };
    MemberBody {
        id: member.membership.map_or_else(|| "primary".to_owned(), |id| id.to_string()),
        user_id: member.user,
        workspace_id: member.workspace,
        role,
        role_id,
        role_name,
        is_primary: member.is_native,
        is_owner: member.is_owner,
        status: member.status.name(),
        invited_by: member.invited_by,
        joined_at: member.joined_at,
        last_accessed_at: member.last_accessed_at,
        created_at: member.created_at,
        can: CanBody { change_role: member.can.change_role, suspend: member.can.suspend, remove: member.can.remove },
        user: member.person.map(user),
        notice: None,
    }
}

fn user(person: MemberPerson) -> UserBody {
    UserBody {
        id: person.id,
        email: person.email,
        first_name: person.first_name,
        last_name: person.last_name,
        profile_image_url: person.profile_image,
        user_type: person.kind,
        is_active: person.is_active,
    }
}

/// Lists the people of a workspace: natives without a row first, then by when they joined.
#[utoipa::path(get, path = "/api/workspaces/{id}/members", tag = "members",
    params(
        ("id" = String, Path, description = "The workspace"),
        ("query" = Option<String>, Query, description = "A part of the name or of the e-mail address"),
        ("role" = Option<String>, Query, description = "A role's key"),
        ("status" = Option<String>, Query, description = "`active`, `suspended` or `removed`; active and suspended if left out"),
        ("limit" = Option<u8>, Query, description = "1 to 100; 50 if left out"),
        ("cursor" = Option<String>, Query, description = "From the `Link` header of the page before"),
    ),
    responses(
        (status = 200, body = Vec<MemberBody>),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn list(
    State(state): State<ApiState>,
    at: InWorkspace,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let (filter, kept) = filter(query.as_deref())?;
    let path = format!("/api/workspaces/{}/members", at.id);
    let kept: Vec<(&str, &str)> = kept.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // A cursor goes on in the list that it was made for: this workspace, these filters.
    let list = format!("{path} {kept:?}");
    let page = page::read(query.as_deref(), &list, &state.keyring)?;
    let after = page.after.as_deref().map(place).transpose()?;
    let limit = i64::try_from(page.limit.saturating_add(1)).unwrap_or(i64::MAX);
    let mut members = state.members.list(at.asked(), &filter, after.as_ref(), limit).await?;
    let more = members.len() > page.limit;
    members.truncate(page.limit);
    let last = members.last().filter(|_| more).map(|last| last.key().to_string());
    let link = last.and_then(|last| page::next_of(&path, &kept, &page, &last, &list, &state.keyring));
    let shown: Vec<MemberBody> = members.into_iter().map(body).collect();
    let mut response = Json(shown).into_response();
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// Shows one member.
#[utoipa::path(get, path = "/api/workspaces/{id}/members/{userId}", tag = "members",
    params(("id" = String, Path, description = "The workspace"), ("userId" = String, Path, description = "The CRM's user id")),
    responses(
        (status = 200, body = MemberBody, headers(("ETag" = String))),
        (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn read(State(state): State<ApiState>, at: InWorkspace, named: Named) -> Result<Response, ApiError> {
    let user = named.id("userId", "member")?;
    let member = state.members.one(at.asked(), &user).await?;
    Ok((etag(member.version), Json(body(member))).into_response())
}

/// What is to change of a member.
#[derive(ToSchema)]
#[schema(as = ChangeMember)]
#[allow(dead_code, reason = "the document's shape of what `change` reads")]
pub struct ChangeMemberBody {
    /// A role's key; or name it by `roleId`.
    role: Option<String>,
    #[schema(rename = "roleId")]
    role_id: Option<String>,
    /// `active` or `suspended`.
    status: Option<String>,
}

/// Gives a member another role, shuts them out for a while, or lets them in again.
#[utoipa::path(patch, path = "/api/workspaces/{id}/members/{userId}", tag = "members", request_body = ChangeMemberBody,
    params(
        ("id" = String, Path, description = "The workspace"), ("userId" = String, Path, description = "The CRM's user id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of what the caller saw"),
    ),
    responses(
        (status = 200, body = MemberBody, headers(("ETag" = String))),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
        (status = 412, body = ErrorBody), (status = 413, body = ErrorBody), (status = 415, body = ErrorBody),
        (status = 503, body = ErrorBody),
    )
)]
pub async fn change(
    State(state): State<ApiState>,
    at: InWorkspace,
    named: Named,
    seen: IfMatch,
    fields: Fields,
) -> Result<Response, ApiError> {
    let user = named.id("userId", "member")?;
    let wanted = wanted(fields)?;
    let asked = Asked { seen: seen.seen(), ..at.asked() };
    let member = state.members.change(asked, &user, &wanted).await?;
    let notice = (member.is_native && member.status == MemberStatus::Suspended).then_some(STAYS);
    Ok((etag(member.version), Json(MemberBody { notice, ..body(member) })).into_response())
}

fn wanted(mut fields: Fields) -> Result<MemberChange, ApiError> {
    let role = fields.optional("role", role_key).map(RoleRef::Key);
    let role_id = fields.optional("roleId", uuid).map(RoleRef::Id);
    let status = fields.optional("status", status_wanted);
    let (both, nothing) =
        (role.is_some() && role_id.is_some(), role.is_none() && role_id.is_none() && status.is_none());
    let change = fields.finish(Some(MemberChange { role: role.or(role_id), status }))?;
    match (both, nothing) {
        (true, _) => Err(ApiError::field("roleId", "role_named_twice")),
        (_, true) => Err(ApiError::field("", "nothing_to_change")),
        (false, false) => Ok(change),
    }
}

/// Whoever takes over.
#[derive(ToSchema)]
#[schema(as = RemoveMember)]
#[allow(dead_code, reason = "the document's shape of what `remove` reads")]
pub struct RemoveMemberBody {
    /// The CRM's user id of an active member: what is open of the removed person becomes theirs.
    #[schema(rename = "reassignTo")]
    reassign_to: Option<String>,
}

/// Ends a membership; of a native, shuts them out of their home. The account in the CRM stays.
#[utoipa::path(delete, path = "/api/workspaces/{id}/members/{userId}", tag = "members",
    request_body = Option<RemoveMemberBody>,
    params(
        ("id" = String, Path, description = "The workspace"), ("userId" = String, Path, description = "The CRM's user id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of what the caller saw"),
    ),
    responses(
        (status = 200, body = RemovedBody),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
        (status = 412, body = ErrorBody), (status = 413, body = ErrorBody), (status = 415, body = ErrorBody),
        (status = 503, body = ErrorBody),
    )
)]
pub async fn remove(
    State(state): State<ApiState>,
    at: InWorkspace,
    named: Named,
    seen: IfMatch,
    MaybeFields(mut fields): MaybeFields,
) -> Result<Json<RemovedBody>, ApiError> {
    let user = named.id("userId", "member")?;
    let heir = fields.optional("reassignTo", id);
    fields.finish(Some(()))?;
    let asked = Asked { seen: seen.seen(), ..at.asked() };
    let removed = state.members.remove(asked, &user, heir.as_deref()).await?;
    let message = if removed.was_native { STAYS } else { "Member removed" };
    Ok(Json(RemovedBody { message, reassigned: removed.reassigned }))
}

/// Ends the caller's own membership.
#[utoipa::path(post, path = "/api/workspaces/{id}/leave", tag = "members",
    params(
        ("id" = String, Path, description = "The workspace"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
    ),
    responses(
        (status = 200, body = MessageBody),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 413, body = ErrorBody),
        (status = 415, body = ErrorBody), (status = 422, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn leave(
    State(state): State<ApiState>,
    at: InWorkspace,
    key: IdempotencyKey,
    MaybeFields(fields): MaybeFields,
) -> Result<Json<MessageBody>, ApiError> {
    let once = key.once(&at.principal, fields.nothing()?);
    state.members.leave(Asked { once: once.as_ref(), ..at.asked() }).await?;
    Ok(Json(MessageBody { message: "You left the workspace" }))
}

/// A filter's name with its value.
type Kept = Vec<(&'static str, String)>;

fn filter(query: Option<&str>) -> Result<(MemberFilter, Kept), ApiError> {
    let (mut filter, mut kept, mut errors) = (MemberFilter::default(), Vec::new(), Vec::new());
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let value = value.trim();
        let fine = match &*name {
            _ if value.is_empty() => continue,
            "query" if value.chars().count() <= LONGEST_QUERY && !value.contains('\0') => {
                filter.query = Some(value.to_owned());
                "query"
            }
            "role" if is_key(value) => {
                filter.role = Some(value.to_owned());
                "role"
            }
            "status" if status(value).is_some() => {
                filter.status = status(value);
                "status"
            }
            "query" | "role" | "status" => {
                errors.push(FieldError { path: name.to_string(), code: "not_understood", value: None });
                continue;
            }
            _ => continue,
        };
        kept.retain(|(name, _)| *name != fine);
        kept.push((fine, value.to_owned()));
    }
    if errors.is_empty() { Ok((filter, kept)) } else { Err(ApiError::fields(errors)) }
}

const LONGEST_QUERY: usize = 100;

fn status(text: &str) -> Option<MemberStatus> {
    [MemberStatus::Active, MemberStatus::Suspended, MemberStatus::Removed]
        .into_iter()
        .find(|known| known.name() == text)
}

fn status_wanted(value: &Value) -> Parsed<MemberWanted> {
    match value.as_str().ok_or("invalid_type")? {
        "active" => Ok(MemberWanted::Active),
        "suspended" => Ok(MemberWanted::Suspended),
        _ => Err("not_a_status"),
    }
}

/// A role's key, in its form.
pub fn role_key(value: &Value) -> Parsed<String> {
    let key = value.as_str().ok_or("invalid_type")?;
    if is_key(key) { Ok(key.to_owned()) } else { Err("unknown_role") }
}

fn is_key(text: &str) -> bool {
    names::is_role_key(text)
}

/// A UUID.
pub fn uuid(value: &Value) -> Parsed<Uuid> {
    value.as_str().ok_or("invalid_type")?.parse().map_err(|_| "not_an_id")
}

/// The id of a person.
pub fn id(value: &Value) -> Parsed<String> {
    let text = value.as_str().ok_or("invalid_type")?;
    if is_id(text) { Ok(text.to_owned()) } else { Err("not_an_id") }
}

impl fmt::Display for MemberKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MemberKey::Derived { user } => write!(f, "d {user}"),
            MemberKey::Row { joined_at, user } => write!(f, "r {} {user}", joined_at.as_microsecond()),
        }
    }
}

/// The place that a cursor of ours names.
fn place(text: &str) -> Result<MemberKey, ApiError> {
    let parsed = match text.split_once(' ') {
        Some(("d", user)) => Some(MemberKey::Derived { user: user.to_owned() }),
        Some(("r", rest)) => rest.split_once(' ').and_then(|(at, user)| {
            let joined_at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
            Some(MemberKey::Row { joined_at, user: user.to_owned() })
        }),
        Some(_) | None => None,
    };
    parsed.ok_or_else(|| ApiError::field("cursor", "invalid_cursor"))
}
