//! `/api/workspaces/{id}/roles` and `/api/permissions`: what people may do, in named sets.

use annex_policy::{Module, Permission, PermissionSet, SystemRole, Verb};
use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    ApiState,
    body::{Fields, MaybeFields, Parsed},
    error::{ApiError, ErrorBody},
    guard::{Featured, IdempotencyKey, IfMatch, InWorkspace, Named, etag},
    members::uuid,
    names, page,
};
use crate::ports::{Asked, Denial, RoleChange, RoleDraft, RoleEntry};

/// The roles of a workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleList {
    pub data: Vec<RoleBody>,
    pub next_cursor: Option<String>,
}

/// One role.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Role)]
pub struct RoleBody {
    /// Null for a system role of a home in which nothing was changed yet.
    pub id: Option<String>,
    pub key: String,
    pub name: String,
    pub description: Option<String>,
    /// `#rrggbb`.
    pub color: Option<String>,
    /// The same in every workspace; nobody changes it.
    pub is_system: bool,
    /// `module:verb`.
    pub permissions: Vec<String>,
    /// Who holds it, suspended ones included; natives whose role the CRM's users row gives are not counted.
    pub member_count: i64,
    /// What `If-Match` takes, in quotation marks.
    pub version: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Timestamp>,
    pub can: RoleCanBody,
}

/// What this caller may do with a role.
#[derive(Serialize, ToSchema)]
#[schema(as = RoleCan)]
pub struct RoleCanBody {
    pub edit: bool,
    pub delete: bool,
    pub assign: bool,
}

fn body(role: RoleEntry) -> RoleBody {
    RoleBody {
        id: role.id.map(|id| id.to_string()),
        key: role.key,
        name: role.name,
        description: role.description,
        color: role.color,
        is_system: role.is_system,
        permissions: role.permissions.iter().map(|permission| permission.to_string()).collect(),
        member_count: role.members,
        version: role.version,
        created_at: role.created_at,
        updated_at: role.updated_at,
        can: RoleCanBody { edit: role.can.edit, delete: role.can.delete, assign: role.can.assign },
    }
}

/// Lists the roles of a workspace: the five that every workspace has, then its own by key.
#[utoipa::path(get, path = "/api/workspaces/{id}/roles", tag = "roles",
    params(
        ("id" = String, Path, description = "The workspace"),
        ("limit" = Option<u8>, Query, description = "1 to 100; 50 if left out"),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before"),
    ),
    responses(
        (status = 200, body = RoleList),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn list(
    State(state): State<ApiState>,
    at: InWorkspace,
    RawQuery(query): RawQuery,
) -> Result<Json<RoleList>, ApiError> {
    let list = path(&at.id);
    let page = page::read(query.as_deref(), &list, &state.keyring)?;
    let mut roles = state.roles.list(at.asked()).await?;
    roles.sort_by_key(place);
    // At most 55 of them, so the page is cut here; by key, so that a role made meanwhile shifts nothing.
    let after = page.after.unwrap_or_default();
    let mut rest = roles.into_iter().filter(|role| place(role) > after);
    let shown: Vec<RoleEntry> = rest.by_ref().take(page.limit).collect();
    let more = rest.next().is_some();
    let next_cursor = shown.last().filter(|_| more).map(|last| page::cursor(&place(last), &list, &state.keyring));
    Ok(Json(RoleList { data: shown.into_iter().map(body).collect(), next_cursor }))
}

fn path(workspace: &str) -> String {
    format!("/api/workspaces/{workspace}/roles")
}

/// Where a role stands in the list: texts in the order of the list.
fn place(role: &RoleEntry) -> String {
    match SystemRole::ALL.iter().position(|system| system.key() == role.key) {
        Some(place) => place.to_string(),
        None => format!("own {}", role.key),
    }
}

/// A role to be made.
#[derive(ToSchema)]
#[schema(as = NewRole)]
#[allow(dead_code, reason = "the document's shape of what `create` reads")]
pub struct NewRoleBody {
    /// 1 to 60 characters, one line, no web address, not a system role's.
    #[schema(min_length = 1, max_length = 60)]
    name: String,
    /// Made from the name if left out.
    #[schema(pattern = "^[a-z][a-z0-9_-]{0,62}$")]
    key: Option<String>,
    #[schema(max_length = 200)]
    description: Option<String>,
    #[schema(pattern = "^#[0-9a-fA-F]{6}$")]
    color: Option<String>,
    /// `module:verb`, as `GET /api/permissions` lists them.
    permissions: Vec<String>,
}

/// Makes a role. Nobody gives it a permission that they lack.
#[utoipa::path(post, path = "/api/workspaces/{id}/roles", tag = "roles", request_body = NewRoleBody,
    params(
        ("id" = String, Path, description = "The workspace"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
    ),
    responses(
        (status = 201, body = RoleBody, headers(("ETag" = String), ("Location" = String))),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
        (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody),
    )
)]
pub async fn create(
    State(state): State<ApiState>,
    at: InWorkspace,
    key: IdempotencyKey,
    fields: Fields,
) -> Result<Response, ApiError> {
    let once = key.once(&at.principal, fields.fingerprint());
    let draft = draft(fields)?;
    let made = state.roles.create(Asked { once: once.as_ref(), ..at.asked() }, &draft).await?;
    let location = format!("{}/{}", path(&at.id), made.id.map(|id| id.to_string()).unwrap_or_default());
    Ok((StatusCode::CREATED, etag(made.version), [(header::LOCATION, location)], Json(body(made))).into_response())
}

