//! What the binary carries for browsers, and how a page is told of it.
//!
//! `proxy/ui` is built by `build.rs` and embedded: [`assets`] are its files, [`boot`] is the object that its loader reads,
//! [`pages`] are the addresses of our own documents. The contract is `proxy/ui/src/boot.ts`.
//!
//! **Invariant:** what stands in a page can end neither its element nor its attribute, whatever the CRM profile, a nonce or an
//! id says.
//! **Deliberately absent:** HTTP, and any judgement of who gets what: [`elements`](Ui::elements) writes what it is told.

mod assets;
mod boot;
mod pages;

use annex_config::Config;

pub use assets::{Assets, Coding, Packed};
pub use boot::{Document, Visit};
pub use pages::Page;

/// The browser part of one running Annex. Made once.
pub struct Ui {
    pub assets: Assets,
    /// What the boot object says to everybody, and the loader's element.
    boot: boot::Standing,
    /// The page of the CRM that ours replaces.
    settings_path: String,
}

impl Ui {
    /// Reads the profile and the configuration; everything else is in the binary.
    pub fn new(config: &Config) -> Self {
        let settings_path = pages::trimmed(&config.profile.browser.settings_path).to_owned();
        Ui { assets: Assets::embedded(), boot: boot::Standing::new(config), settings_path }
    }

    /// The two elements that start us, to stand before the first script of a document.
    pub fn elements(&self, visit: &Visit<'_>) -> String {
        self.boot.elements(visit)
    }

    /// Which of our own documents a path is, as a browser would ask for it.
    pub fn page(&self, path: &str) -> Option<Page> {
        pages::page(path, &self.settings_path)
    }
}
