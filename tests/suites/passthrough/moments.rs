//! What two runs of the same flow must differ in, made comparable: strictly, and without leaving anything out.
//!
//! Promise: every value that was made at random becomes the number of its first appearance in the run, so that
//! a value that is changed, swapped or repeated on its way shows. A moment becomes `<now>` only if it lies in
//! the run; every other date stands as it is.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::message::{Frame, Message, bytes, latin1};

/// Bodies above this are the same in every run; they are compared as they are.
const READ_UP_TO: usize = 256 * 1024;

/// The values of one run.
#[derive(Debug)]
pub struct Moments {
    began_s: i64,
    seen: BTreeMap<String, String>,
}

impl Moments {
    /// For a run that began at this second since 1970.
    pub fn since(began_s: i64) -> Self {
        Self { began_s, seen: BTreeMap::new() }
    }

    /// The message with its random values numbered.
    pub fn number(&mut self, message: &Message) -> Message {
        let mut numbered = message.clone();
        if message.body.len() <= READ_UP_TO {
            numbered.body = bytes(&self.text(&latin1(&message.body)));
            if let Frame::Chunked(frame) = &message.frame {
                numbered.frame = Frame::Chunked(self.text(frame));
            }
        }
        if let Some(tag) = message.value("etag").filter(|tag| random_value(tag).is_some() && !message.body.is_empty()) {
            // The CRM's tag is a hash of the body: that of two sign-ins in one second is the same, by chance.
            let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(&numbered.body));
            self.seen.entry(tag.to_owned()).or_insert_with(|| format!("<tag of {}>", &hash[..12]));
        }
        for line in &mut numbered.lines {
            *line = self.text(line);
        }
        numbered
    }

    fn text(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut before = ' ';
        while let Some(first) = rest.chars().next() {
            // A value begins where a word begins: in the middle of a word it is something else.
            let found = if before.is_ascii_alphanumeric() { None } else { self.at_the_start_of(rest) };
            let (piece, length) = found.unwrap_or_else(|| (first.to_string(), first.len_utf8()));
            out.push_str(&piece);
            before = rest[..length].chars().next_back().unwrap_or(' ');
            rest = &rest[length..];
        }
        out
    }

    fn at_the_start_of(&mut self, text: &str) -> Option<(String, usize)> {
        let moment = iso_moment(text).map(|at| (at, 24)).or_else(|| http_moment(text).map(|at| (at, 29)));
        if let Some((at, length)) = moment {
            // The clock may have moved on a little between the CRM and here.
            let now = (self.began_s - 2..self.began_s + 600).contains(&at);
            return now.then(|| ("<now>".to_owned(), length));
        }
        if let Some((length, size, at_ms)) = file_tag(text) {
            let now = (self.began_s - 2..self.began_s + 600).contains(&(at_ms / 1000));
            return now.then(|| (format!("W/\"{size}-<now>\""), length));
        }
        let (kind, length) = random_value(text)?;
        let value = &text[..length];
        if let Some(claims) = claims(value).filter(|_| kind == "credential") {
            // Tokens of one second are the same, by chance: they are told apart by what they say.
            return Some((format!("<credential {}>", self.text(&claims)), length));
        }
        let next = self.seen.values().filter(|name| !name.starts_with("<tag of")).count() + 1;
        let name = self.seen.entry(value.to_owned()).or_insert_with(|| format!("<{kind} {next}>"));
        Some((name.clone(), length))
    }
}

/// Whether a `Date` was made in this run.
pub fn is_now(value: &str, began_s: i64) -> bool {
    value == "<now>" || http_moment(value).is_some_and(|at| (began_s - 2..began_s + 600).contains(&at))
}

/// What a token says, its seconds as `<now>` and its lifetime; nothing if it says no such thing.
fn claims(token: &str) -> Option<String> {
    let decoded = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let mut claims: serde_json::Value = serde_json::from_slice(&decoded).ok()?;
    let (issued, expires) = (claims["iat"].as_i64()?, claims["exp"].as_i64()?);
    claims["exp"] = format!("{} s later", expires - issued).into();
    claims["iat"] = iso(issued).into();
    Some(claims.to_string())
}

