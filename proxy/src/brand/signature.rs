//! The signature under a workspace's mails: HTML by an allow-list, and the same as text.
//!
//! **Invariant:** there is no way to a [`Signature`] but through the allow-list; one that is read from a table goes
//! through it again.
//! **Deliberately absent:** pictures. A remote one tells its server who read the mail; the logo is put there by whoever
//! writes the mail.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use serde::{Deserialize, Serialize};

/// What is sent may be so long, in characters.
const LONGEST: usize = 10_000;

/// What is kept may be so long, in bytes: cleaning writes out what was left out, and so makes three letters forty.
const LONGEST_KEPT: usize = 20_000;

/// Allowed HTML.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Signature(String);

static ALLOWED: LazyLock<ammonia::Builder<'static>> = LazyLock::new(allowed);

static UNLINKED: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut unlinked = allowed();
    unlinked.rm_tags(["a"]).rm_tag_attributes("a", ["href"]).link_rel(None);
    unlinked
});

fn allowed() -> ammonia::Builder<'static> {
    let mut allowed = ammonia::Builder::default();
    allowed
        .tags(HashSet::from([
            "a", "b", "br", "div", "em", "hr", "i", "li", "ol", "p", "s", "small", "span", "strong", "sub", "sup",
            "table", "tbody", "td", "tr", "u", "ul",
        ]))
        // What stands inside these is no text that somebody wrote.
        .clean_content_tags(HashSet::from(["script", "style", "title", "template", "noscript", "svg", "math"]))
        .generic_attributes(HashSet::from(["style"]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("td", HashSet::from(["colspan", "rowspan"]))]))
        .filter_style_properties(HashSet::from([
            "color",
            "font-size",
            "font-style",
            "font-weight",
            "text-align",
            "text-decoration",
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"));
    allowed
}

impl Signature {
    /// What somebody sent. `None`: nothing is left that could be read.
    pub fn read(html: &str) -> Result<Option<Self>, &'static str> {
        if html.chars().count() > LONGEST {
            return Err("too_long");
        }
        if html.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err("control_character");
        }
        let signature = Signature::of(html);
        if signature.0.len() > LONGEST_KEPT {
            return Err("too_long");
        }
        Ok((!signature.is_empty()).then_some(signature))
    }

    /// What the allow-list leaves of `html`.
    pub fn of(html: &str) -> Self {
        Signature(ALLOWED.clean(html).to_string().trim().to_owned())
    }

    /// The same words without links.
    pub fn unlinked(&self) -> Self {
        Signature(UNLINKED.clean(&self.0).to_string().trim().to_owned())
    }

    pub fn html(&self) -> &str {
        &self.0
    }

    /// Whether nothing is left that somebody could read.
    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// As text: blocks are lines, a link is followed by its address.
    pub fn text(&self) -> String {
        let (mut text, mut link) = (String::new(), None::<(usize, String)>);
        let mut pieces = self.0.split('<');
        text.push_str(&decoded(pieces.next().unwrap_or_default()));
        // What was cleaned holds no `<` but those of tags and no `>` inside an attribute.
        for piece in pieces {
            let (tag, after) = piece.split_once('>').unwrap_or((piece, ""));
            match tag.split([' ', '/']).find(|word| !word.is_empty()).unwrap_or_default() {
                "a" if tag.starts_with('/') => {
                    if let Some((start, address)) = link.take() {
                        close_link(&mut text, start, &address);
                    }
                }
                "a" => link = attribute(tag, "href").map(|address| (text.len(), address)),
                "br" => text.push('\n'),
                "hr" => text.push_str("\n--\n"),
                "td" if tag.starts_with('/') => text.push(' '),
                "p" | "div" | "li" | "tr" | "ul" | "ol" | "table" => new_line(&mut text),
                _ => {}
            }
            text.push_str(&decoded(after));
        }
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        lines.join("\n").trim().to_owned()
    }
}

fn close_link(text: &mut String, start: usize, address: &str) {
    let shown = address.strip_prefix("mailto:").or_else(|| address.strip_prefix("tel:")).unwrap_or(address);
    let label = text.get(start..).unwrap_or_default().trim().to_owned();
    if label != shown && label != address {
        text.push_str(&format!(" ({shown})"));
    }
}

fn new_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| decoded_exactly(value))
}

/// Text between tags: white space in HTML is one space.
fn decoded(text: &str) -> String {
    let mut folded = String::new();
    for c in text.chars() {
        match c {
            ' ' | '\n' | '\r' | '\t' if folded.ends_with(' ') => {}
            ' ' | '\n' | '\r' | '\t' => folded.push(' '),
            c => folded.push(c),
        }
    }
    decoded_exactly(&folded)
}

/// The references that the serialiser writes (HTML, section 13.3), the ampersand last.
fn decoded_exactly(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&nbsp;", "\u{a0}");
    text.replace("&amp;", "&")
}

