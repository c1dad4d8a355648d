//! How the API says no: one shape, one place.
//!
//! Shape: `{message, code, status, requestId, errors?}`, or RFC 9457 (`application/problem+json`) where `Accept` asks.
//!
//! **Invariant:** a stranger sees a code, a sentence and the request id; the cause goes to the log alone.

use std::{borrow::Cow, sync::Arc};

use annex_policy::Reason;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::ports::{Denial, Denied, SourceError, Unavailable};

/// Why a request to the API was refused. Closed: the codes stand in the OpenAPI document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    Unauthenticated,
    FeatureDisabled,
    AccessDenied,
    AdminRequired,
    WorkspaceDeleted,
    ContextUnavailable,
    RateLimited,
    /// The key stands for another payload.
    IdempotencyConflict,
    /// The same request is under way.
    IdempotencyUnderWay,
    ValidationFailed,
    BodyTooLarge,
    UnsupportedBody,
    NotFound,
    MethodNotAllowed,
    /// The role lacks what this needs.
    PermissionDenied,
    /// `X-Workspace-Id` names another workspace than the path.
    ContextMismatch,
    RoleExceedsCaller,
    OwnRole,
    LastAdmin,
    OnlyWorkspace,
    OwnerMustTransfer,
    OwnerOnly,
    RoleInUse,
    AlreadyMember,
    AlreadyInvited,
    InvitationNotFound,
    InvitationExpired,
    InvitationEmailMismatch,
    /// `If-Match` names a version that is gone.
    StaleVersion,
    /// It stands already.
    Conflict,
    Internal,
}

