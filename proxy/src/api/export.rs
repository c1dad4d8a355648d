//! `GET /api/workspaces/{id}/activity/export`: the whole log, as a file.
//!
//! **Invariant:** that somebody took it is written down before the first byte leaves.
//! **Invariant:** memory holds one page, however long the log and however slow its reader. No connection to PostgreSQL is
//! held between pages, so that slow readers cannot use them up; events are only ever added, so that pages by number miss and
//! repeat nothing. Each page is read under the caller's standing of that moment: a removed member's file breaks off.
//! **Invariant:** no cell begins as a formula does: spreadsheets run what a user agent or a name may hold.

use std::{io, sync::Arc};

use axum::{
    body::{Body, Bytes},
    extract::{RawQuery, State},
    response::Response,
};
use futures_util::stream;
use http::{HeaderValue, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    ApiState,
    activity::{ActivityBody, body, wanted},
    error::{ApiError, Code, ErrorBody},
    guard::InWorkspace,
};
use crate::ports::{Asked, ExportForm, Wanted};

/// Events in memory at a time.
const PAGE: usize = 500;

/// Exports that run at a time on one node.
const MOST: usize = 8;

/// Who may export now.
pub struct Exports(Arc<Semaphore>);

impl Default for Exports {
    fn default() -> Self {
        Exports(Arc::new(Semaphore::new(MOST)))
    }
}

/// Sends the log as a file, the newest event first. Needs `audit:read`; is itself an event.
#[utoipa::path(get, path = "/api/workspaces/{id}/activity/export", tag = "activity",
    params(
        ("id" = String, Path, description = "The workspace"),
        ("format" = Option<String>, Query, description = "`csv` (if left out) or `ndjson`"),
        ("action" = Option<String>, Query, description = "Only this action"),
        ("actor" = Option<String>, Query, description = "Only what this person did"),
        ("from" = Option<String>, Query, description = "From this moment (RFC 3339) or day (UTC) on"),
        ("to" = Option<String>, Query, description = "Before this moment (RFC 3339) or day (UTC)"),
    ),
    responses(
        (status = 200, content((String = "text/csv"), (String = "application/x-ndjson"))),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 429, body = ErrorBody),
        (status = 503, body = ErrorBody),
    )
)]
pub async fn export(
    State(state): State<ApiState>,
    at: InWorkspace,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let form = form(query.as_deref())?;
    let wanted = wanted(query.as_deref())?;
    let busy = || ApiError::from(Code::RateLimited).saying("Too many exports run right now").retry_after(10);
    let permit = Arc::clone(&state.exports.0).try_acquire_owned().map_err(|_| busy())?;
    state.activity.note_export(&at.asked(), &wanted, form).await?;
    let name = format!("attachment; filename=\"activity-{}.{}\"", at.id, form.name());
    let media = match form {
        ExportForm::Csv => "text/csv; charset=utf-8; header=present",
        ExportForm::Ndjson => "application/x-ndjson; charset=utf-8",
    };
    let leaving = Leaving { state, at, wanted, form, next: Next::Beginning, _permit: permit };
    let pages = stream::try_unfold(leaving, Leaving::page);
    let mut response = Response::new(Body::from_stream(pages));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    if let Ok(name) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

fn form(query: Option<&str>) -> Result<ExportForm, ApiError> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    match pairs.find(|(name, _)| name == "format").map(|(_, value)| value).as_deref() {
        None | Some("csv") => Ok(ExportForm::Csv),
        Some("ndjson") => Ok(ExportForm::Ndjson),
        Some(_) => Err(ApiError::field("format", "not_csv_or_ndjson")),
    }
}

/// A log on its way out.
struct Leaving {
    state: ApiState,
    at: InWorkspace,
    wanted: Wanted,
    form: ExportForm,
    next: Next,
    _permit: OwnedSemaphorePermit,
}

/// What comes next.
enum Next {
    Beginning,
    Before(i64),
    End,
}

