//! What Annex knows of the CRM's pages.
//!
//! Promise: everything that the loader and the marker cookie need to know; texts and paths, no code.

use std::collections::BTreeMap;

use super::reader::{Reader, Said};

/// The CRM's pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserProfile {
    /// The `localStorage` key of the access token.
    pub access_token_key: String,
    /// The `localStorage` key of the refresh token.
    pub refresh_token_key: String,
    /// The `localStorage` key of the user, in JSON.
    pub user_key: String,
    /// The JSON key of the access token in answers and of the refresh token in both.
    pub access_token_field: String,
    /// The JSON key of the refresh token in requests and answers.
    pub refresh_token_field: String,
    /// The call that signs in.
    pub login_call: String,
    /// The call that registers.
    pub register_call: String,
    /// The call that signs out.
    pub logout_call: String,
    /// The call that renews the access token.
    pub refresh_path: String,
    /// The call that tells who one is.
    pub me_call: String,
    /// The page that signs in.
    pub login_path: String,
    /// The page that registers.
    pub register_path: String,
    /// The page after signing in.
    pub start_path: String,
    /// The page that Annex's settings replace.
    pub settings_path: String,
    /// Where the first steps of a workspace are done, by step; one that is missing leads nowhere.
    pub steps: BTreeMap<String, String>,
    /// A CSS selector: the element beside which the switcher mounts.
    pub anchor: String,
    /// A CSS selector: the header around the anchor, re-created on navigation.
    pub header: String,
}

pub(super) fn read(mut table: Reader<'_>) -> BrowserProfile {
    let profile = BrowserProfile {
        access_token_key: table.text("access_token_key").text,
        refresh_token_key: table.text("refresh_token_key").text,
        user_key: table.text("user_key").text,
        access_token_field: table.text_or("access_token_field", "accessToken"),
        refresh_token_field: table.text_or("refresh_token_field", "refreshToken"),
        login_call: path(&mut table, "login_call"),
        register_call: path(&mut table, "register_call"),
        logout_call: path(&mut table, "logout_call"),
        refresh_path: path(&mut table, "refresh_path"),
        me_call: path(&mut table, "me_call"),
        login_path: path(&mut table, "login_path"),
        register_path: path(&mut table, "register_path"),
        start_path: path(&mut table, "start_path"),
        settings_path: path(&mut table, "settings_path"),
        steps: steps(&table.section("steps")),
        anchor: table.text("anchor").text,
        header: table.text("header").text,
    };
    table.finish();
    profile
}

/// The steps that are done in the CRM; the others are done on pages of ours.
const STEPS: [&str; 3] = ["create_customer", "create_product", "create_proposal"];

fn steps(table: &Reader<'_>) -> BTreeMap<String, String> {
    let mut steps = BTreeMap::new();
    for (step, said) in table.all_texts() {
        if !STEPS.contains(&step.as_str()) {
            let what = format!("`browser.steps.{step}` is no step that is done in the CRM");
            table.note(said.line, what, format!("write {}", STEPS.join(", ")));
        }
        local(table, &format!("steps.{step}"), &said);
        steps.insert(step, said.text);
    }
    steps
}

fn path(table: &mut Reader<'_>, key: &'static str) -> String {
    let said = table.text(key);
    local(table, key, &said);
    said.text
}

fn local(table: &Reader<'_>, key: &str, said: &Said) {
    // `//evil` and `/\evil` leave the site in a browser.
    let local = said.text.starts_with('/') && !said.text.starts_with("//") && !said.text.contains(['\\', '?', '#']);
    if !local && !said.text.is_empty() {
        table.note(
            said.line,
            format!("`browser.{key}` is not a path of this site"),
            "write one slash first, no host, no query",
        );
    }
}
