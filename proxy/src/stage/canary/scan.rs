//! Reads JSON as it streams by and tells whether it names another tenant.
//!
//! A value of one of the profile's tenant fields that is not the workspace is a sign; so is any string, key or value,
//! that is the id of another workspace that this node knows.
//!
//! **Invariant:** memory is bounded by [`TEXT_MAX`] and [`OPEN_MAX`], whatever the answer's size; pieces may end
//! anywhere, in the middle of an escape too.
//! **Deliberately absent:** checking that it is JSON. What is none gives no finding, or one too many.

use std::sync::Arc;

use annex_config::CrmProfile;

use crate::snapshot::Snapshot;

/// Strings longer than this are no ids.
const TEXT_MAX: usize = 256;

/// Open objects that are told apart; what stands deeper counts as the innermost one's.
const OPEN_MAX: usize = 64;

/// What gave it away. Closed: it is a metric label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A tenant field says another tenant.
    Field,
    /// A string is another workspace's id.
    KnownId,
}

impl Sign {
    pub fn label(self) -> &'static str {
        match self {
            Sign::Field => "tenant_field",
            Sign::KnownId => "known_id",
        }
    }
}

/// The first thing of another tenant in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub sign: Sign,
    /// The tenant's id.
    pub tenant: Box<str>,
}

/// One answer being read.
pub struct Scanner {
    profile: Arc<CrmProfile>,
    snapshot: Arc<Snapshot>,
    workspace: Arc<str>,
    state: State,
    /// What was read of the current string or word, without escapes.
    text: Vec<u8>,
    overlong: bool,
    /// What the key says of the values behind it.
    key: Key,
    open: Vec<Open>,
    /// Open objects beyond [`OPEN_MAX`].
    deeper: usize,
    finding: Option<Finding>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Between,
    Text(Escape),
    /// A string has ended: a colon makes it a key, everything else a value.
    AfterText,
    /// A number, `true`, `false` or `null`.
    Word,
}

/// Where in an escape a string stands.
#[derive(Debug, Clone, Copy)]
enum Escape {
    None,
    Backslash,
    /// Digits of `\uXXXX` still to come, and what they say so far.
    Unicode {
        left: u8,
        value: u16,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Tenant,
    Id,
    Other,
}

/// An open object: the sign in it counts when it closes, unless it is the row of somebody who came from elsewhere.
#[derive(Debug, Default)]
struct Open {
    sign: Option<Finding>,
    of_a_guest: bool,
}

impl Scanner {
    pub fn new(profile: Arc<CrmProfile>, snapshot: Arc<Snapshot>, workspace: Arc<str>) -> Self {
        Scanner {
            profile,
            snapshot,
            workspace,
            state: State::Between,
            text: Vec::new(),
            overlong: false,
            key: Key::Other,
            open: Vec::new(),
            deeper: 0,
            finding: None,
        }
    }

    /// The first finding so far.
    pub fn finding(&self) -> Option<&Finding> {
        self.finding.as_ref()
    }

    /// Reads one piece. Nothing is read behind the first finding.
    pub fn feed(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while let (Some((&byte, behind)), None) = (rest.split_first(), &self.finding) {
            if let State::Text(Escape::None) = self.state {
                let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(rest.len());
                let (run, tail) = rest.split_at(plain);
                self.keep(run);
                rest = tail;
                if let Some((&byte, behind)) = rest.split_first() {
                    self.state = if byte == b'"' { State::AfterText } else { State::Text(Escape::Backslash) };
                    rest = behind;
                }
            } else {
                self.step(byte);
                rest = behind;
            }
        }
    }

    /// The answer is whole. What did not close counts as it stands.
    pub fn end(&mut self) {
        match self.state {
            State::AfterText => self.value(),
            State::Word => self.word(),
            State::Between | State::Text(_) => {}
        }
        while self.finding.is_none() && !self.open.is_empty() {
            self.close();
        }
    }

    fn step(&mut self, byte: u8) {
        match self.state {
            State::Between => self.between(byte),
            State::Text(escape) => self.state = State::Text(self.unescape(escape, byte)),
            State::AfterText if byte == b':' => {
                self.key();
                self.state = State::Between;
            }
            State::AfterText if byte.is_ascii_whitespace() => {}
            State::AfterText => {
                self.value();
                self.between(byte);
            }
            State::Word if is_of_a_word(byte) => self.keep(&[byte]),
            State::Word => {
                self.word();
                self.between(byte);
            }
        }
    }

