//! Which addresses of the network are everybody's.
//!
//! **Invariant:** whatever a resolver may answer, nothing is sent to this machine, its neighbours, or the service that
//! tells a cloud machine its credentials.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// Whether an address is one of the public internet (the registries of RFC 6890).
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// An address that a webhook may have, as far as it can be told without asking anybody: `https`, no name and password,
/// no fragment; a host that is a number must be public. With `allow_private` also `http` to loopback.
pub fn endpoint(text: &str, allow_private: bool) -> Result<Url, &'static str> {
    let url: Url = text.parse().map_err(|_| "not_an_address")?;
    let host = url.host_str().ok_or("not_an_address")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("credentials_in_address");
    }
    if url.fragment().is_some() {
        return Err("fragment_in_address");
    }
    // The parser has turned every way of writing a number into the usual one.
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    let is_plain_loopback = allow_private && literal.is_some_and(|address| address.is_loopback());
    match (url.scheme(), is_plain_loopback) {
        ("https", _) | ("http", true) => {}
        _ => return Err("not_https"),
    }
    match literal {
        Some(address) if !allow_private && !is_public(address) => Err("address_not_public"),
        _ => Ok(url),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_shared = a == 100 && (64..=127).contains(&b);
    let is_protocol = a == 192 && b == 0 && c == 0;
    let is_relay = a == 192 && b == 88 && c == 99;
    let is_benchmark = a == 198 && (b == 18 || b == 19);
    !(a == 0
        || a >= 240
        || is_shared
        || is_protocol
        || is_relay
        || is_benchmark
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, high, low] = address.segments();
    let embedded = |high: u16, low: u16| is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match (a, b) {
        // NAT64 (RFC 6052) and 6to4 (RFC 3056) lead to the address of version 4 inside.
        (0x64, 0xff9b) if [c, d, e, f] == [0, 0, 0, 0] => embedded(high, low),
        (0x2002, _) => embedded(b, c),
        // Teredo and others of the protocol block; documentation.
        (0x2001, 0..=0x01ff | 0x0db8) => false,
        (0x3fff, 0..=0x0fff) => false,
        _ => (0x2000..=0x3fff).contains(&a),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_ours_is_public() {
        for private in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:c0a8:1::1",
            "3fff::1",
        ] {
            assert!(private.parse().is_ok_and(|address| !is_public(address)), "{private}");
        }
        for public in [
            "1.1.1.1",
            "100.63.0.1",
            "100.128.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "2606:4700::1",
            "64:ff9b::101:101",
        ] {
            assert!(public.parse().is_ok_and(is_public), "{public}");
        }
    }
}
