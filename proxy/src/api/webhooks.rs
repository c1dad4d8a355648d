//! `/api/workspaces/{id}/webhooks`: who outside is told of what happens in a workspace.

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    ApiState,
    body::{Fields, MaybeFields, Parsed, boolean, text},
    error::{ApiError, ErrorBody},
    guard::{IdempotencyKey, IfMatch, InWorkspace, Named, etag},
    page,
};
use crate::ports::{Asked, DeliveryRow, HookChange, HookDraft, HookRow, HookWritten, endpoint};

/// An endpoint.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Webhook)]
pub struct WebhookBody {
    pub id: String,
    pub url: String,
    pub description: Option<String>,
    /// Names such as `member.joined`, families such as `member.*`, or `*`.
    pub events: Vec<String>,
    pub enabled: bool,
    /// Since when nothing arrived.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failing_since: Option<Timestamp>,
    /// When Annex switched it off; enabling it again forgets this.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Timestamp>,
    /// `failing` or `gone`.
    pub disabled_reason: Option<String>,
    pub created_by: String,
    /// What `If-Match` takes, in quotation marks.
    pub version: i64,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// What a delivery is signed with (Standard Webhooks); only in the answer to the request that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// All endpoints of a workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookList {
    pub data: Vec<WebhookBody>,
    /// Always null: a workspace has few.
    pub next_cursor: Option<String>,
}

/// One delivery.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookDelivery)]
pub struct DeliveryBody {
    /// The header `webhook-id`.
    pub id: String,
    pub event: String,
    /// `pending`, `delivered` or `failed`.
    pub state: &'static str,
    pub attempts: i32,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_attempt_at: Option<Timestamp>,
    /// The status of the last answer.
    pub last_status: Option<i32>,
    /// Such as `timeout`, `no_connection`, `refused`, `address_not_public`.
    pub last_error: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
}

/// Deliveries, the newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryList {
    pub data: Vec<DeliveryBody>,
    pub next_cursor: Option<String>,
}

/// A delivery that was queued.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueuedDelivery {
    pub delivery_id: String,
}

/// An endpoint to be made.
#[derive(ToSchema)]
#[schema(as = NewWebhook)]
#[allow(dead_code, reason = "the document's shape of what `draft` reads")]
pub struct NewWebhookBody {
    /// `https`, without a name and password and without a fragment.
    #[schema(max_length = 2048)]
    url: String,
    /// 1 to 50 of: a name (`workspace.updated`, `member.joined`, `invitation.created`, …), a family (`member.*`), `*`.
    events: Vec<String>,
    #[schema(max_length = 200)]
    description: Option<String>,
}

/// What is to be different.
#[derive(ToSchema)]
#[schema(as = WebhookChange)]
#[allow(dead_code, reason = "the document's shape of what `wanted` reads")]
pub struct WebhookChangeBody {
    #[schema(max_length = 2048)]
    url: Option<String>,
    events: Option<Vec<String>>,
    /// Empty: none any more.
    #[schema(max_length = 200)]
    description: Option<String>,
    enabled: Option<bool>,
}

fn body(hook: HookRow) -> WebhookBody {
    let (disabled_at, disabled_reason) = hook.disabled.unzip();
    WebhookBody {
        id: hook.id.to_string(),
        url: hook.url,
        description: hook.description,
        events: hook.events,
        enabled: hook.is_enabled,
        failing_since: hook.failing_since,
        disabled_at,
        disabled_reason,
        created_by: hook.created_by,
        version: hook.version,
        created_at: hook.created_at,
        updated_at: hook.updated_at,
        secret: None,
    }
}

/// With the secret that the request made.
fn shown(written: HookWritten) -> WebhookBody {
    WebhookBody { secret: written.secret.map(|secret| secret.0), ..body(written.hook) }
}

/// Lists the endpoints. Needs `workspace:manage`.
#[utoipa::path(get, path = "/api/workspaces/{id}/webhooks", tag = "webhooks",
    params(("id" = String, Path, description = "The workspace")),
    responses(
        (status = 200, body = WebhookList),
        (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody),
        (status = 410, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn list(State(state): State<ApiState>, at: InWorkspace) -> Result<Json<WebhookList>, ApiError> {
    let hooks = state.webhooks.list(&at.asked()).await?;
    Ok(Json(WebhookList { data: hooks.into_iter().map(body).collect(), next_cursor: None }))
}

/// Adds an endpoint. Its secret is in this answer alone, and in that to the same request sent again with its key.
#[utoipa::path(post, path = "/api/workspaces/{id}/webhooks", tag = "webhooks", request_body = NewWebhookBody,
    params(
        ("id" = String, Path, description = "The workspace"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
    ),
    responses(
        (status = 201, body = WebhookBody),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 413, body = ErrorBody),
        (status = 415, body = ErrorBody), (status = 422, body = ErrorBody), (status = 429, body = ErrorBody),
        (status = 503, body = ErrorBody),
    )
)]
pub async fn add(
    State(state): State<ApiState>,
    at: InWorkspace,
    key: IdempotencyKey,
    mut fields: Fields,
) -> Result<Response, ApiError> {
    let once = key.once(&at.principal, fields.fingerprint());
    let private = state.rooms.config.webhooks.allow_private;
    let url = fields.required("url", |value| url(value, private));
    let events = fields.required("events", events);
    let description = fields.optional("description", description).flatten();
    let draft = url.zip(events).map(|(url, events)| HookDraft { url, description, events });
    let draft = fields.finish(draft)?;
    let asked = Asked { once: once.as_ref(), ..at.asked() };
    let written = state.webhooks.add(&asked, &draft).await?;
    Ok((StatusCode::CREATED, etag(written.hook.version), Json(shown(written))).into_response())
}

