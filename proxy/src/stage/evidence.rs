//! What the stages found out about one exchange, kept as a receipt for who asks later.
//!
//! **Invariant:** a receipt holds no token, cookie, body, query or e-mail.
//! **Invariant:** receipts are bounded by a number; the oldest go first.

use std::sync::Arc;

use annex_policy::{Evaluation, FlagSource, Obligations, Permit, RouteClass, RouteMatch};
use moka::sync::Cache;
use serde::Serialize;

use super::{Exchange, Passage, Received, receive::Named, record::mode_label};
use crate::{ports::Found, ports::Standing, snapshot::Snapshot};

/// How many receipts a node keeps.
const KEPT: u64 = 10_000;

/// Gathered while the stages decide.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// The CRM's route, by method and pattern.
    pub route: Option<String>,
    /// The permission or class that the profile gives the route.
    pub class: Option<String>,
    /// The flag of the workspace in question, with what decided it.
    pub flag: Option<FlagFact>,
    pub membership: Option<MembershipFact>,
    /// What had to hold around the permit.
    pub obligations: Vec<String>,
    /// What the isolation canary does with the answer, and what came of it.
    pub canary: Option<CanaryFact>,
}

/// The reading of one answer.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CanaryFact {
    pub reading: &'static str,
    /// `clean`, `finding` or `unscanned`, once the answer is over.
    pub outcome: Option<&'static str>,
    pub reason: Option<&'static str>,
    /// Whose the answer is besides.
    pub tenant: Option<String>,
}

/// A flag and its source (rule R1).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FlagFact {
    pub workspace: String,
    pub mode: &'static str,
    pub source: String,
}

/// A membership and where it was found.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MembershipFact {
    pub standing: &'static str,
    pub role: Option<String>,
    pub epoch: u64,
    pub tier: &'static str,
}

impl Evidence {
    pub fn route(&mut self, route: &RouteMatch<'_>) {
        let (name, class) = match route {
            RouteMatch::Route { route, .. } => {
                let class = match &route.class {
                    RouteClass::Home => "home".to_owned(),
                    RouteClass::Unmapped => "unmapped".to_owned(),
                    RouteClass::Mapped(permission, _) => permission.to_string(),
                };
                (Some(format!("{} {}", route.method.as_str(), route.pattern)), class)
            }
            RouteMatch::Static => (None, "static".to_owned()),
            RouteMatch::None => (None, "no route".to_owned()),
        };
        self.route = name;
        self.class = Some(class);
    }

    pub fn flag(&mut self, snapshot: &Snapshot, workspace: &str) {
        let Evaluation { mode, source } = snapshot.evaluate(workspace);
        self.flag =
            Some(FlagFact { workspace: workspace.to_owned(), mode: mode_label(mode), source: source_label(&source) });
    }

    pub fn membership(&mut self, found: &Found) {
        let (standing, role) = match &found.standing {
            Standing::Stranger => ("stranger", None),
            Standing::Suspended => ("suspended", None),
            Standing::Member(role) => ("member", Some(role.key.to_string())),
        };
        self.membership = Some(MembershipFact { standing, role, epoch: found.epoch, tier: found.tier.label() });
    }

    pub fn permit(&mut self, permit: &Permit<'_>) {
        self.obligations = describe(permit.obligations());
    }
}

fn describe(obligations: &Obligations) -> Vec<String> {
    let parents = obligations.parent.iter().map(|check| format!("parent :{} in {}", check.param, check.relation));
    let body = obligations.body.iter().map(|_| "body guard".to_owned());
    let redact = obligations.redact.then(|| "redaction".to_owned());
    let row = obligations.admin_row.then(|| "admin row".to_owned());
    parents.chain(body).chain(redact).chain(row).collect()
}

/// What decided a flag, for people.
pub fn source_label(source: &FlagSource) -> String {
    match source {
        FlagSource::Override => "override in Redis".to_owned(),
        FlagSource::TenantRow => "row of the tenant".to_owned(),
        FlagSource::Sponsor(theirs) => format!("sponsor: {}", source_label(theirs)),
        FlagSource::GlobalOverride => "override * in Redis".to_owned(),
        FlagSource::GlobalRow => "global row".to_owned(),
        FlagSource::Rollout => "rollout".to_owned(),
        FlagSource::Environment => "environment".to_owned(),
        FlagSource::Unknown => "not loaded".to_owned(),
    }
}

/// One exchange as it is told later.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    pub id: String,
    pub method: String,
    pub path: String,
    pub principal: Option<String>,
    pub home: Option<String>,
    /// Where the request named a workspace, and which.
    pub named: Vec<String>,
    pub workspace: Option<String>,
    pub evidence: Evidence,
    pub snapshot_revision: u64,
    pub passage: Option<&'static str>,
    pub refused: Option<Refused>,
    pub status: u16,
}

/// Why it was refused.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    pub code: &'static str,
    pub reason: &'static str,
}

impl Receipt {
    /// The receipt of an exchange that was looked at; nobody looks at one that passes untouched.
    pub fn of(exchange: &Exchange, method: &str, status: u16) -> Option<Self> {
        let looked_at = exchange.rejection.is_some() || exchange.principal.is_some();
        let received = exchange.received.as_ref().filter(|_| looked_at)?;
        Some(Receipt {
            id: exchange.id.to_string(),
            method: method.to_owned(),
            path: super::record::without_secrets(&received.path),
            principal: exchange.principal.as_ref().map(|principal| principal.id.to_string()),
            home: exchange.principal.as_ref().map(|principal| principal.home.to_string()),
            named: named(received, exchange),
            workspace: exchange.workspace.as_deref().map(str::to_owned),
            evidence: exchange.evidence.clone(),
            snapshot_revision: exchange.snapshot.revision,
            passage: exchange.passage.as_ref().map(Passage::label),
            refused: exchange.rejection.map(|rejection| Refused { code: rejection.code(), reason: rejection.label() }),
            status,
        })
    }
}

fn named(received: &Received, exchange: &Exchange) -> Vec<String> {
    let place = |place: &str, name: &Named| match name {
        Named::Once(name) => format!("{place}: {name}"),
        Named::Malformed => format!("{place}: malformed"),
    };
    let names = &received.names;
    let pinned = names.pinned.iter().map(|name| format!("pinned path: {name}"));
    let header = names.header.iter().map(|name| place("header", name));
    let query = names.query.iter().map(|name| place("query", name));
    let claim = exchange
        .principal
        .iter()
        .filter_map(|principal| principal.active_workspace.as_ref().map(|name| format!("claim: {name}")));
    pinned.chain(header).chain(query).chain(claim).collect()
}

/// The receipts of this node.
pub struct Receipts(Cache<Arc<str>, Arc<Receipt>>);

impl Default for Receipts {
    fn default() -> Self {
        Receipts(Cache::new(KEPT))
    }
}

impl Receipts {
    pub fn keep(&self, id: &Arc<str>, receipt: Receipt) {
        self.0.insert(Arc::clone(id), Arc::new(receipt));
    }

    pub fn find(&self, id: &str) -> Option<Arc<Receipt>> {
        self.0.get(id)
    }
}