fn draft(mut fields: Fields) -> Result<RoleDraft, ApiError> {
    let name = fields.required("name", names::role_name);
    let key = fields.optional("key", own_key);
    let description = fields.optional("description", description);
    let color = fields.optional("color", color);
    let permissions = fields.required("permissions", permissions);
    let built = name.zip(permissions);
    fields.finish(built.map(|(name, permissions)| RoleDraft { key, name, description, color, permissions }))
}

/// What is to change of a role.
#[derive(ToSchema)]
#[schema(as = ChangeRole)]
#[allow(dead_code, reason = "the document's shape of what `change` reads")]
pub struct ChangeRoleBody {
    #[schema(min_length = 1, max_length = 60)]
    name: Option<String>,
    /// Empty: none.
    #[schema(max_length = 200)]
    description: Option<String>,
    /// `#rrggbb`; empty: none.
    color: Option<String>,
    /// All of them: what is left out is taken away.
    permissions: Option<Vec<String>>,
}

/// Changes a role of the workspace's own. Nobody changes a role that they hold, or that allows more than theirs.
#[utoipa::path(patch, path = "/api/workspaces/{id}/roles/{roleId}", tag = "roles", request_body = ChangeRoleBody,
    params(
        ("id" = String, Path, description = "The workspace"), ("roleId" = String, Path, description = "The role"),
        ("If-Match" = Option<String>, Header, description = "The ETag of what the caller saw"),
    ),
    responses(
        (status = 200, body = RoleBody, headers(("ETag" = String))),
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
    mut fields: Fields,
) -> Result<Response, ApiError> {
    let role = role_id(&named)?;
    let name = fields.optional("name", names::role_name);
    let description = fields.optional("description", |value| or_nothing(value, description));
    let color = fields.optional("color", |value| or_nothing(value, color));
    let permissions = fields.optional("permissions", permissions);
    let wanted = fields.finish(Some(RoleChange { name, description, color, permissions }))?;
    if wanted == RoleChange::default() {
        return Err(ApiError::field("", "nothing_to_change"));
    }
    let changed = state.roles.change(Asked { seen: seen.seen(), ..at.asked() }, role, &wanted).await?;
    Ok((etag(changed.version), Json(body(changed))).into_response())
}

/// Whoever holds the role gets another one.
#[derive(ToSchema)]
#[schema(as = DeleteRole)]
#[allow(dead_code, reason = "the document's shape of what `delete` reads")]
pub struct DeleteRoleBody {
    /// A role of this workspace.
    #[schema(rename = "reassignTo")]
    reassign_to: Option<String>,
}

/// A role that is gone.
#[derive(Serialize, ToSchema)]
#[schema(as = RoleDeleted)]
pub struct DeletedBody {
    pub message: &'static str,
    /// How many people got another role.
    pub reassigned: u64,
}

