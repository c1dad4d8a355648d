//! Whether a page's own Content-Security-Policy lets our two elements work, and with which nonce (CSP level 3, section 6.7).
//!
//! **Invariant:** a policy is read, never changed: where it does not admit us the page stays as it is, and the operator is
//! told which directive it was.

use std::collections::HashMap;

use http::{HeaderMap, HeaderName, header};

/// A policy that only reports is kept too: a page of ours logs no violation.
const HEADERS: [HeaderName; 2] = [header::CONTENT_SECURITY_POLICY, header::CONTENT_SECURITY_POLICY_REPORT_ONLY];

/// The Trusted Types policy that Lit makes.
const TRUSTED_TYPE: &str = "lit-html";

/// A directive that does not admit us.
pub type Directive = &'static str;

/// What the policies of a page that were read so far say together: we are admitted. They hold all at once, so one nonce
/// must do for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admission {
    /// The page's own, where one is needed.
    nonce: Option<String>,
    /// Some policy admits no picture of the page's own origin.
    without_pictures: bool,
}

impl Admission {
    /// By every policy in the head of an answer.
    pub fn by(headers: &HeaderMap) -> Result<Self, Directive> {
        let mut policies = HEADERS.iter().flat_map(|name| headers.get_all(name));
        policies.try_fold(Admission::default(), |admission, policy| {
            // What is no text names nothing that could admit us.
            admission.and(policy.to_str().map_err(|_| "unreadable")?)
        })
    }

    /// By one more header, which may hold several policies.
    fn and(self, header: &str) -> Result<Self, Directive> {
        header.split(',').try_fold(self, |admission, policy| admission.under(&directives(policy)))
    }

    /// By a policy that the page itself states in `<meta>` (section 3.3: some directives count for nothing there).
    pub fn and_in_page(self, content: &str) -> Result<Self, Directive> {
        let mut policy = directives(content);
        policy.remove("sandbox");
        self.under(&policy)
    }

    fn under(self, policy: &Directives<'_>) -> Result<Self, Directive> {
        // A later policy may bring a nonce that an earlier one, content with 'self', did not ask for.
        let asked = judge(policy, self.nonce.as_deref())?.map(str::to_owned);
        let admits_pictures = first(policy, &["img-src", "default-src"]).is_none_or(|sources| admits_self(sources));
        Ok(Admission { nonce: asked.or(self.nonce), without_pictures: self.without_pictures || !admits_pictures })
    }

    /// The page's own nonce, where one is needed.
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }

    /// Whether pictures of the page's own origin may be shown in it.
    pub fn pictures(&self) -> bool {
        !self.without_pictures
    }
}

type Directives<'p> = HashMap<String, Vec<&'p str>>;

/// Of two directives of one name the first counts.
fn directives(policy: &str) -> Directives<'_> {
    let mut found = Directives::new();
    for directive in policy.split(';') {
        let mut words = directive.split_ascii_whitespace();
        if let Some(name) = words.next() {
            found.entry(name.to_ascii_lowercase()).or_insert_with(|| words.collect());
        }
    }
    found
}

/// The nonce that this policy asks for; `agreed` is what an earlier one asked for.
fn judge<'p>(policy: &Directives<'p>, agreed: Option<&str>) -> Result<Option<&'p str>, Directive> {
    let sandboxed = policy.get("sandbox").is_some_and(|words| !says(words, "allow-scripts"));
    if sandboxed {
        return Err("sandbox");
    }
    if let Some(names) = policy.get("trusted-types")
        && !names.iter().any(|name| matches!(*name, TRUSTED_TYPE | "*"))
    {
        return Err("trusted-types");
    }
    if first(policy, &["connect-src", "default-src"]).is_some_and(|sources| !admits_self(sources)) {
        return Err("connect-src");
    }
    let Some(sources) = first(policy, &["script-src-elem", "script-src", "default-src"]) else { return Ok(None) };
    let nonces: Vec<&str> = sources.iter().filter_map(|source| nonce(source)).collect();
    if let Some(agreed) = agreed
        && nonces.contains(&agreed)
    {
        return Ok(None);
    }
    // Under 'strict-dynamic' only a nonce admits; addresses count for nothing.
    let by_address = admits_self(sources) && !says(sources, "'strict-dynamic'");
    match (nonces.first(), agreed) {
        (Some(nonce), None) => Ok(Some(nonce)),
        _ if by_address => Ok(None),
        _ => Err("script-src"),
    }
}

fn first<'a, 'p>(policy: &'a Directives<'p>, names: &[&str]) -> Option<&'a Vec<&'p str>> {
    names.iter().find_map(|name| policy.get(*name))
}

fn says(words: &[&str], wanted: &str) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(wanted))
}

fn admits_self(sources: &[&str]) -> bool {
    says(sources, "'self'") || says(sources, "*")
}

