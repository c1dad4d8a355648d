//! The only place where a refusal becomes a status and a body.
//!
//! **Invariant:** a stranger sees a code, a short sentence and the request id, never a cause.
//! Shape: `{message, code, status, requestId}`, or RFC 9457 (`application/problem+json`) where `Accept` asks for it.

use annex_policy::Reason;
use serde_json::{Value, json};

/// Why an exchange ends here. Closed: it is a metric label, and `docs/` lists the codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// The request's framing or a header could mean two things.
    Framing(&'static str),
    /// A transfer coding that is not `chunked` (RFC 9112, section 6.1).
    TransferCoding,
    /// Two names for the workspace that differ.
    ContextConflict,
    /// A workspace name that stands twice or is malformed.
    ContextMalformed,
    /// The path means different things to different readers.
    AmbiguousPath,
    /// A workspace is named and the credential does not verify.
    Unauthenticated,
    /// A credential that lives longer than an access token, where only an access token will do.
    NotABearer,
    /// The policy said no.
    Refused(Reason),
    /// A row that the path or the body names does not belong to the workspace.
    NotInWorkspace,
    /// The profile guards this route by a table that this CRM does not have (rule R9).
    GuardUnknown,
    /// The CRM decides this route by the caller's own users row (rule R8).
    AdminRow,
    /// The route is about a users row that stands for a member from elsewhere (rule R8).
    ShadowUser,
    /// A guarded body that is not plain JSON in UTF-8.
    BodyUnreadable,
    /// A guarded body that is not one JSON object or array with unique keys.
    BodyMalformed,
    /// A guarded body above the profile's limit.
    BodyTooLarge,
    /// A guarded body that says what it may not say.
    BodyRefused,
    /// The CRM's answer in a workspace holds what is another tenant's; it stays here.
    IsolationCanary,
    /// No source can say who is a member: never answered by another workspace.
    ContextUnavailable,
    /// Something of ours broke.
    Internal,
}