impl Code {
    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        match self {
            Code::Unauthenticated => StatusCode::UNAUTHORIZED,
            Code::FeatureDisabled
            | Code::AccessDenied
            | Code::AdminRequired
            | Code::PermissionDenied
            | Code::RoleExceedsCaller
            | Code::OwnRole
            | Code::OwnerOnly
            | Code::InvitationEmailMismatch => StatusCode::FORBIDDEN,
            Code::ContextMismatch
            | Code::LastAdmin
            | Code::OnlyWorkspace
            | Code::OwnerMustTransfer
            | Code::RoleInUse
            | Code::AlreadyMember
            | Code::AlreadyInvited
            | Code::Conflict => StatusCode::CONFLICT,
            Code::InvitationNotFound => StatusCode::NOT_FOUND,
            Code::InvitationExpired => StatusCode::GONE,
            Code::StaleVersion => StatusCode::PRECONDITION_FAILED,
            Code::WorkspaceDeleted => StatusCode::GONE,
            Code::ContextUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Code::IdempotencyConflict => StatusCode::UNPROCESSABLE_ENTITY,
            Code::IdempotencyUnderWay => StatusCode::CONFLICT,
            Code::ValidationFailed => StatusCode::BAD_REQUEST,
            Code::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::UnsupportedBody => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The text in the body.
    pub fn name(self) -> &'static str {
        match self {
            Code::Unauthenticated => "UNAUTHENTICATED",
            Code::FeatureDisabled => Reason::FeatureDisabled.code(),
            Code::AccessDenied => Reason::AccessDenied.code(),
            Code::AdminRequired => "SAAS_ADMIN_REQUIRED",
            Code::WorkspaceDeleted => Reason::WorkspaceDeleted.code(),
            Code::ContextUnavailable => "CONTEXT_UNAVAILABLE",
            Code::RateLimited => "RATE_LIMITED",
            Code::IdempotencyConflict | Code::IdempotencyUnderWay => "IDEMPOTENCY_CONFLICT",
            Code::ValidationFailed => "VALIDATION_FAILED",
            Code::BodyTooLarge => "BODY_TOO_LARGE",
            Code::UnsupportedBody => "UNSUPPORTED_BODY",
            Code::NotFound => "NOT_FOUND",
            Code::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Code::PermissionDenied => "WORKSPACE_PERMISSION_DENIED",
            Code::ContextMismatch => "WORKSPACE_CONTEXT_MISMATCH",
            Code::RoleExceedsCaller => "ROLE_EXCEEDS_CALLER",
            Code::OwnRole => "OWN_ROLE",
            Code::LastAdmin => "LAST_ADMIN",
            Code::OnlyWorkspace => "ONLY_WORKSPACE",
            Code::OwnerMustTransfer => "OWNER_MUST_TRANSFER",
            Code::OwnerOnly => "OWNER_ONLY",
            Code::RoleInUse => "ROLE_IN_USE",
            Code::AlreadyMember => "ALREADY_MEMBER",
            Code::AlreadyInvited => "ALREADY_INVITED",
            Code::InvitationNotFound => "INVITATION_NOT_FOUND",
            Code::InvitationExpired => "INVITATION_EXPIRED",
            Code::InvitationEmailMismatch => "INVITATION_EMAIL_MISMATCH",
            Code::StaleVersion => "STALE_VERSION",
            Code::Conflict => "CONFLICT",
            Code::Internal => "INTERNAL",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Code::Unauthenticated => "A valid access token is needed",
            Code::FeatureDisabled => "Multi-workspace is not enabled",
            Code::AccessDenied => "Access denied to this workspace",
            Code::AdminRequired => "Only an administrator of the platform may do this",
            Code::WorkspaceDeleted => "This workspace was deleted",
            Code::ContextUnavailable => "This cannot be answered right now; nothing was changed",
            Code::RateLimited => "Too many requests",
            Code::IdempotencyConflict => "This Idempotency-Key was used for another request",
            Code::IdempotencyUnderWay => "A request with this Idempotency-Key is under way",
            Code::ValidationFailed => "Invalid data",
            Code::BodyTooLarge => "The body is too large",
            Code::UnsupportedBody => "Send application/json in UTF-8, not encoded",
            Code::NotFound => "There is nothing at this address",
            Code::MethodNotAllowed => "This address does not know that method",
            Code::PermissionDenied => "Your role in this workspace does not allow this",
            Code::ContextMismatch => "X-Workspace-Id names another workspace than the address",
            Code::RoleExceedsCaller => "You cannot give permissions that you do not have",
            Code::OwnRole => "You cannot change your own role",
            Code::LastAdmin => "At least one Admin who can sign in must remain",
            Code::OnlyWorkspace => "It is the only workspace of somebody who would be left without any",
            Code::OwnerMustTransfer => "The owner must transfer ownership first",
            Code::OwnerOnly => "Only the owner may do this",
            Code::RoleInUse => "Somebody still has this role; name another one in reassignTo",
            Code::AlreadyMember => "This person is a member already",
            Code::AlreadyInvited => "This address has a pending invitation",
            Code::InvitationNotFound => "There is no such invitation",
            Code::InvitationExpired => "This invitation has expired",
            Code::InvitationEmailMismatch => "This invitation is for another e-mail address",
            Code::StaleVersion => "It has changed since you read it; read it again",
            Code::Conflict => "It stands already",
            Code::Internal => "Something went wrong; nothing was changed",
        }
    }
}

/// One field that was refused.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field's name; empty for the body as a whole.
    pub path: String,
    /// Such as `required`, `invalid_type`, `too_long`, `unknown_field`.
    pub code: &'static str,
    /// What was sent, where it may be repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value)]
    pub value: Option<Value>,
}

