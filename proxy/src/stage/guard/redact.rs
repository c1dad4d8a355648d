//! Takes named fields out of JSON as it streams by: key, value and one comma.
//!
//! **Invariant:** memory is bounded by the longest key that could be named, whatever the answer's size; a value is
//! never held. A text that is not JSON passes as it is, but for what looks like a named field.
//! **Deliberately absent:** parsing into a tree, re-formatting, numbers.

use bytes::{Bytes, BytesMut};

/// Keys longer than this, written with or without escapes, are not names of ours.
const KEY_MAX: usize = 1536;

/// One answer being redacted.
pub struct Redactor {
    fields: Vec<String>,
    state: State,
    /// One entry per open container: whether it is an object, and whether a member of it was already sent.
    open: Vec<Container>,
    /// A comma seen but not sent yet, with white space around it: it goes out before the next kept member.
    pending: BytesMut,
}

#[derive(Clone, Copy)]
struct Container {
    is_object: bool,
    sent_any: bool,
}

enum State {
    /// Between tokens; `expects_key` inside an object before a key.
    Between { expects_key: bool },
    /// Inside a key: what was read of it, quotes included.
    Key { text: BytesMut, escaped: bool },
    /// Inside a key that is too long to be named: it goes out as it comes.
    LongKey { escaped: bool },
    /// After a key, before its value; `None`: the key is dropped.
    AfterKey { keep: bool },
    /// Inside a string value.
    Text { keep: bool, escaped: bool },
    /// Inside a number, `true`, `false` or `null`.
    Word { keep: bool },
    /// Inside a dropped object or array: its depth, and whether inside a string.
    Dropped { depth: usize, in_text: bool, escaped: bool },
}

impl Redactor {
    pub fn new(fields: Vec<String>) -> Self {
        Redactor { fields, state: State::Between { expects_key: false }, open: Vec::new(), pending: BytesMut::new() }
    }

    /// The part of `piece` that may go on.
    pub fn feed(&mut self, piece: &[u8]) -> Bytes {
        let mut out = BytesMut::with_capacity(piece.len());
        for &byte in piece {
            self.step(byte, &mut out);
        }
        out.freeze()
    }

    fn step(&mut self, byte: u8, out: &mut BytesMut) {
        match &mut self.state {
            State::Between { expects_key } => {
                let expects_key = *expects_key;
                self.between(byte, expects_key, out);
            }
            State::Key { text, escaped } => {
                text.extend_from_slice(&[byte]);
                let too_long = text.len() > KEY_MAX;
                let ended = byte == b'"' && !*escaped;
                *escaped = byte == b'\\' && !*escaped;
                if ended {
                    self.key_ended(out);
                } else if too_long {
                    self.key_is_none_of_ours(out);
                }
            }
            State::LongKey { escaped } => {
                out.extend_from_slice(&[byte]);
                let ended = byte == b'"' && !*escaped;
                *escaped = byte == b'\\' && !*escaped;
                if ended {
                    self.state = State::AfterKey { keep: true };
                }
            }
            State::AfterKey { keep } => {
                let keep = *keep;
                self.after_key(byte, keep, out);
            }
            State::Text { keep, escaped } => {
                if *keep {
                    out.extend_from_slice(&[byte]);
                }
                match (*escaped, byte) {
                    (true, _) => *escaped = false,
                    (false, b'\\') => *escaped = true,
                    (false, b'"') => self.state = State::Between { expects_key: false },
                    (false, _) => {}
                }
            }
            State::Word { keep } => {
                let keep = *keep;
                if matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace() {
                    self.state = State::Between { expects_key: false };
                    self.between(byte, false, out);
                } else if keep {
                    out.extend_from_slice(&[byte]);
                }
            }
            State::Dropped { depth, in_text, escaped } => match (*in_text, *escaped, byte) {
                (true, true, _) => *escaped = false,
                (true, false, b'\\') => *escaped = true,
                (true, false, b'"') => *in_text = false,
                (true, false, _) => {}
                (false, _, b'"') => *in_text = true,
                (false, _, b'{' | b'[') => *depth += 1,
                (false, _, b'}' | b']') => {
                    *depth -= 1;
                    if *depth == 0 {
                        self.state = State::Between { expects_key: false };
                    }
                }
                (false, _, _) => {}
            },
        }
    }

    fn between(&mut self, byte: u8, expects_key: bool, out: &mut BytesMut) {
        match byte {
            b',' => {
                self.pending.clear();
                if self.open.last().is_none_or(|container| container.sent_any) {
                    self.pending.extend_from_slice(b",");
                }
                let in_object = self.open.last().is_some_and(|container| container.is_object);
                self.state = State::Between { expects_key: in_object };
            }
            b'}' | b']' => {
                self.pending.clear();
                self.open.pop();
                out.extend_from_slice(&[byte]);
                self.state = State::Between { expects_key: false };
            }
            b'"' if expects_key => {
                let mut text = BytesMut::with_capacity(32);
                text.extend_from_slice(b"\"");
                self.state = State::Key { text, escaped: false };
            }
            _ if byte.is_ascii_whitespace() => {
                // White space after a comma waits with it, for the member that may be dropped.
                let sink = if self.pending.is_empty() { out } else { &mut self.pending };
                sink.extend_from_slice(&[byte]);
            }
            _ => self.value_begins(byte, true, out),
        }
    }

