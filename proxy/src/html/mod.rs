//! Puts a few bytes into a page that streams by: before its first script, behind what it says of itself in `<meta>` and
//! `<title>`. So its encoding is still found where browsers look for it, and its own policy has been read.
//!
//! lol_html reads the page only to find the place: what leaves is what came, with the insertion at one offset. So a page
//! that is broken, endless or not HTML at all passes as it is.
//!
//! **Invariant:** every byte of the page goes on, in order, whatever is found. At most [`LOOKED_AT_MAX`] bytes are held.
//! **Deliberately absent:** rewriting. Nothing of the page is parsed behind the place, a policy in a later `<meta>` neither.

mod decoder;
mod policy;

use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use lol_html::{MemorySettings, Settings, element, html_content::Element, send};

use crate::coding::Coding;
use decoder::Decoder;
pub use policy::{Admission, Directive};

/// A page that shows no element within its first bytes is none that the insertion belongs into.
const LOOKED_AT_MAX: usize = 64 * 1024;

/// What the reading of a page may take beyond what is held.
const PARSER_MAX: usize = 256 * 1024;

/// Writes the insertion, as the page's policies admit it.
pub type Insertion = Box<dyn FnOnce(&Admission) -> String + Send + Sync>;

/// One page on its way to somebody.
pub struct Injector {
    decoder: Option<Decoder>,
    /// `None`: the place is passed, or never comes.
    looking: Option<Looking>,
    outcome: Option<Outcome>,
}

/// What came of one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The insertion stands in it.
    Inserted,
    /// It has no element where one is looked for.
    NoPlace,
    /// This directive of a policy in the page does not admit it.
    Policy(Directive),
}

struct Looking {
    insertion: Insertion,
    /// By the answer's head.
    admission: Admission,
    place: Place,
    held: BytesMut,
}

impl Injector {
    /// The insertion for a page that comes in this coding and leaves in none.
    pub fn new(insertion: Insertion, admission: Admission, coding: Coding) -> Self {
        let looking = Looking { insertion, admission, place: Place::new(), held: BytesMut::new() };
        Injector { decoder: Decoder::of(coding), looking: Some(looking), outcome: None }
    }

    /// What came of the page, once it is known.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// A piece of the page as it came; what goes on in its stead.
    pub fn piece(&mut self, piece: Bytes, end: bool) -> std::io::Result<Bytes> {
        let plain = match &mut self.decoder {
            Some(decoder) => decoder.piece(&piece, end)?,
            None => piece,
        };
        let Some(mut looking) = self.looking.take() else { return Ok(plain) };
        looking.held.extend_from_slice(&plain);
        let is_last = end || looking.held.len() > LOOKED_AT_MAX;
        match looking.place.look(&plain, is_last) {
            Ok(None) if !is_last => {
                self.looking = Some(looking);
                Ok(Bytes::new())
            }
            Ok(Some(found)) => {
                let (outcome, page) = looking.insert(found);
                self.outcome = Some(outcome);
                Ok(page)
            }
            Ok(None) | Err(_) => {
                self.outcome = Some(Outcome::NoPlace);
                Ok(looking.held.freeze())
            }
        }
    }
}

impl Looking {
    /// What was held, with the insertion in it if the page's own policies admit it.
    fn insert(self, found: Found) -> (Outcome, Bytes) {
        let Looking { insertion, admission, mut held, .. } = self;
        let admission = found.policies.iter().try_fold(admission, |admission, policy| admission.and_in_page(policy));
        // A byte order mark counts above every name of an encoding.
        let is_wide = held.starts_with(&[0xfe, 0xff]) || held.starts_with(&[0xff, 0xfe]);
        match admission {
            Ok(admission) if found.offset <= held.len() && !is_wide => {
                let behind = held.split_off(found.offset);
                let page = [&held, insertion(&admission).as_bytes(), &behind].concat();
                (Outcome::Inserted, page.into())
            }
            Ok(_) => (Outcome::NoPlace, held.freeze()),
            Err(directive) => (Outcome::Policy(directive), held.freeze()),
        }
    }
}

/// Reads and writes nothing.
type Parser = send::HtmlRewriter<'static, fn(&[u8])>;

/// Looks for the place: before the first element that is none of `<html>`, `<head>`, `<meta>` and `<title>`.
struct Place {
    /// Nobody waits for it: it makes this type one that threads may share.
    parser: Mutex<Parser>,
    seen: Arc<Mutex<Seen>>,
}

/// Where the insertion belongs.
struct Found {
    /// From the page's beginning.
    offset: usize,
    /// What the page states before it, as `Content-Security-Policy` in `<meta>`.
    policies: Vec<String>,
}

#[derive(Default)]
struct Seen {
    before: Option<usize>,
    /// Where it would do if nothing else came: behind the last tag that says something of the page.
    behind: Option<usize>,
    policies: Vec<String>,
}

impl Seen {
    fn see(&mut self, element: &Element<'_, '_, send::SendHandlerTypes>) {
        if self.before.is_some() {
            return;
        }
        let tag = element.source_location().bytes();
        match element.tag_name().as_str() {
            "html" | "title" => {}
            "head" => self.behind = Some(tag.end),
            "meta" => {
                self.behind = Some(tag.end);
                let is_policy = |name: String| name.trim().eq_ignore_ascii_case("content-security-policy");
                if element.get_attribute("http-equiv").is_some_and(is_policy) {
                    self.policies.extend(element.get_attribute("content"));
                }
            }
            _ => self.before = Some(tag.start),
        }
    }
}

impl Place {
    fn new() -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let seeing = Arc::clone(&seen);
        let see = move |element: &mut send::Element<'_, '_>| {
            seeing.lock().unwrap_or_else(PoisonError::into_inner).see(element);
            Ok(())
        };
        let settings = Settings::new_send()
            .append_element_content_handler(element!("*", see))
            .with_memory_settings(MemorySettings::new().with_max_allowed_memory_usage(PARSER_MAX))
            .with_strict(false);
        let nowhere: fn(&[u8]) = |_| {};
        Place { parser: Mutex::new(send::HtmlRewriter::new(settings, nowhere)), seen }
    }

    /// The place, as soon as it is known; where nothing more is read, the next best.
    fn look(&mut self, piece: &[u8], is_last: bool) -> Result<Option<Found>, lol_html::errors::RewritingError> {
        if let Ok(parser) = self.parser.get_mut() {
            parser.write(piece)?;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let offset = seen.before.or(if is_last { seen.behind } else { None });
        Ok(offset.map(|offset| Found { offset, policies: std::mem::take(&mut seen.policies) }))
    }
}

#[cfg(test)]
mod tests;
