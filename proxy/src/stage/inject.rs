//! The loader's place in a page of the CRM.
//!
//! Decided once, when the page is asked for: only a navigation to a document, by somebody who has the feature (rule R11),
//! or, by the operator's choice (`ui.inject = "any"`), by anybody while some tenant is on. What comes must then be a page
//! that we can stand in; everything else passes as it came.
//!
//! **Invariant:** nobody else's page changes by a byte, and nobody else's request either.
//! **Invariant:** a page with the loader in it is kept by no cache: it is one person's, at one moment.

use std::sync::Arc;

use annex_config::Inject;
use bytes::Bytes;
use encoding_rs::Encoding;
use http::{HeaderMap, Method, StatusCode, header};
use pingora::http::{RequestHeader, ResponseHeader};

use super::{Exchange, Passage, Rooms, rewrite::keep_nowhere};
use crate::{
    coding::Coding,
    html::{Admission, Directive, Injector, Outcome},
    telemetry::Paged,
    ui::{Document, Visit},
};

/// A page on its way to somebody.
pub struct Injection {
    /// Whose page it is; `None`: the loader finds out.
    principal: Option<Arc<str>>,
    injector: Option<Injector>,
}

/// What names the bytes that the CRM sent.
const OF_THE_BYTES: [&str; 9] = [
    "content-length",
    "content-encoding",
    "etag",
    "last-modified",
    "accept-ranges",
    "content-md5",
    "digest",
    "content-digest",
    "repr-digest",
];

impl Injection {
    /// For a request that is a navigation to a page of the CRM.
    pub fn wanted(rooms: &Rooms, exchange: &Exchange, request: &RequestHeader) -> Option<Self> {
        // Only a navigation has a visitor.
        let anybodys =
            || rooms.config.ui.inject == Inject::Any && exchange.snapshot.anything_on && is_navigation(request);
        let is_the_crms = matches!(exchange.passage, Some(Passage::Untouched | Passage::Home));
        let is_wanted = is_the_crms && (exchange.visitor.is_some() || anybodys());
        let in_part = || request.headers.contains_key(header::RANGE);
        (is_wanted && !in_part()).then(|| Injection { principal: exchange.visitor.clone(), injector: None })
    }

    /// The head of what came: from here on it is clear whether the loader stands in it.
    pub fn response(&mut self, rooms: &Rooms, response: &mut ResponseHeader) -> pingora::Result<()> {
        let (coding, admission) = match Fit::of(response.status, &response.headers) {
            Fit::Fits { coding, admission } => (coding, admission),
            Fit::NoPage => return Ok(()),
            Fit::Coding => {
                rooms.metrics.paged(Paged::Coding);
                return Ok(());
            }
            Fit::Policy(directive) => {
                not_admitted(rooms, directive);
                return Ok(());
            }
        };
        let (ui, principal) = (Arc::clone(&rooms.ui), self.principal.clone());
        let elements = move |admission: &Admission| {
            ui.elements(&Visit {
                document: Document::Crm,
                principal: principal.as_deref(),
                nonce: admission.nonce(),
                pictures: admission.pictures(),
            })
        };
        self.injector = Some(Injector::new(Box::new(elements), admission, coding));
        for name in OF_THE_BYTES {
            response.remove_header(name);
        }
        keep_nowhere(response)?;
        response.append_header("Vary", "Cookie")?;
        response.insert_header("Transfer-Encoding", "chunked")
    }

    /// A piece of the page, with the loader in it where its place is.
    pub fn piece(&mut self, rooms: &Rooms, piece: &mut Option<Bytes>, end: bool) -> std::io::Result<()> {
        let Some(injector) = &mut self.injector else { return Ok(()) };
        let before = injector.outcome();
        let plain = injector.piece(piece.take().unwrap_or_default(), end)?;
        // An empty chunk would end the body.
        *piece = (!plain.is_empty()).then_some(plain);
        if let (None, Some(outcome)) = (before, injector.outcome()) {
            match outcome {
                Outcome::Inserted => rooms.metrics.paged(Paged::Injected),
                Outcome::NoPlace => rooms.metrics.paged(Paged::NoPlace),
                Outcome::Policy(directive) => not_admitted(rooms, directive),
            }
        }
        Ok(())
    }
}

fn not_admitted(rooms: &Rooms, directive: Directive) {
    tracing::warn!(csp.directive = directive, "the page's own policy does not admit the switcher");
    rooms.metrics.paged(Paged::Policy);
}

/// Whether we can stand in what the CRM answers.
#[derive(Debug, PartialEq, Eq)]
pub enum Fit {
    Fits {
        coding: Coding,
        /// By the policies in its head; the page itself may state others.
        admission: Admission,
    },
    /// It is none, or not to be shown.
    NoPage,
    /// It comes in a coding that is not read here.
    Coding,
    /// This directive of its policy does not admit us.
    Policy(Directive),
}

