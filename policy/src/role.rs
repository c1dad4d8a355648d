//! The five roles that every workspace has.
//!
//! Promise: what each of them may do stands here and in `tests/golden/roles.txt`, nowhere else.
//!
//! **Invariant:** among them only Admin holds `email:manage`, `team:manage` and `settings:manage`. The CRM's
//! admin-guarded routes need one of those three, and Manager, Finance and Viewer carry admin claims
//! upstream, so this is what keeps them out.
//!
//! **Deliberately absent:** custom roles. They are sets of permissions that the workspace stores.

use std::str::FromStr;

use crate::{
    decision::RoleView,
    permission::{Module, Permission, PermissionSet, Verb},
};

/// A role that is the same in every workspace and that nobody can edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SystemRole {
    /// Everything.
    Admin,
    /// Runs the business; changes neither people nor the workspace.
    Manager,
    /// Does the daily work; removes nothing.
    Member,
    /// Money.
    Finance,
    /// Looks.
    Viewer,
}

/// A key that names no system role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a system role; they are admin, manager, member, finance, viewer")]
pub struct UnknownRole(pub Box<str>);

/// What people sell, bill and do: the modules that are the CRM's reason to be.
const BUSINESS: [Module; 10] = [
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
];

const READ: &[Verb] = &[Verb::Read];
const READ_WRITE: &[Verb] = &[Verb::Read, Verb::Write];
const READ_WRITE_DELETE: &[Verb] = &[Verb::Read, Verb::Write, Verb::Delete];

impl SystemRole {
    /// Every system role, the widest first.
    pub const ALL: [SystemRole; 5] =
        [SystemRole::Admin, SystemRole::Manager, SystemRole::Member, SystemRole::Finance, SystemRole::Viewer];

    /// The key in the API and in tables.
    pub const fn key(self) -> &'static str {
        match self {
            SystemRole::Admin => "admin",
            SystemRole::Manager => "manager",
            SystemRole::Member => "member",
            SystemRole::Finance => "finance",
            SystemRole::Viewer => "viewer",
        }
    }

    /// The name that people read.
    pub const fn name(self) -> &'static str {
        match self {
            SystemRole::Admin => "Admin",
            SystemRole::Manager => "Manager",
            SystemRole::Member => "Team Member",
            SystemRole::Finance => "Finance",
            SystemRole::Viewer => "Viewer",
        }
    }

    /// What it allows.
    pub fn permissions(self) -> PermissionSet {
        match self {
            SystemRole::Admin => PermissionSet::ALL,
            SystemRole::Manager => manager(),
            SystemRole::Member => member(),
            SystemRole::Finance => finance(),
            SystemRole::Viewer => viewer(),
        }
    }

    /// The role as a decision needs it.
    pub fn view(self) -> RoleView<'static> {
        RoleView { key: self.key(), permissions: self.permissions() }
    }
}

impl FromStr for SystemRole {
    type Err = UnknownRole;

    fn from_str(key: &str) -> Result<Self, UnknownRole> {
        let known = Self::ALL.into_iter().find(|role| role.key() == key);
        known.ok_or_else(|| UnknownRole(key.into()))
    }
}

fn manager() -> PermissionSet {
    on(&BUSINESS, &Verb::ALL)
        .union(on(&[Module::Email], READ_WRITE_DELETE))
        .union(on(&[Module::Team, Module::Settings, Module::Members, Module::Workspace], READ))
}

fn member() -> PermissionSet {
    use Module::{Contacts, Customers, Deals, Email, Invoices, Products, Proposals, Quotations, Reports, Tasks};
    on(&[Contacts, Customers, Deals, Tasks, Quotations, Proposals, Email], READ_WRITE)
        // The CRM shows its dashboard, which is made of reports, to everybody on a team.
        .union(on(&[Products, Invoices, Reports], READ))
        // Without these a page can neither name an assignee nor draw its menu.
        .union(on(&[Module::Team, Module::Members, Module::Workspace], READ))
}

fn finance() -> PermissionSet {
    use Module::{Contacts, Customers, Deals, Invoices, Payments, Products, Quotations, Reports, Tasks};
    on(&[Invoices, Payments, Quotations], READ_WRITE_DELETE)
        .union(on(&[Reports, Products, Customers, Contacts, Deals, Tasks], READ))
        .union(on(&[Module::Team, Module::Members, Module::Workspace], READ))
}

fn viewer() -> PermissionSet {
    on(&BUSINESS, READ).union(on(&[Module::Team, Module::Members, Module::Workspace], READ))
}

fn on(modules: &[Module], verbs: &[Verb]) -> PermissionSet {
    let pairs = modules.iter().flat_map(|module| verbs.iter().map(|verb| (*module, *verb)));
    pairs.map(|(module, verb)| Permission::new(module, verb)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_reads_back_from_its_key() {
        for role in SystemRole::ALL {
            assert_eq!(role.key().parse(), Ok(role));
        }
        for text in ["", "owner", "Admin", "admin ", "saas_admin"] {
            assert!(text.parse::<SystemRole>().is_err(), "`{text}`");
        }
    }

    #[test]
    fn admin_holds_everything_and_every_other_role_is_within_it() {
        assert_eq!(SystemRole::Admin.permissions(), PermissionSet::ALL);
        for role in SystemRole::ALL {
            assert!(role.permissions().is_subset(PermissionSet::ALL), "{role:?}");
        }
    }

    #[test]
    fn only_admin_changes_people_roles_or_the_workspace() {
        let admin_only = on(
            &[Module::Members, Module::Roles, Module::Workspace, Module::Settings],
            &[Verb::Write, Verb::Delete, Verb::Manage],
        )
        .union(on(&[Module::Email, Module::Team], &[Verb::Manage]));
        for role in SystemRole::ALL.into_iter().filter(|role| *role != SystemRole::Admin) {
            assert!(role.permissions().intersection(admin_only).is_empty(), "{role:?} reaches further");
        }
    }

    #[test]
    fn viewer_and_member_delete_nothing_and_viewer_writes_nothing() {
        let verbs = |role: SystemRole| role.permissions().iter().map(|permission| permission.verb).collect::<Vec<_>>();
        assert!(!verbs(SystemRole::Member).contains(&Verb::Delete));
        assert!(verbs(SystemRole::Viewer).iter().all(|verb| *verb == Verb::Read));
    }
}
