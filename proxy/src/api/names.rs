//! What people write of a workspace: names, kinds of business, currencies, time zones.
//!
//! **Invariant:** what passes here is one line of visible text that no mail client turns into a link.

use annex_policy::SystemRole;
use serde_json::Value;

use super::body::Parsed;
use crate::visible::{is_invisible, reads_as_address};

/// In characters, not bytes.
const LONGEST_NAME: usize = 60;

/// Words that would look like ours or like nobody's.
const RESERVED: [&str; 12] = [
    "annex",
    "admin",
    "administrator",
    "system",
    "root",
    "support",
    "security",
    "billing",
    "primary",
    "null",
    "undefined",
    "everyone",
];

/// The name of a workspace.
pub fn workspace_name(value: &Value) -> Parsed<String> {
    let name = line(value, LONGEST_NAME)?;
    if RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
        return Err("reserved");
    }
    Ok(name)
}

/// The name of a role; those of the system roles stay theirs.
pub fn role_name(value: &Value) -> Parsed<String> {
    let name = line(value, LONGEST_NAME)?;
    let taken = SystemRole::ALL.into_iter().any(|role| name.eq_ignore_ascii_case(role.name()));
    if taken || name.eq_ignore_ascii_case("owner") { Err("reserved") } else { Ok(name) }
}

/// Whether `text` has the form of a role's key.
pub fn is_role_key(text: &str) -> bool {
    let shaped = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    text.len() <= 63 && text.starts_with(|first: char| first.is_ascii_lowercase()) && text.bytes().all(shaped)
}

/// What a workspace does for a living.
pub fn business_type(value: &Value) -> Parsed<String> {
    line(value, LONGEST_NAME)
}

/// A code in the shape of ISO 4217.
pub fn currency(value: &Value) -> Parsed<String> {
    let code = value.as_str().ok_or("invalid_type")?;
    let is_shaped = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_shaped { Ok(code.to_owned()) } else { Err("not_a_currency") }
}

/// A name of the IANA time zone database, in its own spelling.
pub fn time_zone(value: &Value) -> Parsed<String> {
    let name = value.as_str().ok_or("invalid_type")?;
    let is_shaped = (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-/".contains(&byte));
    if !is_shaped {
        return Err("unknown_time_zone");
    }
    let zone = jiff::tz::TimeZone::get(name).map_err(|_| "unknown_time_zone")?;
    zone.iana_name().map(str::to_owned).ok_or("unknown_time_zone")
}

/// How many lines an address has at most, and how long one is.
const ADDRESS_LINES: usize = 6;

/// Where a workspace is: a few visible lines.
pub fn address(value: &Value) -> Parsed<String> {
    let text = value.as_str().ok_or("invalid_type")?.trim();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match lines.len() {
        0 => Err("too_short"),
        1..=ADDRESS_LINES => {
            let lines: Parsed<Vec<String>> = lines.into_iter().map(|text| visible(text, LONGEST_NAME)).collect();
            lines.map(|lines| lines.join("\n"))
        }
        _ => Err("too_long"),
    }
}

/// An address of mail, in its shape: whether anybody reads it is not asked.
pub fn email(value: &Value) -> Parsed<String> {
    let text = value.as_str().ok_or("invalid_type")?.trim();
    let is_plain = |c: char| !c.is_whitespace() && !is_invisible(c) && !"<>\"(),;:\\[]".contains(c);
    let shaped = text.split_once('@').filter(|(local, domain)| {
        (1..=64).contains(&local.chars().count())
            && (3..=189).contains(&domain.chars().count())
            && !domain.contains('@')
            && domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
            && domain.contains('.')
            && text.chars().all(is_plain)
    });
    shaped.map(|_| text.to_owned()).ok_or("not_an_email_address")
}

/// A number to call.
pub fn phone(value: &Value) -> Parsed<String> {
    let text = value.as_str().ok_or("invalid_type")?.trim();
    let begins = text.starts_with(|c: char| c.is_ascii_digit() || "+(".contains(c));
    let is_shaped = begins
        && (3..=39).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_digit() || " ()./+-".contains(c))
        && text.bytes().filter(u8::is_ascii_digit).count() >= 3;
    if is_shaped { Ok(text.to_owned()) } else { Err("not_a_phone_number") }
}

/// A tag in the shape of BCP 47, such as `de` or `pt-BR`.
pub fn language(value: &Value) -> Parsed<String> {
    let tag = value.as_str().ok_or("invalid_type")?;
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    let is_first = (2..=3).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic());
    let rest: Vec<&str> = parts.collect();
    let is_rest = rest.len() <= 4
        && rest
            .iter()
            .all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if is_first && is_rest { Ok(tag.to_owned()) } else { Err("not_a_language") }
}