    fn key_ended(&mut self, out: &mut BytesMut) {
        let State::Key { text, .. } = &self.state else { return };
        let name: Option<String> = serde_json::from_slice(text).ok();
        let keep = !name.is_some_and(|name| self.fields.contains(&name));
        if keep {
            let text = text.clone();
            self.send_pending(out);
            out.extend_from_slice(&text);
        }
        self.state = State::AfterKey { keep };
    }

    fn key_is_none_of_ours(&mut self, out: &mut BytesMut) {
        let State::Key { text, escaped } = &mut self.state else { return };
        let (text, escaped) = (text.split(), *escaped);
        self.send_pending(out);
        out.extend_from_slice(&text);
        self.state = State::LongKey { escaped };
    }

    fn after_key(&mut self, byte: u8, keep: bool, out: &mut BytesMut) {
        match byte {
            b':' => {
                if keep {
                    out.extend_from_slice(b":");
                }
            }
            _ if byte.is_ascii_whitespace() => {
                if keep {
                    out.extend_from_slice(&[byte]);
                }
            }
            _ => self.value_begins(byte, keep, out),
        }
    }

    fn value_begins(&mut self, byte: u8, keep: bool, out: &mut BytesMut) {
        if keep {
            self.send_pending(out);
            out.extend_from_slice(&[byte]);
        }
        self.state = match (byte, keep) {
            (b'{', true) => {
                self.open.push(Container { is_object: true, sent_any: false });
                State::Between { expects_key: true }
            }
            (b'[', true) => {
                self.open.push(Container { is_object: false, sent_any: false });
                State::Between { expects_key: false }
            }
            (b'{' | b'[', false) => State::Dropped { depth: 1, in_text: false, escaped: false },
            (b'"', keep) => State::Text { keep, escaped: false },
            (_, keep) => State::Word { keep },
        };
    }

    fn send_pending(&mut self, out: &mut BytesMut) {
        out.extend_from_slice(&self.pending);
        self.pending.clear();
        if let Some(container) = self.open.last_mut() {
            container.sent_any = true;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn redact(text: &str, step: usize) -> String {
        let mut redactor = Redactor::new(vec!["passwordHash".into(), "secret".into()]);
        let pieces = text.as_bytes().chunks(step.max(1)).map(|piece| redactor.feed(piece).to_vec());
        String::from_utf8(pieces.flatten().collect()).unwrap()
    }

    #[test]
    fn named_fields_go_and_everything_else_stays_byte_for_byte() {
        let table = [
            (r#"{"a":1,"passwordHash":"x","b":2}"#, r#"{"a":1,"b":2}"#),
            (r#"{"passwordHash":"x"}"#, r#"{}"#),
            (r#"{"passwordHash":"x","b":2}"#, r#"{"b":2}"#),
            (r#"{"a":1,"passwordHash":"x"}"#, r#"{"a":1}"#),
            (r#"[{"secret":{"a":[1,"}]"]},"z":[]},{"secret":[{}]}]"#, r#"[{"z":[]},{}]"#),
            (r#"{ "a" : 1 , "secret" : null , "b" : "secret" }"#, r#"{ "a" : 1 , "b" : "secret" }"#),
            (r#"{"a":"say \"secret\":1","password\u0048ash":1}"#, r#"{"a":"say \"secret\":1"}"#),
            (r#"{"user":{"passwordHash":"x","id":"u"},"n":-1.5e3}"#, r#"{"user":{"id":"u"},"n":-1.5e3}"#),
            (r#"["passwordHash","secret"]"#, r#"["passwordHash","secret"]"#),
            (r#""just a text""#, r#""just a text""#),
        ];
        for (text, wanted) in table {
            for step in [1, 2, 3, 7, 1000] {
                assert_eq!(redact(text, step), wanted, "{text} in pieces of {step}");
            }
        }
    }

    #[test]
    fn a_key_longer_than_any_name_passes_whole() {
        let key = format!("passwordHash{}\\\"x", "y".repeat(4000));
        let text = format!("{{\"{key}\":1,\"secret\":2,\"{key}\":3}}");
        let wanted = format!("{{\"{key}\":1,\"{key}\":3}}");
        for step in [1, 7, 5000] {
            assert_eq!(redact(&text, step), wanted, "in pieces of {step}");
        }
    }

    #[test]
    fn what_comes_out_is_what_a_parser_would_have_left() {
        let mut row = json!({"id": "1", "passwordHash": "h", "nested": [{"secret": {"deep": [1, 2, {"secret": 3}]}, "kept": true}]});
        let redacted: Value = serde_json::from_str(&redact(&row.to_string(), 5)).unwrap();
        row.as_object_mut().unwrap().remove("passwordHash");
        row["nested"][0].as_object_mut().unwrap().remove("secret");
        assert_eq!(redacted, row);
    }
}