impl Rejection {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Rejection::Framing(_)
            | Rejection::ContextConflict
            | Rejection::ContextMalformed
            | Rejection::AmbiguousPath
            | Rejection::BodyMalformed
            | Rejection::BodyRefused => 400,
            Rejection::GuardUnknown | Rejection::AdminRow | Rejection::ShadowUser => 403,
            Rejection::NotInWorkspace => 404,
            Rejection::BodyTooLarge => 413,
            Rejection::BodyUnreadable => 415,
            Rejection::Unauthenticated | Rejection::NotABearer => 401,
            Rejection::Refused(reason) => reason.status(),
            Rejection::TransferCoding => 501,
            Rejection::IsolationCanary => 502,
            Rejection::ContextUnavailable => 503,
            Rejection::Internal => 500,
        }
    }

    /// The machine-readable code of the body.
    pub fn code(self) -> &'static str {
        match self {
            Rejection::Framing(_) | Rejection::TransferCoding => "BAD_REQUEST",
            Rejection::ContextConflict => "WORKSPACE_CONTEXT_CONFLICT",
            Rejection::ContextMalformed => "WORKSPACE_CONTEXT_MALFORMED",
            Rejection::AmbiguousPath => "AMBIGUOUS_PATH",
            Rejection::NotInWorkspace => "NOT_IN_WORKSPACE",
            Rejection::GuardUnknown => "ROUTE_NOT_MAPPED",
            Rejection::AdminRow | Rejection::ShadowUser => "WORKSPACE_PERMISSION_DENIED",
            Rejection::BodyUnreadable => "UNSUPPORTED_BODY",
            Rejection::BodyMalformed | Rejection::BodyRefused => "VALIDATION_FAILED",
            Rejection::BodyTooLarge => "BODY_TOO_LARGE",
            Rejection::Unauthenticated | Rejection::NotABearer => "UNAUTHENTICATED",
            Rejection::Refused(reason) => reason.code(),
            Rejection::IsolationCanary => "ISOLATION_CANARY",
            Rejection::ContextUnavailable => "CONTEXT_UNAVAILABLE",
            Rejection::Internal => "INTERNAL",
        }
    }

    /// The metric label.
    pub fn label(self) -> &'static str {
        match self {
            Rejection::Framing(_) => "framing",
            Rejection::TransferCoding => "transfer_coding",
            Rejection::ContextConflict => "context_conflict",
            Rejection::ContextMalformed => "context_malformed",
            Rejection::AmbiguousPath => "ambiguous_path",
            Rejection::NotInWorkspace => "not_in_workspace",
            Rejection::GuardUnknown => "guard_unknown",
            Rejection::AdminRow => "admin_row",
            Rejection::ShadowUser => "shadow_user",
            Rejection::BodyUnreadable => "body_unreadable",
            Rejection::BodyMalformed => "body_malformed",
            Rejection::BodyTooLarge => "body_too_large",
            Rejection::BodyRefused => "body_refused",
            Rejection::Unauthenticated => "unauthenticated",
            Rejection::NotABearer => "not_a_bearer",
            Rejection::Refused(reason) => reason.label(),
            Rejection::IsolationCanary => "isolation_canary",
            Rejection::ContextUnavailable => "context_unavailable",
            Rejection::Internal => "internal",
        }
    }

    /// The sentence for people.
    pub fn message(self) -> &'static str {
        match self {
            Rejection::Framing(what) => what,
            Rejection::TransferCoding => "Only the transfer coding `chunked` is understood",
            Rejection::ContextConflict => "The request names two different workspaces",
            Rejection::ContextMalformed => "The workspace is named twice or not in the form of an id",
            Rejection::AmbiguousPath => "The path can be read in more than one way",
            Rejection::NotInWorkspace => "Not found in this workspace",
            Rejection::GuardUnknown => "This route cannot be guarded in a workspace of this installation",
            Rejection::AdminRow | Rejection::ShadowUser => "Use the Team page of the workspace settings for this",
            Rejection::BodyUnreadable => "Send application/json in UTF-8, not encoded",
            Rejection::BodyMalformed => "The body is not valid JSON with unique keys",
            Rejection::BodyTooLarge => "The body is too large",
            Rejection::BodyRefused => "The body names a row or a tenant that is not this workspace's",
            Rejection::Unauthenticated => "A valid credential is needed to act in a workspace",
            Rejection::NotABearer => "This token is not an access token",
            Rejection::Refused(reason) => sentence(reason),
            Rejection::IsolationCanary => "The answer was held back: part of it is not this workspace's",
            Rejection::ContextUnavailable => "The workspace cannot be established right now; nothing was done",
            Rejection::Internal => "Something went wrong; nothing was done",
        }
    }

    /// Whether the connection is closed after the answer: always where the request's end is in doubt.
    pub fn closes(self) -> bool {
        matches!(self, Rejection::Framing(_) | Rejection::TransferCoding)
    }

    /// The body, and its content type.
    pub fn body(self, request_id: &str, accept: Option<&[u8]>) -> (Vec<u8>, &'static str) {
        let status = self.status();
        if wants_problem(accept) {
            let problem = json!({
                "type": "about:blank",
                "title": self.message(),
                "status": status,
                "code": self.code(),
                "requestId": request_id,
            });
            return (text(&problem), "application/problem+json");
        }
        let error = json!({
            "message": self.message(),
            "code": self.code(),
            "status": status,
            "requestId": request_id,
        });
        (text(&error), "application/json; charset=utf-8")
    }
}

/// The policy's reasons, for people.
fn sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::FeatureDisabled => "Multi-workspace is not enabled",
        Reason::AccessDenied => "Access denied to this workspace",
        Reason::PermissionMissing(_) => "Your role in this workspace does not allow this",
        Reason::RouteNotMapped => "This is not available in a workspace",
        Reason::WorkspaceDeleted => "This workspace was deleted",
        Reason::WorkspaceOff => "This workspace is switched off",
        Reason::HomeBlocked => "An administrator removed your access here",
    }
}

fn text(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn wants_problem(accept: Option<&[u8]>) -> bool {
    accept.and_then(|value| std::str::from_utf8(value).ok()).is_some_and(|accept| {
        accept.split(',').any(|range| {
            range.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case("application/problem+json"))
        })
    })
}
