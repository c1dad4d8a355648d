//! The admin listener: `/healthz`, `/readyz`, `/metrics`, receipts, and a page for operators ([`platform`]). Read-only without
//! its token (rule R10).
//!
//! `/healthz` says that the process lives; `/readyz` says 200 when it can do all it is there for, else 503 and what is
//! missing, each with a remedy. Traffic passes in both cases: readiness is for operators, not a condition for the CRM.

mod platform;

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use bytes::{Bytes, BytesMut};
use http::{Response, StatusCode, header};
use pingora::{
    apps::http_app::{HttpServer, ServeHttp},
    protocols::http::ServerSession,
};
use serde_json::json;

use super::accepts::Accepts;
use crate::{
    api,
    stage::{
        Rooms,
        health::{self, Status},
    },
};

/// Where receipts are found.
pub const RECEIPTS: &str = "/receipts/";

/// Answers operators and their machines.
pub struct Admin {
    rooms: Arc<Rooms>,
    /// The management API, which the page asks.
    api: Router,
    accepts: Accepts,
}

impl Admin {
    pub fn new(rooms: Arc<Rooms>, api: Router) -> Self {
        let accepts = Accepts::new(rooms.config.listen.address);
        Admin { rooms, api, accepts }
    }

    pub fn into_server(self) -> HttpServer<Self> {
        HttpServer::new_app(self)
    }

    async fn ready(&self) -> Response<Vec<u8>> {
        let parts = health::parts(&self.rooms);
        let of = |status: Status| parts.iter().filter(move |part| part.status == status);
        let mut missing: Vec<serde_json::Value> =
            of(Status::Down).map(|part| json!({ "what": part.message, "remedy": part.remedy })).collect();
        let degraded: Vec<_> = of(Status::Degraded).map(|part| part.message).collect();
        if missing.is_empty() && !self.accepts.yet().await {
            missing.push(json!({ "what": "the public listener does not accept yet", "remedy": "wait a moment" }));
        }
        let status = if missing.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let snapshot = self.rooms.hub.current();
        let body = json!({
            "ready": missing.is_empty(),
            "missing": missing,
            "degraded": degraded,
            "flagAgeSeconds": self.flag_age_s(),
            "revision": snapshot.revision,
            "anythingOn": snapshot.anything_on,
            "anythingInShadow": snapshot.anything_in_shadow,
        });
        answer(status, "application/json", body.to_string().into_bytes())
    }

    /// Whole seconds since PostgreSQL last confirmed the flags.
    fn flag_age_s(&self) -> Option<u64> {
        self.rooms.hub.age_ms().map(|age| age / 1000)
    }

    /// What became of one exchange, by the id that its answer and its log line carry.
    fn receipt(&self, path: &str) -> Response<Vec<u8>> {
        let id = path.strip_prefix(RECEIPTS).unwrap_or_default();
        match self.rooms.receipts.find(id).and_then(|receipt| serde_json::to_vec(&*receipt).ok()) {
            Some(body) => answer(StatusCode::OK, "application/json", body),
            None => answer(StatusCode::NOT_FOUND, "text/plain", b"This node keeps no receipt by that id\n".to_vec()),
        }
    }

    fn metrics(&self) -> Response<Vec<u8>> {
        let snapshot = self.rooms.hub.current();
        let age = self.flag_age_s();
        match self.rooms.metrics.render(age, snapshot.revision, self.rooms.in_flight.count()) {
            Ok(text) => answer(StatusCode::OK, "text/plain; version=0.0.4", text),
            Err(error) => {
                tracing::error!(error = %error, "metrics cannot be written");
                answer(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", Vec::new())
            }
        }
    }

    /// A call of the page. What may not be done is refused before its body is read.
    async fn platform(&self, session: &mut ServerSession) -> Response<Vec<u8>> {
        let mut request = http::Request::new(());
        request.method_mut().clone_from(&session.req_header().method);
        request.uri_mut().clone_from(&session.req_header().uri);
        request.headers_mut().clone_from(&session.req_header().headers);
        let (parts, ()) = request.into_parts();
        if let Some(refusal) = platform::refused(&self.rooms, &parts) {
            return refusal;
        }
        match body(session, self.rooms.config.limits.api_body_bytes).await {
            Some(body) => platform::call(&self.api, &parts, body).await,
            None => answer(StatusCode::PAYLOAD_TOO_LARGE, "text/plain", b"The body is too large\n".to_vec()),
        }
    }

    /// A Host that is not ours is a browser that was lured here (DNS rebinding).
    fn is_expected_host(&self, host: Option<&str>) -> bool {
        let admin = &self.rooms.config.admin;
        let Some(host) = host else { return false };
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_matches(['[', ']']);
        name == "localhost"
            || name == admin.address.ip().to_string()
            || (admin.address.ip().is_unspecified() && name.parse::<std::net::IpAddr>().is_ok())
            || admin.allowed_hosts.iter().any(|allowed| allowed == name || allowed == host)
    }
}

#[async_trait]
impl ServeHttp for Admin {
    async fn response(&self, session: &mut ServerSession) -> Response<Vec<u8>> {
        let head = session.req_header();
        let host = head.headers.get(header::HOST).and_then(|value| value.to_str().ok());
        if !self.is_expected_host(host.or_else(|| head.uri.authority().map(http::uri::Authority::as_str))) {
            return answer(StatusCode::MISDIRECTED_REQUEST, "text/plain", b"This host is not served here\n".to_vec());
        }
        if platform::is_route(head.uri.path()) {
            return self.platform(session).await;
        }
        if head.method != http::Method::GET && head.method != http::Method::HEAD {
            return answer(StatusCode::METHOD_NOT_ALLOWED, "text/plain", b"Read-only\n".to_vec());
        }
        match head.uri.path() {
            "/" => platform::page(&self.rooms, api::language(&head.headers)),
            "/healthz" => answer(StatusCode::OK, "text/plain", b"ok\n".to_vec()),
            "/readyz" => self.ready().await,
            "/metrics" => self.metrics(),
            // A browser asks for it beside the page.
            "/favicon.ico" => answer(StatusCode::NO_CONTENT, "text/plain", Vec::new()),
            path if path.starts_with(RECEIPTS) => self.receipt(path),
            _ => answer(StatusCode::NOT_FOUND, "text/plain", b"/ /healthz /readyz /metrics\n".to_vec()),
        }
    }
}

/// The whole body; `None`: it is longer than `most`, or ended early.
async fn body(session: &mut ServerSession, most: usize) -> Option<Bytes> {
    let mut whole = BytesMut::new();
    while let Some(part) = session.read_request_body().await.ok()? {
        whole.extend_from_slice(&part);
        if whole.len() > most {
            return None;
        }
    }
    Some(whole.freeze())
}

fn answer(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let length = response.body().len();
    response.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    response.headers_mut().insert(header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    response
}