/// Changes an endpoint. Enabling it also forgets that it failed.
#[utoipa::path(patch, path = "/api/workspaces/{id}/webhooks/{webhookId}", tag = "webhooks",
    request_body = WebhookChangeBody,
    params(
        ("id" = String, Path, description = "The workspace"),
        ("webhookId" = String, Path, description = "The endpoint"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that was seen"),
    ),
    responses(
        (status = 200, body = WebhookBody),
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
    let private = state.rooms.config.webhooks.allow_private;
    let wanted = HookChange {
        url: fields.optional("url", |value| url(value, private)),
        events: fields.optional("events", events),
        description: fields.optional("description", description),
        is_enabled: fields.optional("enabled", boolean),
    };
    let is_empty = wanted == HookChange::default();
    fields.finish(Some(()))?;
    if is_empty {
        return Err(ApiError::field("", "nothing_to_change"));
    }
    let asked = Asked { seen: seen.seen(), ..at.asked() };
    let hook = state.webhooks.change(&asked, hook_id(&named), &wanted).await?;
    Ok((etag(hook.version), Json(body(hook))).into_response())
}

/// Removes an endpoint, with what was not delivered yet.
#[utoipa::path(delete, path = "/api/workspaces/{id}/webhooks/{webhookId}", tag = "webhooks",
    params(
        ("id" = String, Path, description = "The workspace"),
        ("webhookId" = String, Path, description = "The endpoint"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that was seen"),
    ),
    responses(
        (status = 204),
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
    MaybeFields(fields): MaybeFields,
) -> Result<StatusCode, ApiError> {
    fields.nothing()?;
    let asked = Asked { seen: seen.seen(), ..at.asked() };
    state.webhooks.remove(&asked, hook_id(&named)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives an endpoint a new secret, shown in this answer alone. The one before signs too for 24 hours.
#[utoipa::path(post, path = "/api/workspaces/{id}/webhooks/{webhookId}/rotate-secret", tag = "webhooks",
    params(
        ("id" = String, Path, description = "The workspace"),
        ("webhookId" = String, Path, description = "The endpoint"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
    ),
    responses(
        (status = 200, body = WebhookBody),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
        (status = 422, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn rotate(
    State(state): State<ApiState>,
    at: InWorkspace,
    named: Named,
    key: IdempotencyKey,
    MaybeFields(fields): MaybeFields,
) -> Result<Response, ApiError> {
    let id = hook_id(&named);
    let once = key.once(&at.principal, fields.nothing()?);
    let written = state.webhooks.rotate(&Asked { once: once.as_ref(), ..at.asked() }, id).await?;
    Ok((etag(written.hook.version), Json(shown(written))).into_response())
}

/// Sends an event `webhook.test` to an endpoint, once. Ten a minute in a workspace.
#[utoipa::path(post, path = "/api/workspaces/{id}/webhooks/{webhookId}/test", tag = "webhooks",
    params(
        ("id" = String, Path, description = "The workspace"),
        ("webhookId" = String, Path, description = "The endpoint"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
    ),
    responses(
        (status = 202, body = QueuedDelivery),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
        (status = 422, body = ErrorBody), (status = 429, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn test(
    State(state): State<ApiState>,
    at: InWorkspace,
    named: Named,
    key: IdempotencyKey,
    MaybeFields(fields): MaybeFields,
) -> Result<(StatusCode, Json<QueuedDelivery>), ApiError> {
    let id = hook_id(&named);
    let once = key.once(&at.principal, fields.nothing()?);
    let delivery = state.webhooks.test(&Asked { once: once.as_ref(), ..at.asked() }, id).await?;
    Ok((StatusCode::ACCEPTED, Json(QueuedDelivery { delivery_id: delivery.to_string() })))
}

/// Lists what was sent to an endpoint in the last 30 days, and what waits.
#[utoipa::path(get, path = "/api/workspaces/{id}/webhooks/{webhookId}/deliveries", tag = "webhooks",
    params(
        ("id" = String, Path, description = "The workspace"),
        ("webhookId" = String, Path, description = "The endpoint"),
        ("limit" = Option<u8>, Query, description = "1 to 100; 50 if left out"),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before"),
    ),
    responses(
        (status = 200, body = DeliveryList),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
        (status = 503, body = ErrorBody),
    )
)]
pub async fn deliveries(
    State(state): State<ApiState>,
    at: InWorkspace,
    named: Named,
    RawQuery(query): RawQuery,
) -> Result<Json<DeliveryList>, ApiError> {
    let id = hook_id(&named);
    let list = format!("deliveries:{id}");
    let page = page::read(query.as_deref(), &list, &state.keyring)?;
    let before = page.after.as_deref().and_then(place);
    let limit = i64::try_from(page.limit.saturating_add(1)).unwrap_or(i64::MAX);
    let mut rows = state.webhooks.deliveries(&at.asked(), id, before, limit).await?;
    let more = rows.len() > page.limit;
    rows.truncate(page.limit);
    let last = rows.last().map(|row| format!("{} {}", row.created_at, row.id));
    let next_cursor = last.filter(|_| more).map(|last| page::cursor(&last, &list, &state.keyring));
    Ok(Json(DeliveryList { data: rows.into_iter().map(delivery).collect(), next_cursor }))
}

/// Sends a delivery again that ended: the same `webhook-id` and content, so that whoever has it already knows it.
#[utoipa::path(post, path = "/api/workspaces/{id}/webhooks/{webhookId}/deliveries/{deliveryId}/replay", tag = "webhooks",
    params(
        ("id" = String, Path, description = "The workspace"),
        ("webhookId" = String, Path, description = "The endpoint"),
        ("deliveryId" = String, Path, description = "The delivery, by its header `webhook-id`"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
    ),
    responses(
        (status = 202, body = QueuedDelivery),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 410, body = ErrorBody),
        (status = 422, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn replay(
    State(state): State<ApiState>,
    at: InWorkspace,
    named: Named,
    key: IdempotencyKey,
    MaybeFields(fields): MaybeFields,
) -> Result<(StatusCode, Json<QueuedDelivery>), ApiError> {
    let (id, delivery) = (hook_id(&named), delivery_id(&named));
    let once = key.once(&at.principal, fields.nothing()?);
    state.webhooks.replay(&Asked { once: once.as_ref(), ..at.asked() }, id, delivery).await?;
    Ok((StatusCode::ACCEPTED, Json(QueuedDelivery { delivery_id: delivery.to_string() })))
}

fn place(after: &str) -> Option<(Timestamp, Uuid)> {
    let (at, id) = after.split_once(' ')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

fn delivery(row: DeliveryRow) -> DeliveryBody {
    DeliveryBody {
        id: row.id.to_string(),
        event: row.event,
        state: row.state.name(),
        attempts: row.attempts,
        next_attempt_at: row.next_attempt_at,
        last_status: row.last_status,
        last_error: row.last_error,
        created_at: row.created_at,
        ended_at: row.ended_at,
    }
}

/// What is not in the form of an id is nobody's; strangers are refused before anybody looks.
fn hook_id(named: &Named) -> Uuid {
    named.id("webhookId", "webhook").ok().and_then(|id| id.parse().ok()).unwrap_or(Uuid::nil())
}

fn delivery_id(named: &Named) -> Uuid {
    named.id("deliveryId", "delivery").ok().and_then(|id| id.parse().ok()).unwrap_or(Uuid::nil())
}

fn url(value: &Value, allow_private: bool) -> Parsed<String> {
    let text = text(value)?;
    if text.len() > 2048 {
        return Err("too_long");
    }
    endpoint(&text, allow_private).map(|url| url.to_string())
}

/// What a webhook may be told of.
const FAMILIES: [&str; 3] = ["workspace", "member", "invitation"];

fn events(value: &Value) -> Parsed<Vec<String>> {
    let names = value.as_array().ok_or("invalid_type")?;
    if names.is_empty() || names.len() > 50 {
        return Err("not_1_to_50");
    }
    names.iter().map(event).collect()
}

fn event(value: &Value) -> Parsed<String> {
    let name = text(value)?;
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let is_known = name == "*"
        || (name.len() <= 64
            && name.split_once('.').is_some_and(|(family, rest)| {
                FAMILIES.contains(&family) && (rest == "*" || is_word(rest)) && name != "workspace.switched"
            }));
    if is_known { Ok(name) } else { Err("unknown_event") }
}

/// An empty one is none.
fn description(value: &Value) -> Parsed<Option<String>> {
    let text = text(value)?.trim().to_owned();
    if text.chars().count() > 200 {
        return Err("too_long");
    }
    if text.chars().any(char::is_control) {
        return Err("control_character");
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}
