//! What the binary carries for browsers: its files, our own documents, and the page on the admin listener.

mod building;
mod documents;
mod files;
mod listener;

use annex_tests::folder::Folder;
use annex_tests::http::json::Answer;
use annex_tests::tree;
use serde_json::Value;

/// The shipped profile with one text in another's place, in a folder of the test.
fn profile_with(folder: &Folder, from: &str, to: &str) -> String {
    let shipped = std::fs::read_to_string(tree::root().join("config/crm/nexus.toml")).expect("the profile");
    assert!(shipped.contains(from), "the profile does not say {from}");
    folder.write("nexus.toml", shipped.replace(from, to)).display().to_string()
}

/// The nonce of a document's policy.
fn nonce(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy").expect("a policy");
    let (_, rest) = policy.split_once("'nonce-").unwrap_or_else(|| panic!("no nonce in {policy}"));
    rest.split('\'').next().expect("an end").to_owned()
}

/// The keys of an object, in order.
fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}
