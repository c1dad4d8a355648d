//! The isolation canary: is there something of another tenant in an answer that goes into a workspace?
//!
//! The guards keep such answers from being asked for. This reads what came nevertheless, because a hole in the CRM that
//! nobody knows has no guard. `count` lets the answer go on as it came and tells; `block` holds it back until it was
//! read, its head included, so that a finding becomes a refusal and nothing of the answer leaves.
//!
//! **Invariant:** in `count` not one byte of the answer or of its request is changed. Memory is bounded: one string,
//! a few open objects, and in `block` the configured limit.
//! **Deliberately absent:** answers at home, where the CRM's own rules hold, and certainty: the guards are the defence.

mod scan;

use annex_config::{CanaryConfig, CanaryMode};
use annex_policy::Module;
use bytes::Bytes;
use http::{StatusCode, header};
use pingora::http::ResponseHeader;
use std::sync::Arc;

use super::{
    Rooms,
    guard::is_json,
    held::{Held, Step},
};
use crate::snapshot::Snapshot;
use scan::Scanner;
pub use scan::{Finding, Sign};

/// One answer being read.
pub struct Canary {
    config: CanaryConfig,
    module: Module,
    scanner: Scanner,
    reading: Reading,
    held: Option<Held>,
    told: bool,
}

/// How far the reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// No head has come, or one without a body: there is nothing to say.
    NotBegun,
    Under,
    Over,
    Cannot(Unread),
}

/// Why an answer was not read. Closed: it is a metric label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    NotJson,
    Encoded,
    Partial,
    CutShort,
}

/// What came of one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'c> {
    Clean,
    Found(&'c Finding),
    Unscanned(Unread),
}

impl Canary {
    /// For an answer of `module` in `workspace`, if it is one of those that are read.
    pub fn sample(rooms: &Rooms, snapshot: &Arc<Snapshot>, workspace: &Arc<str>, module: Module) -> Option<Self> {
        let config = rooms.config.canary;
        let drawn = rand::random_range(0..100_u8) < config.sample_percent;
        if config.mode == CanaryMode::Off || !drawn {
            return None;
        }
        let scanner = Scanner::new(Arc::clone(&rooms.config.profile), Arc::clone(snapshot), Arc::clone(workspace));
        Some(Canary { config, module, scanner, reading: Reading::NotBegun, held: None, told: false })
    }

    /// Whether the CRM must be asked for an answer that can be read. Counting takes what comes.
    pub fn reads_answer(&self) -> bool {
        self.config.mode == CanaryMode::Block
    }

    /// The head as the CRM sent it: can its body be read?
    pub fn head(&mut self, method: &http::Method, head: &ResponseHeader) {
        let empty = head.headers.get(header::CONTENT_LENGTH).is_some_and(|length| length == "0");
        let bodiless = matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if head.status.is_informational() || bodiless || empty || method == http::Method::HEAD {
            return;
        }
        let encoding = head.headers.get(header::CONTENT_ENCODING);
        let encoded = encoding.is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"));
        self.reading = if !is_json(head) {
            Reading::Cannot(Unread::NotJson)
        } else if encoded {
            Reading::Cannot(Unread::Encoded)
        } else if head.status == StatusCode::PARTIAL_CONTENT {
            Reading::Cannot(Unread::Partial)
        } else {
            Reading::Under
        };
    }

    /// In `block`, takes the head into custody and leaves one that is never sent.
    pub fn hold(&mut self, head: &mut ResponseHeader) -> pingora::Result<bool> {
        if self.config.mode != CanaryMode::Block || self.reading != Reading::Under {
            return Ok(false);
        }
        self.held = Some(Held::take(head)?);
        Ok(true)
    }

    /// A piece as the CRM sent it.
    pub fn piece(&mut self, piece: &mut Option<Bytes>, end: bool) -> Step {
        if self.reading != Reading::Under {
            return Step::On;
        }
        if let Some(bytes) = piece.as_ref() {
            self.scanner.feed(bytes);
        }
        if end {
            self.scanner.end();
            self.reading = Reading::Over;
        }
        let Some(held) = &mut self.held else { return Step::On };
        if self.scanner.finding().is_some() {
            held.body.clear();
            *piece = None;
            return Step::Stopped;
        }
        let Some(head) = held.head.take() else { return Step::On };
        held.body.extend_from_slice(&piece.take().unwrap_or_default());
        if end || held.body.len() > self.config.limit_bytes {
            *piece = Some(held.body.split().freeze());
            return Step::Released(head);
        }
        held.head = Some(head);
        Step::Held
    }

    /// What came of it, once; `None` where no answer with a body came.
    pub fn conclude(&mut self) -> Option<(Module, Outcome<'_>)> {
        if std::mem::replace(&mut self.told, true) {
            return None;
        }
        let outcome = match (self.scanner.finding(), self.reading) {
            (Some(finding), _) => Outcome::Found(finding),
            (None, Reading::NotBegun) => return None,
            (None, Reading::Over) => Outcome::Clean,
            (None, Reading::Under) => Outcome::Unscanned(Unread::CutShort),
            (None, Reading::Cannot(why)) => Outcome::Unscanned(why),
        };
        Some((self.module, outcome))
    }

    /// What is done to the answer, for people.
    pub fn describe(&self) -> &'static str {
        match self.config.mode {
            CanaryMode::Block => "held back until it is read",
            CanaryMode::Count | CanaryMode::Off => "read as it passes",
        }
    }
}

impl Outcome<'_> {
    /// The metric labels: outcome and reason.
    pub fn labels(self) -> (&'static str, &'static str) {
        match self {
            Outcome::Clean => ("clean", "none"),
            Outcome::Found(finding) => ("finding", finding.sign.label()),
            Outcome::Unscanned(Unread::NotJson) => ("unscanned", "not_json"),
            Outcome::Unscanned(Unread::Encoded) => ("unscanned", "encoded"),
            Outcome::Unscanned(Unread::Partial) => ("unscanned", "partial"),
            Outcome::Unscanned(Unread::CutShort) => ("unscanned", "cut_short"),
        }
    }
}

#[cfg(test)]
mod tests;
