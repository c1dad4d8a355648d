//! What must hold around a permitted request: the parent rows, the body, the fields that never leave.
//!
//! **Invariant:** a guarded body goes upstream whole and unchanged, or not at all. It is held until it was judged; a
//! refusal ends the connection on which its head stands.
//! **Deliberately absent:** what is guarded. The profile says it, the policy judges each leaf.

pub mod body;
mod redact;

use std::sync::Arc;

use annex_policy::{BodyGuard, Obligations, Params, RouteClass};
use bytes::{Bytes, BytesMut};
use http::header;
use pingora::{
    Error, ErrorType,
    http::{RequestHeader, ResponseHeader},
};

use super::{Rejection, Rooms};
use crate::ports::RelationError;

/// The obligations of one permit, with what they are judged against.
pub struct Guard {
    route: usize,
    /// The path's parameters, decoded.
    params: Vec<(Box<str>, Box<str>)>,
    workspace: Arc<str>,
    held: BytesMut,
    redactor: Option<redact::Redactor>,
}

impl Guard {
    /// For the route at `route` in the profile's table.
    pub fn new(route: usize, params: Params<'_>, workspace: Arc<str>) -> Self {
        let params = params.iter().map(|(name, value)| (name.into(), value.into())).collect();
        Guard { route, params, workspace, held: BytesMut::new(), redactor: None }
    }

    fn obligations<'r>(&self, rooms: &'r Rooms) -> Option<&'r Obligations> {
        match &rooms.config.profile.routes.routes().get(self.route)?.class {
            RouteClass::Mapped(_, obligations) => Some(obligations),
            RouteClass::Home | RouteClass::Unmapped => None,
        }
    }

    fn body<'r>(&self, rooms: &'r Rooms) -> Option<&'r BodyGuard> {
        self.obligations(rooms)?.body.as_ref()
    }

    /// Before anything goes upstream: every parent belongs to the workspace, and the body is one that can be judged.
    pub async fn before(&self, rooms: &Rooms, head: &RequestHeader, body: HasBody) -> Result<(), Rejection> {
        let Some(obligations) = self.obligations(rooms) else { return Ok(()) };
        if obligations.body.is_some() && body == HasBody::Yes {
            body::check_head(head, rooms.config.profile.body_limit_bytes)?;
        }
        for check in &obligations.parent {
            let named = self.params.iter().find(|(name, _)| *name == check.param);
            let (_, id) = named.ok_or(Rejection::Internal)?;
            self.belongs(rooms, &check.relation, id).await?;
        }
        Ok(())
    }

    async fn belongs(&self, rooms: &Rooms, relation: &str, id: &str) -> Result<(), Rejection> {
        match rooms.relations.belongs(relation, id, &self.workspace).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Rejection::NotInWorkspace),
            Err(RelationError::Unavailable) => Err(Rejection::ContextUnavailable),
            Err(RelationError::Unknown) => Err(Rejection::GuardUnknown),
        }
    }

    /// A piece of the body on its way up. Takes it into custody; gives it all back when it is whole and was judged.
    pub async fn body_piece(&mut self, rooms: &Rooms, piece: &mut Option<Bytes>, end: bool) -> Result<(), Rejection> {
        let Some(guard) = self.body(rooms) else { return Ok(()) };
        if let Some(bytes) = piece.take() {
            if self.held.len().saturating_add(bytes.len()) > rooms.config.profile.body_limit_bytes {
                return Err(Rejection::BodyTooLarge);
            }
            self.held.extend_from_slice(&bytes);
        }
        if !end {
            // Nothing may be sent, and `None` would mean the end.
            *piece = Some(Bytes::new());
            return Ok(());
        }
        if self.held.is_empty() {
            return Ok(());
        }
        let credential = &rooms.config.profile.credential;
        let against = body::Against {
            workspace: &self.workspace,
            path_id: self.params.last().map(|(_, id)| &**id),
            elevation: (&credential.claims.kind, &credential.saas_admin_kinds),
        };
        let rows = body::judge(guard, &self.held, against)?;
        for (relation, id) in rows {
            self.belongs(rooms, relation, &id).await?;
        }
        *piece = Some(self.held.split().freeze());
        Ok(())
    }

    /// A retry sends the body again, from its beginning.
    pub fn restart(&mut self) {
        self.held.clear();
    }

    /// Whether the answer must be readable for us: compressed, partial or unmodified ones are not asked for.
    pub fn reads_answer(&self, rooms: &Rooms) -> bool {
        self.obligations(rooms).is_some_and(|obligations| obligations.redact)
    }

    /// The answer's head. JSON that must be redacted changes its length, and what identifies its bytes.
    pub fn response(&mut self, rooms: &Rooms, head: &mut ResponseHeader) -> pingora::Result<()> {
        if !self.reads_answer(rooms) || !is_json(head) || head.status == http::StatusCode::NOT_MODIFIED {
            return Ok(());
        }
        refuse_encoded(head)?;
        self.redactor = Some(redact::Redactor::new(rooms.config.profile.redact.fields.clone()));
        head.remove_header(&header::CONTENT_LENGTH);
        head.remove_header(&header::ETAG);
        head.remove_header(&header::ACCEPT_RANGES);
        head.insert_header("Transfer-Encoding", "chunked")
    }

    /// A piece of the answer on its way down.
    pub fn response_piece(&mut self, piece: &mut Option<Bytes>) {
        if let (Some(redactor), Some(bytes)) = (&mut self.redactor, piece.as_mut()) {
            *bytes = redactor.feed(bytes);
        }
    }
}

/// Whether a request carries a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HasBody {
    Yes,
    No,
}

/// An answer that must be read and came encoded although nobody asked for it: it goes no further.
pub fn refuse_encoded(head: &ResponseHeader) -> pingora::Result<()> {
    let encoded = head
        .headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if encoded {
        return Err(Error::explain(ErrorType::InvalidHTTPHeader, "an answer that must be read came encoded").into_up());
    }
    Ok(())
}

/// Whether an answer says that it is JSON.
pub fn is_json(head: &ResponseHeader) -> bool {
    head.headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .is_some_and(|media| {
            let media = media.trim().to_ascii_lowercase();
            media == "application/json" || media.ends_with("+json")
        })
}
