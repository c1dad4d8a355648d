//! The value of the flag for one workspace.
//!
//! Promise: every node that holds the same table gives the same answer, with the source that decided.
//!
//! **Invariant:** the order is override of the tenant, its row, its place on the deny list, its sponsor's value,
//! the global override, the global row narrowed by the rollout, the environment narrowed by the rollout. What is
//! not loaded is off.
//!
//! **Deliberately absent:** bypass, which is a matter of transport, and where the values come from.

use std::collections::HashMap;

use crate::rollout::Rollout;

/// How many sponsors are followed. Real chains have one or two; a longer one is a loop or an attack, and is off.
pub const SPONSOR_DEPTH_MAX: usize = 16;

/// What the flag does to a workspace's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// Decide nothing.
    Off,
    /// Decide and only record; to callers the same as off.
    Shadow,
    /// Decide and obey.
    Enforce,
}

/// A text that names no mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a mode; write off, shadow or enforce")]
pub struct UnknownMode(pub Box<str>);

/// Which value decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlagSource {
    /// The tenant's override in Redis.
    Override,
    /// The tenant's row.
    TenantRow,
    /// The sponsor's value, and what decided there.
    Sponsor(Box<FlagSource>),
    /// The override `*` in Redis.
    GlobalOverride,
    /// The global row.
    GlobalRow,
    /// The rollout took a true global value away: percentage, mode or deny list.
    Rollout,
    /// `MULTI_WORKSPACE_ENABLED`.
    Environment,
    /// Never loaded, or a chain of sponsors that does not end.
    Unknown,
}

/// Whom a value is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Everybody without a value of their own.
    Global,
    /// One tenant.
    Tenant(Box<str>),
}

/// A row of `feature_flags`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FlagRow {
    /// `None` is not set: the next source decides.
    pub enabled: Option<bool>,
    /// `mode = 'shadow'`; says something only while `enabled` is not true.
    pub shadow: bool,
}

/// Everything that decides the flag, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlagTable {
    /// Overrides from Redis.
    pub overrides: HashMap<Scope, bool>,
    /// Rows of `feature_flags`.
    pub rows: HashMap<Scope, FlagRow>,
    /// What narrows a true global value.
    pub rollout: Rollout,
    /// `MULTI_WORKSPACE_ENABLED`.
    pub environment: bool,
    /// May an override turn on? If not, overrides only turn off.
    pub redis_on: bool,
    /// Was the table ever read?
    pub loaded: bool,
}

/// The flag's answer and what decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The answer.
    pub mode: Mode,
    /// What decided.
    pub source: FlagSource,
}

impl FlagTable {
    /// The flag for `tenant`. `sponsor_of` tells which tenant a workspace grew from, if it did.
    pub fn evaluate(&self, tenant: &str, sponsor_of: &dyn Fn(&str) -> Option<Box<str>>) -> Evaluation {
        if !self.loaded {
            return Evaluation { mode: Mode::Off, source: FlagSource::Unknown };
        }
        self.evaluate_within(tenant, sponsor_of, SPONSOR_DEPTH_MAX)
    }

    /// The flag for everybody without a value of their own, before a rollout narrows it for a tenant.
    pub fn evaluate_global(&self) -> Evaluation {
        if !self.loaded {
            return Evaluation { mode: Mode::Off, source: FlagSource::Unknown };
        }
        let (mode, source) = self.global_value();
        Evaluation { mode, source }
    }

    /// False only if no tenant can be enforced. Reads every row: ask once per snapshot, not once per exchange. False
    /// also while nothing was loaded; what a request that names a workspace then gets is the caller's matter.
    pub fn anything_on(&self) -> bool {
        self.anybody_in(Mode::Enforce)
    }

    /// False only if no tenant can be in shadow. As expensive as [`FlagTable::anything_on`].
    pub fn anything_in_shadow(&self) -> bool {
        self.anybody_in(Mode::Shadow)
    }

    fn anybody_in(&self, mode: Mode) -> bool {
        // An override says on or off, never shadow.
        let may_override = mode == Mode::Enforce && self.redis_on;
        let own_override = may_override && self.overrides.iter().any(|(scope, on)| *on && *scope != Scope::Global);
        let own_row = || self.rows.iter().any(|(scope, row)| *scope != Scope::Global && row.value() == Some(mode));
        let global = || match self.global_value() {
            (Mode::Enforce, FlagSource::GlobalOverride) => mode == Mode::Enforce,
            (Mode::Enforce, _) => self.rollout.percentage > 0 && self.rollout.mode == mode,
            (value, _) => value == mode,
        };
        self.loaded && (own_override || own_row() || global())
    }

