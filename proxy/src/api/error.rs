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

use crate::ports::{SourceError, Unavailable};

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
    Internal,
}

impl Code {
    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        match self {
            Code::Unauthenticated => StatusCode::UNAUTHORIZED,
            Code::FeatureDisabled | Code::AccessDenied | Code::AdminRequired => StatusCode::FORBIDDEN,
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
    #[schema(value_type = Option<Object>)]
    pub value: Option<Value>,
}

/// A refusal on its way out.
#[derive(Debug, Clone)]
pub struct ApiError {
    pub code: Code,
    message: Option<Cow<'static, str>>,
    errors: Vec<FieldError>,
    retry_after_s: Option<u32>,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl From<Code> for ApiError {
    fn from(code: Code) -> Self {
        let is_passing = matches!(code, Code::ContextUnavailable | Code::IdempotencyUnderWay);
        let retry_after_s = is_passing.then_some(1);
        ApiError { code, message: None, errors: Vec::new(), retry_after_s, cause: None }
    }
}

impl From<Reason> for ApiError {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::FeatureDisabled | Reason::WorkspaceOff => Code::FeatureDisabled.into(),
            Reason::WorkspaceDeleted => Code::WorkspaceDeleted.into(),
            Reason::AccessDenied | Reason::PermissionMissing(_) | Reason::RouteNotMapped | Reason::HomeBlocked => {
                Code::AccessDenied.into()
            }
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
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}
