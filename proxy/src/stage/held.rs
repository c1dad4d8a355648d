//! An answer that is held back until it was read, its head included.
//!
//! **Deliberately absent:** a limit. Whoever holds an answer knows how much of it is enough.

use bytes::BytesMut;
use http::StatusCode;
use pingora::http::ResponseHeader;

/// What is held of one answer.
pub struct Held {
    pub head: Option<Box<ResponseHeader>>,
    pub body: BytesMut,
}

/// What becomes of a piece.
pub enum Step {
    /// It goes on.
    On,
    /// It is held; nothing goes on yet.
    Held,
    /// What was held goes on, this head first.
    Released(Box<ResponseHeader>),
    /// Nothing goes on any more.
    Stopped,
}

impl Held {
    /// Takes a head into custody and leaves one that is never sent.
    pub fn take(head: &mut ResponseHeader) -> pingora::Result<Self> {
        // Pingora drops informational heads when told to; 103 is none that a request can ask for.
        let unsent = ResponseHeader::build(StatusCode::EARLY_HINTS, None)?;
        let head = Box::new(std::mem::replace(head, unsent));
        Ok(Held { head: Some(head), body: BytesMut::new() })
    }
}
