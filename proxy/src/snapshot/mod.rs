//! Everything in force at one moment: flags, workspaces, restrictions at home. Immutable; taken once per exchange.
//!
//! **Invariant:** an exchange sees one snapshot from its first stage to its last, so that a flip in the middle
//! cannot tear a decision apart.
//! **Deliberately absent:** memberships outside home (they are many; `ports::Memberships` finds them one by one).

mod hub;
mod role;

use std::sync::Arc;

use annex_policy::{Evaluation, FlagTable, Mode, WorkspaceState};

pub use hub::{Freshness, SnapshotHub};
pub use role::Role;

/// One moment of the truth, as this node last heard it.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Rises with every change this node hears of.
    pub revision: u64,
    /// The flags, `loaded` once PostgreSQL answered for the first time.
    pub flags: FlagTable,
    pub schema: Schema,
    /// All workspaces that Annex has a row for, by tenant id.
    pub workspaces: imbl::HashMap<Arc<str>, Workspace>,
    /// Natives with an Admin-set role or a blocking row, by workspace and then by principal.
    pub restrictions: imbl::HashMap<Arc<str>, Arc<Restrictions>>,
    /// Principals who have, or ever had, a membership outside home (rule R4: guards follow the person).
    pub guests: imbl::HashSet<Arc<str>>,
    /// Shadow users by the id of their users row, with the workspace; what once was one stays one.
    pub shadow_users: imbl::HashMap<Arc<str>, Arc<str>>,
    /// Their addresses, in lower case: nobody signs in with one (rule R8).
    pub shadow_user_emails: imbl::HashSet<Arc<str>>,
    /// Refresh tokens that go on in a workspace (rule R7), by their keyed hash.
    pub bindings: imbl::HashMap<[u8; 32], Binding>,
    /// How often the row of a workspace changed in what people see of it (its name, its logo), by tenant id.
    pub versions: imbl::HashMap<Arc<str>, i64>,
    /// Principals whose membership somewhere changed, with the revision at which this node heard of it.
    pub touched: imbl::HashMap<Arc<str>, u64>,
    /// The revision at which everything was last read anew: what changed before it is in no `touched`.
    pub reread_at: u64,
    /// Whether any tenant can possibly be on; false sends every request past all stages.
    pub anything_on: bool,
    /// Whether any tenant can possibly be in shadow; false: nobody looks at an exchange that is over.
    pub anything_in_shadow: bool,
}

/// What this node knows of the schema `annex`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// PostgreSQL has not answered yet.
    Unseen,
    /// Not there, or older than this binary: everything passes untouched until `annex migrate up` (rule R10).
    Missing,
    /// There, and at this binary's version.
    Ready,
}

/// What every exchange may need to know of a workspace without asking anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// The on home of its creator, for workspaces made through Annex (rule R1).
    pub sponsor: Option<Arc<str>>,
    /// Rises with every change of membership, role or deletion.
    pub epoch: u64,
    pub life: Life,
}

/// Whose refresh token goes on where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    pub principal: Arc<str>,
    pub workspace: Arc<str>,
}

/// The restricted natives of one workspace.
pub type Restrictions = std::collections::HashMap<Arc<str>, Restriction>;

/// Whether a workspace is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    Alive,
    /// Soft-deleted or purged: answers 410 to its members.
    Deleted,
}

/// What an Admin set for a native of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restriction {
    /// Narrows: what is allowed is this role and the CRM's own rights.
    Role(Arc<Role>),
    /// Removed or suspended by an Admin.
    Blocked,
}

impl Snapshot {
    /// Before anything was loaded: flags count as off (rule R1), a named workspace gets 503.
    pub fn unknown(environment: bool, redis_on: bool) -> Self {
        Snapshot {
            revision: 0,
            flags: FlagTable { environment, redis_on, ..FlagTable::default() },
            schema: Schema::Unseen,
            workspaces: imbl::HashMap::new(),
            restrictions: imbl::HashMap::new(),
            guests: imbl::HashSet::new(),
            shadow_users: imbl::HashMap::new(),
            shadow_user_emails: imbl::HashSet::new(),
            bindings: imbl::HashMap::new(),
            versions: imbl::HashMap::new(),
            touched: imbl::HashMap::new(),
            reread_at: 0,
            anything_on: false,
            anything_in_shadow: false,
        }
    }

    /// Whether PostgreSQL ever answered.
    pub fn is_loaded(&self) -> bool {
        self.flags.loaded
    }

    /// The flag of one workspace, with its reason (rule R1).
    pub fn evaluate(&self, workspace: &str) -> Evaluation {
        self.flags.evaluate(workspace, &|tenant| self.sponsor_of(tenant))
    }

    /// The state of a workspace as a foreign caller meets it. Shadow counts as off to callers (rule R1).
    pub fn state_of(&self, workspace: &str) -> WorkspaceState {
        match self.workspaces.get(workspace) {
            None => WorkspaceState::Absent,
            Some(known) => state(known, self.evaluate(workspace)),
        }
    }

    /// The state of a workspace that was read a moment ago and that this snapshot has not heard of.
    pub fn state_of_new(&self, workspace: &str, read: &Workspace) -> WorkspaceState {
        let evaluation = self.flags.evaluate(workspace, &|tenant| match tenant == workspace {
            true => read.sponsor.as_deref().map(Box::from),
            false => self.sponsor_of(tenant),
        });
        state(read, evaluation)
    }

    fn sponsor_of(&self, tenant: &str) -> Option<Box<str>> {
        self.workspaces.get(tenant).and_then(|known| known.sponsor.as_deref().map(Box::from))
    }

    /// What an Admin set for a native of `workspace`, if anything.
    pub fn restriction(&self, workspace: &str, principal: &str) -> Option<&Restriction> {
        self.restrictions.get(workspace)?.get(principal)
    }

    /// Whether a membership of `principal` may have changed since `revision`.
    pub fn is_touched_since(&self, principal: &str, revision: u64) -> bool {
        self.reread_at > revision || self.touched.get(principal).is_some_and(|at| *at > revision)
    }

    /// The epoch that this node has from PostgreSQL; 0 for a workspace it has not heard of.
    pub fn epoch_of(&self, workspace: &str) -> u64 {
        self.workspaces.get(workspace).map_or(0, |known| known.epoch)
    }
}

fn state(workspace: &Workspace, evaluation: Evaluation) -> WorkspaceState {
    match (workspace.life, evaluation.mode) {
        // A deleted workspace says so while it is on (rule R5); off it is off.
        (_, Mode::Off | Mode::Shadow) => WorkspaceState::Off,
        (Life::Deleted, Mode::Enforce) => WorkspaceState::Deleted,
        (Life::Alive, Mode::Enforce) => WorkspaceState::On,
    }
}
