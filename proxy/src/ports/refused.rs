//! A refused request to the CRM, on its way to the audit log.

use std::sync::Arc;

/// What the log says of it; never a path, a query or a body.
#[derive(Debug, Clone)]
pub struct Refused {
    pub workspace: Arc<str>,
    pub principal: Arc<str>,
    /// The reason's label.
    pub reason: &'static str,
    pub code: &'static str,
    /// Method and pattern of the route.
    pub route: Option<String>,
    pub request_id: Arc<str>,
    pub ip: Option<String>,
}
