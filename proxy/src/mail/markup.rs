//! Texts with places in them.
//!
//! **Invariant:** one pass: what is put into a place is never read for places again; a text is escaped, and only markup that
//! we wrote ourselves is not.

/// What stands in a place.
#[derive(Debug, Clone, Copy)]
pub enum Put<'a> {
    /// Escaped.
    Text(&'a str),
    /// Ours.
    Markup(&'a str),
}

/// Fills the places `{{name}}` of a page of HTML. A place without a value is left empty.
pub fn html(template: &str, values: &[(&str, Put<'_>)]) -> String {
    fill(template, |name| match values.iter().find(|(known, _)| *known == name) {
        Some((_, Put::Text(text))) => escape(text),
        Some((_, Put::Markup(markup))) => (*markup).to_owned(),
        None => String::new(),
    })
}

/// Fills the places of a plain text.
pub fn plain(template: &str, values: &[(&str, &str)]) -> String {
    fill(template, |name| {
        values.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned()).unwrap_or_default()
    })
}

fn fill(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut pieces = template.split("{{");
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once("}}") {
            Some((name, rest)) => {
                filled.push_str(&value(name.trim()));
                filled.push_str(rest);
            }
            None => filled.push_str(piece),
        }
    }
    filled
}

/// A text as HTML, in an element or in a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_escaped_and_never_read_again() {
        let filled = html(
            "<p title=\"{{a}}\">{{ a }}{{b}}{{c}}</p>",
            &[("a", Put::Text("<\"{{b}}'&>")), ("b", Put::Markup("<br>"))],
        );
        let a = "&lt;&quot;{{b}}&#39;&amp;&gt;";
        assert_eq!(filled, format!("<p title=\"{a}\">{a}<br></p>"));
        assert_eq!(plain("{{a}} {{b}}", &[("a", "{{b}}"), ("b", "<")]), "{{b}} <");
    }
}
