//! How wide the flag has been opened.
//!
//! Promise: a tenant's place in a rollout never changes between nodes, restarts or versions; a higher percentage
//! keeps everybody who was in.
//!
//! **Invariant:** a rollout only narrows a global value that is true. It never turns anything on.
//!
//! **Deliberately absent:** randomness, and any hash of the standard library: those change with the compiler.

use std::collections::HashSet;

use crate::flag::Mode;

/// The key of the one flag that there is.
pub const FLAG_KEY: &str = "multi_workspace_enabled";

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// How far a true global value reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    /// How many of a hundred buckets are in. 100 or more: everybody.
    pub percentage: u8,
    /// Tenants that stay off whatever the global value; their own row or override wins over it.
    pub deny: HashSet<Box<str>>,
    /// The most that a true global value becomes: `Enforce` (no narrowing), `Shadow`, or `Off`.
    pub mode: Mode,
}

impl Default for Rollout {
    fn default() -> Self {
        Self { percentage: 100, deny: HashSet::new(), mode: Mode::Enforce }
    }
}

impl Rollout {
    /// Is `tenant` among those that the percentage lets in?
    pub fn reaches(&self, tenant: &str) -> bool {
        bucket(FLAG_KEY, tenant) < self.percentage
    }
}

/// The bucket of `tenant` for the flag `key`, 0 to 99: FNV-1a of 64 bits over `key`, the byte 0x1f and
/// `tenant`, modulo 100.
pub fn bucket(key: &str, tenant: &str) -> u8 {
    let bytes = key.bytes().chain([0x1f]).chain(tenant.bytes());
    (fnv1a(bytes) % 100) as u8
}

fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(FNV_OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv1a_as_published() {
        // The vectors of the FNV reference code.
        for (text, hash) in
            [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)]
        {
            assert_eq!(fnv1a(text.bytes()), hash, "{text:?}");
        }
    }

    #[test]
    fn a_tenants_bucket_never_changes() {
        let table = [("3f2a0d0e-6a53-4d0c-9b8e-2d1f0c7b9a10", 96), ("tenant-a", 13), ("tenant-b", 80), ("", 31)];
        for (tenant, wanted) in table {
            assert_eq!(bucket(FLAG_KEY, tenant), wanted, "{tenant:?}");
        }
    }

    #[test]
    fn buckets_are_about_evenly_filled() {
        let mut filled = [0_u32; 100];
        for number in 0..100_000_u32 {
            filled[usize::from(bucket(FLAG_KEY, &format!("tenant-{number}")))] += 1;
        }
        let (least, most) = (filled.iter().min().unwrap(), filled.iter().max().unwrap());
        assert!(*least > 850 && *most < 1150, "{least}..{most}");
    }

    #[test]
    fn nobody_is_in_at_zero_everybody_at_a_hundred_and_nobody_drops_out_between() {
        let reached = |percentage| {
            let rollout = Rollout { percentage, ..Rollout::default() };
            (0..1000).filter(|number| rollout.reaches(&format!("t{number}"))).collect::<Vec<_>>()
        };
        assert_eq!(reached(0).len(), 0);
        assert_eq!(reached(100).len(), 1000);
        for percentage in 1..=100 {
            let wider = reached(percentage);
            assert!(reached(percentage - 1).iter().all(|tenant| wider.contains(tenant)));
        }
    }
}
