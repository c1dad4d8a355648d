//! One thing that a role allows, and sets of them.
//!
//! Promise: the list of permissions is closed; a set is one machine word pair, copied and compared freely.
//!
//! **Invariant:** a [`PermissionSet`] holds no bit that is not a [`Permission`], so its text and its bits
//! always agree.
//!
//! **Deliberately absent:** wildcards and implications. `manage` does not contain `read`: a role says all
//! that it means, and the golden file shows it.

use std::fmt;
use std::str::FromStr;

/// A part of the CRM, or of the workspace around it, that a permission is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each variant is the module of that name")]
pub enum Module {
    Contacts,
    Customers,
    Deals,
    Quotations,
    Invoices,
    Payments,
    Proposals,
    Tasks,
    Products,
    Reports,
    Email,
    Team,
    Settings,
    Members,
    Roles,
    Audit,
    Workspace,
}

/// What is done to a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    /// See it.
    Read,
    /// Create and change it.
    Write,
    /// Remove it.
    Delete,
    /// Decide how it works for everybody.
    Manage,
}

/// One thing that a role allows: `customers:read`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Permission {
    /// On what.
    pub module: Module,
    /// Which action.
    pub verb: Verb,
}

/// A set of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PermissionSet(u128);

/// A text that names no permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a permission; write `module:verb`, such as `customers:read`")]
pub struct UnknownPermission(pub Box<str>);

impl Module {
    /// Every module, in the order of the documentation.
    pub const ALL: [Module; 17] = [
        Module::Contacts,
        Module::Customers,
        Module::Deals,
        Module::Quotations,
        Module::Invoices,
        Module::Payments,
        Module::Proposals,
        Module::Tasks,
        Module::Products,
        Module::Reports,
        Module::Email,
        Module::Team,
        Module::Settings,
        Module::Members,
        Module::Roles,
        Module::Audit,
        Module::Workspace,
    ];

    /// The name in texts and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Module::Contacts => "contacts",
            Module::Customers => "customers",
            Module::Deals => "deals",
            Module::Quotations => "quotations",
            Module::Invoices => "invoices",
            Module::Payments => "payments",
            Module::Proposals => "proposals",
            Module::Tasks => "tasks",
            Module::Products => "products",
            Module::Reports => "reports",
            Module::Email => "email",
            Module::Team => "team",
            Module::Settings => "settings",
            Module::Members => "members",
            Module::Roles => "roles",
            Module::Audit => "audit",
            Module::Workspace => "workspace",
        }
    }
}

impl Verb {
    /// Every verb.
    pub const ALL: [Verb; 4] = [Verb::Read, Verb::Write, Verb::Delete, Verb::Manage];

    /// The name in texts and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verb::Read => "read",
            Verb::Write => "write",
            Verb::Delete => "delete",
            Verb::Manage => "manage",
        }
    }
}

impl Permission {
    /// The permission to do `verb` on `module`.
    pub const fn new(module: Module, verb: Verb) -> Self {
        Self { module, verb }
    }

    /// Every permission, module by module.
    pub fn all() -> impl Iterator<Item = Permission> {
        Module::ALL.into_iter().flat_map(|module| Verb::ALL.into_iter().map(move |verb| Permission { module, verb }))
    }

    const fn bit(self) -> u128 {
        // 17 modules of 4 verbs: 68 bits, so u64 is too narrow and u128 has room.
        1 << (self.module as u32 * 4 + self.verb as u32)
    }
}

impl PermissionSet {
    /// Nothing.
    pub const EMPTY: PermissionSet = PermissionSet(0);
    /// Everything there is.
    pub const ALL: PermissionSet = PermissionSet((1 << (Module::ALL.len() * Verb::ALL.len())) - 1);

    /// Is `permission` in it?
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Adds `permission`.
    pub const fn insert(&mut self, permission: Permission) {
        self.0 |= permission.bit();
    }

    /// The set with `permission` added.
    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | permission.bit())
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in this one and not in `other`: what a grant exceeds its giver by.
    #[must_use]
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Is everything of it in `other`?
    pub const fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Does it hold nothing?
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many permissions it holds.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Its permissions, module by module.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::all().filter(move |permission| self.contains(*permission))
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.module, self.verb)
    }
}

impl fmt::Debug for PermissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|permission| permission.to_string())).finish()
    }
}

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        let unknown = || UnknownPermission(text.into());
        let (module, verb) = text.split_once(':').ok_or_else(unknown)?;
        let module = Module::ALL.into_iter().find(|known| known.as_str() == module);
        let verb = Verb::ALL.into_iter().find(|known| known.as_str() == verb);
        match (module, verb) {
            (Some(module), Some(verb)) => Ok(Self { module, verb }),
            (None, _) | (_, None) => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_reads_back_from_its_text() {
        for permission in Permission::all() {
            assert_eq!(permission.to_string().parse(), Ok(permission));
        }
        assert_eq!(Permission::all().count(), 68);
    }

    #[test]
    fn what_is_not_a_permission_is_refused() {
        for text in [
            "",
            ":",
            "customers",
            "customers:",
            ":read",
            "Customers:read",
            "customers:read ",
            "customers:*",
            "*:*",
            "a:b:c",
        ] {
            assert!(text.parse::<Permission>().is_err(), "`{text}`");
        }
    }

    #[test]
    fn all_holds_every_permission_and_no_other_bit() {
        assert_eq!(Permission::all().collect::<PermissionSet>(), PermissionSet::ALL);
        assert_eq!(PermissionSet::ALL.len(), 68);
        assert!(PermissionSet::EMPTY.is_empty());
    }

    #[test]
    fn no_two_permissions_share_a_bit() {
        for one in Permission::all() {
            let set = PermissionSet::EMPTY.with(one);
            assert_eq!(set.iter().collect::<Vec<_>>(), [one]);
        }
    }

    #[test]
    fn sets_add_subtract_and_compare() {
        let read: Permission = "deals:read".parse().unwrap();
        let write: Permission = "deals:write".parse().unwrap();
        let one = PermissionSet::EMPTY.with(read);
        let both = one.with(write);
        assert!(one.is_subset(both) && !both.is_subset(one));
        assert_eq!(both.difference(one), PermissionSet::EMPTY.with(write));
        assert_eq!(one.union(PermissionSet::EMPTY.with(write)), both);
        assert_eq!(both.intersection(one), one);
        let mut grown = PermissionSet::EMPTY;
        grown.insert(read);
        assert_eq!(grown, one);
    }
}
