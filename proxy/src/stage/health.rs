//! How this node is: its parts, how old its knowledge is, what it decided and why it refused.
//!
//! **Invariant:** one list of parts is behind `/readyz` and `GET /api/admin/health`, so that they cannot disagree.
//! **Deliberately absent:** a question to any store: what is said is what this node noticed by itself.

use serde::Serialize;
use utoipa::ToSchema;

use super::Rooms;
use crate::{
    snapshot::{Freshness, Schema, Snapshot},
    telemetry::Source,
};

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    /// Something is lost without harm.
    Degraded,
    /// It cannot do all that it is there for. Traffic passes all the same.
    Down,
}

/// One part of a node.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = HealthPart)]
pub struct Part {
    /// `process`, `postgresql` or `redis`.
    pub name: &'static str,
    pub status: Status,
    /// What is wrong, by a word: `leaving`, `unseen`, `schema_missing`, `unheard` or `disconnected`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// What is wrong, and what it means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<&'static str>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<&'static str>,
}

/// How one node is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// That of the worst part.
    pub status: Status,
    pub parts: Vec<Part>,
    pub node: String,
    pub version: &'static str,
    pub snapshot: SnapshotFact,
    pub decisions: Decisions,
    /// The most frequent first.
    pub denials: Vec<DenialCount>,
}

/// What this node holds of the flags.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HealthSnapshot)]
pub struct SnapshotFact {
    /// Changes that this node has heard of since its start.
    pub revision: u64,
    /// Since PostgreSQL last confirmed it; null: never.
    pub age_ms: Option<u64>,
    pub anything_on: bool,
    pub anything_in_shadow: bool,
}

/// What was decided since the process began.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HealthDecisions)]
pub struct Decisions {
    /// Let into a workspace, or home, with the flag on.
    pub allowed: u64,
    pub denied: u64,
    /// For how long it has been counted.
    pub since_s: u64,
}

/// How often one reason refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HealthDenials)]
pub struct DenialCount {
    /// As in the metric `annex_exchanges_total`.
    pub reason: String,
    pub count: u64,
}

/// How this node is right now.
pub fn health(rooms: &Rooms) -> Health {
    let parts = parts(rooms);
    let snapshot = rooms.hub.current();
    let counted = rooms.metrics.decisions();
    let mut denials: Vec<DenialCount> =
        counted.denied.into_iter().map(|(reason, count)| DenialCount { reason, count }).collect();
    denials.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.reason.cmp(&other.reason)));
    Health {
        status: parts.iter().map(|part| part.status).max().unwrap_or(Status::Ok),
        parts,
        node: rooms.node.to_string(),
        version: env!("CARGO_PKG_VERSION"),
        snapshot: SnapshotFact {
            revision: snapshot.revision,
            age_ms: rooms.hub.age_ms(),
            anything_on: snapshot.anything_on,
            anything_in_shadow: snapshot.anything_in_shadow,
        },
        decisions: Decisions {
            allowed: counted.allowed,
            denied: denials.iter().map(|denial| denial.count).sum(),
            since_s: counted.since_s,
        },
        denials,
    }
}

/// What a node is made of, each with what is wrong with it.
pub fn parts(rooms: &Rooms) -> Vec<Part> {
    let mut parts = vec![process(rooms), postgresql(&rooms.hub.current(), rooms.hub.freshness())];
    if rooms.config.redis.is_some() {
        parts.push(redis(rooms.metrics.is_up(Source::Redis)));
    }
    parts
}

fn process(rooms: &Rooms) -> Part {
    match rooms.leaving.has_begun() {
        true => Part::down("process", "leaving", "this process is leaving", "nothing to do"),
        false => Part::ok("process"),
    }
}

fn postgresql(snapshot: &Snapshot, freshness: Freshness) -> Part {
    let down = |code, message, remedy| Part::down("postgresql", code, message, remedy);
    match (snapshot.schema, freshness) {
        (Schema::Unseen, _) => down(
            "unseen",
            "PostgreSQL has not answered yet: flags count as off, admin-set restrictions are not in force, named workspaces get 503",
            "check ANNEX_DATABASE_URL and the server; `annex doctor` tells more",
        ),
        (Schema::Missing, _) => down(
            "schema_missing",
            "the schema annex is missing or older than this binary: everything passes untouched",
            "annex migrate up",
        ),
        (Schema::Ready, Freshness::Lapsed) => down(
            "unheard",
            "PostgreSQL is not heard: flags stay as last known, other workspaces get 503",
            "check the database server",
        ),
        (Schema::Ready, Freshness::Leased) => Part::ok("postgresql"),
    }
}

fn redis(is_up: bool) -> Part {
    let message = "Redis is not connected: overrides stay as last known, memberships come from PostgreSQL";
    match is_up {
        true => Part::ok("redis"),
        false => {
            Part { status: Status::Degraded, code: Some("disconnected"), message: Some(message), ..Part::ok("redis") }
        }
    }
}

impl Part {
    fn ok(name: &'static str) -> Self {
        Part { name, status: Status::Ok, code: None, message: None, remedy: None }
    }

    fn down(name: &'static str, code: &'static str, message: &'static str, remedy: &'static str) -> Self {
        Part { name, status: Status::Down, code: Some(code), message: Some(message), remedy: Some(remedy) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_down_degraded_or_well() {
        let mut snapshot = Snapshot::unknown(false, true);
        for (schema, freshness, wanted) in [
            (Schema::Unseen, Freshness::Lapsed, Status::Down),
            (Schema::Missing, Freshness::Leased, Status::Down),
            (Schema::Ready, Freshness::Lapsed, Status::Down),
            (Schema::Ready, Freshness::Leased, Status::Ok),
        ] {
            snapshot.schema = schema;
            let part = postgresql(&snapshot, freshness);
            assert_eq!(part.status, wanted, "{schema:?} {freshness:?}");
            assert_eq!((part.message.is_some(), part.code.is_some()), (wanted != Status::Ok, wanted != Status::Ok));
        }
        assert_eq!((redis(false).status, redis(true).status), (Status::Degraded, Status::Ok));
        assert!(Status::Down > Status::Degraded && Status::Degraded > Status::Ok, "the worst part is the whole");
    }
}
