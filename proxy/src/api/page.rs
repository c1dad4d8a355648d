//! Lists in pages: `?limit=` and `?cursor=`, and a `Link` to what comes after (RFC 8288).
//!
//! **Invariant:** a cursor counts only with our MAC, for the list that it was made for.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderValue;

use super::error::{ApiError, FieldError};
use crate::keyring::{Keyring, Purpose};

/// Which page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The last key of the page before.
    pub after: Option<String>,
    pub limit: usize,
}

const DEFAULT_LIMIT: usize = 50;
const MOST: usize = 100;

/// How much of the MAC a cursor carries.
const MAC_BYTES: usize = 16;

/// Reads a query. `list` names the list.
pub fn read(query: Option<&str>, list: &str, keyring: &Keyring) -> Result<Page, ApiError> {
    read_else(DEFAULT_LIMIT, query, list, keyring)
}

/// The same for a list that is `limit` long when nobody says how long.
pub fn read_else(limit: usize, query: Option<&str>, list: &str, keyring: &Keyring) -> Result<Page, ApiError> {
    let mut page = Page { after: None, limit };
    let mut errors = Vec::new();
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let mut refuse = |code| errors.push(FieldError { path: name.to_string(), code, value: None });
        match &*name {
            "limit" => match value.parse() {
                Ok(limit @ 1..=MOST) => page.limit = limit,
                _ => refuse("not_1_to_100"),
            },
            "cursor" => match open(&value, list, keyring) {
                Some(after) => page.after = Some(after),
                None => refuse("invalid_cursor"),
            },
            _ => {}
        }
    }
    if errors.is_empty() { Ok(page) } else { Err(ApiError::fields(errors)) }
}

/// The `Link` to the page after `last`; `path` may have a query.
pub fn next(path: &str, page: &Page, last: &str, list: &str, keyring: &Keyring) -> Option<HeaderValue> {
    next_of(path, &[], page, last, list, keyring)
}

/// The same for a list with filters, which the next page keeps.
pub fn next_of(
    path: &str,
    filters: &[(&str, &str)],
    page: &Page,
    last: &str,
    list: &str,
    keyring: &Keyring,
) -> Option<HeaderValue> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(filters);
    query.append_pair("limit", &page.limit.min(MOST).to_string());
    query.append_pair("cursor", &seal(last, list, keyring));
    HeaderValue::from_str(&format!("<{path}?{}>; rel=\"next\"", query.finish())).ok()
}

/// The `nextCursor` of a list that answers `{data, nextCursor}`.
pub fn cursor(last: &str, list: &str, keyring: &Keyring) -> String {
    seal(last, list, keyring)
}

fn seal(last: &str, list: &str, keyring: &Keyring) -> String {
    let mac = keyring.mac(Purpose::Cursor, &[list.as_bytes(), last.as_bytes()]);
    let sealed: Vec<u8> = mac.into_iter().take(MAC_BYTES).chain(last.bytes()).collect();
    URL_SAFE_NO_PAD.encode(sealed)
}

fn open(cursor: &str, list: &str, keyring: &Keyring) -> Option<String> {
    let sealed = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (_, last) = sealed.split_at_checked(MAC_BYTES)?;
    let last = String::from_utf8(last.to_vec()).ok()?;
    // A cursor tells where to go on, not what one may see: comparing in plain time gives nothing away.
    (seal(&last, list, keyring) == cursor).then_some(last)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use annex_config::{AnnexSecrets, Secret};

    use super::*;

    fn keyring(secret: &str) -> Keyring {
        Keyring::new(&AnnexSecrets { current: Secret::new(secret), previous: None })
    }

    #[test]
    fn a_cursor_counts_for_its_list_and_its_secret_alone() {
        let ours = keyring("one-secret-of-thirty-two-bytes-or-more");
        let cursor = seal("tenant-1", "flags", &ours);
        assert_eq!(open(&cursor, "flags", &ours).as_deref(), Some("tenant-1"));
        assert_eq!(open(&cursor, "others", &ours), None);
        assert_eq!(open(&cursor, "flags", &keyring("another-secret-of-thirty-two-bytes")), None);
        assert_eq!(open("", "flags", &ours), None);
        assert_eq!(open("!!", "flags", &ours), None);
    }

    #[test]
    fn a_limit_is_1_to_100() {
        let ours = keyring("one-secret-of-thirty-two-bytes-or-more");
        assert_eq!(read(None, "flags", &ours).unwrap().limit, 50);
        assert_eq!(read(Some("limit=7&other=1"), "flags", &ours).unwrap().limit, 7);
        for bad in ["limit=0", "limit=101", "limit=x", "limit=-1", "cursor=x"] {
            assert!(read(Some(bad), "flags", &ours).is_err(), "{bad}");
        }
    }
}
