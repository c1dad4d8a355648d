//! What the profile lets us ask of the CRM, and the domain's changes that need both its tables and ours.
//!
//! **Invariant:** SQL with names from the profile is composed once, at start ([`Statements`]); no request ever shapes it.
//! **Deliberately absent:** any write to the CRM's tables but the profile's own statements, which make, rename and purge a
//! tenant, give somebody's open work to another person, and keep shadow users, and the columns that it names for a workspace's
//! branding ([`Signboard`]).

mod directory;
pub mod leading;
pub mod members;
pub mod memberships;
mod open;
mod people;
mod reassign;
mod relations;
pub mod roster;
mod seats;
pub mod shadow_users;
mod signboard;
mod statements;
mod steps;
mod tenants;
mod users;

pub use directory::Directory;
pub use open::OpenMemberships;
pub use people::People;
pub use reassign::{can_reassign, reassign};
pub use relations::Relations;
pub use seats::Seats;
pub use signboard::{Signboard, path as picture_path, shown_picture};
pub use statements::{Statements, StatementsError};
pub use steps::steps_done;
pub use tenants::{
    Natives, create_tenant, natives_by_tenant, natives_in, purge_tenant, rename_tenant, tenant_name, tenant_names,
    tenants_after, unread_in,
};
pub use users::{
    User, addresses_within, admins_of, homes_among, is_customer, is_platform_admin, may_be_member, names_among,
    native_role, owners_of, user_by_email, user_by_id, users_among, users_of,
};
