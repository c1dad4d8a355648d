//! The migrations that this binary knows, in order. A folder that is not in this list does not exist.

use sha2::{Digest, Sha256};

/// One step of the schema: what to run, how to undo it, how to tell that it still holds.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its place, from 1, without gaps.
    pub number: u32,
    /// The folder's name after the number.
    pub name: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    pub verify: &'static str,
}

macro_rules! migration {
    ($number:literal, $name:literal, $folder:literal) => {
        Migration {
            number: $number,
            name: $name,
            up: include_str!(concat!("../", $folder, "/up.sql")),
            down: include_str!(concat!("../", $folder, "/down.sql")),
            verify: include_str!(concat!("../", $folder, "/verify.sql")),
        }
    };
}

/// Every migration, oldest first.
pub const MIGRATIONS: &[Migration] = &[
    migration!(1, "workspaces", "0001_workspaces"),
    migration!(2, "audit", "0002_audit"),
    migration!(3, "flags", "0003_flags"),
    migration!(4, "changes", "0004_changes"),
    migration!(5, "refresh_bindings", "0005_refresh_bindings"),
    migration!(6, "idempotency", "0006_idempotency"),
    migration!(7, "shadow", "0007_shadow"),
    migration!(8, "shadow_users", "0008_shadow_users"),
    migration!(9, "management", "0009_management"),
    migration!(10, "members", "0010_members"),
    migration!(11, "invitations", "0011_invitations"),
    migration!(12, "branding", "0012_branding"),
    migration!(13, "webhooks", "0013_webhooks"),
    migration!(14, "counts", "0014_counts"),
];

/// The number of the newest migration; a schema that stands lower is older than this binary.
#[must_use]
pub fn latest() -> u32 {
    MIGRATIONS.last().map_or(0, |migration| migration.number)
}

impl Migration {
    /// As its folder is called: `0003_flags`.
    #[must_use]
    pub fn folder(&self) -> String {
        format!("{:04}_{}", self.number, self.name)
    }

    pub(crate) fn checksums(&self) -> Checksums {
        Checksums { up: sha256(self.up), down: sha256(self.down), verify: sha256(self.verify) }
    }

    /// What this migration defines anew, as `kind:name` (its `-- redefines:` lines): earlier verifies leave it alone.
    pub(crate) fn redefines(&self) -> impl Iterator<Item = &'static str> {
        self.up.lines().filter_map(|line| line.strip_prefix("-- redefines: ")).map(str::trim)
    }
}

/// What the ledger remembers of a trio's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checksums {
    pub up: String,
    pub down: String,
    pub verify: String,
}

pub(crate) fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
