//! What people see in the CRM's pages.

use super::values::Values;
use crate::config::{Inject, UiConfig, UiLanguage};

/// Where there is no shortcut.
const OFF: &str = "off";

/// Keys that change what another key means, as browsers call them.
const MODIFIERS: [&str; 4] = ["Alt", "Ctrl", "Meta", "Shift"];

pub(super) fn ui(values: &mut Values<'_>) -> UiConfig {
    UiConfig {
        inject: values.one_of("ui.inject", &[("known", Inject::Known), ("any", Inject::Any)]),
        language: values.optional("ui.language", language),
        shortcut: values.optional("ui.shortcut", shortcut).flatten(),
    }
}

fn language(text: &str) -> Result<UiLanguage, String> {
    let known = [UiLanguage::English, UiLanguage::German];
    let found = known.into_iter().find(|language| language.tag().eq_ignore_ascii_case(text));
    found.ok_or_else(|| "en or de, or leave it out".to_owned())
}

/// Modifiers and, last, a `KeyboardEvent.code` (UI Events Code, section 3).
fn shortcut(text: &str) -> Result<Option<String>, String> {
    if text == OFF {
        return Ok(None);
    }
    let wanted =
        || "keys such as Alt+Shift+KeyW (a KeyboardEvent.code last, and not Shift alone before it), or off".to_owned();
    let (modifiers, key) = text.rsplit_once('+').ok_or_else(wanted)?;
    let modifiers: Vec<&str> = modifiers.split('+').collect();
    // A letter with Shift alone is what people type.
    let is_chord =
        modifiers.iter().any(|name| *name != "Shift") && modifiers.iter().all(|name| MODIFIERS.contains(name));
    let is_code = key.starts_with(|first: char| first.is_ascii_uppercase())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && !MODIFIERS.contains(&key);
    if is_chord && is_code { Ok(Some(text.to_owned())) } else { Err(wanted()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortcut_is_a_chord_that_nobody_types() {
        for fine in ["Alt+Shift+KeyW", "Ctrl+Digit1", "Meta+Alt+F2", "Shift+Alt+Comma"] {
            assert_eq!(shortcut(fine), Ok(Some(fine.to_owned())));
        }
        assert_eq!(shortcut("off"), Ok(None));
        for bad in
            ["KeyW", "Shift+KeyW", "Alt+", "Alt+w", "Alt+Shift", "Control+KeyW", "Alt++KeyW", "Alt+Key W", "+KeyW"]
        {
            assert!(shortcut(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_language_is_one_of_the_catalogue() {
        assert_eq!((language("de"), language("EN")), (Ok(UiLanguage::German), Ok(UiLanguage::English)));
        assert!(language("fr").is_err() && language("de-AT").is_err());
    }
}
