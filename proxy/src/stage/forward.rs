//! Where a passage leads. No passage, no peer.

use std::{sync::Arc, time::Duration};

use annex_config::{Config, ForwardedMode};
use pingora::{
    connectors::L4Connect,
    http::RequestHeader,
    upstreams::peer::{HttpPeer, HttpUpstreamRequestPolicy},
};

use super::{Passage, Room};

/// The peers of this process, made once.
pub struct Peers {
    untouched: HttpPeer,
    contextual: HttpPeer,
    own: HttpPeer,
}

impl Peers {
    /// `api` connects to our own rooms, in this process.
    pub fn new(config: &Config, address: std::net::SocketAddr, api: Arc<dyn L4Connect + Send + Sync>) -> Self {
        let crm = |policy| {
            let upstream = &config.upstream;
            let mut peer = HttpPeer::new(address, upstream.tls, upstream.host.clone());
            peer.options.connection_timeout = Some(Duration::from_millis(upstream.connect_timeout_ms));
            peer.options.read_timeout = upstream.read_timeout_ms.map(Duration::from_millis);
            peer.options.write_timeout = upstream.write_timeout_ms.map(Duration::from_millis);
            // Sooner than the CRM drops it: a POST on a connection that Node just closed would be lost.
            peer.options.idle_timeout = Some(Duration::from_millis(upstream.idle_timeout_ms));
            peer.options.http_upstream_request_policy = policy;
            peer
        };
        let mut own = HttpPeer::new(std::net::SocketAddr::from(([127, 0, 0, 1], 1)), false, String::new());
        own.options.custom_l4 = Some(api);
        own.options.idle_timeout = Some(Duration::from_secs(30));
        Peers {
            untouched: crm(HttpUpstreamRequestPolicy::preserve()),
            contextual: crm(HttpUpstreamRequestPolicy::standard()),
            own,
        }
    }

    /// The peer of a passage.
    pub fn of(&self, passage: &Passage) -> Box<HttpPeer> {
        Box::new(match passage {
            Passage::Untouched => self.untouched.clone(),
            Passage::Home | Passage::Workspace { .. } => self.contextual.clone(),
            Passage::Own(Room::Api) => self.own.clone(),
        })
    }
}

/// What the CRM is told of the client's address, by the operator's choice. `Preserve` adds nothing.
///
/// An earlier hop's word is appended to only if the hop is one of the configured ones; else it is replaced.
pub fn forwarded(
    config: &Config,
    mode: ForwardedMode,
    client: Option<std::net::IpAddr>,
    scheme: &'static str,
    upstream: &mut RequestHeader,
) -> pingora::Result<()> {
    let Some(client) = client else { return Ok(()) };
    let trusted = config.forwarded_trusted.iter().any(|network| network.contains(client));
    let before = upstream.headers.get("x-forwarded-for").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let address = match (mode, before) {
        (ForwardedMode::Preserve, _) => return Ok(()),
        (ForwardedMode::Append, Some(before)) if trusted => format!("{before}, {client}"),
        (ForwardedMode::Append | ForwardedMode::Set, _) => client.to_string(),
    };
    upstream.insert_header("X-Forwarded-For", address)?;
    upstream.insert_header("X-Forwarded-Proto", scheme)?;
    if let Some(host) = upstream.headers.get(http::header::HOST).cloned() {
        upstream.insert_header("X-Forwarded-Host", host)?;
    }
    Ok(())
}