impl Fit {
    /// Judges the head of an answer.
    pub fn of(status: StatusCode, headers: &HeaderMap) -> Self {
        if status != StatusCode::OK || !is_page(headers) {
            return Fit::NoPage;
        }
        match (coding(headers), Admission::by(headers)) {
            (None, _) => Fit::Coding,
            (Some(_), Err(directive)) => Fit::Policy(directive),
            (Some(coding), Ok(admission)) => Fit::Fits { coding, admission },
        }
    }
}

/// Whether a browser asks for a document to show (Fetch Metadata: `Sec-Fetch-Mode`, `Sec-Fetch-Dest`). Browsers say so on
/// secure origins only; elsewhere a document is what is accepted as HTML.
pub fn is_navigation(request: &RequestHeader) -> bool {
    let said = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
    if request.method != Method::GET || request.headers.contains_key(header::UPGRADE) {
        return false;
    }
    match (said("sec-fetch-mode"), said("sec-fetch-dest")) {
        (Some(mode), dest) => mode == "navigate" && dest == Some("document"),
        (None, _) => said("accept").is_some_and(|accept| accept.contains("text/html")),
    }
}

/// HTML to be shown, in an encoding in which ASCII is ASCII, or in none that is named.
fn is_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let media = text(header::CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    let is_html = media.split(';').next().is_some_and(|media| media.trim() == "text/html");
    let encoding = media.split(';').skip(1).find_map(|parameter| parameter.trim().strip_prefix("charset="));
    let encoding = encoding.and_then(|label| Encoding::for_label(label.trim_matches(['"', ' ']).as_bytes()));
    let is_wide = encoding.is_some_and(|encoding| !encoding.is_ascii_compatible());
    let is_saved = headers
        .get(header::CONTENT_DISPOSITION)
        .is_some_and(|value| !value.as_bytes().to_ascii_lowercase().trim_ascii_start().starts_with(b"inline"));
    is_html && !is_wide && !is_saved
}

/// `None`: it comes in a coding that is not read here.
fn coding(headers: &HeaderMap) -> Option<Coding> {
    let mut said = headers.get_all(header::CONTENT_ENCODING).iter();
    match (said.next(), said.next()) {
        (None, _) => Some(Coding::Identity),
        (Some(one), None) => Coding::named(one.to_str().ok()?),
        (Some(_), Some(_)) => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn request(method: &str, headers: &[(&'static str, &str)]) -> RequestHeader {
        let mut request = RequestHeader::build(method, b"/customers", None).unwrap();
        for (name, value) in headers {
            request.append_header(*name, *value).unwrap();
        }
        request
    }

    #[test]
    fn a_navigation_is_what_a_browser_shows() {
        let html = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        let mode = |mode| ("sec-fetch-mode", mode);
        let dest = |dest| ("sec-fetch-dest", dest);
        assert!(is_navigation(&request("GET", &[mode("navigate"), dest("document"), html])));
        assert!(is_navigation(&request("GET", &[html])));
        for (what, method, headers) in [
            ("a frame", "GET", &[mode("navigate"), dest("iframe"), html][..]),
            ("a script's call", "GET", &[mode("cors"), dest("empty"), html]),
            ("a picture", "GET", &[mode("no-cors"), dest("image")]),
            ("an old browser's call", "GET", &[("accept", "*/*")]),
            ("nobody knows what", "GET", &[]),
            ("a head", "HEAD", &[mode("navigate"), dest("document"), html]),
            ("a form", "POST", &[mode("navigate"), dest("document"), html]),
            ("an upgrade", "GET", &[html, ("upgrade", "websocket"), ("connection", "upgrade")]),
        ] {
            assert!(!is_navigation(&request(method, headers)), "{what}");
        }
    }

    #[test]
    fn a_page_is_html_to_be_shown() {
        let headers = |pairs: &[(&'static str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()));
            pairs.collect::<HeaderMap>()
        };
        for shown in [
            &[("content-type", "text/html")][..],
            &[("content-type", "Text/HTML; charset=UTF-8")],
            &[("content-type", "text/html; charset=windows-1252"), ("content-disposition", "inline")],
            &[("content-type", "text/html; charset=l2")],
            &[("content-type", "text/html; charset=no-such-name")],
        ] {
            assert!(is_page(&headers(shown)), "{shown:?}");
        }
        for other in [
            &[][..],
            &[("content-type", "application/json")],
            &[("content-type", "application/xhtml+xml")],
            &[("content-type", "text/html; charset=utf-16le")],
            &[("content-type", "text/html; x=y; charset=\"UCS-2\"")],
            &[("content-type", "text/html;charset=csunicode")],
            &[("content-type", "text/html; charset=csISO2022JP")],
            &[("content-type", "text/html"), ("content-disposition", "attachment; filename=a.html")],
        ] {
            assert!(!is_page(&headers(other)), "{other:?}");
        }
    }
}
