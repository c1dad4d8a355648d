//! The places where a request may name a workspace (rule R3), read but not yet judged.

use annex_config::ContextProfile;
use percent_encoding::percent_decode_str;
use pingora::http::RequestHeader;

use crate::stage::Rejection;

/// What our loader puts before every CRM call of a tab that is not at home.
pub const PINNED_PREFIX: &str = "/_annex/w/";

/// What a request names, place by place. `None`: that place is silent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    pub pinned: Option<Box<str>>,
    pub header: Option<Named>,
    pub query: Option<Named>,
}

/// A name that stands once and well-formed, or one that does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Once(Box<str>),
    Malformed,
}

impl Names {
    /// Reads all places of a request head.
    pub fn read(head: &RequestHeader, query: Option<&str>, pinned: Option<Box<str>>, context: &ContextProfile) -> Self {
        Names { pinned, header: in_headers(head, &context.header), query: in_query(query, &context.query) }
    }

    /// Whether any place speaks.
    pub fn any(&self) -> bool {
        self.pinned.is_some() || self.header.is_some() || self.query.is_some()
    }

    /// The one workspace that these places agree on, `None` if all are silent.
    pub fn agreed(&self) -> Result<Option<&str>, Rejection> {
        let mut agreed = self.pinned.as_deref();
        for place in [&self.header, &self.query] {
            let name = match place {
                None => continue,
                Some(Named::Malformed) => return Err(Rejection::ContextMalformed),
                Some(Named::Once(name)) => name,
            };
            match agreed {
                Some(before) if before != &**name => return Err(Rejection::ContextConflict),
                _ => agreed = Some(name),
            }
        }
        Ok(agreed)
    }
}

/// An id as a CRM might have it: short, and free of everything that means something elsewhere.
fn is_workspace_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn named(text: &str) -> Named {
    if is_workspace_id(text) { Named::Once(text.into()) } else { Named::Malformed }
}

/// Counts every spelling that a framework behind might fold into ours: case, and `_` for `-`.
fn in_headers(head: &RequestHeader, ours: &str) -> Option<Named> {
    let mut found = None;
    for (name, value) in &head.headers {
        let folded = name.as_str().replace('_', "-");
        if !folded.eq_ignore_ascii_case(ours) {
            continue;
        }
        found = Some(match (found, value.to_str()) {
            (None, Ok(text)) if name.as_str().eq_ignore_ascii_case(ours) => named(text.trim()),
            _ => Named::Malformed,
        });
    }
    found
}

/// Counts `workspaceId` and everything that decodes or folds to it (`workspaceId[]`, `%77orkspaceId`).
fn in_query(query: Option<&str>, ours: &str) -> Option<Named> {
    let mut found = None;
    for pair in query?.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name_is(name, ours) {
            Spelling::Other => continue,
            Spelling::Exact if found.is_none() => found = Some(named(value)),
            Spelling::Exact | Spelling::Variant => found = Some(Named::Malformed),
        }
    }
    found
}

enum Spelling {
    Exact,
    Variant,
    Other,
}

fn name_is(name: &str, ours: &str) -> Spelling {
    if name == ours {
        return Spelling::Exact;
    }
    let decoded = percent_decode_str(name).decode_utf8_lossy().replace('+', " ");
    let base = decoded.trim().split('[').next().unwrap_or_default();
    if base == ours { Spelling::Variant } else { Spelling::Other }
}

/// The query without the name that Annex consumed; `None` if nothing is left.
pub fn without_query_name(query: &str, ours: &str) -> Option<String> {
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| {
            let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
            matches!(name_is(name, ours), Spelling::Other)
        })
        .collect();
    (!kept.is_empty()).then(|| kept.join("&"))
}

