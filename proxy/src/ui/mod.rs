//! What the binary carries for browsers, and how a page is told of it.
//!
//! `proxy/ui` is built by `build.rs` and embedded: [`assets`] are its files, [`boot`] is the object that its loader reads,
//! [`pages`] and [`document`] are our own documents. The contract is `proxy/ui/src/boot.ts`.
//!
//! **Invariant:** what stands in a page can end neither its element nor its attribute, whatever the CRM profile, a nonce or an
//! id says.
//! **Deliberately absent:** HTTP, and any judgement of who gets what: [`elements`](Ui::elements) writes what it is told.

mod assets;
mod boot;
mod document;
mod pages;
mod words;

use annex_config::Config;
use base64::{Engine, engine::general_purpose::STANDARD};

pub use assets::{Assets, Packed};
pub use boot::{Document, OWN_PREFIXES, Visit};
pub use document::Sheet;
pub use pages::Page;
pub use words::Language;

/// Bytes of a nonce: CSP Level 3, section 7.1, asks for 16 at least.
const NONCE_BYTES: usize = 18;

/// A nonce for one answer.
pub fn fresh_nonce() -> String {
    STANDARD.encode(rand::random::<[u8; NONCE_BYTES]>())
}

/// The browser part of one running Annex. Made once.
pub struct Ui {
    pub assets: Assets,
    /// What the boot object says to everybody, and the loader's element.
    boot: boot::Standing,
    /// The page of the CRM that ours replaces.
    settings_path: String,
    /// The CRM's first page.
    start_path: String,
    /// Of our texts, whatever a browser asks for.
    language: Option<Language>,
}

impl Ui {
    /// Reads the profile and the configuration; everything else is in the binary.
    pub fn new(config: &Config) -> Self {
        let browser = &config.profile.browser;
        Ui {
            assets: Assets::embedded(),
            boot: boot::Standing::new(config),
            settings_path: pages::trimmed(&browser.settings_path).to_owned(),
            start_path: browser.start_path.clone(),
            language: config.ui.language.map(Language::from),
        }
    }

    /// The two elements that start us, to stand before the first script of a document.
    pub fn elements(&self, visit: &Visit<'_>) -> String {
        self.boot.elements(visit)
    }

    /// Whether a path is the page of the CRM that ours replaces, in any case.
    pub fn is_settings(&self, path: &str) -> bool {
        pages::trimmed(path).eq_ignore_ascii_case(&self.settings_path)
    }

    /// Which of our own documents a path is, as a browser would ask for it.
    pub fn page(&self, path: &str) -> Option<Page> {
        pages::page(path, &self.settings_path)
    }
}