/// A refusal on its way out.
#[derive(Debug, Clone)]
pub struct ApiError {
    pub code: Code,
    message: Option<Cow<'static, str>>,
    errors: Vec<FieldError>,
    /// One more member of the body.
    detail: Option<Box<(&'static str, Value)>>,
    retry_after_s: Option<u32>,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl From<Code> for ApiError {
    fn from(code: Code) -> Self {
        let is_passing = matches!(code, Code::ContextUnavailable | Code::IdempotencyUnderWay);
        let retry_after_s = is_passing.then_some(1);
        ApiError { code, message: None, errors: Vec::new(), detail: None, retry_after_s, cause: None }
    }
}

impl From<Reason> for ApiError {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::FeatureDisabled | Reason::WorkspaceOff => Code::FeatureDisabled.into(),
            Reason::WorkspaceDeleted => Code::WorkspaceDeleted.into(),
            Reason::PermissionMissing(permission) => {
                ApiError::from(Code::PermissionDenied).with("missingPermissions", json!([permission.to_string()]))
            }
            Reason::AccessDenied | Reason::RouteNotMapped | Reason::HomeBlocked => Code::AccessDenied.into(),
        }
    }
}

impl From<Denial> for ApiError {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::Reason(reason) => reason.into(),
            Denial::RoleExceedsCaller(missing) => {
                let missing: Vec<String> = missing.iter().map(|permission| permission.to_string()).collect();
                ApiError::from(Code::RoleExceedsCaller).with("missingPermissions", json!(missing))
            }
            Denial::AdminOnly => {
                ApiError::from(Code::PermissionDenied).saying("Only an Admin of this workspace may do this")
            }
            Denial::OwnRole => Code::OwnRole.into(),
            Denial::LastAdmin => Code::LastAdmin.into(),
            Denial::OnlyWorkspace => Code::OnlyWorkspace.into(),
            Denial::OwnerMustTransfer => Code::OwnerMustTransfer.into(),
            Denial::OwnerOnly => Code::OwnerOnly.into(),
            Denial::RoleInUse { members, invitations } => {
                ApiError::from(Code::RoleInUse).with("inUse", json!({ "members": members, "invitations": invitations }))
            }
            Denial::AlreadyMember => Code::AlreadyMember.into(),
            Denial::AlreadyInvited => Code::AlreadyInvited.into(),
            Denial::InvitationNotFound => Code::InvitationNotFound.into(),
            Denial::InvitationExpired => Code::InvitationExpired.into(),
            Denial::InvitationEmailMismatch => Code::InvitationEmailMismatch.into(),
            Denial::TooMany { retry_after_s, what } => {
                ApiError::from(Code::RateLimited).saying(what).retry_after(retry_after_s)
            }
            Denial::NotFound(what) => {
                ApiError::from(Code::NotFound).saying(format!("There is no such {what} in this workspace"))
            }
            Denial::Stale => Code::StaleVersion.into(),
            Denial::KeyReused => Code::IdempotencyConflict.into(),
            Denial::UnderWay => Code::IdempotencyUnderWay.into(),
            Denial::Invalid { path, code } => ApiError::field(path, code),
            Denial::Conflict(what) => ApiError::from(Code::Conflict).saying(what),
        }
    }
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Denial(denial) => denial.into(),
            Denied::Source(error) => error.into(),
            Denied::Unsure(error) => ApiError { cause: Some(Arc::new(error)), ..Code::ContextUnavailable.into() }
                .saying("It is not known whether this was done; read it again before you repeat it"),
        }
    }
}

impl From<SourceError> for ApiError {
    fn from(error: SourceError) -> Self {
        let code = match &error {
            SourceError::Unavailable(_) => Code::ContextUnavailable,
            SourceError::Refused(_) => Code::Internal,
        };
        ApiError { cause: Some(Arc::new(error)), ..code.into() }
    }
}

impl From<Unavailable> for ApiError {
    fn from(error: Unavailable) -> Self {
        ApiError { cause: Some(Arc::new(error)), ..Code::ContextUnavailable.into() }
    }
}

