//! The files of the browser part, each as it is and packed twice.
//!
//! **Invariant:** a name holds a hash of what is in the file, so what was served under a name stays true for ever.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::coding::Coding;

/// Below which path the files are served.
pub const FOLDER: &str = "/_annex/ui/";

/// One file, in the binary.
struct Embedded {
    name: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
    brotli: &'static [u8],
}

mod built {
    use super::Embedded;

    include!(concat!(env!("OUT_DIR"), "/ui.rs"));
}

pub(super) use built::{LOADER, OPERATOR, PAGES, SWITCHER};

/// One file in one coding.
#[derive(Debug, Clone)]
pub struct Packed {
    pub bytes: &'static [u8],
    /// Its strong entity tag, with the quotes.
    pub etag: String,
}

/// Every file of the manifest, and no other.
pub struct Assets(HashMap<&'static str, Forms>);

struct Forms {
    identity: Packed,
    gzip: Packed,
    brotli: Packed,
}

impl Assets {
    pub(super) fn embedded() -> Self {
        let forms = |file: &Embedded| Forms {
            identity: Packed::new(file.plain),
            gzip: Packed::new(file.gzip),
            brotli: Packed::new(file.brotli),
        };
        Assets(built::FILES.iter().map(|file| (file.name, forms(file))).collect())
    }

    /// The file of this name; `None`: there is none.
    pub fn find(&self, name: &str, coding: Coding) -> Option<&Packed> {
        let forms = self.0.get(name)?;
        Some(match coding {
            Coding::Identity => &forms.identity,
            Coding::Gzip => &forms.gzip,
            Coding::Brotli => &forms.brotli,
        })
    }
}

impl Packed {
    fn new(bytes: &'static [u8]) -> Self {
        let hash = Sha256::digest(bytes);
        let half: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Packed { bytes, etag: format!("\"{half}\"") }
    }
}

/// Where a file is served.
pub(super) fn address(name: &str) -> String {
    format!("{FOLDER}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_carried_in_three_codings_with_a_tag_each() {
        let assets = Assets::embedded();
        for name in built::FILES.iter().map(|file| file.name) {
            let codings = [Coding::Identity, Coding::Gzip, Coding::Brotli];
            let found: Vec<&Packed> = codings.into_iter().filter_map(|coding| assets.find(name, coding)).collect();
            assert_eq!(found.len(), 3, "{name}");
            assert!(found.iter().all(|packed| !packed.bytes.is_empty()), "{name} is empty");
            let mut tags: Vec<&str> = found.iter().map(|packed| packed.etag.as_str()).collect();
            tags.dedup();
            assert_eq!(tags.len(), 3, "{name}: two representations share a tag");
        }
        for entry in [LOADER, SWITCHER, PAGES, OPERATOR] {
            assert!(assets.find(entry, Coding::Identity).is_some(), "{entry}");
        }
        assert!(assets.find("manifest.json", Coding::Identity).is_none());
    }
}
