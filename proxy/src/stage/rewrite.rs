//! What changes on the way to the CRM and back, and nothing else.
//!
//! **Invariant:** the re-signed token is written to the upstream leg only. Reserved names are gone on every path.

use http::{HeaderValue, header};
use pingora::http::{RequestHeader, ResponseHeader};

use super::{
    Exchange, Passage, Rooms,
    canary::Canary,
    marker,
    receive::{Received, is_reserved, without_query_name},
};
use crate::identity::{Principal, ResignError, Standpoint};

/// The passage of a permitted principal: the token for the upstream leg.
pub fn into_workspace(rooms: &Rooms, principal: &Principal, at: Standpoint<'_>) -> Result<Passage, ResignError> {
    let token = rooms.signer.upstream_token(principal, at)?;
    Ok(Passage::Workspace { workspace: at.workspace.into(), token })
}

/// The request as the upstream leg carries it.
pub fn request(rooms: &Rooms, exchange: &Exchange, upstream: &mut RequestHeader) -> pingora::Result<()> {
    strip_reserved(rooms, upstream);
    strip_marker_cookie(upstream)?;
    let reads_answer = exchange.guard.as_ref().is_some_and(|guard| guard.reads_answer(rooms))
        || exchange.canary.as_ref().is_some_and(Canary::reads_answer);
    if reads_answer || exchange.answer.is_some() || exchange.refresh.is_some() || exchange.injection.is_some() {
        for name in
            [header::ACCEPT_ENCODING, header::RANGE, header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE, header::IF_RANGE]
        {
            upstream.remove_header(&name);
        }
    }
    let (Some(passage), Some(received)) = (&exchange.passage, &exchange.received) else { return Ok(()) };
    match passage {
        Passage::Untouched => {}
        Passage::Home => take_names_out(rooms, received, upstream)?,
        Passage::Workspace { token, .. } => {
            take_names_out(rooms, received, upstream)?;
            upstream.remove_header(&header::AUTHORIZATION);
            upstream.insert_header(header::AUTHORIZATION, format!("{} {token}", rooms.verifier.scheme()))?;
        }
        Passage::Own(_) => {
            upstream.insert_header("x-annex-request-id", exchange.id.as_ref())?;
            if let Some(visitor) = &exchange.visitor {
                upstream.insert_header("x-annex-principal", visitor.as_ref())?;
            }
        }
    }
    Ok(())
}

/// The response as the client gets it.
pub fn response(rooms: &Rooms, exchange: &Exchange, response: &mut ResponseHeader) -> pingora::Result<()> {
    let Some(workspace) = &exchange.workspace else { return Ok(()) };
    response.insert_header("X-Annex-Workspace-Id", workspace.as_ref())?;
    response.insert_header("X-Annex-Request-Id", exchange.id.as_ref())?;
    response.append_header("Vary", canonical(&rooms.config.profile.context.header))?;
    keep_nowhere(response)
}

/// No cache keeps an answer that is one person's, at one moment. What names one kind of cache counts above
/// `Cache-Control` there (RFC 9213, section 2.2).
pub fn keep_nowhere(response: &mut ResponseHeader) -> pingora::Result<()> {
    let of_one_kind = |name: &str| {
        name.ends_with("-cache-control") || matches!(name, "surrogate-control" | "expires" | "pragma" | "age")
    };
    let names: Vec<_> = response.headers.keys().filter(|name| of_one_kind(name.as_str())).cloned().collect();
    for name in &names {
        response.remove_header(name);
    }
    response.insert_header("Cache-Control", "private, no-store")
}

/// `x-workspace-id` as people write it.
fn canonical(name: &str) -> String {
    let capital = |part: &str| {
        let mut letters = part.chars();
        letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    name.split('-').map(capital).collect::<Vec<_>>().join("-")
}

fn strip_reserved(rooms: &Rooms, upstream: &mut RequestHeader) {
    let context = &rooms.config.profile.context;
    let reserved: Vec<_> =
        upstream.headers.keys().filter(|name| is_reserved(name.as_str(), context)).cloned().collect();
    for name in &reserved {
        upstream.remove_header(name);
    }
}

fn strip_marker_cookie(upstream: &mut RequestHeader) -> pingora::Result<()> {
    let lines = || upstream.headers.get_all(header::COOKIE).iter();
    if !lines().flat_map(marker::pairs).any(marker::is_ours) {
        return Ok(());
    }
    let kept: Vec<HeaderValue> = lines()
        .map(|line| marker::pairs(line).filter(|pair| !marker::is_ours(pair)).collect::<Vec<_>>().join(&b"; "[..]))
        .filter(|line| !line.is_empty())
        // Every byte came in a line that was one.
        .filter_map(|line| HeaderValue::from_bytes(&line).ok())
        .collect();
    upstream.remove_header(&header::COOKIE);
    for cookie in kept {
        upstream.append_header(header::COOKIE, cookie)?;
    }
    Ok(())
}

/// Takes the consumed header and query name out, and the pinned prefix off.
fn take_names_out(rooms: &Rooms, received: &Received, upstream: &mut RequestHeader) -> pingora::Result<()> {
    let context = &rooms.config.profile.context;
    if received.names.header.is_some() {
        upstream.remove_header(context.header.as_str());
    }
    let query = match &received.query {
        Some(query) if received.names.query.is_some() => without_query_name(query, &context.query),
        query => query.as_deref().map(str::to_owned),
    };
    if received.names.pinned.is_some() || received.names.query.is_some() {
        let target = match query {
            Some(query) => format!("{}?{query}", received.path),
            None => received.path.to_string(),
        };
        upstream.set_raw_path(target.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn our_cookie_goes_and_every_byte_of_others_stays() {
        for (lines, kept) in [
            (&[&b"annex=x"[..]][..], &[][..]),
            (&[b"caf\xe9=1; annex=x"], &[&b"caf\xe9=1"[..]]),
            (&[b"a=\xff\x80;annex=x;b=2", b"__Host-annex=y", b"caf\xe9"], &[b"a=\xff\x80; b=2", b"caf\xe9"]),
            (&[b" annex =x; sid=annex=x"], &[b"sid=annex=x"]),
            (&[b"a=1;b=2", b"annexe=1"], &[b"a=1;b=2", b"annexe=1"]),
        ] {
            let mut request = RequestHeader::build("GET", b"/", None).unwrap();
            for line in lines {
                request.append_header(header::COOKIE, HeaderValue::from_bytes(line).unwrap()).unwrap();
            }
            strip_marker_cookie(&mut request).unwrap();
            let left: Vec<&[u8]> = request.headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
            assert_eq!(left, kept);
        }
    }

    #[test]
    fn no_kind_of_cache_is_told_to_keep_it() {
        let mut response = ResponseHeader::build(200, None).unwrap();
        let told =
            ["CDN-Cache-Control", "Cloudflare-CDN-Cache-Control", "Surrogate-Control", "Expires", "Age", "Pragma"];
        for name in told {
            response.append_header(name, "max-age=600").unwrap();
        }
        response.append_header("Cache-Control", "public, max-age=600").unwrap();
        response.append_header("ETag", "\"x\"").unwrap();
        keep_nowhere(&mut response).unwrap();
        let mut left: Vec<_> = response.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        left.sort_unstable();
        assert_eq!(left, [("cache-control", &b"private, no-store"[..]), ("etag", b"\"x\"")]);
    }
}