/// Takes the pinned prefix off a path. Encoded, doubled and nested pins are refused in every mode.
pub fn take_pin(path: &str) -> Result<(Option<Box<str>>, &str), Rejection> {
    let Some(rest) = path.strip_prefix(PINNED_PREFIX) else {
        return if looks_pinned(path) { Err(Rejection::ContextMalformed) } else { Ok((None, path)) };
    };
    let slash = rest.find('/').ok_or(Rejection::ContextMalformed)?;
    let (workspace, path) = rest.split_at(slash);
    if !is_workspace_id(workspace) || looks_ours(path) {
        return Err(Rejection::ContextMalformed);
    }
    Ok((Some(workspace.into()), path))
}

/// Whether some reader might see our pinned prefix in a path that does not plainly start with it.
fn looks_pinned(path: &str) -> bool {
    let folded = fold(path);
    folded.starts_with(PINNED_PREFIX) || folded == "/_annex/w"
}

fn looks_ours(path: &str) -> bool {
    fold(path).starts_with("/_annex")
}

/// Decoded until nothing changes, lower-case, slashes merged.
fn fold(path: &str) -> String {
    let mut text = path.to_ascii_lowercase();
    for _ in 0..3 {
        let decoded = percent_decode_str(&text).decode_utf8_lossy().to_ascii_lowercase();
        if decoded == text {
            break;
        }
        text = decoded;
    }
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().map(|c| if c == '\\' { '/' } else { c }) {
        if c != '/' || !folded.ends_with('/') {
            folded.push(c);
        }
    }
    folded
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_taken_off_or_refused() {
        assert_eq!(take_pin("/api/customers").unwrap(), (None, "/api/customers"));
        let (workspace, path) = take_pin("/_annex/w/abc-1/api/customers").unwrap();
        assert_eq!((workspace.as_deref(), path), (Some("abc-1"), "/api/customers"));
        for bad in [
            "/_annex/w/",
            "/_annex/w/abc",
            "/_annex/w//api",
            "/_annex/w/a.b/api",
            "/%5Fannex/w/abc/api",
            "/%255Fannex/w/abc/api",
            "//_annex/w/abc/api",
            "/_ANNEX/w/abc/api",
            "/_annex/w/abc/_annex/w/def/api",
            "/_annex/w/abc/%5fannex/api",
            "/_annex/w/abc//_annex/x",
        ] {
            assert_eq!(take_pin(bad), Err(Rejection::ContextMalformed), "{bad}");
        }
    }

    #[test]
    fn every_spelling_of_the_query_name_counts() {
        let read = |query| in_query(Some(query), "workspaceId");
        assert_eq!(read("a=1&workspaceId=w1"), Some(Named::Once("w1".into())));
        assert_eq!(read("a=1"), None);
        assert_eq!(read("workspaceid=w1"), None, "Express is case-sensitive here");
        for bad in [
            "workspaceId=a&workspaceId=a",
            "workspaceId[]=a",
            "%77orkspaceId=a",
            "workspaceId=a&%77orkspaceId=b",
            "workspaceId",
            "workspaceId=a,b",
        ] {
            assert_eq!(read(bad), Some(Named::Malformed), "{bad}");
        }
    }

    #[test]
    fn the_consumed_name_leaves_the_rest_as_it_was() {
        assert_eq!(without_query_name("a=1&workspaceId=w&b=%20x", "workspaceId").as_deref(), Some("a=1&b=%20x"));
        assert_eq!(without_query_name("workspaceId=w", "workspaceId"), None);
    }

    #[test]
    fn places_that_differ_are_a_conflict() {
        let once = |name: &str| Some(Named::Once(name.into()));
        let names = Names { pinned: Some("a".into()), header: once("a"), query: None };
        assert_eq!(names.agreed(), Ok(Some("a")));
        let names = Names { pinned: Some("a".into()), header: once("b"), query: None };
        assert_eq!(names.agreed(), Err(Rejection::ContextConflict));
        let names = Names { pinned: None, header: Some(Named::Malformed), query: None };
        assert_eq!(names.agreed(), Err(Rejection::ContextMalformed));
    }
}
