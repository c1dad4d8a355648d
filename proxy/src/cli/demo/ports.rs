//! Free ports below the kernel's ephemeral range: no outgoing connection of anybody's takes one meanwhile.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::atomic::{AtomicU16, Ordering},
};

/// Above the registered ports of common servers.
const FIRST: u16 = 15_000;
const COUNT: u16 = 17_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A TCP port of the loopback address on which nothing listens; never the same twice.
pub fn free() -> anyhow::Result<u16> {
    // Two demos side by side begin at different places.
    let offset = u16::try_from(std::process::id() % u32::from(COUNT)).unwrap_or(0);
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + offset.wrapping_add(step) % COUNT;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    anyhow::bail!("there is no free port between {FIRST} and {}", FIRST + COUNT)
}
