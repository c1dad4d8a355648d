//! Who asks. The credential that Node would read becomes a principal, or does not.

use std::sync::Arc;

use http::header;
use pingora::http::RequestHeader;

use super::Rooms;
use crate::{
    clock,
    identity::{IdentifyError, Principal},
};

/// The principal of a request head. Of two `Authorization` headers Node keeps the first, so that one counts.
pub fn identify(rooms: &Rooms, head: &RequestHeader) -> Result<Arc<Principal>, IdentifyError> {
    let authorization = head.headers.get_all(header::AUTHORIZATION).iter().next();
    let identified = rooms.verifier.identify(authorization.map(http::HeaderValue::as_bytes), clock::unix_seconds());
    if let Err(error) = &identified {
        rooms.metrics.identify_failed(error.label());
    }
    identified
}
