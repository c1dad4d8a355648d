//! Addresses of other programs.
//!
//! Promise: each function takes what its program takes, and answers with what to write instead. None repeats the text:
//! URLs of databases hold passwords.
//!
//! **Deliberately absent:** a URL crate. Four shapes need checking, and what lies inside is their clients' to read.

use crate::secret::Secret;

/// Where an HTTP server is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: bool,
}

/// `http://host[:port]` or `https://…`, nothing after it but one slash.
pub(super) fn origin(text: &str) -> Result<Origin, String> {
    parse_origin(text).ok_or_else(|| "a URL such as `http://127.0.0.1:5000`, without a path".to_owned())
}

/// `postgres://…`
pub(super) fn postgres(text: &str) -> Result<Secret, String> {
    with_scheme(text, &["postgres", "postgresql"])
        .ok_or_else(|| "a URL such as `postgres://annex@127.0.0.1/crm`".to_owned())
}

/// `redis://…`
pub(super) fn redis(text: &str) -> Result<Secret, String> {
    with_scheme(text, &["redis", "rediss", "redis+unix", "unix"])
        .ok_or_else(|| "a URL such as `redis://127.0.0.1:6379`".to_owned())
}

/// `https://…`, or `http://…` for what runs beside us.
pub(super) fn web(text: &str) -> Result<String, String> {
    with_scheme(text, &["http", "https"])
        .map(|_| text.to_owned())
        .ok_or_else(|| "a URL such as `https://crm.example.com/jwks.json`".to_owned())
}

fn with_scheme(text: &str, schemes: &[&str]) -> Option<Secret> {
    let (scheme, rest) = text.split_once("://")?;
    let clean = !rest.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    (clean && schemes.contains(&scheme)).then(|| Secret::new(text))
}

fn parse_origin(text: &str) -> Option<Origin> {
    let (scheme, rest) = text.split_once("://")?;
    let (tls, usual_port) = match scheme {
        "http" => (false, 80),
        "https" => (true, 443),
        _ => return None,
    };
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, after.strip_prefix(':').or_else(|| after.is_empty().then_some("")))
        }
        None => {
            let (host, port) = authority.split_once(':').map_or((authority, ""), |(host, port)| (host, port));
            is_host_name(host).then_some((host, (!authority.ends_with(':')).then_some(port)))?
        }
    };
    let port = match port? {
        "" => usual_port,
        digits => digits.parse().ok().filter(|port| *port > 0)?,
    };
    Some(Origin { host: host.to_owned(), port, tls })
}

fn is_host_name(host: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    host.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port() {
        let table = [
            ("http://127.0.0.1:5000", Some(("127.0.0.1", 5000, false))),
            ("http://crm/", Some(("crm", 80, false))),
            ("https://crm.example.com", Some(("crm.example.com", 443, true))),
            ("http://[::1]:5000", Some(("::1", 5000, false))),
            ("http://[::1]", Some(("::1", 80, false))),
            ("crm:5000", None),
            ("ftp://crm", None),
            ("http://", None),
            ("http://crm/path", None),
            ("http://crm?x", None),
            ("http://u:p@crm", None),
            ("http://crm:0", None),
            ("http://crm:65536", None),
            ("http://crm:", None),
            ("http://[::1", None),
            ("http://[::1]x", None),
            ("http://a..b", None),
            ("http://a b", None),
        ];
        for (text, wanted) in table {
            let got = origin(text).ok();
            let got = got.as_ref().map(|origin| (origin.host.as_str(), origin.port, origin.tls));
            assert_eq!(got, wanted, "{text}");
        }
    }
}
