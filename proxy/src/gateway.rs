//! Pingora's phases, and nothing else: each calls the stage of its name.
//!
//! Phases in order: `early_request_filter` (parity settings), `request_filter` (receive, contextualize, decide),
//! `upstream_peer` (forward), `upstream_request_filter` (rewrite), `response_filter` (rewrite), `logging` (record).

use std::{
    any::Any,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use annex_config::ForwardedMode;
use annex_policy::Mode;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::FutureExt;
use http::header;
use pingora::{
    Error, ErrorType,
    http::{RequestHeader, ResponseHeader},
    proxy::{FailToProxy, ProxyHttp, Session},
    upstreams::peer::HttpPeer,
};

use crate::stage::{
    Exchange, Passage, Rejection, Rooms, contextualize,
    failure::Failure,
    forward::{self, Peers},
    guard::HasBody,
    held::Step,
    inject::Injection,
    leash::Tie,
    marker::{self, Welcome},
    receive, record, refresh, rewrite, shadow,
};

/// How long an idle client connection is kept.
pub const CLIENT_KEEPALIVE: Duration = Duration::from_secs(75);

/// Rides on a connection until its next request head is complete; the door watches it.
pub struct HeadSeen(pub Arc<AtomicBool>);

/// The proxy in front of the CRM.
pub struct Gateway {
    pub rooms: Arc<Rooms>,
    pub peers: Peers,
}

#[async_trait]
impl ProxyHttp for Gateway {
    type CTX = Exchange;

    fn new_ctx(&self) -> Exchange {
        Exchange::new(&self.rooms)
    }

    /// Parity with Node behind us: what the CRM alone would do for half-closed, pipelining and waiting clients.
    async fn early_request_filter(&self, session: &mut Session, _: &mut Exchange) -> pingora::Result<()> {
        session.set_abort_on_close(false);
        session.set_pipelining_enabled(true);
        session.set_close_on_response_before_downstream_finish(false);
        // Connections are not kept by a process that leaves.
        if self.rooms.leaving.has_begun() || session.get_keepalive().is_none() {
            session.set_keepalive(None);
        } else {
            session.set_keepalive(Some(CLIENT_KEEPALIVE.as_secs()));
        }
        Ok(())
    }

    async fn request_filter(&self, session: &mut Session, exchange: &mut Exchange) -> pingora::Result<bool> {
        let raw = session.as_http1().map(pingora::protocols::http::v1::server::HttpSession::get_headers_raw_bytes);
        let context = &self.rooms.config.profile.context;
        let found = match receive(session.req_header(), raw.as_deref(), context) {
            Ok(received) => {
                exchange.received = Some(received);
                self.find_passage(session, exchange).await
            }
            Err(rejection) => Err(rejection),
        };
        exchange.decided_after = Some(exchange.started.elapsed());
        match found {
            Ok(passage) => {
                tie(exchange, &passage);
                exchange.passage = Some(passage);
                exchange.injection = Injection::wanted(&self.rooms, exchange, session.req_header());
                Ok(false)
            }
            Err(rejection) => {
                exchange.rejection = Some(rejection);
                let client = client_of(session);
                self.rooms.denials.note(exchange, rejection, client, &self.rooms.metrics);
                reject(session, exchange, rejection).await?;
                Ok(true)
            }
        }
    }

    /// Holds a guarded body until it was judged.
    async fn request_body_filter(
        &self,
        _: &mut Session,
        piece: &mut Option<Bytes>,
        end_of_stream: bool,
        exchange: &mut Exchange,
    ) -> pingora::Result<()> {
        let judged = match (&mut exchange.guard, &mut exchange.sign_in) {
            (Some(guard), _) => guard.body_piece(&self.rooms, piece, end_of_stream).await,
            (None, Some(sign_in)) => sign_in.piece(&self.rooms, &exchange.snapshot, piece, end_of_stream),
            (None, None) => refresh::body_piece(&self.rooms, exchange, piece, end_of_stream).await,
        };
        judged.map_err(|rejection| {
            exchange.rejection = Some(rejection);
            Error::explain(ErrorType::HTTPStatus(rejection.status()), rejection.label())
        })
    }

    async fn upstream_peer(&self, _: &mut Session, exchange: &mut Exchange) -> pingora::Result<Box<HttpPeer>> {
        let passage =
            exchange.passage.as_ref().ok_or_else(|| Error::explain(ErrorType::InternalError, "no passage, no peer"))?;
        if let Some(guard) = &mut exchange.guard {
            guard.restart();
        }
        if let Some(refresh) = &mut exchange.refresh {
            refresh.restart();
        }
        if let Some(sign_in) = &mut exchange.sign_in {
            sign_in.restart();
        }
        exchange.forwarded_at = Some(std::time::Instant::now());
        Ok(self.peers.of(passage))
    }

    async fn upstream_request_filter(
        &self,
        session: &mut Session,
        upstream: &mut RequestHeader,
        exchange: &mut Exchange,
    ) -> pingora::Result<()> {
        let is_own = matches!(exchange.passage, Some(Passage::Own(_)));
        if session.req_header().version == http::Version::HTTP_10 && !is_own {
            // Pingora would say 1.1: Node then wants a Host, and answers in chunks that this client cannot read.
            upstream.set_version(http::Version::HTTP_10);
        }
        rewrite::request(&self.rooms, exchange, upstream)?;
        let mode = match exchange.passage {
            Some(Passage::Own(_)) => ForwardedMode::Append,
            _ => self.rooms.config.forwarded,
        };
        let client = client_of(session);
        let scheme = if session.digest().is_some_and(|digest| digest.ssl_digest.is_some()) { "https" } else { "http" };
        forward::forwarded(&self.rooms.config, mode, client, scheme, upstream)
    }

    async fn response_filter(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        exchange: &mut Exchange,
    ) -> pingora::Result<()> {
        if exchange.upstream_after.is_none() {
            exchange.upstream_after = exchange.forwarded_at.map(|since| since.elapsed());
        }
        if response.status == http::StatusCode::SWITCHING_PROTOCOLS {
            // An upgraded connection may be silent for as long as it likes.
            exchange.upgraded = true;
            session.set_read_timeout(None);
        } else if session.req_header().headers.contains_key(header::UPGRADE) {
            // What the client sent behind it was meant for the other protocol, and is no request.
            session.set_keepalive(None);
        }
        if is_event_stream(response) {
            // It may never say a word again: when its reader leaves, the CRM must learn of it now.
            session.set_abort_on_close(true);
        }
        if let Some(canary) = &mut exchange.canary {
            canary.head(&session.req_header().method, response);
        }
        if let Some(guard) = &mut exchange.guard {
            guard.response(&self.rooms, response)?;
        }
        if let Some(answer) = &mut exchange.answer {
            answer.response(response)?;
        }
        if let Some(injection) = &mut exchange.injection {
            injection.response(&self.rooms, response)?;
        }
        rewrite::response(&self.rooms, exchange, response)?;
        marker::response(&self.rooms, exchange, session.req_header(), response).await?;
        if session.req_header().version == http::Version::HTTP_10
            && response.remove_header(&header::TRANSFER_ENCODING).is_some()
        {
            // A client of HTTP/1.0 knows no chunks: the body ends with the connection.
            session.set_keepalive(None);
        }
        exchange.welcome = Welcome::hold(&self.rooms, exchange, session.req_header(), response)?;
        let is_held = match &mut exchange.canary {
            Some(canary) => canary.hold(response)?,
            None => exchange.welcome.is_some(),
        };
        if is_held {
            session.as_downstream_mut().set_ignore_info_resp(true);
        }
        Ok(())
    }

    fn response_body_filter(
        &self,
        session: &mut Session,
        piece: &mut Option<Bytes>,
        end_of_stream: bool,
        exchange: &mut Exchange,
    ) -> pingora::Result<Option<Duration>> {
        let step = match (&mut exchange.canary, &mut exchange.welcome) {
            (Some(canary), _) => canary.piece(piece, end_of_stream),
            (None, Some(welcome)) => welcome.piece(&self.rooms, &exchange.snapshot, piece, end_of_stream),
            (None, None) => Step::On,
        };
        match step {
            Step::On => {}
            Step::Held => return Ok(None),
            Step::Released(head) => write_held_head(session, exchange, head)?,
            Step::Stopped => {
                let rejection = Rejection::IsolationCanary;
                exchange.rejection = Some(rejection);
                return Err(Error::explain(ErrorType::HTTPStatus(rejection.status()), rejection.label()));
            }
        }
        if let Some(guard) = &mut exchange.guard {
            guard.response_piece(piece);
        }
        if let Some(answer) = &mut exchange.answer {
            answer
                .piece(piece, end_of_stream)
                .map_err(|error| Error::because(ErrorType::InternalError, "correcting an answer", error))?;
        }
        if let Some(injection) = &mut exchange.injection {
            injection
                .piece(&self.rooms, piece, end_of_stream)
                .map_err(|error| Error::because(ErrorType::InternalError, "reading a page", error))?;
        }
        Ok(None)
    }

    fn fail_to_connect(&self, _: &mut Session, _: &HttpPeer, _: &mut Exchange, e: Box<Error>) -> Box<Error> {
        e
    }

    async fn fail_to_proxy(&self, session: &mut Session, e: &Error, exchange: &mut Exchange) -> FailToProxy
    where
        Exchange: Send + Sync,
    {
        if exchange.torn {
            return FailToProxy { error_code: 0, can_reuse_downstream: false };
        }
        if let Some(rejection) = exchange.rejection
            && session.response_written().is_none()
        {
            session.set_keepalive(None);
            let _ = reject(session, exchange, rejection).await;
            return FailToProxy { error_code: rejection.status(), can_reuse_downstream: false };
        }
        let failure = Failure::of(e);
        if let Some(failure) = failure
            && session.response_written().is_none()
        {
            exchange.failure = Some(failure);
            if let Ok((head, body)) = failure.response(&exchange.id) {
                session.set_keepalive(None);
                let _ = session.write_response_header(Box::new(head), false).await;
                let _ = session.write_response_body(Some(body), true).await;
            }
        }
        FailToProxy { error_code: failure.map_or(0, Failure::status), can_reuse_downstream: false }
    }

    fn on_connection_reuse(&self, _: &mut Session, _: &mut Exchange, before: Box<dyn Any + Send + Sync>) {
        if let Ok(head) = before.downcast::<HeadSeen>() {
            head.0.store(true, Ordering::Release);
        }
    }

    fn persist_connection_context(&self, _: &Session, _: &Exchange) -> Option<Box<dyn Any + Send + Sync>> {
        // Says to the door that the next head may take its time: the client is idle.
        Some(Box::new(()))
    }

    fn suppress_error_log(&self, _: &Session, _: &Exchange, _: &Error) -> bool {
        // The wide event of `record` says it, once.
        true
    }

    async fn logging(&self, session: &mut Session, e: Option<&Error>, exchange: &mut Exchange)
    where
        Exchange: Send + Sync,
    {
        let status = session.response_written().map_or(0, |response| response.status.as_u16());
        let error = e.map(|error| error.etype().as_str());
        shadow::observe(&self.rooms, exchange, session.req_header());
        let ended = record::Ended { status, client: client_of(session), error };
        record::record(&self.rooms, exchange, session.req_header().method.as_str(), ended);
    }
}

impl Gateway {
    /// The stages that decide, up to what must hold before the upstream leg begins.
    async fn find_passage(&self, session: &mut Session, exchange: &mut Exchange) -> Result<Passage, Rejection> {
        let passage = contextualize(&self.rooms, exchange, session.req_header()).await?;
        if let Some(guard) = &exchange.guard {
            let body = if session.is_body_empty() { HasBody::No } else { HasBody::Yes };
            guard.before(&self.rooms, session.req_header(), body).await?;
        }
        Ok(passage)
    }
}

/// Who is at the other end of the connection.
fn client_of(session: &Session) -> Option<IpAddr> {
    session.client_addr().and_then(|address| address.as_inet()).map(std::net::SocketAddr::ip)
}

/// What is open for long ends with the right to it.
fn tie(exchange: &Exchange, passage: &Passage) {
    let (Some(leash), Some(principal)) = (&exchange.leash, &exchange.principal) else { return };
    let workspace = match passage {
        Passage::Workspace { workspace, .. } => Arc::clone(workspace),
        Passage::Home => Arc::clone(&principal.home),
        Passage::Untouched if exchange.mode == Mode::Enforce => Arc::clone(&principal.home),
        Passage::Untouched | Passage::Own(_) => return,
    };
    let (principal, snapshot) = (Arc::clone(principal), Arc::clone(&exchange.snapshot));
    leash.tie(Tie { principal, workspace, snapshot, held: exchange.held });
}

/// Writes a head that was held back with its body.
///
/// The phase of a body's piece cannot wait. A head is the first thing written of its answer, into a buffer or a socket
/// that has room for it; if one has none, the client does not read, and the connection ends without another word.
fn write_held_head(session: &mut Session, exchange: &mut Exchange, head: Box<ResponseHeader>) -> pingora::Result<()> {
    match session.as_downstream_mut().write_response_header(head).now_or_never() {
        Some(written) => written,
        None => {
            exchange.torn = true;
            Err(Error::explain(ErrorType::WriteError, "no room for a head that was held back").into_down())
        }
    }
}

/// Server-sent events: an answer without an end.
fn is_event_stream(response: &ResponseHeader) -> bool {
    let media = response.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case("text/event-stream"))
}

