//! One exchange: a request with its response, and what the stages found out about it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use annex_config::{Config, ContextStrategy};
use annex_policy::{Mode, PermissionSet};

use super::{
    Received, Rejection,
    answer::{Answer, Answers},
    canary::Canary,
    denials::Denials,
    evidence::{Evidence, Receipts},
    failure::Failure,
    guard::Guard,
    inject::Injection,
    leash::Leash,
    leaving::Leaving,
    marker::Welcome,
    refresh::Refresh,
    shadow::Observer,
    shadow_user::SignIn,
};
use crate::{
    identity::{Principal, Signer, Verifier},
    keyring::Keyring,
    ports::{Memberships, People, Relations, Tier},
    snapshot::{Snapshot, SnapshotHub},
    telemetry::Metrics,
    ui::Ui,
};

/// What the stages may ask: one set for the whole process.
pub struct Rooms {
    pub config: Arc<Config>,
    pub hub: Arc<SnapshotHub>,
    pub verifier: Arc<Verifier>,
    pub signer: Arc<Signer>,
    pub memberships: Arc<dyn Memberships>,
    pub relations: Arc<dyn Relations>,
    pub people: Arc<dyn People>,
    pub answers: Answers,
    pub keyring: Arc<Keyring>,
    pub receipts: Receipts,
    pub observer: Observer,
    pub metrics: Arc<Metrics>,
    /// The name of this process in records of what nodes did.
    pub node: Arc<str>,
    /// What the binary carries for browsers.
    pub ui: Arc<Ui>,
    pub in_flight: Arc<InFlight>,
    /// Whether this process was asked to stop.
    pub leaving: Arc<Leaving>,
    /// Where refused requests of members go to be remembered.
    pub denials: Denials,
}

impl Rooms {
    /// Whether members stand in a workspace by a users row of their own.
    pub fn has_shadow_users(&self) -> bool {
        self.config.profile.context.strategy == ContextStrategy::MemberRow
    }
}

/// How many exchanges are under way: what a graceful stop waits for.
#[derive(Debug, Default)]
pub struct InFlight(AtomicU64);

impl InFlight {
    /// Counts one exchange until the guard is dropped.
    pub fn enter(self: &Arc<Self>) -> InFlightGuard {
        self.0.fetch_add(1, Ordering::AcqRel);
        InFlightGuard(Arc::clone(self))
    }

    /// The number of exchanges under way.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// Counts its exchange out when dropped, on every path out of it.
#[derive(Debug)]
pub struct InFlightGuard(Arc<InFlight>);

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Which of Annex's own rooms answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// The management API and everything under `/_annex/`.
    Api,
}

/// The right to go on. Without one there is no upstream peer.
#[derive(Debug, Clone)]
pub enum Passage {
    /// Untouched: the flag is off for whoever asks, or the CRM shall judge. Byte for byte.
    Untouched,
    /// At home with the flag on: the person's own token; only the names that Annex consumed are gone.
    Home,
    /// In a workspace, by permit: the upstream leg carries this token.
    Workspace { workspace: Arc<str>, token: Arc<str> },
    /// One of our own rooms answers.
    Own(Room),
}

impl Passage {
    /// The metric label.
    pub fn label(&self) -> &'static str {
        match self {
            Passage::Untouched => "untouched",
            Passage::Home => "home",
            Passage::Workspace { .. } => "workspace",
            Passage::Own(_) => "own",
        }
    }
}

/// One exchange. Made when a request head is complete, dropped when its last byte is out.
pub struct Exchange {
    pub id: Arc<str>,
    pub started: Instant,
    pub snapshot: Arc<Snapshot>,
    pub received: Option<Received>,
    pub principal: Option<Arc<Principal>>,
    /// Whom the marker cookie of a navigation names, if they have the feature.
    pub visitor: Option<Arc<str>>,
    /// The workspace that the answer is about, where it is not simply home.
    pub workspace: Option<Arc<str>>,
    pub mode: Mode,
    pub tier: Option<Tier>,
    pub passage: Option<Passage>,
    pub rejection: Option<Rejection>,
    /// How it broke after it was let through, if Annex wrote the answer.
    pub failure: Option<Failure>,
    /// What must hold around the permitted request.
    pub guard: Option<Guard>,
    /// A refresh of the CRM's tokens, while its body is read.
    pub refresh: Option<Refresh>,
    /// A sign-in, while its body is read; only where shadow users are.
    pub sign_in: Option<SignIn>,
    /// What the stages found out, for the receipt.
    pub evidence: Evidence,
    /// How the CRM's answer is corrected.
    pub answer: Option<Answer>,
    /// The loader's way into the CRM's page.
    pub injection: Option<Injection>,
    /// A sign-in's answer, while it is read.
    pub welcome: Option<Welcome>,
    /// The reading of the CRM's answer for what is another tenant's.
    pub canary: Option<Canary>,
    /// How long our own stages took.
    pub decided_after: Option<Duration>,
    /// When the upstream leg began, and how long until its response head.
    pub forwarded_at: Option<Instant>,
    pub upstream_after: Option<Duration>,
    pub upgraded: bool,
    /// The member in whose name a workspace was asked for, before anything was decided.
    pub attempted: Option<Arc<str>>,
    /// What the caller held in `workspace` when they were let in.
    pub held: Option<PermissionSet>,
    /// What ends this exchange early.
    pub leash: Option<Leash>,
    /// Part of a head may be out: nothing more may be written.
    pub torn: bool,
    _counted: InFlightGuard,
}

impl Exchange {
    pub fn new(rooms: &Rooms) -> Self {
        Exchange {
            id: uuid::Uuid::now_v7().simple().to_string().into(),
            started: Instant::now(),
            snapshot: rooms.hub.current(),
            received: None,
            principal: None,
            visitor: None,
            workspace: None,
            mode: Mode::Off,
            tier: None,
            passage: None,
            rejection: None,
            failure: None,
            guard: None,
            refresh: None,
            sign_in: None,
            evidence: Evidence::default(),
            answer: None,
            injection: None,
            welcome: None,
            canary: None,
            decided_after: None,
            forwarded_at: None,
            upstream_after: None,
            upgraded: false,
            attempted: None,
            held: None,
            leash: Leash::current(),
            torn: false,
            _counted: rooms.in_flight.enter(),
        }
    }
}
