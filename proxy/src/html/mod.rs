//! Puts a few bytes into a page that streams by, before the first script of the page.
//!
//! lol_html reads the page only to find the place: what leaves is what came, with the insertion at one offset. So a page
//! that is broken, endless or not HTML at all passes as it is.
//!
//! **Invariant:** every byte of the page goes on, in order, whatever is found. At most [`LOOKED_AT_MAX`] bytes are held.
//! **Deliberately absent:** rewriting. Nothing of the page is parsed behind the place.

mod decoder;
mod policy;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use bytes::{Bytes, BytesMut};
use lol_html::{MemorySettings, Settings, element, html_content::Element, send};

use crate::coding::Coding;
use decoder::Decoder;
pub use policy::{Admission, admission};

/// A page that shows no element within its first bytes is none that the insertion belongs into.
const LOOKED_AT_MAX: usize = 64 * 1024;

/// What the reading of a page may take beyond what is held.
const PARSER_MAX: usize = 256 * 1024;

/// One page on its way to somebody.
pub struct Injector {
    decoder: Option<Decoder>,
    insertion: Bytes,
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
}

struct Looking {
    place: Place,
    held: BytesMut,
}

impl Injector {
    /// The insertion for a page that comes in this coding and leaves in none.
    pub fn new(insertion: String, coding: Coding) -> Self {
        let looking = Looking { place: Place::new(), held: BytesMut::new() };
        Injector { decoder: Decoder::of(coding), insertion: insertion.into(), looking: Some(looking), outcome: None }
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
        match looking.place.look(&plain) {
            Ok(Some(offset)) if offset <= looking.held.len() => {
                self.outcome = Some(Outcome::Inserted);
                let behind = looking.held.split_off(offset);
                Ok([&looking.held, &self.insertion[..], &behind].concat().into())
            }
            Ok(None) if !end && looking.held.len() <= LOOKED_AT_MAX => {
                self.looking = Some(looking);
                Ok(Bytes::new())
            }
            Ok(_) | Err(_) => {
                self.outcome = Some(Outcome::NoPlace);
                Ok(looking.held.freeze())
            }
        }
    }
}

/// Reads and writes nothing.
type Parser = send::HtmlRewriter<'static, fn(&[u8])>;

/// Looks for the place: inside of `<head>`, else before the first element that is not `<html>`.
struct Place {
    /// Nobody waits for it: it makes this type one that threads may share.
    parser: Mutex<Parser>,
    found: Arc<AtomicUsize>,
}

/// No place yet.
const NOWHERE: usize = usize::MAX;

impl Place {
    fn new() -> Self {
        let found = Arc::new(AtomicUsize::new(NOWHERE));
        let seen = Arc::clone(&found);
        let see = move |element: &mut send::Element<'_, '_>| {
            if let Some(offset) = place_at(element) {
                // The first one counts.
                let _ = seen.compare_exchange(NOWHERE, offset, Ordering::Relaxed, Ordering::Relaxed);
            }
            Ok(())
        };
        let settings = Settings::new_send()
            .append_element_content_handler(element!("*", see))
            .with_memory_settings(MemorySettings::new().with_max_allowed_memory_usage(PARSER_MAX))
            .with_strict(false);
        let nowhere: fn(&[u8]) = |_| {};
        Place { parser: Mutex::new(send::HtmlRewriter::new(settings, nowhere)), found }
    }

    /// The offset from the page's beginning, as soon as it is known.
    fn look(&mut self, piece: &[u8]) -> Result<Option<usize>, lol_html::errors::RewritingError> {
        if let Ok(parser) = self.parser.get_mut() {
            parser.write(piece)?;
        }
        let found = self.found.load(Ordering::Relaxed);
        Ok((found != NOWHERE).then_some(found))
    }
}

fn place_at(element: &Element<'_, '_, send::SendHandlerTypes>) -> Option<usize> {
    let tag = element.source_location().bytes();
    match element.tag_name().as_str() {
        "html" => None,
        "head" => Some(tag.end),
        _ => Some(tag.start),
    }
}

#[cfg(test)]
mod tests;
