//! What people see of a text, and what a mail client makes of it.

/// Controls, line separators, and what turns or hides text around it (Unicode: bidirectional formatting, zero width).
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{00ad}')
}

/// What separates the labels of a domain beside `.` (UTS #46).
const DOTS: [char; 3] = ['\u{3002}', '\u{ff0e}', '\u{ff61}'];

/// What a mail client might turn into a link: a scheme, an address, a word like `name.tld`.
pub fn reads_as_address(text: &str) -> bool {
    let lower = text.to_lowercase().replace(DOTS, ".");
    if ["://", "//", "www.", "mailto:", "@"].iter().any(|mark| lower.contains(mark)) {
        return true;
    }
    lower.split(|c: char| c.is_whitespace() || ",;()<>\"'/".contains(c)).any(|word| {
        let word = word.trim_matches('.');
        let Some((before, ending)) = word.rsplit_once('.') else { return false };
        let ends_as_domain = (2..=24).contains(&ending.chars().count()) && ending.chars().all(char::is_alphabetic);
        ends_as_domain && before.chars().next_back().is_some_and(char::is_alphanumeric)
    })
}

/// A name from wherever, fit to be written to a stranger: one visible line of `longest` characters. `None`: there is
/// none, or it would become a link.
pub fn presentable(name: &str, longest: usize) -> Option<String> {
    let seen: String =
        name.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_invisible(*c)).collect();
    let line = seen.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if line.is_empty() || reads_as_address(&line) {
        return None;
    }
    if line.chars().count() <= longest {
        return Some(line);
    }
    let cut: String = line.chars().take(longest.saturating_sub(1)).collect();
    Some(format!("{}…", cut.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_for_a_stranger_is_one_visible_line_and_no_link() {
        for (name, wanted) in [
            ("Büro Süd", Some("Büro Süd")),
            ("  a\r\nBcc:\tb ", Some("a Bcc: b")),
            ("a\u{202e}b\u{200b}", Some("ab")),
            ("", None),
            ("\u{200b}", None),
            ("visit evil.example", None),
            ("https://evil", None),
            ("me@evil", None),
            ("evil。com", None),
            ("evil．com", None),
            ("evil｡com", None),
            ("以上。", Some("以上。")),
        ] {
            assert_eq!(presentable(name, 60).as_deref(), wanted, "{name:?}");
        }
        let long = presentable(&"x".repeat(300), 60);
        assert_eq!(long.map(|text| text.chars().count()), Some(60));
    }
}
