//! HTTP/1 responses from exact bytes (RFC 9112), for a client that must see what was on the wire.
//!
//! Promise: nothing is normalised. Header names keep their case and order, and the bytes of the head
//! and of the framed body are kept beside what they mean.

use std::io;

/// The first part of a response, up to and with the empty line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// `HTTP/1.1` or `HTTP/1.0`.
    pub version: String,
    /// Such as 200.
    pub status: u16,
    /// Such as `OK`; may be empty.
    pub reason: String,
    /// As on the wire, in order; values without the white space around them.
    pub headers: Vec<(String, String)>,
    /// Its exact bytes.
    pub raw: Vec<u8>,
}

impl Head {
    /// The values of `name`, whatever its case.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let same = |header: &&(String, String)| header.0.eq_ignore_ascii_case(name);
        self.headers.iter().filter(same).map(|(_, value)| value.as_str()).collect()
    }

    /// The only value of `name`.
    ///
    /// # Panics
    /// If it stands twice.
    pub fn get(&self, name: &str) -> Option<&str> {
        let values = self.all(name);
        assert!(values.len() < 2, "`{name}` stands {} times: {values:?}", values.len());
        values.first().copied()
    }
}

/// How a response tells where its body ends (RFC 9112, section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// No body: HEAD, 1xx, 204, 304.
    None,
    /// `Content-Length`.
    Length(usize),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// Until the connection closes.
    Close,
}

/// What the request was, as far as the response depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// HEAD: the response has no body, whatever its headers say.
    HeadOnly,
    /// Anything else.
    Body,
}

impl Asked {
    /// Read off the request's own bytes.
    pub fn of(request: &[u8]) -> Self {
        if request.starts_with(b"HEAD ") { Self::HeadOnly } else { Self::Body }
    }
}

/// The head at the start of `bytes`, if it is complete.
///
/// # Errors
/// If it is none.
pub fn head(bytes: &[u8]) -> io::Result<Option<Head>> {
    let Some(end) = find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    let raw = bytes[..end + 4].to_vec();
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = text.split("\r\n");
    let status_line = lines.next().unwrap_or_default();
    let mut parts = status_line.splitn(3, ' ');
    let version = parts.next().unwrap_or_default().to_owned();
    let status = parts.next().and_then(|status| status.parse().ok());
    let Some(status) = status.filter(|_| version.starts_with("HTTP/1.")) else {
        return Err(malformed(format!("no status line: `{status_line}`")));
    };
    let reason = parts.next().unwrap_or_default().to_owned();
    let header = |line: &str| {
        let (name, value) = line.split_once(':').ok_or_else(|| malformed(format!("no header: `{line}`")))?;
        Ok((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()))
    };
    let headers = lines.map(header).collect::<io::Result<_>>()?;
    Ok(Some(Head { version, status, reason, headers, raw }))
}

/// Where the body after `head` ends.
///
/// # Errors
/// If the head contradicts itself.
pub fn framing(head: &Head, asked: Asked) -> io::Result<Framing> {
    if asked == Asked::HeadOnly || head.status < 200 || matches!(head.status, 204 | 304) {
        return Ok(Framing::None);
    }
    let lengths = head.all("content-length");
    let codings = head.all("transfer-encoding");
    match (&lengths[..], &codings[..]) {
        ([], []) => Ok(Framing::Close),
        ([], [coding]) if coding.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunked),
        ([length], []) => length.parse().map(Framing::Length).map_err(|_| malformed(format!("length `{length}`"))),
        _ => Err(malformed(format!("lengths {lengths:?} and codings {codings:?} in one response"))),
    }
}

/// A chunked body that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunked {
    /// The content.
    pub body: Vec<u8>,
    /// The sizes of the chunks, without the last.
    pub sizes: Vec<usize>,
    /// What followed the last chunk.
    pub trailers: Vec<(String, String)>,
    /// How many bytes all of it took.
    pub taken: usize,
}

/// The chunked body at the start of `bytes`, if it is complete.
///
/// # Errors
/// If it is none.
pub fn chunked(bytes: &[u8]) -> io::Result<Option<Chunked>> {
    let mut found = Chunked { body: Vec::new(), sizes: Vec::new(), trailers: Vec::new(), taken: 0 };
    loop {
        let Some(line) = line_at(bytes, &mut found.taken) else {
            return Ok(None);
        };
        let digits = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(digits, 16).map_err(|_| malformed(format!("chunk size `{line}`")))?;
        if size == 0 {
            break;
        }
        let Some(chunk) = bytes.get(found.taken..found.taken + size + 2) else {
            return Ok(None);
        };
        let (content, end) = chunk.split_at(size);
        if end != b"\r\n" {
            return Err(malformed(format!("a chunk of {size} bytes does not end there")));
        }
        found.body.extend_from_slice(content);
        found.sizes.push(size);
        found.taken += size + 2;
    }
    loop {
        match line_at(bytes, &mut found.taken).as_deref() {
            None => return Ok(None),
            Some("") => return Ok(Some(found)),
            Some(line) => {
                let (name, value) = line.split_once(':').ok_or_else(|| malformed(format!("trailer `{line}`")))?;
                found.trailers.push((name.to_owned(), value.trim().to_owned()));
            }
        }
    }
}

/// The line that begins at `at`, which then moves behind it.
fn line_at(bytes: &[u8], at: &mut usize) -> Option<String> {
    let rest = bytes.get(*at..)?;
    let end = find(rest, b"\r\n")?;
    *at += end + 2;
    Some(String::from_utf8_lossy(&rest[..end]).into_owned())
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}

fn malformed(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