/// Writes a refusal. The body of the request, if any, is left behind by closing.
async fn reject(session: &mut Session, exchange: &Exchange, rejection: Rejection) -> pingora::Result<()> {
    let accept = session.req_header().headers.get(header::ACCEPT).map(|value| value.as_bytes().to_vec());
    let (body, content_type) = rejection.body(&exchange.id, accept.as_deref());
    let mut head = ResponseHeader::build(rejection.status(), Some(8))?;
    head.insert_header(header::CONTENT_TYPE, content_type)?;
    head.insert_header(header::CONTENT_LENGTH, body.len())?;
    head.insert_header(header::CACHE_CONTROL, "no-store")?;
    head.insert_header("X-Annex-Request-Id", exchange.id.as_ref())?;
    match rejection.status() {
        401 => head.insert_header(header::WWW_AUTHENTICATE, "Bearer")?,
        503 => head.insert_header(header::RETRY_AFTER, "1")?,
        _ => {}
    }
    if rejection.closes() || !session.is_body_empty() {
        session.set_keepalive(None);
    }
    let is_head = session.req_header().method == http::Method::HEAD;
    session.write_response_header(Box::new(head), is_head).await?;
    if !is_head {
        session.write_response_body(Some(Bytes::from(body)), true).await?;
    }
    Ok(())
}
