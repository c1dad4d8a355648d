//! `GET /api/workspaces/{id}/activity`: what happened in a workspace.

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::header;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    ApiState,
    error::{ApiError, ErrorBody, FieldError},
    guard::{InWorkspace, is_id},
    page,
};
use crate::ports::{Deed, Wanted};

/// One thing that happened.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Activity)]
pub struct ActivityBody {
    pub id: String,
    pub workspace_id: String,
    /// Who did it, by the CRM's user id; null for operators and for Annex itself.
    pub user_id: Option<String>,
    /// Such as `member.joined`.
    pub action: String,
    #[schema(value_type = Object)]
    pub details: Value,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// `user`, `saas_admin`, `operator` or `node`.
    pub actor_kind: String,
    /// The person's name in the CRM now, or the name of an operator's account.
    pub actor_name: Option<String>,
    pub target_kind: Option<String>,
    pub target_id: Option<String>,
    pub request_id: Option<String>,
}

/// An event as it is shown.
pub fn body(workspace: &str, deed: Deed) -> ActivityBody {
    let is_person = matches!(deed.actor_kind.as_str(), "user" | "saas_admin");
    let (user_id, account) = if is_person { (deed.actor, None) } else { (None, deed.actor) };
    ActivityBody {
        id: deed.id.to_string(),
        workspace_id: workspace.to_owned(),
        user_id,
        action: deed.action,
        details: deed.details,
        ip_address: deed.ip,
        user_agent: deed.user_agent,
        created_at: deed.at,
        actor_kind: deed.actor_kind,
        actor_name: deed.actor_name.or(account),
        target_kind: deed.target_kind,
        target_id: deed.target,
        request_id: deed.request_id,
    }
}

/// Lists what happened, the newest first. Needs `audit:read`.
#[utoipa::path(get, path = "/api/workspaces/{id}/activity", tag = "activity",
    params(
        ("id" = String, Path, description = "The workspace"),
        ("action" = Option<String>, Query, description = "Only this action, such as `member.joined`"),
        ("actor" = Option<String>, Query, description = "Only what this person did, by the CRM's user id"),
        ("from" = Option<String>, Query, description = "From this moment (RFC 3339) or day (UTC) on"),
        ("to" = Option<String>, Query, description = "Before this moment (RFC 3339) or day (UTC)"),
        ("limit" = Option<u8>, Query, description = "1 to 100; 50 if left out"),
        ("cursor" = Option<String>, Query, description = "From the `Link` header of the page before"),
    ),
    responses(
        (status = 200, body = Vec<ActivityBody>),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 503, body = ErrorBody),
    )
)]
pub async fn list(
    State(state): State<ApiState>,
    at: InWorkspace,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let list = format!("activity:{}", at.id);
    let wanted = wanted(query.as_deref())?;
    let page = page::read(query.as_deref(), &list, &state.keyring)?;
    let before = page.after.as_deref().and_then(|seq| seq.parse().ok());
    // One more than asked for tells whether there is another page.
    let limit = i64::try_from(page.limit.saturating_add(1)).unwrap_or(i64::MAX);
    let mut deeds = state.activity.page(&at.asked(), &wanted, before, limit).await?;
    let more = deeds.len() > page.limit;
    deeds.truncate(page.limit);
    let (path, again) = (format!("/api/workspaces/{}/activity", at.id), again(&wanted));
    let again: Vec<(&str, &str)> = again.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let last = deeds.last().map(|deed| deed.seq.to_string());
    let link = last.filter(|_| more).and_then(|last| page::next_of(&path, &again, &page, &last, &list, &state.keyring));
    let rows: Vec<ActivityBody> = deeds.into_iter().map(|deed| body(&at.id, deed)).collect();
    let mut response = Json(rows).into_response();
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// The filters of a query; every mistake at once.
pub fn wanted(query: Option<&str>) -> Result<Wanted, ApiError> {
    let (mut wanted, mut errors) = (Wanted::default(), Vec::new());
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let mut refuse = |code| errors.push(FieldError { path: name.to_string(), code, value: None });
        match &*name {
            "action" if is_action(&value) => wanted.action = Some(value.into_owned()),
            "action" => refuse("not_an_action"),
            "actor" if is_id(&value) => wanted.actor = Some(value.into_owned()),
            "actor" => refuse("not_an_id"),
            "from" => match moment(&value) {
                Some(at) => wanted.from = Some(at),
                None => refuse("not_a_time"),
            },
            "to" => match moment(&value) {
                Some(at) => wanted.to = Some(at),
                None => refuse("not_a_time"),
            },
            _ => {}
        }
    }
    if wanted.from.zip(wanted.to).is_some_and(|(from, to)| from > to) {
        errors.push(FieldError { path: "to".to_owned(), code: "before_from", value: None });
    }
    if errors.is_empty() { Ok(wanted) } else { Err(ApiError::fields(errors)) }
}

/// As `audit_events.action` may be.
fn is_action(text: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    text.len() <= 64 && text.split('.').all(is_word)
}

/// A moment, or the beginning of a day in UTC.
fn moment(text: &str) -> Option<Timestamp> {
    let day = |text: &str| text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    if text.len() == "2026-01-31".len() { day(text) } else { text.parse().ok() }
}

/// The filters as they are asked for.
fn again(wanted: &Wanted) -> Vec<(&'static str, String)> {
    let Wanted { action, actor, from, to } = wanted;
    let times = [("from", from.map(|at| at.to_string())), ("to", to.map(|at| at.to_string()))];
    let filters = [("action", action.clone()), ("actor", actor.clone())].into_iter().chain(times);
    filters.filter_map(|(name, value)| Some((name, value?))).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_and_said_again() {
        let sent = "action=member.joined&actor=u-1&from=2026-01-31&to=2026-02-01T12:00:00Z&limit=9&other=1";
        let read = wanted(Some(sent)).unwrap();
        let said = form_urlencoded::Serializer::new(String::new()).extend_pairs(again(&read)).finish();
        assert_eq!(said, "action=member.joined&actor=u-1&from=2026-01-31T00%3A00%3A00Z&to=2026-02-01T12%3A00%3A00Z");
        assert_eq!(wanted(Some(&said)).unwrap(), read);
        assert_eq!(again(&wanted(None).unwrap()), []);
        for bad in [
            "action=",
            "action=Member",
            "action=a..b",
            "actor=",
            "actor=a%20b",
            "from=x",
            "to=2026-13-01",
            "from=2026-02-01&to=2026-01-01",
        ] {
            assert!(wanted(Some(bad)).is_err(), "{bad}");
        }
    }
}