    fn between(&mut self, byte: u8) {
        self.state = State::Between;
        match byte {
            b'"' => self.begin(State::Text(Escape::None)),
            b'{' => {
                self.key = Key::Other;
                if self.open.len() < OPEN_MAX { self.open.push(Open::default()) } else { self.deeper += 1 }
            }
            b'}' => {
                self.key = Key::Other;
                match self.deeper.checked_sub(1) {
                    Some(deeper) => self.deeper = deeper,
                    None => self.close(),
                }
            }
            // An array's elements are judged by the key before it.
            b']' => self.key = Key::Other,
            byte if is_of_a_word(byte) => {
                self.begin(State::Word);
                self.keep(&[byte]);
            }
            _ => {}
        }
    }

    fn begin(&mut self, state: State) {
        self.state = state;
        self.text.clear();
        self.overlong = false;
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = TEXT_MAX.saturating_sub(self.text.len());
        self.overlong |= bytes.len() > room;
        self.text.extend(bytes.iter().take(room));
    }

    fn unescape(&mut self, escape: Escape, byte: u8) -> Escape {
        match (escape, byte) {
            (Escape::None, _) => self.keep(&[byte]),
            (Escape::Backslash, b'u') => return Escape::Unicode { left: 4, value: 0 },
            (Escape::Backslash, b'b') => self.keep(&[8]),
            (Escape::Backslash, b'f') => self.keep(&[12]),
            (Escape::Backslash, b'n') => self.keep(b"\n"),
            (Escape::Backslash, b'r') => self.keep(b"\r"),
            (Escape::Backslash, b't') => self.keep(b"\t"),
            (Escape::Backslash, other) => self.keep(&[other]),
            (Escape::Unicode { left, value }, digit) => {
                let digit = char::from(digit).to_digit(16).and_then(|digit| u16::try_from(digit).ok()).unwrap_or(0);
                let value = value << 4 | digit;
                if left > 1 {
                    return Escape::Unicode { left: left - 1, value };
                }
                // Half of a pair becomes a replacement character: no id holds one.
                let decoded = char::from_u32(u32::from(value)).unwrap_or(char::REPLACEMENT_CHARACTER);
                self.keep(decoded.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        Escape::None
    }

    fn key(&mut self) {
        self.sign_if_known();
        let text = self.text.as_slice();
        let is = |name: &String| !self.overlong && name.as_bytes() == text;
        self.key = if self.profile.canary.fields.iter().any(is) {
            Key::Tenant
        } else if self.profile.canary.id.as_ref().is_some_and(is) {
            Key::Id
        } else {
            Key::Other
        };
    }

    fn value(&mut self) {
        match self.key {
            Key::Tenant if !self.text.is_empty() && !self.is_here() => self.sign(Sign::Field),
            Key::Id if !self.overlong => {
                let guest = std::str::from_utf8(&self.text).is_ok_and(|id| self.snapshot.guests.contains(id));
                if let Some(open) = self.open.last_mut().filter(|_| self.deeper == 0) {
                    open.of_a_guest |= guest;
                }
                self.sign_if_known();
            }
            Key::Tenant | Key::Id | Key::Other => self.sign_if_known(),
        }
    }

    /// A tenant's id may be a number.
    fn word(&mut self) {
        let number = self.text.first().is_some_and(|first| first.is_ascii_digit() || *first == b'-');
        if number && self.key == Key::Tenant && !self.is_here() {
            self.sign(Sign::Field);
        }
    }

    fn is_here(&self) -> bool {
        !self.overlong && self.text == self.workspace.as_bytes()
    }

    fn sign_if_known(&mut self) {
        if self.overlong || self.is_here() {
            return;
        }
        if std::str::from_utf8(&self.text).is_ok_and(|text| self.snapshot.workspaces.contains_key(text)) {
            self.sign(Sign::KnownId);
        }
    }

    fn sign(&mut self, sign: Sign) {
        let found = Finding { sign, tenant: String::from_utf8_lossy(&self.text).into() };
        match self.open.last_mut() {
            Some(open) => open.sign = open.sign.take().or(Some(found)),
            None => self.finding = self.finding.take().or(Some(found)),
        }
    }

    fn close(&mut self) {
        if let Some(Open { sign, of_a_guest: false }) = self.open.pop() {
            self.finding = self.finding.take().or(sign);
        }
    }
}

fn is_of_a_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}