impl ApiError {
    /// Fields that were refused, each with its reason.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        ApiError { errors, ..Code::ValidationFailed.into() }
    }

    /// One field that was refused, or with an empty path the whole body.
    pub fn field(path: &str, code: &'static str) -> Self {
        Self::fields(vec![FieldError { path: path.to_owned(), code, value: None }])
    }

    /// With another sentence.
    #[must_use]
    pub fn saying(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// With one more member in the body.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Value) -> Self {
        self.detail = Some(Box::new((name, value)));
        self
    }

    /// With the time after which asking again may help.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The answer, and the cause in the log.
    pub fn render(self, request_id: &str, form: Form) -> Response {
        let status = self.code.status();
        if let Some(cause) = &self.cause {
            tracing::warn!(
                exchange.id = request_id,
                error = &**cause as &dyn std::error::Error,
                code = self.code.name(),
                "the API could not answer"
            );
        }
        let message = self.message.unwrap_or(Cow::Borrowed(self.code.sentence()));
        let said = match form {
            Form::Plain => "message",
            Form::Problem => "title",
        };
        let mut body = json!({
            said: message, "code": self.code.name(), "status": status.as_u16(), "requestId": request_id,
        });
        if let Some(body) = body.as_object_mut() {
            if form == Form::Problem {
                body.insert("type".to_owned(), "about:blank".into());
            }
            if !self.errors.is_empty() {
                body.insert("errors".to_owned(), json!(self.errors));
            }
            if let Some((name, value)) = self.detail.map(|detail| *detail) {
                body.insert(name.to_owned(), value);
            }
            if let Some(seconds) = self.retry_after_s {
                body.insert("retryAfter".to_owned(), seconds.into());
            }
        }
        let mut response = (status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.content_type()));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Which of the two shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Plain,
    /// RFC 9457.
    Problem,
}

impl Form {
    /// What `Accept` asks for.
    pub fn of(accept: Option<&HeaderValue>) -> Self {
        let ranges = accept.and_then(|value| value.to_str().ok()).unwrap_or_default().split(',');
        let is_problem = |range: &str| {
            let media = range.split(';').next().unwrap_or_default();
            media.trim().eq_ignore_ascii_case("application/problem+json")
        };
        if ranges.into_iter().any(is_problem) { Form::Problem } else { Form::Plain }
    }

    fn content_type(self) -> &'static str {
        match self {
            Form::Plain => "application/json; charset=utf-8",
            Form::Problem => "application/problem+json",
        }
    }
}

/// Carried through the layers; the outermost one writes it ([`super::frame`]).
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The body of every refusal.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Error)]
pub struct ErrorBody {
    /// For people.
    pub message: String,
    /// For programs.
    pub code: String,
    pub status: u16,
    /// The same as in `X-Annex-Request-Id`.
    pub request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<FieldError>>,
    /// What the caller's role lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_permissions: Option<Vec<String>>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// Who holds the role of a `ROLE_IN_USE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_use: Option<InUse>,
}

/// How many hold a role, and how many are invited as it.
#[derive(Serialize, ToSchema)]
#[schema(as = RoleInUse)]
pub struct InUse {
    pub members: i64,
    pub invitations: i64,
}

/// The same body for whoever accepts `application/problem+json` (RFC 9457).
#[derive(ToSchema)]
#[schema(as = Problem)]
#[allow(dead_code, reason = "the document's shape of what `render` writes")]
pub struct ProblemBody {
    /// `about:blank`: the code says which.
    #[schema(rename = "type")]
    kind: String,
    /// For people.
    title: String,
    /// For programs.
    code: String,
    status: u16,
    /// The same as in `X-Annex-Request-Id`.
    #[schema(rename = "requestId")]
    request_id: String,
    errors: Option<Vec<FieldError>>,
    /// What the caller's role lacks.
    #[schema(rename = "missingPermissions")]
    missing_permissions: Option<Vec<String>>,
    /// Seconds.
    #[schema(rename = "retryAfter")]
    retry_after: Option<u32>,
    /// Who holds the role of a `ROLE_IN_USE`.
    #[schema(rename = "inUse")]
    in_use: Option<InUse>,
}
