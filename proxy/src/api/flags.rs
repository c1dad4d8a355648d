//! `/api/admin/feature-flags` and the two routes that flip one tenant: for administrators of the platform alone.

use annex_policy::{FLAG_KEY, Mode, Scope};
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

use super::{
    ApiState,
    body::{Fields, MaybeFields, Parsed, boolean, text},
    error::{ApiError, Code, ErrorBody},
    frame::Sender,
    guard::{Id, IdempotencyKey, Platform, is_id},
    page,
};
use crate::{
    ports::{FlagChange, FlagEntry, Once, Trail},
    snapshot::Snapshot,
};

/// The flag for one scope.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FeatureFlag)]
pub struct FlagBody {
    /// Null where only an override stands.
    pub id: Option<String>,
    pub key: &'static str,
    /// Null for everybody.
    pub tenant_id: Option<String>,
    /// What the row says; null: nobody decided.
    pub enabled: Option<bool>,
    /// `enforce` or `shadow`.
    pub mode: &'static str,
    pub description: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Timestamp>,
    pub updated_by: Option<String>,
    /// What the flag comes to here.
    pub effective: bool,
    /// What decided: `override`, `tenant_row`, `sponsor`, `global_override`, `global_row`, `rollout`, `environment`.
    pub source: &'static str,
    /// What stands in Redis for this scope.
    #[serde(rename = "override")]
    pub over: Option<OverrideBody>,
}

/// An operator's override.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FlagOverride)]
pub struct OverrideBody {
    pub value: bool,
    /// False: a later write to the row won.
    pub active: bool,
    #[schema(value_type = String, format = DateTime)]
    pub seen_at: Timestamp,
    pub node: Option<String>,
}

fn body(entry: FlagEntry, snapshot: &Snapshot) -> FlagBody {
    let evaluation = match &entry.scope {
        Scope::Global => snapshot.flags.evaluate_global(),
        Scope::Tenant(tenant) => snapshot.evaluate(tenant),
    };
    let row = entry.row;
    let shadow = row.as_ref().is_some_and(|row| row.shadow);
    FlagBody {
        id: row.as_ref().map(|row| row.id.to_string()),
        key: FLAG_KEY,
        tenant_id: match entry.scope {
            Scope::Global => None,
            Scope::Tenant(tenant) => Some(tenant.into()),
        },
        enabled: row.as_ref().and_then(|row| row.enabled),
        mode: if shadow { Mode::Shadow.as_str() } else { Mode::Enforce.as_str() },
        description: row.as_ref().and_then(|row| row.description.clone()),
        created_at: row.as_ref().map(|row| row.created_at),
        updated_at: row.as_ref().map(|row| row.updated_at),
        updated_by: row.and_then(|row| row.updated_by),
        effective: evaluation.mode == Mode::Enforce,
        source: evaluation.source.label(),
        over: entry.over.map(|over| OverrideBody {
            value: over.on,
            active: over.is_active,
            seen_at: over.seen_at,
            node: over.node,
        }),
    }
}

const PATH: &str = "/api/admin/feature-flags";

