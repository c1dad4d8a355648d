//! From sources to a [`Config`].
//!
//! Promise: every mistake of the file, the environment and the profile comes back at once.

use std::sync::Arc;

use crate::config::Config;
use crate::mistake::Mistakes;
use crate::parse;
use crate::profile;
use crate::raw::Raw;
use crate::sources::Sources;

/// Reads everything that the operator said.
///
/// # Errors
/// All [`Mistakes`], in the order of their places.
pub fn load(sources: Sources) -> Result<Config, Mistakes> {
    let mut mistakes = Vec::new();
    let raw = Raw::read(&sources, &mut mistakes);
    let profile = profile::find(&raw, &sources.profile_dirs, &mut mistakes).map(Arc::new);
    let config = parse::config(&raw, profile, &mut mistakes);
    match config {
        Some(config) if mistakes.is_empty() => Ok(config),
        _ => {
            mistakes.sort_by(|one, other| one.place.cmp(&other.place));
            Err(Mistakes(mistakes))
        }
    }
}
