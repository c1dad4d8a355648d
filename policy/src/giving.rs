//! Who may give a role to somebody, and take it from them.
//!
//! Promise: nobody gives what they lack, and Admin comes from an Admin.
//!
//! **Invariant:** every permission there is makes no Admin: only who holds the role Admin makes or unmakes another one.
//! **Deliberately absent:** whether the caller may change anybody at all (`members:manage`, `roles:manage`).

use crate::{decision::RoleView, permission::PermissionSet, role::SystemRole};

/// What whoever gives a role lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// Permissions that the role has and the giver has not.
    Permissions(PermissionSet),
    /// The role Admin itself.
    Admin,
}

impl RoleView<'_> {
    /// Whether it is the role Admin.
    pub fn is_admin(self) -> bool {
        self.key == SystemRole::Admin.key()
    }

    /// Whether who holds this role may give, or take, the role `given`.
    pub fn may_give(self, given: RoleView<'_>) -> Result<(), Lack> {
        let missing = given.permissions.difference(self.permissions);
        if !missing.is_empty() {
            return Err(Lack::Permissions(missing));
        }
        if given.is_admin() && !self.is_admin() { Err(Lack::Admin) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn role(key: &str, permissions: PermissionSet) -> RoleView<'_> {
        RoleView { key, permissions }
    }

    #[test]
    fn nobody_gives_what_they_lack_and_every_permission_makes_no_admin() {
        let admin = role("admin", PermissionSet::ALL);
        let deputy = role("deputy", PermissionSet::ALL);
        let viewer = role("viewer", SystemRole::Viewer.permissions());
        let nothing = role("nothing", PermissionSet::EMPTY);
        let beyond = |held: RoleView<'_>, given: RoleView<'_>| {
            Err(Lack::Permissions(given.permissions.difference(held.permissions)))
        };
        for (held, given, expected) in [
            (admin, admin, Ok(())),
            (admin, deputy, Ok(())),
            (deputy, deputy, Ok(())),
            (deputy, viewer, Ok(())),
            (deputy, admin, Err(Lack::Admin)),
            (viewer, admin, beyond(viewer, admin)),
            (viewer, deputy, beyond(viewer, deputy)),
            (viewer, nothing, Ok(())),
            (nothing, viewer, beyond(nothing, viewer)),
            (nothing, nothing, Ok(())),
        ] {
            assert_eq!(held.may_give(given), expected, "{} gives {}", held.key, given.key);
        }
    }
}