impl Leaving {
    /// One page, and what is left. An error cuts the answer off, so that half a file never looks like a whole one.
    async fn page(mut self) -> io::Result<Option<(Bytes, Self)>> {
        let (before, mut text) = match self.next {
            Next::Beginning => (None, self.form.beginning().to_owned()),
            Next::Before(seq) => (Some(seq), String::new()),
            Next::End => return Ok(None),
        };
        let snapshot = self.state.rooms.hub.current();
        let asked = Asked { snapshot: &snapshot, ..self.at.asked() };
        let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let deeds = self.state.activity.page(&asked, &self.wanted, before, limit).await;
        let deeds = deeds.map_err(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "an export broke off");
            io::Error::other(error)
        })?;
        self.next = match deeds.last() {
            Some(last) if deeds.len() >= PAGE => Next::Before(last.seq),
            Some(_) | None => Next::End,
        };
        for deed in deeds {
            self.form.write(body(&self.at.id, deed), &mut text);
        }
        // An empty piece would be skipped and asked for again: there is none but the last.
        Ok(Some((text.into(), self)))
    }
}

impl ExportForm {
    fn beginning(self) -> &'static str {
        match self {
            ExportForm::Csv => {
                "id,workspaceId,createdAt,action,actorKind,userId,actorName,targetKind,targetId,details,ipAddress,userAgent,requestId\r\n"
            }
            ExportForm::Ndjson => "",
        }
    }

    fn write(self, row: ActivityBody, text: &mut String) {
        match self {
            ExportForm::Ndjson => {
                text.push_str(&serde_json::to_string(&row).unwrap_or_default());
                text.push('\n');
            }
            ExportForm::Csv => {
                let known = |cell: Option<String>| cell.unwrap_or_default();
                let cells = [
                    row.id,
                    row.workspace_id,
                    row.created_at.to_string(),
                    row.action,
                    row.actor_kind,
                    known(row.user_id),
                    known(row.actor_name),
                    known(row.target_kind),
                    known(row.target_id),
                    row.details.to_string(),
                    known(row.ip_address),
                    known(row.user_agent),
                    known(row.request_id),
                ];
                text.push_str(&cells.map(|cell| cell_of(&cell)).join(","));
                text.push_str("\r\n");
            }
        }
    }
}

/// What a spreadsheet may take for the beginning of a formula, the wide forms of East Asian input among it.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// What ends a cell where the comma is not what separates lists: a quoted cell of ours is several there.
const SEPARATORS: [char; 4] = [';', '\t', '\r', '\n'];

/// A cell of RFC 4180; what a spreadsheet would compute gets an apostrophe before it, wherever a cell may begin.
fn cell_of(text: &str) -> String {
    let (is_formula, text) = disarmed(text);
    if is_formula || text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// The text without formulas, and whether there was any.
fn disarmed(text: &str) -> (bool, String) {
    let mut is_formula = text.starts_with(SEPARATORS.split_first().map_or(&[][..], |(_, blank)| blank));
    let mut disarmed = String::from(if is_formula { "'" } else { "" });
    let mut may_begin = true;
    for c in text.chars() {
        if may_begin && FORMULA.contains(&c) {
            is_formula = true;
            disarmed.push('\'');
        }
        may_begin = SEPARATORS.contains(&c) || (may_begin && c == '"');
        disarmed.push(c);
    }
    (is_formula, disarmed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_is_never_a_formula() {
        for (text, wanted) in [
            ("plain", "plain"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\r\nlines", "\"two\r\nlines\""),
            ("=1+1", "\"'=1+1\""),
            ("+49", "\"'+49\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\tx", "\"'\tx\""),
            ("\rx", "\"'\rx\""),
            ("\n=1", "\"'\n'=1\""),
            ("x;=cmd|' /c calc'!A0", "\"x;'=cmd|' /c calc'!A0\""),
            ("x;\"=1", "\"x;\"\"'=1\""),
            ("x\t+1", "\"x\t'+1\""),
            ("x\n-1;@a", "\"x\n'-1;'@a\""),
            ("a; b=1; -", "a; b=1; -"),
            ("＝1+1", "\"'＝1+1\""),
            ("a=1", "a=1"),
        ] {
            assert_eq!(cell_of(text), wanted, "{text:?}");
        }
    }
}