/// Lists every scope for which something was said, everybody first.
#[utoipa::path(get, path = "/api/admin/feature-flags", tag = "admin",
    params(
        ("limit" = Option<u8>, Query, description = "1 to 100; 50 if left out"),
        ("cursor" = Option<String>, Query, description = "From the `Link` header of the page before"),
    ),
    responses(
        (status = 200, body = Vec<FlagBody>),
        (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn list(State(state): State<ApiState>, _: Platform, RawQuery(query): RawQuery) -> Result<Response, ApiError> {
    let page = page::read(query.as_deref(), PATH, &state.keyring)?;
    // One more than asked for tells whether there is another page.
    let limit = i64::try_from(page.limit.saturating_add(1)).unwrap_or(i64::MAX);
    let mut entries = state.flags.list(page.after.as_deref(), limit).await?;
    let more = entries.len() > page.limit;
    entries.truncate(page.limit);
    let link = match entries.last() {
        Some(last) if more => page::next(PATH, &page, scope_key(&last.scope), PATH, &state.keyring),
        _ => None,
    };
    let snapshot = state.rooms.hub.current();
    let flags: Vec<FlagBody> = entries.into_iter().map(|entry| body(entry, &snapshot)).collect();
    let mut response = Json(flags).into_response();
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

fn scope_key(scope: &Scope) -> &str {
    match scope {
        Scope::Global => "*",
        Scope::Tenant(tenant) => tenant,
    }
}

/// A value for one scope.
#[derive(ToSchema)]
#[schema(as = SetFeatureFlag)]
#[allow(dead_code, reason = "the document's shape of what `change` reads")]
pub struct SetFlagBody {
    /// `multi_workspace_enabled`.
    key: String,
    enabled: bool,
    /// Left out or null: everybody.
    #[schema(rename = "tenantId")]
    tenant_id: Option<String>,
    #[schema(max_length = 500)]
    description: Option<String>,
    /// `shadow` with `enabled: false` only: off to every caller, and recorded.
    mode: Option<String>,
}

/// Sets the flag for everybody or for one tenant; never more than one scope.
#[utoipa::path(post, path = "/api/admin/feature-flags", tag = "admin", request_body = SetFlagBody, params(
    ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
), responses(
    (status = 200, body = FlagBody),
    (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 413, body = ErrorBody),
    (status = 415, body = ErrorBody), (status = 422, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub async fn set(
    State(state): State<ApiState>,
    Platform(actor): Platform,
    sender: Sender,
    key: IdempotencyKey,
    fields: Fields,
) -> Result<Json<FlagBody>, ApiError> {
    let once = key.once_by(actor.id(), fields.fingerprint());
    let change = change(fields)?;
    write(&state, &change, once.as_ref(), &sender.trail(actor)).await.map(Json)
}

fn change(mut fields: Fields) -> Result<FlagChange, ApiError> {
    let key = fields.required("key", flag_key);
    let enabled = fields.required("enabled", boolean);
    let tenant = fields.optional("tenantId", tenant_id);
    let description = fields.optional("description", description);
    let mode = fields.optional("mode", |value| stored_mode(value, enabled));
    let built = key.zip(enabled).map(|((), enabled)| FlagChange {
        scope: tenant.map_or(Scope::Global, |tenant| Scope::Tenant(tenant.into())),
        mode: match (enabled, mode) {
            (true, _) => Mode::Enforce,
            (false, Some(Mode::Shadow)) => Mode::Shadow,
            (false, _) => Mode::Off,
        },
        description,
    });
    fields.finish(built)
}

fn flag_key(value: &Value) -> Parsed<()> {
    if text(value)? == FLAG_KEY { Ok(()) } else { Err("unknown_flag") }
}

fn tenant_id(value: &Value) -> Parsed<String> {
    let id = text(value)?;
    if is_id(&id) { Ok(id) } else { Err("not_an_id") }
}

fn description(value: &Value) -> Parsed<String> {
    let text = text(value)?;
    let fits = text.chars().count() <= 500 && !text.chars().any(|c| c.is_control() && c != '\n');
    if fits { Ok(text) } else { Err("too_long_or_control_character") }
}

fn stored_mode(value: &Value, enabled: Option<bool>) -> Parsed<Mode> {
    match (text(value)?.as_str(), enabled) {
        ("enforce", _) => Ok(Mode::Enforce),
        ("shadow", Some(true)) => Err("shadow_is_not_enabled"),
        ("shadow", _) => Ok(Mode::Shadow),
        _ => Err("not_a_mode"),
    }
}

/// What flipping one tenant did.
#[derive(Serialize, ToSchema)]
pub struct Flipped {
    pub message: &'static str,
    pub flag: FlagBody,
}

/// Turns the feature on for one tenant.
#[utoipa::path(post, path = "/api/admin/tenants/{id}/enable-multi-workspace", tag = "admin",
    params(
        ("id" = String, Path, description = "The tenant"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
    ),
    responses(
        (status = 200, body = Flipped),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 413, body = ErrorBody),
        (status = 415, body = ErrorBody), (status = 422, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn enable(
    State(state): State<ApiState>,
    Platform(actor): Platform,
    Id(tenant): Id,
    sender: Sender,
    key: IdempotencyKey,
    MaybeFields(fields): MaybeFields,
) -> Result<Json<Flipped>, ApiError> {
    let once = key.once_by(actor.id(), fields.nothing()?);
    let flag = write(&state, &flip(tenant, Mode::Enforce)?, once.as_ref(), &sender.trail(actor)).await?;
    Ok(Json(Flipped { message: "Multi-workspace enabled for this tenant", flag }))
}

/// Turns the feature off for one tenant, and for all that grew from it.
#[utoipa::path(post, path = "/api/admin/tenants/{id}/disable-multi-workspace", tag = "admin",
    params(
        ("id" = String, Path, description = "The tenant"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
    ),
    responses(
        (status = 200, body = Flipped),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 413, body = ErrorBody),
        (status = 415, body = ErrorBody), (status = 422, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn disable(
    State(state): State<ApiState>,
    Platform(actor): Platform,
    Id(tenant): Id,
    sender: Sender,
    key: IdempotencyKey,
    MaybeFields(fields): MaybeFields,
) -> Result<Json<Flipped>, ApiError> {
    let once = key.once_by(actor.id(), fields.nothing()?);
    let flag = write(&state, &flip(tenant, Mode::Off)?, once.as_ref(), &sender.trail(actor)).await?;
    Ok(Json(Flipped { message: "Multi-workspace disabled for this tenant", flag }))
}

fn flip(tenant: Option<String>, mode: Mode) -> Result<FlagChange, ApiError> {
    let tenant = tenant.ok_or_else(no_tenant)?;
    Ok(FlagChange { scope: Scope::Tenant(tenant.into()), mode, description: None })
}

fn no_tenant() -> ApiError {
    ApiError::from(Code::NotFound).saying("The CRM has no such tenant")
}

/// Turning on needs a tenant that is there; turning off works for whatever stands in the table.
async fn write(
    state: &ApiState,
    change: &FlagChange,
    once: Option<&Once>,
    trail: &Trail,
) -> Result<FlagBody, ApiError> {
    if let (Scope::Tenant(tenant), Mode::Enforce | Mode::Shadow) = (&change.scope, change.mode)
        && !state.directory.knows_tenant(tenant).await?
    {
        return Err(no_tenant());
    }
    let entry = state.flags.set(change, once, trail).await?;
    Ok(body(entry, &state.rooms.hub.current()))
}
