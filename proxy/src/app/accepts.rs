//! Whether the public listener accepts connections yet.
//!
//! It opens a moment after the flags were loaded; who sends traffic at the first 200 of `/readyz` must not be refused.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::net::TcpStream;

/// On one machine a connection stands at once or not at all.
const PATIENCE: Duration = Duration::from_secs(1);

/// Knocks until somebody opened once, and then never again.
pub struct Accepts {
    at: SocketAddr,
    has: AtomicBool,
}

impl Accepts {
    pub fn new(listen: SocketAddr) -> Self {
        let ip = match listen.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        Accepts { at: SocketAddr::new(ip, listen.port()), has: AtomicBool::new(false) }
    }

    /// Whether it does.
    pub async fn yet(&self) -> bool {
        if self.has.load(Ordering::Acquire) {
            return true;
        }
        let knocked = tokio::time::timeout(PATIENCE, TcpStream::connect(self.at)).await;
        let has = knocked.is_ok_and(|connected| connected.is_ok());
        self.has.fetch_or(has, Ordering::AcqRel);
        has
    }
}
