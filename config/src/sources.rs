//! Where the operator speaks: one file, the environment, folders of profiles.
//!
//! Promise: [`Sources::from_process`] is the one place of Annex that reads the environment. Everything else takes values,
//! so tests need no environment of their own.

use std::path::{Path, PathBuf};

/// What [`crate::load()`] reads from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The configuration file, if there is one.
    pub file: Option<PathBuf>,
    /// The environment: names and values.
    pub env: Vec<(String, String)>,
    /// Where profiles are sought, the first that has one wins. The shipped ones come last.
    pub profile_dirs: Vec<PathBuf>,
}

impl Sources {
    /// This process's sources. Without `file`, `ANNEX_CONFIG` may name it.
    #[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
    pub fn from_process(file: Option<PathBuf>) -> Self {
        // A name or value that is not UTF-8 cannot be one of ours.
        let text =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let env: Vec<_> = text.collect();
        let named = |wanted: &str| {
            let found = env.iter().find(|(name, value)| name == wanted && !value.is_empty());
            found.map(|(_, value)| PathBuf::from(value))
        };
        let binary = std::env::current_exe().ok();
        let profile_dirs = profile_dirs(named("ANNEX_CRM_PROFILE_DIR"), binary.as_deref());
        Self { file: file.or_else(|| named("ANNEX_CONFIG")), profile_dirs, env }
    }
}

fn profile_dirs(named: Option<PathBuf>, binary: Option<&Path>) -> Vec<PathBuf> {
    let beside = binary.and_then(Path::parent).map(|folder| folder.join("../config/crm"));
    let usual = ["./config/crm"].into_iter().map(PathBuf::from);
    named.into_iter().chain(usual).chain(beside).chain([PathBuf::from("/etc/annex/crm")]).collect()
}