/// Deletes a role of the workspace's own; one that somebody holds only with `reassignTo`.
#[utoipa::path(delete, path = "/api/workspaces/{id}/roles/{roleId}", tag = "roles", request_body = Option<DeleteRoleBody>,
    params(
        ("id" = String, Path, description = "The workspace"), ("roleId" = String, Path, description = "The role"),
        ("If-Match" = Option<String>, Header, description = "The ETag of what the caller saw"),
    ),
    responses(
        (status = 200, body = DeletedBody),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
        (status = 412, body = ErrorBody), (status = 413, body = ErrorBody), (status = 415, body = ErrorBody),
        (status = 503, body = ErrorBody),
    )
)]
pub async fn delete(
    State(state): State<ApiState>,
    at: InWorkspace,
    named: Named,
    seen: IfMatch,
    MaybeFields(mut fields): MaybeFields,
) -> Result<Json<DeletedBody>, ApiError> {
    let role = role_id(&named)?;
    let heir = fields.optional("reassignTo", uuid);
    fields.finish(Some(()))?;
    let reassigned = state.roles.delete(Asked { seen: seen.seen(), ..at.asked() }, role, heir).await?;
    Ok(Json(DeletedBody { message: "Role deleted", reassigned }))
}

fn role_id(named: &Named) -> Result<Uuid, ApiError> {
    named.id("roleId", "role")?.parse().map_err(|_| Denial::NotFound("role").into())
}

/// Everything that a role can allow.
#[derive(Serialize, ToSchema)]
pub struct PermissionList {
    pub permissions: Vec<PermissionBody>,
    pub modules: Vec<Word>,
    pub verbs: Vec<Word>,
}

/// One permission.
#[derive(Serialize, ToSchema)]
#[schema(as = Permission)]
pub struct PermissionBody {
    /// `module:verb`.
    pub key: String,
    pub module: &'static str,
    pub verb: &'static str,
    pub label: String,
    /// The system roles that hold it.
    pub roles: Vec<&'static str>,
}

/// A word of the vocabulary, and how people read it.
#[derive(Serialize, ToSchema)]
#[schema(as = PermissionWord)]
pub struct Word {
    pub key: &'static str,
    pub label: String,
}

/// Lists all permissions, and which system roles hold them. The same in every workspace.
#[utoipa::path(get, path = "/api/permissions", tag = "roles", responses(
    (status = 200, body = PermissionList),
    (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn catalogue(_: Featured) -> Json<PermissionList> {
    let holders = |permission| {
        let holders = SystemRole::ALL.into_iter().filter(|role| role.permissions().contains(permission));
        holders.map(SystemRole::key).collect()
    };
    let permissions = Permission::all().map(|permission| PermissionBody {
        key: permission.to_string(),
        module: permission.module.as_str(),
        verb: permission.verb.as_str(),
        label: format!("{} {}", label(permission.verb.as_str()), permission.module.as_str()),
        roles: holders(permission),
    });
    let word = |key: &'static str| Word { key, label: label(key) };
    Json(PermissionList {
        permissions: permissions.collect(),
        modules: Module::ALL.into_iter().map(|module| word(module.as_str())).collect(),
        verbs: Verb::ALL.into_iter().map(|verb| word(verb.as_str())).collect(),
    })
}

/// With a capital letter.
fn label(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

const LONGEST_DESCRIPTION: usize = 200;

fn description(value: &Value) -> Parsed<String> {
    names::line(value, LONGEST_DESCRIPTION)
}

fn color(value: &Value) -> Parsed<String> {
    let text = value.as_str().ok_or("invalid_type")?;
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
    let is_shaped = digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if is_shaped { Ok(text.to_owned()) } else { Err("not_a_color") }
}

/// An empty text takes away what stood there.
fn or_nothing(value: &Value, parse: fn(&Value) -> Parsed<String>) -> Parsed<String> {
    if value.as_str() == Some("") { Ok(String::new()) } else { parse(value) }
}

fn own_key(value: &Value) -> Parsed<String> {
    let key = value.as_str().ok_or("invalid_type")?;
    if !names::is_role_key(key) {
        return Err("not_a_key");
    }
    // Words that clients know as something else.
    let taken = SystemRole::ALL.into_iter().any(|role| role.key() == key) || ["owner", "custom"].contains(&key);
    if taken { Err("reserved") } else { Ok(key.to_owned()) }
}

fn permissions(value: &Value) -> Parsed<PermissionSet> {
    let listed = value.as_array().ok_or("invalid_type")?;
    let parse = |one: &Value| {
        let text = one.as_str().ok_or("invalid_type")?;
        text.parse::<Permission>().map_err(|_| "unknown_permission")
    };
    listed.iter().map(parse).collect()
}
