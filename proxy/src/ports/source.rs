//! How a question or a change fails when a source is at fault.

/// What lies behind; for the log, never for a stranger.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a source did not do what was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It does not answer, or its schema is missing: worth asking again later.
    #[error("the source does not answer")]
    Unavailable(#[source] Cause),
    /// It answered with a refusal: a grant is missing, or a statement does not fit this CRM.
    #[error("the source refused a statement")]
    Refused(#[source] Cause),
}