/// One line of 1 to `longest` visible characters, without white space around it.
pub fn line(value: &Value, longest: usize) -> Parsed<String> {
    let text = value.as_str().ok_or("invalid_type")?.trim();
    if text.is_empty() {
        return Err("too_short");
    }
    visible(text, longest)
}

/// A text that is neither long, nor hides anything, nor turns into a link.
fn visible(text: &str, longest: usize) -> Parsed<String> {
    if text.chars().count() > longest {
        return Err("too_long");
    }
    if text.chars().any(is_invisible) {
        return Err("control_character");
    }
    if reads_as_address(text) {
        return Err("web_address");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Parsed<String> {
        workspace_name(&Value::from(text))
    }

    #[test]
    fn a_name_is_one_visible_line() {
        for fine in
            ["A", "Acme", "  Büro Süd ", "St. Mary & Sons", "J.P. Ltd.", "東京 支社", "3.5 Studio", &"x".repeat(60)]
        {
            assert_eq!(name(fine), Ok(fine.trim().to_owned()), "{fine}");
        }
        for (bad, code) in [
            ("", "too_short"),
            ("   ", "too_short"),
            (&"x".repeat(61), "too_long"),
            ("a\r\nBcc: x", "control_character"),
            ("a\u{202e}b", "control_character"),
            ("a\u{200b}b", "control_character"),
            ("http://evil", "web_address"),
            ("see evil.example now", "web_address"),
            ("www.evil", "web_address"),
            ("evil\u{3002}com", "web_address"),
            ("evil\u{ff0e}com", "web_address"),
            ("evil\u{ff61}com", "web_address"),
            ("me@evil", "web_address"),
            ("Admin", "reserved"),
            ("ANNEX", "reserved"),
        ] {
            assert_eq!(name(bad), Err(code), "{bad:?}");
        }
        assert_eq!(workspace_name(&Value::from(5)), Err("invalid_type"));
    }

    #[test]
    fn a_currency_has_the_shape_of_its_standard() {
        assert_eq!(currency(&"EUR".into()), Ok("EUR".to_owned()));
        for bad in ["eur", "EU", "EURO", "E1R", ""] {
            assert_eq!(currency(&bad.into()), Err("not_a_currency"), "{bad}");
        }
    }

    /// A parser, what it takes and what it refuses.
    type Row<'a> = (fn(&Value) -> Parsed<String>, &'a [&'a str], &'a [&'a str]);

    #[test]
    fn how_to_reach_a_workspace_has_a_shape() {
        let table: [Row<'_>; 4] = [
            (
                email,
                &["a@b.example", "büro@süd.example", "x+y@mail.b.example"],
                &[
                    "",
                    "a",
                    "a@b",
                    "@b.example",
                    "a@@b.example",
                    "a b@c.example",
                    "a@b..example",
                    "a@b.example\r\nBcc: c",
                    "<a@b.example>",
                ],
            ),
            (phone, &["+49 30 1234567", "(030) 12-34", "110"], &["", "12", "call me", "+", "1\n2345", "---", "+()."]),
            (language, &["de", "pt-BR", "zh-Hant-TW"], &["", "d", "german-language", "de_DE", "de-", "1a"]),
            (
                address,
                &["Ring 1", "Ring 1\n12345 Stadt", "Ring 1\r\n\r\nStadt"],
                &["", " \n ", "a\nb\nc\nd\ne\nf\ng", "see www.evil", "a\u{202e}b", &"x".repeat(61)],
            ),
        ];
        for (parse, fine, bad) in table {
            for text in fine {
                assert!(parse(&Value::from(*text)).is_ok(), "{text:?}");
            }
            for text in bad {
                assert!(parse(&Value::from(*text)).is_err(), "{text:?}");
            }
            assert_eq!(parse(&Value::from(5)), Err("invalid_type"));
        }
        assert_eq!(address(&"Ring 1\r\n\r\nStadt".into()), Ok("Ring 1\nStadt".to_owned()));
    }

    #[test]
    fn a_time_zone_exists() {
        for zone in ["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires"] {
            assert_eq!(time_zone(&zone.into()), Ok(zone.to_owned()));
        }
        for bad in ["Europe/Nowhere", "../../etc/passwd", "", "Europe/Ber lin", "+02:00"] {
            assert_eq!(time_zone(&bad.into()), Err("unknown_time_zone"), "{bad}");
        }
    }
}
