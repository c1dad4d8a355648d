//! A block of addresses, `10.0.0.0/8` or one address.
//!
//! Promise: [`IpNet::contains`] treats an IPv4 address and its IPv6-mapped form as the same.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A block of IP addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpNet {
    address: IpAddr,
    prefix: u8,
}

impl IpNet {
    /// Is `address` in the block?
    pub fn contains(&self, address: IpAddr) -> bool {
        let (width, base) = bits(self.address);
        let (other_width, other) = bits(address.to_canonical());
        let host_bits = u32::from(width - self.prefix);
        // A shift by the whole width would overflow; `/0` holds every address of its family.
        width == other_width && base.checked_shr(host_bits) == other.checked_shr(host_bits)
    }
}

impl FromStr for IpNet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not an address or block such as `10.0.0.0/8`");
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let (width, base) = bits(address);
        let prefix = prefix.map_or(Ok(width), str::parse).map_err(|_| wrong())?;
        if prefix > width {
            return Err(wrong());
        }
        let mask = u128::MAX.checked_shl(u32::from(width - prefix)).unwrap_or(0);
        if base & !mask != 0 {
            return Err(format!("`{text}` has bits set after its prefix"));
        }
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for IpNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

fn bits(address: IpAddr) -> (u8, u128) {
    match address {
        IpAddr::V4(v4) => (32, u128::from(v4.to_bits())),
        IpAddr::V6(v6) => (128, v6.to_bits()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_holds_its_addresses_and_no_other() {
        let table = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
        ];
        for (block, address, wanted) in table {
            let block: IpNet = block.parse().unwrap();
            assert_eq!(block.contains(address.parse().unwrap()), wanted, "{address} in {block}");
        }
    }

    #[test]
    fn what_is_not_a_block_is_refused() {
        for text in ["", "10.0.0.0/33", "10.0.0.1/8", "::/129", "10.0.0.0/x", "localhost", "10.0.0.0/-1"] {
            assert!(text.parse::<IpNet>().is_err(), "{text}");
        }
    }
}