impl From<String> for Signature {
    fn from(html: String) -> Self {
        Signature::of(&html)
    }
}

impl From<Signature> for String {
    fn from(signature: Signature) -> String {
        signature.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_signature_needs_is_kept() {
        for html in [
            "<p><strong>Ada</strong><br><em>Design</em></p>",
            "<table><tbody><tr><td colspan=\"2\">A &amp; B</td></tr></tbody></table>",
            "<ul><li>one</li></ul><hr><small>x</small>",
        ] {
            assert_eq!(Signature::of(html).html(), html);
        }
        let link = Signature::of("<a href=\"https://a.example/?x=1&amp;y=2\">us</a>");
        assert_eq!(
            link.html(),
            "<a href=\"https://a.example/?x=1&amp;y=2\" rel=\"noopener noreferrer nofollow\">us</a>"
        );
    }

    #[test]
    fn what_could_run_load_or_hide_is_taken_out() {
        for (html, wanted) in [
            ("a<script>alert(1)</script>b", "ab"),
            ("<style>*{display:none}</style>a", "a"),
            ("<img src=x onerror=alert(1)>a", "a"),
            ("<p onclick=\"x()\" class=\"y\" id=\"z\">a</p>", "<p>a</p>"),
            ("<a href=\"javascript:alert(1)\">a</a>", "<a rel=\"noopener noreferrer nofollow\">a</a>"),
            ("<a href=\"  java\nscript:alert(1)\">a</a>", "<a rel=\"noopener noreferrer nofollow\">a</a>"),
            ("<a href=\"data:text/html,x\">a</a>", "<a rel=\"noopener noreferrer nofollow\">a</a>"),
            ("<a href=\"//evil.example\">a</a>", "<a rel=\"noopener noreferrer nofollow\">a</a>"),
            ("<a href=\"/api/auth/logout\">a</a>", "<a rel=\"noopener noreferrer nofollow\">a</a>"),
            ("<svg><script>alert(1)</script></svg>a", "a"),
            ("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", ""),
            ("<iframe src=\"https://evil.example\"></iframe>a", "a"),
            ("<form action=x><input name=y></form>a", "a"),
            ("<!-- a --><meta http-equiv=refresh content=0>b<base href=x>", "b"),
            ("<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>a", "\"&gt;a"),
        ] {
            let kept = Signature::of(html);
            assert!(kept.html() == wanted || !kept.html().contains(['=', '<']), "{html}: {}", kept.html());
            assert_eq!(Signature::of(kept.html()), kept, "{html}: cleaning again changes it");
        }
        let styled =
            Signature::of("<p style=\"color: red; position: fixed; background: url(https://evil.example)\">a</p>");
        assert!(styled.html().contains("color") && !styled.html().contains("position"), "{}", styled.html());
        assert!(!styled.html().contains("url("), "{}", styled.html());
    }

    #[test]
    fn what_is_sent_and_what_is_kept_have_limits() {
        assert_eq!(Signature::read("<p> <script>x</script></p>"), Ok(None));
        assert!(matches!(Signature::read(&"x".repeat(10_000)), Ok(Some(_))));
        for (html, code) in [
            (&"x".repeat(10_001), "too_long"),
            // Each becomes an element of its own with all that we add to a link.
            (&"<a>x".repeat(2_500), "too_long"),
            (&"a\0b".to_owned(), "control_character"),
            (&"a\u{1b}[31mb".to_owned(), "control_character"),
        ] {
            assert_eq!(Signature::read(html), Err(code), "{}", html.chars().take(20).collect::<String>());
        }
    }

    #[test]
    fn strangers_see_no_link() {
        let signature = Signature::of(
            "<p><b>Ada</b> <a href=\"https://a.example\">Site</a> <a href=\"mailto:a@b.example\">Mail</a></p>",
        );
        assert_eq!(signature.unlinked().html(), "<p><b>Ada</b> Site Mail</p>");
        assert_eq!(signature.unlinked().text(), "Ada Site Mail");
    }

    #[test]
    fn as_text_it_says_the_same() {
        for (html, wanted) in [
            ("<p>Ada<br>Design</p><p>A &amp; B &lt;x&gt;</p>", "Ada\nDesign\nA & B <x>"),
            ("<a href=\"https://a.example\">Site</a>", "Site (https://a.example)"),
            ("<a href=\"mailto:a@a.example\">a@a.example</a>", "a@a.example"),
            ("<a href=\"tel:+49\">+49</a>", "+49"),
            ("  a \n b  ", "a b"),
            ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
            ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
            ("<p></p><br>", ""),
            ("a &amp;lt; b", "a &lt; b"),
        ] {
            assert_eq!(Signature::of(html).text(), wanted, "{html}");
        }
        assert!(Signature::of("<p><script>x</script></p>").is_empty());
    }
}
