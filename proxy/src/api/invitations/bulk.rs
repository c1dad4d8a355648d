//! `POST …/invitations/bulk`: up to a hundred at once, as JSON or as CSV, with one result per row.
//!
//! **Invariant:** a row that is refused stops no other; with `dryRun` nothing is kept, counted or mailed.

use axum::{
    Json,
    extract::{FromRequestParts, State},
};
use http::{header, request::Parts};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{InvitationBody, NewInvitationBody, code_of, fields::row, link};
use crate::{
    api::{
        ApiState,
        body::{Fields, Parsed, boolean, check_headers, received},
        error::{ApiError, Code, ErrorBody, FieldError},
        guard::{IdempotencyKey, InWorkspace},
    },
    ports::{Asked, Denial, InvitationDraft, RowOutcome, Run},
};

/// Many invitations.
#[derive(ToSchema)]
#[schema(as = NewInvitations)]
#[allow(dead_code, reason = "the document's shape of what `Rows` reads")]
pub struct BulkBody {
    /// 1 to 100.
    #[schema(min_items = 1, max_items = 100)]
    invitations: Vec<NewInvitationBody>,
    /// Only tells what would happen.
    #[schema(rename = "dryRun")]
    dry_run: Option<bool>,
}

/// What became of them.
#[derive(Serialize, ToSchema)]
#[schema(as = InvitationResults)]
pub struct BulkResult {
    pub summary: Summary,
    /// In the order of the rows.
    pub results: Vec<RowResult>,
}

/// How many of which.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InvitationSummary)]
pub struct Summary {
    pub rows: usize,
    /// In a dry run: would be.
    pub invited: usize,
    pub refused: usize,
    pub dry_run: bool,
}

/// What became of one row.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InvitationResult)]
pub struct RowResult {
    /// From 1; the head line of a CSV is none.
    pub row: usize,
    pub email: Option<String>,
    /// `invited`, `valid` (a dry run) or `refused`.
    pub status: &'static str,
    /// Of a refused row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationBody>,
    /// Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invite_link: Option<String>,
}

/// One row, read.
struct Read {
    /// As far as it can be told.
    email: Option<String>,
    draft: Result<InvitationDraft, Vec<FieldError>>,
}

/// A body of rows.
pub struct Rows {
    rows: Vec<Read>,
    run: Run,
    fingerprint: [u8; 32],
}

const MOST_ROWS: usize = 100;

/// A longer text is not repeated.
const LONGEST_ECHO: usize = 254;

/// Invites many.
#[utoipa::path(post, path = "/api/workspaces/{id}/invitations/bulk", tag = "invitations",
    request_body(description = "JSON, or text/csv with a head line `email,role` (and `language`)", content(
        (BulkBody = "application/json"), (String = "text/csv")
    )),
    params(
        ("id" = String, Path, description = "The workspace"),
        ("dryRun" = Option<bool>, Query, description = "For CSV: only tells what would happen"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once in 24 hours"),
    ),
    responses(
        (status = 200, body = BulkResult),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 413, body = ErrorBody),
        (status = 415, body = ErrorBody), (status = 422, body = ErrorBody), (status = 429, body = ErrorBody),
        (status = 503, body = ErrorBody),
    )
)]
pub async fn invite_many(
    State(state): State<ApiState>,
    at: InWorkspace,
    key: IdempotencyKey,
    Rows { rows, run, fingerprint }: Rows,
) -> Result<Json<BulkResult>, ApiError> {
    // A dry run does nothing that could be done twice.
    let once = match run {
        Run::Real => key.once(&at.principal, fingerprint),
        Run::Dry => None,
    };
    let drafts: Vec<Option<InvitationDraft>> = rows.iter().map(|row| row.draft.as_ref().ok().cloned()).collect();
    let asked = Asked { once: once.as_ref(), ..at.asked() };
    let outcomes = state.invitations.invite_many(asked, &drafts, run).await?;
    let results: Vec<RowResult> =
        rows.into_iter().zip(outcomes).enumerate().map(|(at, (row, outcome))| result(at + 1, row, outcome)).collect();
    let refused = results.iter().filter(|result| result.status == "refused").count();
    let summary = Summary { rows: results.len(), invited: results.len() - refused, refused, dry_run: run == Run::Dry };
    Ok(Json(BulkResult { summary, results }))
}