/// The value of `'nonce-…'`. The word is without case, the value is not.
fn nonce(source: &str) -> Option<&str> {
    let quoted = source.strip_prefix('\'')?.strip_suffix('\'')?;
    let (word, value) = quoted.split_at_checked("nonce-".len())?;
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte);
    let fits = word.eq_ignore_ascii_case("nonce-") && !value.is_empty() && value.bytes().all(is_base64);
    fits.then_some(value)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    type Judged = Result<Admission, Directive>;

    fn of(policies: &[&str]) -> Judged {
        let mut headers = HeaderMap::new();
        for policy in policies {
            headers.append(header::CONTENT_SECURITY_POLICY, policy.parse().unwrap());
        }
        Admission::by(&headers)
    }

    fn with(nonce: &str) -> Judged {
        Ok(Admission { nonce: Some(nonce.to_owned()), without_pictures: false })
    }

    const WITHOUT: Judged = Ok(Admission { nonce: None, without_pictures: false });

    #[test]
    fn the_pages_own_nonce_is_used_and_only_where_it_stands() {
        assert_eq!(of(&[]), WITHOUT);
        assert_eq!(of(&["script-src 'self'"]), WITHOUT);
        assert_eq!(of(&["default-src *"]), WITHOUT);
        assert_eq!(of(&["script-src 'NONCE-aB1+/='; connect-src 'self'"]), with("aB1+/="));
        assert_eq!(of(&["default-src 'self'; script-src 'nonce-x' 'strict-dynamic'"]), with("x"));
        assert_eq!(of(&["script-src-elem 'nonce-e'; script-src 'none'"]), with("e"));
        assert_eq!(of(&["script-src 'nonce-first'; script-src 'none'"]), with("first"));
        assert_eq!(of(&["default-src 'self'", "script-src 'nonce-n'"]), with("n"));
        assert_eq!(of(&["script-src 'self', script-src 'nonce-n'"]), with("n"));
        assert_eq!(of(&["script-src 'nonce-n'", "script-src 'nonce-m' 'nonce-n'"]), with("n"));
        assert_eq!(of(&["script-src 'nonce-n'", "script-src 'self' 'nonce-m'"]), with("n"));
        assert_eq!(of(&["trusted-types default lit-html; require-trusted-types-for 'script'"]), WITHOUT);
        assert_eq!(of(&["sandbox allow-scripts allow-same-origin"]), WITHOUT);
    }

    #[test]
    fn a_policy_that_does_not_admit_us_is_named() {
        for (policies, directive) in [
            (&["script-src 'none'"][..], "script-src"),
            (&["default-src 'none'"], "connect-src"),
            (&["default-src 'none'; connect-src 'self'"], "script-src"),
            (&["script-src 'sha256-abc'"], "script-src"),
            (&["script-src https://cdn.example"], "script-src"),
            (&["script-src 'self' 'strict-dynamic'"], "script-src"),
            (&["script-src 'nonce-a'", "script-src 'nonce-b'"], "script-src"),
            (&["script-src 'nonce-'"], "script-src"),
            (&["script-src 'nonce-\"><x'"], "script-src"),
            (&["connect-src https://api.example"], "connect-src"),
            (&["trusted-types default"], "trusted-types"),
            (&["trusted-types 'none'"], "trusted-types"),
            (&["sandbox"], "sandbox"),
        ] {
            assert_eq!(of(policies), Err(directive), "{policies:?}");
        }
    }

    #[test]
    fn a_policy_that_only_reports_is_kept_too() {
        let mut headers = HeaderMap::new();
        headers.append(header::CONTENT_SECURITY_POLICY_REPORT_ONLY, "script-src 'none'".parse().unwrap());
        assert_eq!(Admission::by(&headers), Err("script-src"));
    }

    #[test]
    fn pictures_are_shown_where_every_policy_admits_them() {
        let shown = |policies: &[&str]| of(policies).map(|admission| admission.pictures());
        assert_eq!(shown(&["script-src 'self'", "img-src 'self' data:"]), Ok(true));
        assert_eq!(shown(&["img-src *; default-src 'self'"]), Ok(true));
        assert_eq!(shown(&["img-src 'none'"]), Ok(false));
        assert_eq!(shown(&["img-src *", "img-src https://cdn.example"]), Ok(false));
        assert_eq!(shown(&["default-src 'none'; script-src 'self'; connect-src 'self'"]), Ok(false));
    }

    #[test]
    fn a_policy_in_the_page_counts_with_those_of_the_answer() {
        let of = |header: &str, page: &str| of(&[header])?.and_in_page(page);
        assert_eq!(of("img-src *", "default-src 'self'"), WITHOUT);
        assert_eq!(of("script-src 'self'", "script-src 'nonce-n'"), with("n"));
        assert_eq!(of("script-src 'nonce-n'", "script-src 'self' 'nonce-n'"), with("n"));
        assert_eq!(of("script-src 'nonce-n'", "script-src 'nonce-m'"), Err("script-src"));
        assert_eq!(of("img-src *", "connect-src 'none'"), Err("connect-src"));
        assert_eq!(of("img-src *", "sandbox"), WITHOUT, "it counts for nothing there");
    }
}
