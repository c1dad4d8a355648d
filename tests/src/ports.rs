//! Ports for servers that the harness starts.
//!
//! Promise: a port handed out is free now, lies outside the kernel's ephemeral range, and is never
//! handed out twice in one process. So a server that a test stops finds its port free when it starts
//! again: no outgoing connection of anybody's took it meanwhile.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

/// The first port that may be handed out, above the registered ports of common servers.
const FIRST: u32 = 15_000;
/// The end of the range, below Linux's usual ephemeral range (32 768 and up).
const END: u32 = 32_000;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A TCP port of the loopback address on which nothing listens.
pub fn free_port() -> u16 {
    // Processes that run side by side begin at different places, so that they rarely try the same port.
    let offset = std::process::id().wrapping_mul(97) % (END - FIRST);
    for _ in FIRST..END {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + (offset + step) % (END - FIRST);
        let port = u16::try_from(port).expect("the range ends below 65 536");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no free port between {FIRST} and {END}");
}