/// A second as [`Moments`] knows moments.
fn iso(second: i64) -> String {
    let (hour, minute, second_of) = (second / 3600 % 24, second / 60 % 60, second % 60);
    let mut day = second.div_euclid(86_400) + 719_468;
    let era = day.div_euclid(146_097);
    day = day.rem_euclid(146_097);
    let of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * of_era + of_era / 4 - of_era / 100);
    let part = (5 * of_year + 2) / 153;
    let (month, date) = (if part < 10 { part + 3 } else { part - 9 }, of_year - (153 * part + 2) / 5 + 1);
    let year = of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second_of:02}.000Z")
}

/// The tag of a file: `W/"<size>-<milliseconds>"` in hexadecimal digits.
fn file_tag(text: &str) -> Option<(usize, &str, i64)> {
    let tag = text.strip_prefix("W/\"")?;
    let end = tag.find('"')?;
    let (size, at) = tag[..end].split_once('-')?;
    Some((3 + end + 1, size, i64::from_str_radix(at, 16).ok()?))
}

fn random_value(text: &str) -> Option<(&'static str, usize)> {
    let hex = text.bytes().take_while(u8::is_ascii_hexdigit).count();
    if hex == 64 {
        return Some(("token", 64));
    }
    let is_uuid = |b: &[u8]| {
        b.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    if text.as_bytes().get(..36).is_some_and(is_uuid) {
        return Some(("id", 36));
    }
    if text.starts_with("eyJ") {
        let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let length = text.find(|c| !is_token(c)).unwrap_or(text.len());
        return (text[..length].matches('.').count() == 2).then_some(("credential", length));
    }
    // Express: W/"<length>-<27 characters of a hash>". That of a file ends sooner and stays as it is.
    let tag = text.strip_prefix("W/\"")?;
    let dash = tag.find('-').filter(|dash| *dash <= 6)?;
    let hash = tag[dash + 1..].find('"').filter(|length| *length == 27)?;
    Some(("tag", 3 + dash + 1 + hash + 1))
}

/// `2026-01-02T03:04:05.678Z`
fn iso_moment(text: &str) -> Option<i64> {
    let text = text.get(..24).filter(|text| text.ends_with('Z') && text.as_bytes()[10] == b'T')?;
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    Some(seconds(part(0, 4)?, part(5, 7)?, part(8, 10)?) + part(11, 13)? * 3600 + part(14, 16)? * 60 + part(17, 19)?)
}

/// `Fri, 02 Jan 2026 03:04:05 GMT`
fn http_moment(text: &str) -> Option<i64> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let text = text.get(..29).filter(|text| text.ends_with(" GMT") && text.as_bytes()[3] == b',')?;
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let month = i64::try_from(MONTHS.find(text.get(8..11)?)? / 3).ok()? + 1;
    Some(seconds(part(12, 16)?, month, part(5, 7)?) + part(17, 19)? * 3600 + part(20, 22)? * 60 + part(23, 25)?)
}

/// The first second of a day since 1970, in the calendar that is in use.
fn seconds(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    days * 86_400
}

#[test]
fn only_what_was_made_in_the_run_becomes_now_and_values_keep_their_identity() {
    // 2026-01-02T03:04:05Z
    let mut moments = Moments::since(1_767_323_045);
    let cases = [
        ("2026-01-02T03:04:06.123Z", "<now>"),
        ("2025-01-02T03:04:06.123Z", "2025-01-02T03:04:06.123Z"),
        ("Date: Fri, 02 Jan 2026 03:04:05 GMT", "Date: <now>"),
        ("Date: Sun, 06 Nov 1994 08:49:37 GMT", "Date: Sun, 06 Nov 1994 08:49:37 GMT"),
        ("a 7f0c1f5e-0000-4000-8000-00000000beef b", "a <id 1> b"),
        ("7f0c1f5e-0000-4000-8000-00000000beee/7f0c1f5e-0000-4000-8000-00000000beef", "<id 2>/<id 1>"),
        ("Bearer eyJh.eyJi.c-_d\"", "Bearer <credential 3>\""),
        ("ETag: W/\"18-NbOgb1iaHCxjhECXniiv+9UG3a8\"", "ETag: <tag 4>"),
        ("ETag: W/\"26d-1a1fd69156c\"", "ETag: W/\"26d-1a1fd69156c\""),
    ];
    for (text, expected) in cases {
        assert_eq!(moments.text(text), expected, "{text}");
    }
}