fn result(number: usize, read: Read, outcome: Option<RowOutcome>) -> RowResult {
    let mut result = RowResult {
        row: number,
        email: read.email,
        status: "refused",
        code: None,
        errors: Vec::new(),
        invitation: None,
        invite_link: None,
    };
    match (read.draft, outcome) {
        (Err(errors), _) => {
            result.code = Some(Code::ValidationFailed.name());
            result.errors = errors;
        }
        (Ok(_), Some(RowOutcome::Invited(issued))) => {
            result.status = "invited";
            result.invite_link = issued.link.as_ref().map(link);
            result.invitation = Some(InvitationBody::of(issued.invitation));
        }
        (Ok(_), Some(RowOutcome::Fine)) => result.status = "valid",
        (Ok(_), Some(RowOutcome::Refused(denial))) => {
            result.code = Some(code_of(&denial));
            if let Denial::Invalid { path, code } = denial {
                result.errors.push(FieldError { path: path.to_owned(), code, value: None });
            }
        }
        (Ok(_), None) => result.code = Some(Code::Internal.name()),
    }
    result
}

impl<S: Send + Sync> FromRequestParts<S> for Rows {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let media = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_csv = media.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case("text/csv"));
        if is_csv {
            return csv_rows(parts);
        }
        let mut fields = Fields::from_request_parts(parts, state).await?;
        let fingerprint = fields.fingerprint();
        let rows = fields.required("invitations", json_rows);
        let run = run(fields.optional("dryRun", boolean));
        fields.finish(rows.map(|rows| Rows { rows, run, fingerprint }))
    }
}

fn run(is_dry: Option<bool>) -> Run {
    if is_dry == Some(true) { Run::Dry } else { Run::Real }
}

fn json_rows(value: &Value) -> Parsed<Vec<Read>> {
    let rows = value.as_array().ok_or("invalid_type")?;
    if !(1..=MOST_ROWS).contains(&rows.len()) {
        return Err("not_1_to_100_rows");
    }
    rows.iter().map(|row| Ok(read(row.as_object().ok_or("invalid_type")?.clone()))).collect()
}

fn read(row_of: Map<String, Value>) -> Read {
    let email = row_of.get("email").and_then(Value::as_str).filter(|email| email.len() <= LONGEST_ECHO);
    Read { email: email.map(str::to_owned), draft: row(Fields::of(row_of.clone())) }
}

/// RFC 4180, with a head line that names its columns.
fn csv_rows(parts: &Parts) -> Result<Rows, ApiError> {
    check_headers(&parts.headers, "text/csv")?;
    let body = received(parts)?;
    if std::str::from_utf8(body).is_err() {
        return Err(Code::UnsupportedBody.into());
    }
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let dry = form_urlencoded::parse(query).find(|(name, _)| name == "dryRun").map(|(_, value)| value == "true");
    // A byte order mark is a spreadsheet's habit.
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    let columns = reader.headers().map_err(|_| malformed())?.clone();
    if !columns.iter().any(|column| column == "email") {
        return Err(ApiError::field("email", "column_missing"));
    }
    if let Some(unknown) = columns.iter().find(|column| !["email", "role", "roleId", "language"].contains(column)) {
        return Err(ApiError::field(&unknown.chars().take(100).collect::<String>(), "unknown_column"));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| malformed())?;
        let cells = columns.iter().zip(record.iter()).filter(|(_, cell)| !cell.is_empty());
        rows.push(read(cells.map(|(column, cell)| (column.to_owned(), Value::from(cell))).collect()));
        if rows.len() > MOST_ROWS {
            break;
        }
    }
    if !(1..=MOST_ROWS).contains(&rows.len()) {
        return Err(ApiError::field("", "not_1_to_100_rows"));
    }
    Ok(Rows { rows, run: run(dry), fingerprint: Sha256::digest(body).into() })
}

fn malformed() -> ApiError {
    ApiError::field("", "malformed_csv").saying("The body is no CSV with a head line")
}