    fn evaluate_within(
        &self,
        tenant: &str,
        sponsor_of: &dyn Fn(&str) -> Option<Box<str>>,
        depth_left: usize,
    ) -> Evaluation {
        if let Some(own) = self.own_value(tenant) {
            return own;
        }
        let Some(sponsor) = sponsor_of(tenant) else {
            return self.global_for(tenant);
        };
        let Some(depth_left) = depth_left.checked_sub(1) else {
            return Evaluation { mode: Mode::Off, source: FlagSource::Unknown };
        };
        let theirs = self.evaluate_within(&sponsor, sponsor_of, depth_left);
        Evaluation { mode: theirs.mode, source: FlagSource::Sponsor(Box::new(theirs.source)) }
    }

    /// What somebody decided for this very tenant.
    fn own_value(&self, tenant: &str) -> Option<Evaluation> {
        let scope = Scope::Tenant(tenant.into());
        let found = |mode, source| Some(Evaluation { mode, source });
        if let Some(mode) = self.obeyed_override(&scope) {
            return found(mode, FlagSource::Override);
        }
        if let Some(mode) = self.rows.get(&scope).and_then(FlagRow::value) {
            return found(mode, FlagSource::TenantRow);
        }
        if self.rollout.deny.contains(tenant) {
            return found(Mode::Off, FlagSource::Rollout);
        }
        None
    }

    /// The global value as it reaches `root`, a tenant without a sponsor.
    fn global_for(&self, root: &str) -> Evaluation {
        let (mode, source) = self.global_value();
        let narrowed = match (mode, &source) {
            // An override is a word of its own, above the row that a rollout narrows.
            (Mode::Off | Mode::Shadow, _) | (Mode::Enforce, FlagSource::GlobalOverride) => mode,
            (Mode::Enforce, _) if self.rollout.reaches(root) => self.rollout.mode,
            (Mode::Enforce, _) => Mode::Off,
        };
        let source = if narrowed == mode { source } else { FlagSource::Rollout };
        Evaluation { mode: narrowed, source }
    }

    fn global_value(&self) -> (Mode, FlagSource) {
        if let Some(mode) = self.obeyed_override(&Scope::Global) {
            return (mode, FlagSource::GlobalOverride);
        }
        match self.rows.get(&Scope::Global).and_then(FlagRow::value) {
            Some(mode) => (mode, FlagSource::GlobalRow),
            None if self.environment => (Mode::Enforce, FlagSource::Environment),
            None => (Mode::Off, FlagSource::Environment),
        }
    }

    fn obeyed_override(&self, scope: &Scope) -> Option<Mode> {
        match self.overrides.get(scope) {
            Some(true) if self.redis_on => Some(Mode::Enforce),
            // Redis is a brake only: an `on` there says nothing.
            Some(true) | None => None,
            Some(false) => Some(Mode::Off),
        }
    }
}

impl FlagRow {
    /// What the row decides; `None` if it was never set.
    pub fn value(&self) -> Option<Mode> {
        match self {
            FlagRow { enabled: Some(true), .. } => Some(Mode::Enforce),
            FlagRow { shadow: true, .. } => Some(Mode::Shadow),
            FlagRow { enabled: Some(false), .. } => Some(Mode::Off),
            FlagRow { enabled: None, .. } => None,
        }
    }
}

impl Mode {
    /// Does it do anything, even if only in the records?
    pub const fn is_on(self) -> bool {
        matches!(self, Mode::Shadow | Mode::Enforce)
    }

    /// The name in tables, texts and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Mode::Off => "off",
            Mode::Shadow => "shadow",
            Mode::Enforce => "enforce",
        }
    }
}

impl std::str::FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<Self, UnknownMode> {
        match text {
            "off" => Ok(Mode::Off),
            "shadow" => Ok(Mode::Shadow),
            "enforce" => Ok(Mode::Enforce),
            _ => Err(UnknownMode(text.into())),
        }
    }
}

impl FlagSource {
    /// The name in metrics, texts and the API.
    pub const fn label(&self) -> &'static str {
        match self {
            FlagSource::Override => "override",
            FlagSource::TenantRow => "tenant_row",
            FlagSource::Sponsor(_) => "sponsor",
            FlagSource::GlobalOverride => "global_override",
            FlagSource::GlobalRow => "global_row",
            FlagSource::Rollout => "rollout",
            FlagSource::Environment => "environment",
            FlagSource::Unknown => "unknown",
        }
    }
}
