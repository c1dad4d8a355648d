//! `annex check` and `annex config print`.

use annex_tests::folder::Folder;
use annex_tests::postgres::Cluster;
use annex_tests::sidecar::annex_into;

use super::{fails, says, succeeds, whole, with};

#[tokio::test]
async fn every_mistake_is_told_at_once_with_its_line_and_its_remedy() {
    let folder = Folder::new("check");
    let file = folder.write(
        "annex.toml",
        "listen = \"nowhere\"\nupstraem = \"http://127.0.0.1:5000\"\nsecret = \"too-short-to-be-one\"\nforwarded = \"perhaps\"\n",
    );
    let file = file.to_str().expect("a path in UTF-8");
    let said = fails(2, &["check", "--config", file], &Vec::new()).await;
    says(
        &said,
        &[
            &format!("{file}:1: "), // not an address
            &format!("{file}:2: `upstraem` is not a key"),
            "did you mean `upstream`?",
            &format!("{file}:3: "), // too short
            &format!("{file}:4: "), // not one of three words
            "ANNEX_DATABASE_URL: `database_url` is missing",
            "ANNEX_CRM_JWT_SECRET: `crm_jwt_secret` is missing",
            "mistakes in the configuration",
        ],
    );
    assert!(!said.contains("too-short-to-be-one"), "a secret is printed:\n{said}");
}

#[tokio::test]
async fn an_unknown_key_of_a_profile_is_told_with_its_line() {
    let database = Cluster::shared().database("checkprofile").await;
    let folder = Folder::new("profile");
    let shipped =
        std::fs::read_to_string(annex_tests::tree::root().join("config/crm/nexus.toml")).expect("the profile");
    let broken = shipped.replacen("[credential]\n", "[credential]\nalgoritm = \"HS256\"\n", 1);
    assert_ne!(shipped, broken, "the profile has a section `credential`");
    let line = broken.lines().position(|line| line.starts_with("algoritm")).expect("the line") + 1;
    let path = folder.write("broken.toml", broken);
    let path = path.to_str().expect("a path in UTF-8");
    let said = fails(2, &["check", "--profile", path], &whole(&database)).await;
    says(&said, &[&format!("{path}:{line}: "), "algoritm"]);
    let missing = fails(2, &["check", "--profile", "no-such-crm"], &whole(&database)).await;
    says(&missing, &["there is no CRM profile `no-such-crm`"]);
}

#[tokio::test]
async fn a_valid_configuration_is_told_in_short_and_printed_without_its_secrets() {
    let database = Cluster::shared().database("checkvalid").await;
    let environment = whole(&database);
    says(&succeeds(&["check"], &environment).await, &["The configuration is valid.", "nexus", "127.0.0.1:9"]);
    let printed = succeeds(&["config", "print"], &environment).await;
    says(&printed, &["crm_profile = \"nexus\"", "secret = \"(set)\"", "redis_url = \"\""]);
    for (name, value) in environment.iter().filter(|(name, _)| name.contains("SECRET") || name.contains("DATABASE")) {
        assert!(!printed.contains(value.as_str()), "{name} is printed:\n{printed}");
    }
}

#[tokio::test]
async fn a_listener_for_operators_that_everybody_reaches_needs_a_token() {
    let database = Cluster::shared().database("checkadmin").await;
    let open = with(whole(&database), "ANNEX_ADMIN_LISTEN", "0.0.0.0:9090");
    says(&fails(2, &["check"], &open).await, &["ANNEX_ADMIN_TOKEN"]);
    succeeds(&["check"], &with(open, "ANNEX_ADMIN_TOKEN", "a-token-that-is-long-enough")).await;
}

/// `annex check | head -1`: the reader is gone before the last word.
#[tokio::test]
async fn nobody_who_listens_is_no_mistake_and_half_a_file_is_one() {
    let database = Cluster::shared().database("checkpipe").await;
    let valid = whole(&database);
    let wrong = with(valid.clone(), "ANNEX_ADMIN_LISTEN", "0.0.0.0:9090");
    for (arguments, environment, status) in [
        (["check"].as_slice(), &valid, 0),
        (&["config", "print"], &valid, 0),
        (&["openapi"], &valid, 0),
        (&["check"], &wrong, 2),
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = annex_into(writer, arguments, environment).await;
        assert_eq!(output.status, status, "{arguments:?}: {}", output.stderr);
        assert_eq!(output.stderr.is_empty(), status == 0, "{arguments:?}: {}", output.stderr);
        assert!(!output.stderr.contains("panicked"), "{arguments:?}: {}", output.stderr);
    }
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a disk without room");
    let output = annex_into(full, &["openapi"], &valid).await;
    assert_eq!(output.status, 1, "{}", output.stderr);
    says(&output.stderr, &["not everything could be written", "No space left on device"]);
}
