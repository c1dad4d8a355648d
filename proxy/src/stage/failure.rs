//! What a client is told when an exchange that was let through broke: mostly the CRM's failure, told by Annex.
//!
//! **Invariant:** who reads the log or the metrics can tell an answer that Annex wrote from one of the CRM's.

use bytes::Bytes;
use http::header;
use pingora::{Error, ErrorSource, ErrorType, http::ResponseHeader};
use serde_json::json;

/// How an exchange broke, as far as there was somebody left to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    status: u16,
}

impl Failure {
    /// 502 or 504 for the CRM's failures, 400 for the client's; `None`: nobody is left to tell.
    pub fn of(error: &Error) -> Option<Self> {
        use ErrorType as T;
        let status = match (error.etype(), error.esource()) {
            (T::HTTPStatus(code), _) => *code,
            (T::ConnectTimedout | T::ReadTimedout | T::WriteTimedout, ErrorSource::Upstream) => 504,
            (_, ErrorSource::Upstream) => 502,
            (T::WriteError | T::ReadError | T::ConnectionClosed, ErrorSource::Downstream) => return None,
            (_, ErrorSource::Downstream) => 400,
            (_, ErrorSource::Internal | ErrorSource::Unset) => 500,
        };
        Some(Failure { status })
    }

    pub fn status(self) -> u16 {
        self.status
    }

    /// The metric label.
    pub fn label(self) -> &'static str {
        match self.status {
            502 => "upstream_failed",
            504 => "upstream_timed_out",
            400 => "request_unreadable",
            _ => "broken",
        }
    }

    fn message(self) -> &'static str {
        match self.status {
            502 => "The application behind this address did not answer",
            504 => "The application behind this address did not answer in time",
            400 => "The request could not be read",
            _ => "Something went wrong",
        }
    }

    /// The answer.
    pub fn response(self, request_id: &str) -> pingora::Result<(ResponseHeader, Bytes)> {
        let body = json!({ "message": self.message(), "status": self.status, "requestId": request_id }).to_string();
        let mut head = ResponseHeader::build(self.status, Some(6))?;
        head.insert_header(header::CONTENT_TYPE, "application/json; charset=utf-8")?;
        head.insert_header(header::CONTENT_LENGTH, body.len())?;
        head.insert_header(header::CACHE_CONTROL, "no-store")?;
        Ok((head, Bytes::from(body)))
    }
}
