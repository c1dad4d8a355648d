//! A request's path as the CRM's router sees it.
//!
//! Promise: a path that two programs could read differently is refused before it is matched, so Annex and
//! the CRM mean the same route.
//!
//! **Invariant:** the text is kept as it came, but for one trailing slash: Express compares literals with the
//! raw text (`/api/c%6fntacts` is not `/api/contacts`) and decodes parameters alone, once.
//!
//! **Deliberately absent:** normalising. A path is judged as it is or refused, never repaired.

use std::borrow::Cow;

/// A path ready to be matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatchPath<'p> {
    /// Begins with `/`; one trailing slash is gone, but the root stays `/`.
    text: &'p str,
}

/// Why a path could mean two things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmbiguousPath {
    /// It does not begin with `/`.
    #[error("the path does not begin with a slash")]
    NotAbsolute,
    /// A `?` or `#` stands in it.
    #[error("the path holds a query or fragment")]
    NotOnlyPath,
    /// A raw byte over 127: the CRM reads it as Latin-1, we as UTF-8.
    #[error("the path holds a byte that is not ASCII")]
    NotAscii,
    /// A control byte or a space, plain or encoded.
    #[error("the path holds a control character")]
    Control,
    /// A `.` or `..` segment, plain or encoded.
    #[error("the path holds a dot segment")]
    DotSegment,
    /// `//`.
    #[error("the path holds an empty segment")]
    EmptySegment,
    /// `\`, plain or encoded.
    #[error("the path holds a backslash")]
    Backslash,
    /// `;`, plain or encoded.
    #[error("the path holds a semicolon")]
    Semicolon,
    /// `%2f`.
    #[error("the path holds an encoded slash")]
    EncodedSlash,
    /// A `%` that two hexadecimal digits do not follow.
    #[error("the path holds a broken percent sign")]
    BrokenEncoding,
    /// Decoding once leaves something that decodes again.
    #[error("the path is encoded twice")]
    DoubleEncoding,
    /// The decoded bytes are not UTF-8.
    #[error("the path does not decode to UTF-8")]
    NotUtf8,
}

impl<'p> MatchPath<'p> {
    /// Takes a path (without its query) that means one thing only.
    ///
    /// # Errors
    /// The first [`AmbiguousPath`] found.
    pub fn parse(raw_path_without_query: &'p str) -> Result<Self, AmbiguousPath> {
        let rest = raw_path_without_query.strip_prefix('/').ok_or(AmbiguousPath::NotAbsolute)?;
        raw_path_without_query.bytes().try_for_each(clear_byte)?;
        let path = Self::lenient(raw_path_without_query);
        if rest.is_empty() {
            return Ok(path);
        }
        path.segments().try_for_each(clear_segment)?;
        Ok(path)
    }

    /// Takes any path, for decisions that only need a class (home, flag off). Never fails: what is
    /// ambiguous matches what the CRM's router would match, or nothing.
    pub fn lenient(raw: &'p str) -> Self {
        let end = raw.find(['?', '#']).unwrap_or(raw.len());
        let path = raw.get(..end).unwrap_or(raw);
        let path = match path.strip_suffix('/') {
            Some("") | None => path,
            Some(shorter) => shorter,
        };
        Self { text: path }
    }

    /// The segments as they came, still encoded. The root has one, which is empty.
    pub fn segments(&self) -> impl Iterator<Item = &'p str> + Clone + use<'p> {
        self.text.strip_prefix('/').unwrap_or(self.text).split('/')
    }

    /// The whole path, without one trailing slash.
    pub fn as_str(&self) -> &'p str {
        self.text
    }
}

/// Decodes `segment` once, as Express decodes a parameter; `None` where Express would answer 400.
pub(crate) fn decode_once(segment: &str) -> Option<Cow<'_, str>> {
    if !segment.contains('%') {
        return Some(Cow::Borrowed(segment));
    }
    let bytes = percent_decode(segment)?;
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn clear_byte(byte: u8) -> Result<(), AmbiguousPath> {
    match byte {
        b'?' | b'#' => Err(AmbiguousPath::NotOnlyPath),
        b'\\' => Err(AmbiguousPath::Backslash),
        b';' => Err(AmbiguousPath::Semicolon),
        0..=0x20 | 0x7f => Err(AmbiguousPath::Control),
        0x80.. => Err(AmbiguousPath::NotAscii),
        0x21..=0x7e => Ok(()),
    }
}

