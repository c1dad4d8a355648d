//! The people of one workspace: who they are, and changing what they are there.

use annex_policy::{PermissionSet, RoleView, SystemRole};
use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Asked, Denied};

/// One person in one workspace.
#[derive(Debug, Clone)]
pub struct Member {
    /// `None`: a native without a row.
    pub membership: Option<Uuid>,
    pub workspace: String,
    pub user: String,
    /// Whether it is their home.
    pub is_native: bool,
    /// `None`: gone from the CRM, and without a role.
    pub role: Option<MemberRole>,
    pub status: MemberStatus,
    pub is_owner: bool,
    pub invited_by: Option<String>,
    pub joined_at: Option<Timestamp>,
    pub last_accessed_at: Option<Timestamp>,
    pub created_at: Option<Timestamp>,
    /// Changes with what the person may do.
    pub version: i64,
    /// `None`: gone from the CRM.
    pub person: Option<MemberPerson>,
    pub can: MemberCan,
}

/// Their role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRole {
    /// `None`: the role that the CRM's users row gives a native.
    pub id: Option<Uuid>,
    pub key: String,
    pub name: String,
    pub permissions: PermissionSet,
}

impl MemberRole {
    /// The role that the users row gives.
    pub fn derived(role: SystemRole) -> Self {
        MemberRole {
            id: None,
            key: role.key().to_owned(),
            name: role.name().to_owned(),
            permissions: role.permissions(),
        }
    }

    /// The role as the policy sees it.
    pub fn view(&self) -> RoleView<'_> {
        RoleView { key: &self.key, permissions: self.permissions }
    }
}

/// Whether the membership counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberStatus {
    Active,
    Suspended,
    /// Over; of a native, shut out of their home until the flag is off.
    Removed,
}

impl MemberStatus {
    /// The word in the API.
    pub fn name(self) -> &'static str {
        match self {
            MemberStatus::Active => "active",
            MemberStatus::Suspended => "suspended",
            MemberStatus::Removed => "removed",
        }
    }
}

/// What the caller may do with a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemberCan {
    pub change_role: bool,
    pub suspend: bool,
    pub remove: bool,
}

/// What the CRM's users row says of a person, as far as members of a workspace see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberPerson {
    pub id: String,
    pub email: String,
    pub kind: String,
    /// Whether they can sign in.
    pub is_active: bool,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub profile_image: Option<String>,
}

/// Who is wanted of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemberFilter {
    /// A part of the name or the address, whatever its case.
    pub query: Option<String>,
    /// A role's key.
    pub role: Option<String>,
    /// `None`: active and suspended.
    pub status: Option<MemberStatus>,
}

/// A place in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberKey {
    /// Among natives without a row, who come first.
    Derived { user: String },
    /// Among those who have a row, by when they joined.
    Row { joined_at: Timestamp, user: String },
}

impl Member {
    /// Its place in the list.
    pub fn key(&self) -> MemberKey {
        match self.joined_at {
            None => MemberKey::Derived { user: self.user.clone() },
            Some(joined_at) => MemberKey::Row { joined_at, user: self.user.clone() },
        }
    }
}

/// How a role is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleRef {
    Key(String),
    Id(Uuid),
}

/// What is to change of a member; `None` keeps what stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemberChange {
    pub role: Option<RoleRef>,
    pub status: Option<MemberWanted>,
}

/// The two states between which an Admin moves a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberWanted {
    Active,
    Suspended,
}

/// A member who was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    pub was_native: bool,
    /// Rows of the CRM that somebody else took over.
    pub reassigned: u64,
}

/// The people of a workspace. Every change is an audit event, and in force on this node when the call returns.
#[async_trait]
pub trait Members: Send + Sync {
    /// Natives without a row first, then by when they joined; `limit` at most.
    async fn list(
        &self,
        asked: Asked<'_>,
        filter: &MemberFilter,
        after: Option<&MemberKey>,
        limit: i64,
    ) -> Result<Vec<Member>, Denied>;

    async fn one(&self, asked: Asked<'_>, user: &str) -> Result<Member, Denied>;

    async fn change(&self, asked: Asked<'_>, user: &str, change: &MemberChange) -> Result<Member, Denied>;

    /// Ends a membership, or shuts a native out of their home. The CRM's account stays; what is open of theirs goes to
    /// `reassign_to`.
    async fn remove(&self, asked: Asked<'_>, user: &str, reassign_to: Option<&str>) -> Result<Removed, Denied>;

    /// Ends the caller's own membership.
    async fn leave(&self, asked: Asked<'_>) -> Result<(), Denied>;
}
