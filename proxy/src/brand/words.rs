//! The words on a workspace's documents: plain text of a few lines.
//!
//! **Invariant:** no control, and nothing that turns or hides the text around it. `<` and `{{` are what they look like:
//! whoever shows the words shows them as text.

use crate::visible::is_invisible;

/// In characters, not bytes.
const LONGEST: usize = 500;
const MOST_LINES: usize = 5;

/// Without white space at the ends of its lines. `None`: nothing but white space is nothing.
pub fn words(text: &str) -> Result<Option<String>, &'static str> {
    let text = text.replace("\r\n", "\n");
    if text.chars().any(|c| c != '\n' && is_invisible(c)) {
        return Err("control_character");
    }
    let text = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned();
    if text.chars().count() > LONGEST {
        return Err("too_long");
    }
    if text.lines().count() > MOST_LINES {
        return Err("too_many_lines");
    }
    Ok((!text.is_empty()).then_some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_a_few_visible_lines() {
        for (text, kept) in [
            (" Cedar \r\nstudio ", Some("Cedar\nstudio")),
            ("A < B & {{user.email}}", Some("A < B & {{user.email}}")),
            (" \n ", None),
            ("", None),
        ] {
            assert_eq!(words(text), Ok(kept.map(str::to_owned)), "{text:?}");
        }
        assert_eq!(words(&"ü".repeat(500)).map(|kept| kept.map(|text| text.len())), Ok(Some(1000)));
        for (text, code) in [
            ("a\u{202e}b", "control_character"),
            ("a\0", "control_character"),
            ("a\rb", "control_character"),
            ("a\tb", "control_character"),
            (&"x".repeat(501), "too_long"),
            ("a\nb\nc\nd\ne\nf", "too_many_lines"),
        ] {
            assert_eq!(words(text), Err(code), "{text:?}");
        }
    }
}