fn clear_segment(segment: &str) -> Result<(), AmbiguousPath> {
    match segment {
        "" => return Err(AmbiguousPath::EmptySegment),
        "." | ".." => return Err(AmbiguousPath::DotSegment),
        // Its bytes were cleared already, and nothing in it decodes to something else. Most segments are such.
        plain if !plain.contains('%') => return Ok(()),
        _ => {}
    }
    let bytes = percent_decode(segment).ok_or(AmbiguousPath::BrokenEncoding)?;
    let decoded = String::from_utf8(bytes).map_err(|_| AmbiguousPath::NotUtf8)?;
    if matches!(decoded.as_str(), "." | "..") {
        return Err(AmbiguousPath::DotSegment);
    }
    if holds_encoding(decoded.as_bytes()) {
        return Err(AmbiguousPath::DoubleEncoding);
    }
    decoded.chars().try_for_each(|c| match c {
        '/' => Err(AmbiguousPath::EncodedSlash),
        '\\' => Err(AmbiguousPath::Backslash),
        ';' => Err(AmbiguousPath::Semicolon),
        c if c.is_control() => Err(AmbiguousPath::Control),
        _ => Ok(()),
    })
}

fn percent_decode(segment: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(segment.len());
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let high = hex(bytes.next()?)?;
        let low = hex(bytes.next()?)?;
        decoded.push(high << 4 | low);
    }
    Some(decoded)
}

fn holds_encoding(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|three| match three {
        [b'%', high, low] => high.is_ascii_hexdigit() && low.is_ascii_hexdigit(),
        _ => false,
    })
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_means_one_thing_is_taken() {
        for path in [
            "/",
            "/api",
            "/api/",
            "/api/tasks/1",
            "/API/Tasks/1/",
            "/api/tasks/a%20b",
            "/api/tasks/%C3%A9",
            "/a.b/..c/...",
            "/api/100%25",
            "/api/tasks/@:,+!$&'()*=~-_",
        ] {
            assert!(MatchPath::parse(path).is_ok(), "{path}: {:?}", MatchPath::parse(path));
        }
    }

    #[test]
    fn a_path_that_could_mean_two_things_is_refused() {
        use AmbiguousPath::*;
        let table = [
            ("", NotAbsolute),
            ("api/tasks", NotAbsolute),
            ("http://crm/api", NotAbsolute),
            ("/api/tasks?x=1", NotOnlyPath),
            ("/api/tasks#x", NotOnlyPath),
            ("/api/tâsks", NotAscii),
            ("/api/ta sks", Control),
            ("/api/tasks\t", Control),
            ("/api/tasks\u{7f}", Control),
            ("/api/./tasks", DotSegment),
            ("/api/../admin", DotSegment),
            ("/api/tasks/..", DotSegment),
            ("/api/tasks/../", DotSegment),
            ("/api/%2e/tasks", DotSegment),
            ("/api/%2E%2e/admin", DotSegment),
            ("/api/.%2e/admin", DotSegment),
            ("//api/tasks", EmptySegment),
            ("/api//tasks", EmptySegment),
            ("/api/tasks//", EmptySegment),
            ("//", EmptySegment),
            ("/api\\tasks", Backslash),
            ("/api/%5ctasks", Backslash),
            ("/api/%5Ctasks", Backslash),
            ("/api/tasks;x=1", Semicolon),
            ("/api/tasks%3bx=1", Semicolon),
            ("/api/tasks%2f1", EncodedSlash),
            ("/api/tasks%2F1", EncodedSlash),
            ("/api/tasks/%00", Control),
            ("/api/tasks/%0d%0a", Control),
            ("/api/tasks/%c2%85", Control),
            ("/api/tasks/%", BrokenEncoding),
            ("/api/tasks/%2", BrokenEncoding),
            ("/api/tasks/%zz", BrokenEncoding),
            ("/api/tasks/%+1", BrokenEncoding),
            ("/api/tasks/%252e", DoubleEncoding),
            ("/api/tasks/%2541", DoubleEncoding),
            ("/api/tasks/%ff", NotUtf8),
            ("/api/tasks/%c0%ae", NotUtf8),
            ("/api/tasks/%ed%a0%80", NotUtf8),
        ];
        for (path, why) in table {
            assert_eq!(MatchPath::parse(path), Err(why), "{path:?}");
        }
    }

    #[test]
    fn one_trailing_slash_is_ignored_and_only_one() {
        let segments = |path: &str| MatchPath::lenient(path).segments().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(segments("/api/tasks/"), segments("/api/tasks"));
        assert_ne!(segments("/api/tasks//"), segments("/api/tasks"));
        assert_eq!(segments("/"), [""]);
    }

    #[test]
    fn a_lenient_path_never_fails_and_leaves_out_the_query() {
        for path in ["", "//", "/%", "/%ff/..", "*", "/api/tasks?x=/y", "/é#/"] {
            let _ = MatchPath::lenient(path).segments().count();
        }
        assert_eq!(MatchPath::lenient("/api/tasks/?a=/b").as_str(), "/api/tasks");
    }

    #[test]
    fn decoding_happens_once() {
        assert_eq!(decode_once("a%2520b").as_deref(), Some("a%20b"));
        assert_eq!(decode_once("%ff"), None);
        assert_eq!(decode_once("%4"), None);
    }
}
