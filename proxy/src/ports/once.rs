//! A request that is done once, however often it is sent (draft-ietf-httpapi-idempotency-key-header).

/// What makes two requests the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    pub principal: String,
    pub method: String,
    pub path: String,
    /// The client's own word.
    pub key: String,
    /// SHA-256 of the payload.
    pub fingerprint: [u8; 32],
}
