//! How mail leaves.
//!
//! Promise: a password never travels unencrypted to another machine, and mail that is on has a sender and an address
//! to link to.

use crate::config::{MailConfig, MailTransport, SmtpCredentials, SmtpEncryption, SmtpServer};
use crate::secret::Secret;

use super::values::Values;

/// Reads `mail.*`. `has_public_url`: whether links can be whole.
pub(super) fn mail(values: &mut Values<'_>, has_public_url: bool) -> MailConfig {
    let smtp = values.optional("mail.smtp_url", server);
    let ca = values.path("mail.ca_path");
    let folder = values.path("mail.folder");
    let wanted = values.text("mail.transport");
    let transport = match (wanted.as_str(), smtp, folder) {
        ("" | "smtp", Some(server), _) => MailTransport::Smtp(SmtpServer { ca, ..server }),
        ("file", _, Some(folder)) => MailTransport::File(folder),
        ("smtp", None, _) => {
            values.note("mail.smtp_url", "mail is to leave by SMTP and no server is named", "set `mail.smtp_url`");
            MailTransport::Off
        }
        ("file", _, None) => {
            values.note("mail.folder", "mail is to be written into a folder and none is named", "set `mail.folder`");
            MailTransport::Off
        }
        ("" | "off", _, _) => MailTransport::Off,
        (other, _, _) => {
            let what = format!("`mail.transport` is wrong: `{other}`");
            values.note("mail.transport", what, "write smtp, file or off, or leave it out");
            MailTransport::Off
        }
    };
    let from = values.text("mail.from");
    if !matches!(transport, MailTransport::Off) {
        if !is_sender(&from) {
            let remedy = "write an address such as `crm@example.com` or `Our CRM <crm@example.com>`";
            values.note("mail.from", "mails would have no sender", remedy);
        }
        if !has_public_url {
            let what = "mail is on, and its links would lead nowhere";
            values.note("public_url", what, "set it to the address that people know the CRM by");
        }
    }
    MailConfig { transport, from, timeout_ms: values.number("mail.timeout_ms") }
}

/// One address, alone or in angle brackets behind a name.
fn is_sender(text: &str) -> bool {
    let address = match text.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => text,
    };
    let is_plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_graphic() && !"<>,;@".contains(c));
    let is_address = address.split_once('@').is_some_and(|(local, domain)| is_plain(local) && is_plain(domain));
    is_address && !text.contains(char::is_control)
}

/// `smtp://[user:password@]host[:port][?tls=none]` or `smtps://…`.
fn server(text: &str) -> Result<SmtpServer, String> {
    let server = parse(text).ok_or_else(|| "a URL such as `smtp://user:password@mail.example.com:587`".to_owned())?;
    if server.encryption == SmtpEncryption::None && server.credentials.is_some() && !is_near(&server.host) {
        return Err("it without `?tls=none`: the password would cross the network unencrypted".to_owned());
    }
    Ok(server)
}

fn parse(text: &str) -> Option<SmtpServer> {
    let (scheme, rest) = text.split_once("://")?;
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let (rest, option) = rest.split_once('?').map_or((rest, None), |(rest, option)| (rest, Some(option)));
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let (login, place) = authority.rsplit_once('@').map_or((None, authority), |(login, place)| (Some(login), place));
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
        }
        None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    let encryption = match (scheme, option) {
        ("smtps", None) => SmtpEncryption::Implicit,
        ("smtp", None) if is_near(host) => SmtpEncryption::None,
        ("smtp", None | Some("tls=required")) => SmtpEncryption::StartTls,
        ("smtp", Some("tls=none")) => SmtpEncryption::None,
        _ => return None,
    };
    let usual_port = if encryption == SmtpEncryption::Implicit { 465 } else { 587 };
    let port = port.map_or(Some(usual_port), |digits| digits.parse().ok().filter(|port| *port > 0))?;
    let credentials = match login {
        None => None,
        Some(login) => {
            let (user, password) = login.split_once(':')?;
            Some(SmtpCredentials { user: decoded(user)?, password: Secret::new(decoded(password)?) })
        }
    };
    let is_host = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:".contains(&b));
    is_host.then(|| SmtpServer { host: host.to_owned(), port, encryption, credentials, ca: None })
}

/// This machine.
fn is_near(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Percent-decoded (RFC 3986, section 2.1), UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        plain.push(match byte {
            b'%' => digit(bytes.next()?)? * 16 + digit(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(plain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_encrypted_unless_it_is_this_machine_or_the_url_says_so() {
        use SmtpEncryption::{Implicit, None as Plain, StartTls};
        for (text, wanted) in [
            ("smtp://mail.example.com", Some(("mail.example.com", 587, StartTls))),
            ("smtp://mail.example.com:25?tls=none", Some(("mail.example.com", 25, Plain))),
            ("smtps://u:p@mail.example.com", Some(("mail.example.com", 465, Implicit))),
            ("smtp://u:p@mail.example.com", Some(("mail.example.com", 587, StartTls))),
            ("smtp://127.0.0.1:2525", Some(("127.0.0.1", 2525, Plain))),
            ("smtp://localhost:2525?tls=required", Some(("localhost", 2525, StartTls))),
            ("smtp://[::1]:2525", Some(("::1", 2525, Plain))),
            ("smtp://u:p@mail.example.com?tls=none", None),
            ("smtp://mail.example.com?tls=perhaps", None),
            ("smtps://mail.example.com?tls=none", None),
            ("smtp://u@mail.example.com", None),
            ("http://mail.example.com", None),
            ("smtp://", None),
            ("smtp://a b", None),
            ("smtp://host:0", None),
        ] {
            let got = server(text).ok();
            let got = got.as_ref().map(|server| (server.host.as_str(), server.port, server.encryption));
            assert_eq!(got, wanted, "{text}");
        }
    }

    #[test]
    fn a_login_is_percent_decoded() {
        let login = server("smtp://me%40example.com:p%3Aw%25@mail.example.com").unwrap().credentials.unwrap();
        assert_eq!((login.user.as_str(), login.password.expose_str()), ("me@example.com", "p:w%"));
        assert!(server("smtp://a:%zz@mail.example.com").is_err());
    }

    #[test]
    fn a_sender_is_one_address() {
        for (text, wanted) in [
            ("crm@example.com", true),
            ("Our CRM <crm@example.com>", true),
            ("", false),
            ("crm", false),
            ("a@b@c", false),
            ("a@b, c@d", false),
            ("x\r\nBcc: <a@b>", false),
            ("<a@b", false),
        ] {
            assert_eq!(is_sender(text), wanted, "{text:?}");
        }
    }
}
