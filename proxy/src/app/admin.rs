//! The admin listener: `/healthz`, `/readyz`, `/metrics`. Read-only (rule R10).
//!
//! `/healthz` says that the process lives; `/readyz` says 200 when it can do all it is there for, else 503 and what is
//! missing, each with a remedy. Traffic passes in both cases: readiness is for operators, not a condition for the CRM.

use std::sync::Arc;

use async_trait::async_trait;
use http::{Response, StatusCode, header};
use pingora::{
    apps::http_app::{HttpServer, ServeHttp},
    protocols::http::ServerSession,
};
use serde_json::json;

use super::accepts::Accepts;
use crate::{
    snapshot::{Freshness, Schema},
    stage::Rooms,
    store::Redis,
};

/// Where receipts are found.
pub const RECEIPTS: &str = "/receipts/";

/// Answers operators and their machines.
pub struct Admin {
    rooms: Arc<Rooms>,
    redis: Option<Arc<Redis>>,
    accepts: Accepts,
}

impl Admin {
    pub fn new(rooms: Arc<Rooms>, redis: Option<Arc<Redis>>) -> Self {
        let accepts = Accepts::new(rooms.config.listen.address);
        Admin { rooms, redis, accepts }
    }

    pub fn into_server(self) -> HttpServer<Self> {
        HttpServer::new_app(self)
    }

    async fn ready(&self) -> Response<Vec<u8>> {
        let mut missing = self.missing();
        if missing.is_empty() && !self.accepts.yet().await {
            missing.push(json!({ "what": "the public listener does not accept yet", "remedy": "wait a moment" }));
        }
        let status = if missing.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let snapshot = self.rooms.hub.current();
        let body = json!({
            "ready": missing.is_empty(),
            "missing": missing,
            "degraded": self.degraded(),
            "flagAgeSeconds": self.flag_age_s(),
            "revision": snapshot.revision,
            "anythingOn": snapshot.anything_on,
            "anythingInShadow": snapshot.anything_in_shadow,
        });
        answer(status, "application/json", body.to_string().into_bytes())
    }

    /// What is lost without harm.
    fn degraded(&self) -> Vec<&'static str> {
        match &self.redis {
            Some(redis) if redis.live().is_none() => {
                vec!["Redis is not connected: overrides stay as last known, memberships come from PostgreSQL"]
            }
            _ => Vec::new(),
        }
    }

    /// Whole seconds since PostgreSQL last confirmed the flags.
    fn flag_age_s(&self) -> Option<u64> {
        self.rooms.hub.age_ms().map(|age| age / 1000)
    }

    fn fresh(&self) -> Freshness {
        self.rooms.hub.freshness()
    }

    fn missing(&self) -> Vec<serde_json::Value> {
        let snapshot = self.rooms.hub.current();
        let mut missing = Vec::new();
        let mut note = |what: &str, remedy: &str| missing.push(json!({ "what": what, "remedy": remedy }));
        if self.rooms.leaving.has_begun() {
            note("this process is leaving", "nothing to do");
        }
        match snapshot.schema {
            Schema::Unseen => note(
                "PostgreSQL has not answered yet: flags count as off, admin-set restrictions are not in force, named workspaces get 503",
                "check ANNEX_DATABASE_URL and the server; `annex doctor` tells more",
            ),
            Schema::Missing => note(
                "the schema annex is missing or older than this binary: everything passes untouched",
                "annex migrate up",
            ),
            Schema::Ready if self.fresh() == Freshness::Lapsed => note(
                "PostgreSQL is not heard: flags stay as last known, other workspaces get 503",
                "check the database server",
            ),
            Schema::Ready => {}
        }
        missing
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
        if head.method != http::Method::GET && head.method != http::Method::HEAD {
            return answer(StatusCode::METHOD_NOT_ALLOWED, "text/plain", b"Read-only\n".to_vec());
        }
        match head.uri.path() {
            "/healthz" => answer(StatusCode::OK, "text/plain", b"ok\n".to_vec()),
            "/readyz" => self.ready().await,
            "/metrics" => self.metrics(),
            path if path.starts_with(RECEIPTS) => self.receipt(path),
            _ => answer(StatusCode::NOT_FOUND, "text/plain", b"/healthz /readyz /metrics\n".to_vec()),
        }
    }
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
