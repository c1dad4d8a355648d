//! The first look at a request: is it one request, and what does it name?
//!
//! **Invariant:** stricter than Node's HTTP parser, never looser: what passes here means the same to the CRM behind.
//! **Deliberately absent:** any judgement of who asks. Framing is refused in every mode, the flag off included;
//! `docs/PASSTHROUGH.md` lists where that differs from the CRM alone.

mod context;
mod framing;
mod own;

use pingora::http::RequestHeader;

pub use context::{Named, Names, PINNED_PREFIX, without_query_name};
pub use own::{is_invite, is_own};

use super::Rejection;

/// What a request said of itself.
#[derive(Debug, Clone)]
pub struct Received {
    /// The path without query, as sent, without the pinned prefix.
    pub path: Box<str>,
    /// The query as sent, without the question mark.
    pub query: Option<Box<str>>,
    /// How it names a workspace.
    pub names: Names,
}

/// Looks at a request head. `raw` is the head as it came over HTTP/1 (h2 has framing of its own).
pub fn receive(
    head: &RequestHeader,
    raw: Option<&[u8]>,
    context: &annex_config::ContextProfile,
) -> Result<Received, Rejection> {
    if let Some(raw) = raw {
        framing::check(head, raw)?;
    }
    let target = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let (pinned, path) = context::take_pin(path)?;
    let names = Names::read(head, query, pinned, context);
    framing::check_nominations(head, context)?;
    Ok(Received { path: path.into(), query: query.map(Box::from), names })
}

/// Whether a header is one that only Annex may set, in any spelling that a CRM might fold into it.
pub fn is_reserved(name: &str, context: &annex_config::ContextProfile) -> bool {
    let folded: String = name.chars().map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect();
    folded.starts_with("x-annex-") || context.trusted_headers.contains(&folded)
}
