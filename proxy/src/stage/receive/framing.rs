//! Where one request ends and the next begins (RFC 9112, section 6). Whatever could mean two things is refused.

use annex_config::ContextProfile;
use http::header;
use pingora::http::RequestHeader;

use crate::stage::Rejection;

/// Checks the head as it was sent: Pingora's parser is more forgiving than Node's in these places.
pub fn check(head: &RequestHeader, raw: &[u8]) -> Result<(), Rejection> {
    refuse_bare_line_feeds(raw)?;
    let mut seen = Seen::default();
    let mut lines = raw.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    check_request_line(lines.next().unwrap_or_default())?;
    for line in lines {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
        let (name, value) = line.split_at(colon);
        seen.note(name, value.get(1..).unwrap_or_default().trim_ascii())?;
    }
    seen.conclude(head)
}

fn refuse_bare_line_feeds(raw: &[u8]) -> Result<(), Rejection> {
    let mut before = 0u8;
    for &byte in raw {
        if byte == b'\n' && before != b'\r' {
            return Err(Rejection::Framing("A line of the head ends without a carriage return"));
        }
        before = byte;
    }
    Ok(())
}

fn check_request_line(line: &[u8]) -> Result<(), Rejection> {
    let method = line.split(|&byte| byte == b' ').next().unwrap_or_default();
    if method.iter().any(u8::is_ascii_lowercase) {
        return Err(Rejection::Framing("A method is written in capitals"));
    }
    if line.contains(&b'#') {
        return Err(Rejection::Framing("A request target has no fragment"));
    }
    Ok(())
}

/// The framing headers of one head.
#[derive(Default)]
struct Seen {
    content_length: u8,
    transfer_encoding: u8,
    host: u8,
    upgrade: u8,
    connection_upgrade: u8,
}

impl Seen {
    fn note(&mut self, name: &[u8], value: &[u8]) -> Result<(), Rejection> {
        if name.eq_ignore_ascii_case(b"content-length") {
            self.content_length = self.content_length.saturating_add(1);
            return check_content_length(value);
        }
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.transfer_encoding = self.transfer_encoding.saturating_add(1);
            if !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Rejection::TransferCoding);
            }
        } else if name.eq_ignore_ascii_case(b"host") {
            self.host = self.host.saturating_add(1);
        } else if name.eq_ignore_ascii_case(b"upgrade") {
            self.upgrade = self.upgrade.saturating_add(1);
        } else if name.eq_ignore_ascii_case(b"connection")
            && value.split(|&byte| byte == b',').any(|token| token.trim_ascii().eq_ignore_ascii_case(b"upgrade"))
        {
            self.connection_upgrade = self.connection_upgrade.saturating_add(1);
        }
        Ok(())
    }

    fn conclude(&self, head: &RequestHeader) -> Result<(), Rejection> {
        if self.content_length > 1 {
            return Err(Rejection::Framing("Content-Length stands twice"));
        }
        if self.transfer_encoding > 1 {
            return Err(Rejection::Framing("Transfer-Encoding stands twice"));
        }
        if self.content_length > 0 && self.transfer_encoding > 0 {
            return Err(Rejection::Framing("Content-Length and Transfer-Encoding exclude each other"));
        }
        if head.version == http::Version::HTTP_11 && self.host == 0 {
            return Err(Rejection::Framing("HTTP/1.1 needs a Host"));
        }
        if self.host > 1 {
            return Err(Rejection::Framing("Host stands twice"));
        }
        if self.upgrade > 0 && self.connection_upgrade == 0 {
            return Err(Rejection::Framing("Upgrade needs `Connection: upgrade`"));
        }
        Ok(())
    }
}

fn check_content_length(value: &[u8]) -> Result<(), Rejection> {
    let plain = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let padded = value.len() > 1 && value.first() == Some(&b'0');
    if plain && !padded { Ok(()) } else { Err(Rejection::Framing("Content-Length is not a plain number")) }
}

/// Headers that a `Connection:` nomination would strip between the check and the CRM.
pub fn check_nominations(head: &RequestHeader, context: &ContextProfile) -> Result<(), Rejection> {
    for value in head.headers.get_all(header::CONNECTION) {
        for token in value.as_bytes().split(|&byte| byte == b',') {
            // A CRM may fold `_` into `-`, as our own stripping does.
            let name = String::from_utf8_lossy(token.trim_ascii()).to_ascii_lowercase().replace('_', "-");
            let protected = ["authorization", "cookie"].contains(&name.as_str())
                || name.eq_ignore_ascii_case(&context.header)
                || super::is_reserved(&name, context);
            if protected {
                return Err(Rejection::Framing("Connection names a header that may not be dropped"));
            }
        }
    }
    Ok(())
}
